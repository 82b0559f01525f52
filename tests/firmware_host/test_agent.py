"""The host's side and the device's, over a link that is real."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from edge.bundle import Bundle
from edge.recogniser import Recogniser
from edge.wire import Message, Text, encode, encode_frame
from edge.wire.messages import Hello, Telemetry
from firmware_host.agent import Agent
from firmware_host.errors import AgentRefusedError, LinkLostError, LinkTimeoutError
from firmware_host.links import Stream
from firmware_host.links.local import LocalLink
from firmware_host.links.serial import SerialLink

RATE = 16_000
SOUND = (np.random.default_rng(2).standard_normal(RATE // 3) * 3000).astype("<i2")


@pytest.fixture(scope="module")
def bundle(tiny_paths: dict[str, Path]) -> Bundle:
    return Bundle.open(tiny_paths["dynamic-int8"])


def start(path: Path) -> Stream:
    return LocalLink().stream([sys.executable, "-m", "edge.agent", str(path)])


@pytest.fixture
def stream(bundle: Bundle, repository: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stream]:
    monkeypatch.chdir(repository)
    found = start(bundle.path)
    yield found
    found.close()


def test_an_utterance_is_recognised_at_the_depth_that_was_asked_for(
    stream: Stream, bundle: Bundle
) -> None:
    agent = Agent(stream)
    hello = agent.greet()
    assert (hello.program, hello.board) == ("edge.agent", "host")
    loaded = agent.load()
    assert loaded.identity.hex() == bundle.identity
    samples = SOUND.astype(np.float32) / np.float32(1 << 15)
    heard = agent.run(1, SOUND.tobytes(), RATE)
    assert heard.text == Recogniser(bundle).transcribe(samples).text
    assert heard.result.exit == bundle.exits[-1]
    agent.set_point("", deepest=bundle.exits[0])
    assert agent.run(2, SOUND.tobytes(), RATE).result.exit == bundle.exits[0]
    # The one that was run is not run again, at whatever depth.
    assert agent.run(1, SOUND.tobytes(), RATE) == heard


def test_what_comes_unasked_goes_aside(stream: Stream) -> None:
    aside: list[Message | Text] = []
    agent = Agent(stream, aside.append)
    agent.greet()
    agent.watch(0.05)
    agent.listen(0.5)
    assert sum(isinstance(one, Telemetry) for one in aside) >= 3


def test_what_a_device_refuses_is_an_error_with_its_words(stream: Stream) -> None:
    agent = Agent(stream)
    agent.greet()
    with pytest.raises(AgentRefusedError, match="no bundle is loaded") as raised:
        agent.run(1, b"ab", RATE)
    assert raised.value.tries == ("send Load first",)
    agent.load()
    with pytest.raises(AgentRefusedError, match="takes 16000 Hz"):
        agent.run(1, b"ab", 8000)


def test_an_agent_that_ends_is_a_broken_link(stream: Stream) -> None:
    agent = Agent(stream)
    agent.greet()
    stream.close()
    with pytest.raises(LinkLostError):
        agent.load()


class Scripted:
    """A device that says what it was told to, whatever it is asked."""

    def __init__(self, *said: Message) -> None:
        self._said = list(said)

    def read(self, timeout: float) -> bytes:
        return encode_frame(encode(self._said.pop(0), 0))

    def write(self, data: bytes) -> None:
        pass

    def close(self) -> None:
        pass


def test_a_device_that_starts_anew_is_a_broken_link() -> None:
    """Over a serial port, its Hello is all that tells: nothing else would be answered any more."""
    before, after = (Hello(1, 1, 4096, 0, session, "a", "b") for session in (1, 2))
    for ask in (Agent.load, lambda agent: agent.listen(9)):
        agent = Agent(Scripted(before, before, after))
        agent.greet()
        with pytest.raises(LinkLostError, match="started anew"):
            ask(agent)


def test_silence_is_not_waited_for() -> None:
    device, host = os.openpty()
    port = SerialLink(os.ttyname(host)).stream()
    with pytest.raises(LinkTimeoutError, match="does not answer"):
        Agent(port).greet(timeout=0.2)
    port.close()
    os.close(host)
    os.close(device)
