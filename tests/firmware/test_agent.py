"""The agent in C: what Python's agent says of the same bundle, over a real link."""

from __future__ import annotations

import os
import select
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from edge.agent.work import Work
from edge.bundle import Bundle
from edge.calibration import ThresholdRule
from edge.encoder import Encoder
from edge.inputs import prepare
from edge.learnt import LearntExit, Sign
from edge.rules import AgreementRule, LearntRule, PatienceRule, WindowRule
from edge.wire.messages import Telemetry
from firmware_host.agent import Agent
from firmware_host.errors import AgentRefusedError
from firmware_host.links import Stream
from firmware_host.links.local import LocalLink
from tests.edge.calibrated import point, write_calibration
from tests.firmware.conftest import SANITIZED, Build

pytestmark = pytest.mark.slow

RATE = 16_000
SIGNS = (Sign(name="mean_margin", transform="logit", floor=1e-5), Sign(name="level"))
WEIGHTS = {"mean": (0.5, -20, 0, 0), "scale": (1, 10, 1, 5), "linear": (-1, 0.1, 0.2, 0.1)}
RULES = {
    "entropy": ThresholdRule(score="entropy_nats", threshold=2.2),
    "drop": ThresholdRule(score="entropy_drop", threshold=0.1, exits=(2, 4)),
    "agreement": AgreementRule(rate=0.5),
    "patience": PatienceRule(times=1, tolerance=0.6),
    "window": WindowRule(
        score="mean_margin", threshold=0.5, side=0.05, length=2, window="trend", spread=0.1
    ),
    "learnt": LearntRule(
        signs=SIGNS,
        exits=tuple(
            LearntExit(exit=exit, bias=bias, square=(0.1, 0.0), **WEIGHTS)
            for exit, bias in ((1, 0.1), (2, -0.05))
        ),
        last=4,
        price=0.1,
    ),
    "nbest": ThresholdRule(score="nbest_posterior", threshold=0.5),
}


