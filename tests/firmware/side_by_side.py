"""The agents in C and in Python, given the same sounds: `python -m tests.firmware.side_by_side`."""

from __future__ import annotations

import argparse
import importlib.util
import statistics
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge import audio
from edge.corpus import read_manifest
from edge.wire.messages import Result
from firmware_host.agent import Agent, Heard
from firmware_host.links.local import LocalLink

SPEECH = Path(__file__).parents[1] / "audio" / "test.jsonl"
RATE = 16_000


@dataclass(frozen=True)
class Pair:
    """What both made of an utterance."""

    ours: Heard
    pythons: Heard

    @property
    def same(self) -> bool:
        """Whether they left at the same exit with the same text."""
        return (self.ours.text, self.ours.result.exit) == (
            self.pythons.text,
            self.pythons.result.exit,
        )


def find_runtime() -> Path | None:
    """Return LiteRT's C library, which lies in its wheel."""
    found = importlib.util.find_spec("ai_edge_litert")
    folder = Path(found.origin).parent if found is not None and found.origin else Path()
    library = folder / "libLiteRt.so"
    return library if library.is_file() else None


def shipped_speech(count: int | None = None) -> list[bytes]:
    """Return so many of the shipped utterances, as 16-bit samples, the shortest first."""
    samples = [audio.read(utterance.audio) for utterance in read_manifest(SPEECH)]
    samples.sort(key=len)
    scaled = (np.clip(np.round(each * 32768), -32768, 32767) for each in samples[:count])
    return [each.astype("<i2").tobytes() for each in scaled]


def side_by_side(
    ours: Sequence[str], pythons: Sequence[str], sounds: Sequence[bytes], points: Sequence[str]
) -> Iterator[tuple[str, list[Pair]]]:
    """Run all sounds at each point by the agents that two command lines start."""
    streams = [LocalLink().stream(list(line)) for line in (ours, pythons)]
    with closing(streams[0]), closing(streams[1]):
        agents = [Agent(stream) for stream in streams]
        for agent in agents:
            agent.greet()
            agent.load("host")
        for at, point in enumerate(points):
            for agent in agents:
                agent.set_point(point)
            yield (
                point,
                [
                    Pair(*(agent.run(at * len(sounds) + number, sound, RATE) for agent in agents))
                    for number, sound in enumerate(sounds)
                ],
            )


def lines(bundle: Path, agent: Path, runtime: Path) -> tuple[list[str], list[str]]:
    """Return the command lines of both agents on this machine."""
    options = ["--board", "host", "--threads", "1"]
    ours = [str(agent), str(bundle), "--runtime", str(runtime), *options]
    return ours, [sys.executable, "-m", "edge.agent", str(bundle), *options]


def main() -> None:
    """Print for each point how many utterances differ, and both mean latencies."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("agent", type=Path, help="the program eedge-agent")
    parser.add_argument("points", nargs="*", default=["full", "wer+0.25", "least"])
    args = parser.parse_args()
    runtime = find_runtime()
    if runtime is None:
        parser.error("the wheel of LiteRT that is installed has no libLiteRt.so")
    sounds = shipped_speech()
    for point, pairs in side_by_side(*lines(args.bundle, args.agent, runtime), sounds, args.points):
        differ = sum(not pair.same for pair in pairs)
        ours, pythons = (
            _milliseconds([getattr(pair, side).result for pair in pairs])
            for side in ("ours", "pythons")
        )
        print(f"{point}: {differ} of {len(pairs)} differ; C {ours:.2f} ms, Python {pythons:.2f} ms")


def _milliseconds(results: Sequence[Result]) -> float:
    return 1e3 * statistics.fmean(result.latency_s for result in results)


if __name__ == "__main__":
    main()
