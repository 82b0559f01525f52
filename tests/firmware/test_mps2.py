"""The core as Cortex-M7 code, on an emulated board: the host's decisions, over its UART."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from edge.bundle import Bundle
from edge.decode import greedy
from edge.encoder import Encoder
from edge.inputs import prepare
from edge.rules import AgreementRule, FixedRule, ThresholdRule
from edge.step import Step
from edge.wire import encode, encode_frame
from edge.wire.messages import Run, Sound, Telemetry
from firmware_host.agent import Agent
from firmware_host.errors import AgentRefusedError
from firmware_host.flash import Parcel
from firmware_host.links import Stream
from tests.firmware.mps2 import Board
from tests.firmware.recording import RecordedRule, record, with_recording

pytestmark = pytest.mark.slow

RATE = 16_000
UTTERANCES = int(os.environ.get("EEDGE_UTTERANCES", "150"))
BOOTS = int(os.environ.get("EEDGE_BOOTS", "10"))
"""`make test-firmware` asks for a thousand, and a hundred."""
POINTS: dict[str, RecordedRule] = {
    "full": FixedRule(exit=4),
    "margin": ThresholdRule(score="mean_margin", threshold=0.1),
    "errors": ThresholdRule(score="expected_symbol_errors", threshold=9.0, exits=(1, 4)),
    "agreement": AgreementRule(rate=0.4),
    "drop": ThresholdRule(score="entropy_drop", threshold=0.0),
}


@pytest.fixture(scope="module")
def bundle(tiny_paths: dict[str, Path]) -> Bundle:
    return Bundle.open(tiny_paths["float32"])


@pytest.fixture(scope="module")
def steps(bundle: Bundle) -> list[list[Step]]:
    """All exits of some utterances."""
    rng, encoder = np.random.default_rng(3), Encoder(bundle)
    sounds = []
    for _ in range(25):
        count = int(rng.uniform(0.1, 1.9) * RATE)
        tones = np.sin(np.arange(count) * rng.uniform(0.02, 1.5, (5, 1))).sum(axis=0)
        noise = rng.normal(0, rng.uniform(0.01, 0.5), count)
        sounds.append((0.05 * tones + 0.1 * noise).astype(np.float32))
    settings = bundle.manifest.features
    return [list(encoder.exits(prepare(sound, settings))) for sound in sounds]


@pytest.fixture(scope="module")
def board(
    mps2: Path, bundle: Bundle, steps: list[list[Step]], tmp_path_factory: pytest.TempPathFactory
) -> Board:
    """A board that was left with a bundle and the recording of it."""
    folder = tmp_path_factory.mktemp("board")
    durations = [len(exits[0].log_probs) * 0.04 for exits in steps]
    outputs = [[step.log_probs for step in exits] for exits in steps]
    recording = record(bundle, list(zip(durations, outputs, strict=True)), POINTS)
    recorded = with_recording(bundle, recording, folder / "recorded.eedge")
    found = Board(mps2, folder / "psram")
    found.leave_with(Parcel.of(recorded.path))
    return found


@pytest.fixture
def stream(board: Board) -> Iterator[Stream]:
    with closing(board.on()) as found:
        yield found


def test_utterances_leave_where_the_host_would_leave(stream, bundle, steps):
    agent, exits = Agent(stream), set()
    assert agent.greet().program == "eedge-mps2"
    loaded = agent.load()
    assert loaded.points.split("\n") == list(POINTS)
    policies = {name: rule.policy(bundle.exits) for name, rule in POINTS.items()}
    for number in range(UTTERANCES):
        name = list(POINTS)[number // len(steps) % len(POINTS)]
        if number % len(steps) == 0:
            agent.set_point(name)
        expected = next(s for s in steps[number % len(steps)] if policies[name].leaves(s))
        found = agent.run(number, bytes(8), RATE)
        assert found.result.exit == expected.exit
        assert found.text == greedy(expected.log_probs, bundle.tokens)
        assert found.result.score == pytest.approx(
            expected.score(policies[name].score), rel=1e-5, abs=1e-5
        )
        exits.add(found.result.exit)
    assert exits == set(bundle.exits)


def test_an_utterance_is_not_run_again_under_its_number(stream):
    agent = Agent(stream)
    agent.greet()
    agent.load()
    agent.set_point("full")
    first = agent.run(1, bytes(8), RATE)
    agent.set_point("full", deepest=2)
    assert agent.run(1, bytes(8), RATE) == first
    assert agent.run(2, bytes(8), RATE).result.exit == 2


def test_depth_is_capped_and_what_is_not_there_is_refused(stream, bundle):
    agent = Agent(stream)
    agent.greet()
    with pytest.raises(AgentRefusedError, match="no bundle is loaded"):
        agent.run(1, bytes(8), RATE)
    agent.load()
    agent.set_point("full", deepest=3)
    assert agent.run(2, bytes(8), RATE).result.exit == 2
    with pytest.raises(AgentRefusedError, match="no such operating point"):
        agent.set_point("fuller")


def test_damage_on_the_line_costs_what_it_hits(stream):
    """Noise, frames that were cut off, and frames in which a bit is wrong."""
    rng, agent = random.Random(5), Agent(stream)
    agent.greet()
    agent.load()
    frames = [encode_frame(encode(one, 9)) for one in (Run(7, 9, RATE), Sound(7, 0, bytes(90)))]
    for number in range(50):
        damaged = bytearray(rng.choice(frames))
        damaged[rng.randrange(1, len(damaged) - 1)] ^= 1 << rng.randrange(8)
        cut = rng.choice(frames)[: rng.randrange(4, 12)]
        stream.write(rng.randbytes(rng.randint(1, 99)) + b"\0" + damaged + cut + b"\0")
        assert agent.run(number, bytes(4), RATE).result.utterance == number


def test_telemetry_comes_at_its_interval(stream):
    seen: list[object] = []
    agent = Agent(stream, seen.append)
    assert agent.greet().capabilities & 0b110101 == 0b110101
    agent.watch(0.05)
    agent.listen(1.0)
    agent.watch(0)
    telemetry = [item for item in seen if isinstance(item, Telemetry)]
    assert 10 <= len(telemetry) <= 22
    assert telemetry[0].celsius is None


def test_it_boots_every_time(board):
    sessions = set()
    for _ in range(BOOTS):
        with closing(board.on()) as stream:
            hello = Agent(stream).greet()
        assert hello.board == "mps2-an500"
        sessions.add(hello.session)
    assert len(sessions) == BOOTS