@pytest.fixture(scope="module")
def bundle(tiny_paths: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """In int8, where a last place of the features that differs would be another letter."""
    path = tmp_path_factory.mktemp("calibrated") / "tiny.eedge"
    bundle = Bundle.open(shutil.copytree(tiny_paths["dynamic-int8"], path))
    points = [point(name, rule=rule) for name, rule in RULES.items()]
    write_calibration(bundle, "host", points, [])
    return bundle


@pytest.fixture(scope="module")
def command(built: Build, runtime: Path) -> Callable[..., list[str]]:
    """The command line of an agent for a bundle; a wrong access to memory ends it."""
    program = built("sanitized", *SANITIZED) / "agent" / "eedge-agent"

    def line(bundle: Path | str, *options: str) -> list[str]:
        return [str(program), str(bundle), "--runtime", str(runtime), *options]

    return line


@pytest.fixture
def stream(command: Callable[..., list[str]], bundle: Bundle) -> Iterator[Stream]:
    found = LocalLink().stream(command(bundle.path))
    yield found
    found.close()


def utterances() -> list[bytes]:
    """Sound of several lengths, of which one is cut into pieces and one is silent."""
    rng = np.random.default_rng(11)
    sounds = []
    for seconds in (0.005, 0.3, 0.7, 1.9, 4.4):
        count = int(seconds * RATE)
        tones = np.sin(np.arange(count) * rng.uniform(0.05, 1.0, (6, 1))).sum(axis=0)
        loud = 0.5 + 0.5 * np.sin(np.arange(count) / 2500)
        sounds.append((tones * loud * 1500 + rng.normal(0, 60, count)).astype("<i2").tobytes())
    return [*sounds, bytes(RATE)]


@pytest.mark.parametrize("name", ["", *(name for name in RULES if name != "nbest")])
def test_each_operating_point_gives_the_same_text_and_exit(stream, bundle, name):
    agent, work = Agent(stream), Work(bundle.path, "host", name, threads=1)
    agent.greet()
    loaded = agent.load(point=name)
    assert (loaded.identity.hex(), tuple(loaded.exits)) == (bundle.identity, bundle.exits)
    assert loaded.points.split("\n") == ["full", *RULES]
    exits = set()
    for number, sound in enumerate(utterances()):
        expected = work.run(number, sound, RATE).heard
        found = agent.run(number, sound, RATE)
        exits.add(found.result.exit)
        assert found.text == expected.text
        assert found.result.exit == expected.exit
        assert found.result.blocks == pytest.approx(expected.blocks)
        assert found.result.duration_s == pytest.approx(expected.duration_s)
        assert found.result.score == (expected.score and pytest.approx(expected.score, abs=2e-3))
    assert len(exits) > 1


def test_depth_is_capped_and_a_result_is_not_computed_twice(stream, bundle):
    agent, sound = Agent(stream), utterances()[2]
    agent.greet()
    agent.load()
    agent.set_point("", deepest=2)
    first = agent.run(1, sound, RATE)
    agent.set_point("full")
    assert first.result.exit == 2
    assert agent.run(1, sound, RATE) == first
    assert agent.run(2, sound, RATE).result.exit == 4


@pytest.mark.parametrize(
    ("ask", "what"),
    [
        (lambda agent: agent.set_point("fulll"), "no operating point"),
        (lambda agent: agent.set_point("nbest"), "nbest_posterior"),
        (lambda agent: agent.set_point("", deepest=0) or agent.run(1, b"", RATE), "samples"),
        (lambda agent: agent.run(1, bytes(8), 8000), "8000 Hz"),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_reason(stream, ask, what):
    agent = Agent(stream)
    agent.greet()
    agent.load()
    with pytest.raises(AgentRefusedError, match=what):
        ask(agent)
    assert agent.run(2, utterances()[1], RATE).result.exit == 4


def test_nothing_is_run_before_it_is_loaded(stream):
    agent = Agent(stream)
    agent.greet()
    with pytest.raises(AgentRefusedError, match="no bundle is loaded"):
        agent.run(1, bytes(8), RATE)


def damage_weights(path: Path) -> None:
    content = bytearray((path / "block_02.tflite").read_bytes())
    content[len(content) // 2] ^= 1
    (path / "block_02.tflite").write_bytes(content)


def damage_manifest(path: Path) -> None:
    text = (path / "manifest.json").read_text()
    (path / "manifest.json").write_text(text.replace('"char"', '"bpe"'))


def damage_point(path: Path) -> None:
    file = path / "calibration" / "host.json"
    file.write_text(file.read_text().replace("2.2", "2.3"))


def another_board(path: Path) -> None:
    (path / "calibration" / "host.json").rename(path / "calibration" / "android.json")


@pytest.mark.parametrize(
    ("damage", "board", "what"),
    [
        (damage_weights, "host", "block_02.tflite: was changed"),
        (damage_manifest, "host", "manifest.json: it was changed"),
        (damage_point, "host", "host.json: it was changed"),
        (another_board, "android", "another board"),
        (lambda path: (path / "exit_02.tflite").unlink(), "host", "exit_02.tflite: cannot be read"),
        (lambda path: (path / "tokens.txt").write_text("a 0\n"), "host", "tokens.txt: has 4 bytes"),
        (lambda path: (path / "manifest.json").write_text("{}"), "host", "it was changed"),
        (lambda path: (path / "manifest.json").write_text('{"a":'), "host", "not JSON"),
    ],
)
def test_a_bundle_that_is_not_what_was_written_is_not_run(
    command, bundle, tmp_path, damage, board, what
):
    path = Path(shutil.copytree(bundle.path, tmp_path / "copy.eedge"))
    damage(path)
    with closing(LocalLink().stream(command(path))) as stream:
        agent = Agent(stream)
        agent.greet()
        with pytest.raises(AgentRefusedError, match=what):
            agent.load(board)


def test_json_that_python_wrote_has_the_same_seal(command, bundle, tmp_path):
    """Escapes, characters beyond the 16-bit plane, numbers of all kinds, names in any order."""
    from edge import sealed
    from edge.manifest import Manifest

    path = Path(shutil.copytree(bundle.path, tmp_path / "odd.eedge"))
    manifest = Manifest.read(path)
    odd = {"z": "1", "é🎤": 'a"\\/\b\f\n\r\t\x01\x7f\u2028', "a\u00e9": "😀", "": "", "Z": "\u0378"}
    content = manifest.model_dump(mode="json") | {"versions": odd, "licence": "£ – 🎧"}
    sealed.write(path / "manifest.json", content)
    with closing(LocalLink().stream(command(path))) as stream:
        agent = Agent(stream)
        agent.greet()
        assert agent.load().identity.hex() == bundle.identity


def test_telemetry_says_what_linux_says(command, bundle, tmp_path):
    zone = tmp_path / "sys/class/thermal/thermal_zone3"
    battery = tmp_path / "sys/class/power_supply/BAT0"
    for folder, files in {
        zone: {"type": "x86_pkg_temp", "temp": "41500"},
        battery: {"type": "Battery", "capacity": "73", "status": "Discharging"},
    }.items():
        folder.mkdir(parents=True)
        for name, text in files.items():
            (folder / name).write_text(text + "\n")
    with closing(LocalLink().stream(command(bundle.path, "--root", str(tmp_path)))) as stream:
        seen: list[Telemetry] = []
        agent = Agent(
            stream, lambda item: seen.append(item) if isinstance(item, Telemetry) else None
        )
        assert agent.greet().capabilities & (1 << 4 | 1 << 5) == 0
        agent.watch(0.05)
        agent.listen(0.5)
        agent.watch(0)
        assert len(seen) >= 5
        last = seen[-1]
        assert isinstance(last, Telemetry)
        assert (last.celsius, last.battery_percent, last.charging) == (41.5, 73.0, 0)
        (zone / "temp").write_text("-274000\n")
        (battery / "capacity").write_text("unknown\n")
        agent.watch(0.05)
        agent.listen(0.3)
        last = seen[-1]
        assert isinstance(last, Telemetry)
        assert (last.celsius, last.battery_percent) == (None, None)


class Terminal(Stream):
    """The host's end of a pseudo-terminal."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def write(self, data: bytes) -> None:
        os.write(self._descriptor, data)

    def read(self, timeout: float) -> bytes:
        ready, _, _ = select.select([self._descriptor], [], [], timeout)
        return os.read(self._descriptor, 65_536) if ready else b""

    def close(self) -> None:
        os.close(self._descriptor)


def test_it_serves_a_serial_port(command, bundle):
    ours, theirs = os.openpty()
    line = command(bundle.path, "--port", os.ttyname(theirs))
    process = subprocess.Popen(line, stderr=subprocess.DEVNULL)
    try:
        with closing(Terminal(ours)) as terminal:
            agent = Agent(terminal)
            agent.greet()
            agent.load()
            assert agent.run(1, utterances()[1], RATE).result.exit == 4
    finally:
        process.kill()
        process.wait()
        os.close(theirs)


@pytest.mark.parametrize("recipe", ["float32", "dynamic-int8"])
def test_the_same_features_give_the_same_log_probabilities(built, runtime, tiny_paths, recipe):
    bundle = Bundle.open(tiny_paths[recipe])
    program = built("plain") / "test" / "print-exits"
    encoder = Encoder(bundle)
    for sound in utterances()[1:4]:
        samples = np.frombuffer(sound, "<i2").astype(np.float32) / np.float32(1 << 15)
        features = prepare(samples, bundle.manifest.features)
        done = subprocess.run(
            [program, bundle.path, runtime],
            input=features.tobytes(),
            capture_output=True,
            check=True,
        )
        expected = np.concatenate([step.log_probs.ravel() for step in encoder.exits(features)])
        # What the branches put out is equal; the softmax of it has another library's exp.
        assert np.abs(np.frombuffer(done.stdout, np.float32) - expected).max() < 1e-5


def test_what_it_is_called_with_wrongly_it_says(command, tmp_path):
    for words in ([], ["--threads", "0"], ["--what"], ["--board", "toaster"]):
        line = [*command(tmp_path)[: 2 if words else 1], *words]
        assert subprocess.run(line, capture_output=True, check=False).returncode == 2
    lost = subprocess.run(
        [*command(tmp_path)[:2], "--runtime", str(tmp_path / "no.so")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert lost.returncode == 1
    assert "no.so" in lost.stderr


def test_it_is_small(built):
    assert (built("plain") / "agent" / "eedge-agent").stat().st_size < 300_000
