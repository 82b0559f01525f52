"""The core as Cortex-M7 code, on an emulated board: the host's decisions, over its UART."""

from __future__ import annotations

import os
import random
import re
import shutil
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
from edge.wire.messages import Log, Run, Sound, Telemetry
from firmware_host.agent import Agent
from firmware_host.errors import AgentRefusedError
from firmware_host.links import Stream
from firmware_host.links.local import LocalLink
from tests.firmware.conftest import FIRMWARE, Build
from tests.firmware.recording import UTTERANCES_AT, RecordedRule, record

pytestmark = pytest.mark.slow

RATE = 16_000
UTTERANCES = int(os.environ.get("EEDGE_UTTERANCES", "250"))
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
def board(built: Build, bundle: Bundle, steps: list[list[Step]], tmp_path_factory) -> list[str]:
    """The command line of an emulated board with a recording in its memory."""
    if shutil.which("qemu-system-arm") is None:
        pytest.skip("there is no qemu-system-arm: no Cortex-M is emulated")
    toolchain = f"-DCMAKE_TOOLCHAIN_FILE={FIRMWARE}/cmake/cortex-m7.cmake"
    program = built("mps2", toolchain, needs=("arm-none-eabi-gcc",)) / "ports/mps2/eedge-mps2.elf"
    recording = tmp_path_factory.mktemp("recording") / "recording.bin"
    durations = [len(exits[0].log_probs) * 0.04 for exits in steps]
    outputs = [[step.log_probs for step in exits] for exits in steps]
    recording.write_bytes(record(bundle, list(zip(durations, outputs, strict=True)), POINTS))
    return [
        "qemu-system-arm", "-M", "mps2-an500", "-display", "none", "-monitor", "none",
        "-kernel", str(program), "-serial", "stdio",
        "-device", f"loader,file={recording},addr=0x60000000,force-raw=on",
    ]  # fmt: skip


@pytest.fixture
def stream(board: list[str]) -> Iterator[Stream]:
    with closing(LocalLink().stream(board)) as found:
        yield found


def test_utterances_leave_where_the_host_would_leave(stream, bundle, steps):
    agent, exits = Agent(stream), set()
    assert agent.greet().program == "eedge-mps2"
    loaded = agent.load()
    assert (loaded.identity.hex(), loaded.points.split("\n")) == (bundle.identity, list(POINTS))
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


def test_depth_is_capped_and_what_is_not_there_is_refused(stream, bundle):
    agent = Agent(stream)
    agent.greet()
    with pytest.raises(AgentRefusedError, match="no recording is loaded"):
        agent.run(1, bytes(8), RATE)
    agent.load()
    agent.set_point("full", deepest=3)
    assert agent.run(2, bytes(8), RATE).result.exit == 2
    with pytest.raises(AgentRefusedError, match="no such operating point"):
        agent.set_point("fuller")


def test_damage_on_the_line_costs_what_it_hits(stream):
    rng, agent = random.Random(5), Agent(stream)
    agent.greet()
    agent.load()
    for number in range(50):
        stream.write(rng.randbytes(rng.randint(1, 300)) + b"\0")
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
    for _ in range(BOOTS):
        with closing(LocalLink().stream(board)) as stream:
            assert Agent(stream).greet().board == "mps2-an500"


def test_a_fault_is_told_after_the_restart(board, tmp_path):
    """A recording whose utterances lie where there is no memory."""
    *command, loader = board
    before, path, after = re.split("file=(.*?),", loader)
    damaged = bytearray(Path(path).read_bytes())
    damaged[UTTERANCES_AT : UTTERANCES_AT + 4] = (0x3000_0000).to_bytes(4, "little")
    (tmp_path / "damaged.bin").write_bytes(damaged)
    line = [*command, f"{before}file={tmp_path}/damaged.bin,{after}"]
    with closing(LocalLink().stream(line)) as stream:
        seen: list[object] = []
        agent = Agent(stream, seen.append)
        first = agent.greet()
        agent.load()
        messages = [Run(1, 1, RATE), Sound(1, 0, bytes(2))]
        for number, message in enumerate(messages, start=100):
            stream.write(encode_frame(encode(message, number)))
        agent.listen(1.0)
        (told,) = [item for item in seen if isinstance(item, Log)]
        assert re.search("after a fault at 0000[0-9a-f]{4}, status 00008200", told.text)
        assert agent.greet().session != first.session
