"""The host's side of a conversation with an agent: one question at a time, each with its answer."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from edge.wire import Frame, Message, Receiver, Text, WireError, decode, encode, encode_frame
from edge.wire.frame import MAX_BODY, VERSION
from edge.wire.messages import (
    Ack,
    Hello,
    Load,
    Loaded,
    Refused,
    Result,
    Run,
    SetPoint,
    Sound,
    Watch,
)
from firmware_host.errors import AgentRefusedError, LinkLostError, LinkTimeoutError
from firmware_host.links.base import Stream

_CHUNK = 4000
_AROUND_CHUNK = 10
"""Bytes of a Sound that are no samples."""
_LEAST_BODY = 256
"""Bytes of a body that every device must take."""
_GREETING = 30.0
_GREET_AGAIN = 1.0
"""Seconds between two Hellos, of which a device that starts up may miss the first."""
_ANSWER = 10.0
_LOADING = 120.0
"""Seconds that a device is given for what it was asked."""
_RUNNING, _RUNNING_EACH = 60.0, 10.0
"""Seconds for an utterance, and for each second of it."""

Answer = TypeVar("Answer", bound=Message)


@dataclass(frozen=True)
class Heard:
    """What a device says of an utterance; the fields are those of the protocol's Result."""

    text: str
    result: Result


class Agent:
    """Talks to an agent over a stream.

    Whatever comes unasked, telemetry, log lines and text, goes to `aside`. A link that breaks
    raises, and so does a device that starts anew behind one that holds: make another `Agent` on a
    new stream, with the same `session`, and ask again; what the device has run already it will not
    run again.
    """

    def __init__(
        self,
        stream: Stream,
        aside: Callable[[Message | Text], None] = lambda _: None,
        session: int | None = None,
    ) -> None:
        self._stream, self._aside = stream, aside
        self._receiver = Receiver()
        self._arrived: list[Message] = []
        self._number = 0
        self._theirs: int | None = None
        self.session = secrets.randbits(32) if session is None else session
        self._chunk = _CHUNK

    def greet(self, timeout: float = _GREETING) -> Hello:
        """Say Hello until the device does; return what it says of itself.

        Raises:
            LinkTimeoutError: it does not answer.
            AgentRefusedError: it speaks no version that is spoken here, or takes too little.
        """
        self._theirs = None
        mine = Hello(VERSION, VERSION, MAX_BODY, 0, self.session, "eedge", "")
        until = time.monotonic() + timeout
        while True:
            try:
                number = self._send(mine)
                theirs = self._await(number, Hello, min(_GREET_AGAIN, timeout))
                break
            except LinkTimeoutError:
                if time.monotonic() >= until:
                    raise
        if theirs.max_body < _LEAST_BODY:
            raise AgentRefusedError(f"it takes messages of {theirs.max_body} bytes: too few")
        self._chunk = min(_CHUNK, theirs.max_body - _AROUND_CHUNK) // 2 * 2
        # What came may be what it says unasked when it starts, and then it has missed ours.
        self._send(mine)
        self._theirs = theirs.session
        return theirs

    def load(self, board: str = "", point: str = "") -> Loaded:
        """Have the current bundle loaded, at an operating point ("" for the fullest)."""
        return self._ask(Load(board, point), Loaded, _LOADING)

    def set_point(self, point: str, deepest: int = 0) -> None:
        """Change the operating point from the next utterance on; 0 blocks are no limit."""
        self._ask(SetPoint(point, deepest), Ack)

    def watch(self, interval_s: float) -> None:
        """Have telemetry sent at this interval, to `aside`; 0 stops it."""
        self._ask(Watch(round(1000 * interval_s)), Ack)

    def listen(self, seconds: float) -> None:
        """Give what comes in the meantime to `aside`; what is there already at least."""
        until = time.monotonic() + seconds
        while True:
            self._read(max(until - time.monotonic(), 0.0))
            while self._arrived:
                self._give_aside(self._arrived.pop(0))
            if time.monotonic() >= until:
                return

    def run(self, utterance: int, samples: bytes, sample_rate: int) -> Heard:
        """Have an utterance of 16-bit samples recognised, once, whatever the link does.

        Raises:
            AgentRefusedError: the device cannot, and says why.
        """
        either = (Ack, Result)
        number = self._send(Run(utterance, len(samples) // 2, sample_rate))
        answer = self._await(number, either, _ANSWER, utterance)
        running = _RUNNING + _RUNNING_EACH * len(samples) / 2 / sample_rate
        for begin in range(0, len(samples), self._chunk):
            if isinstance(answer, Result):
                break
            part = samples[begin : begin + self._chunk]
            number = self._send(Sound(utterance, begin // 2, part))
            last = begin + self._chunk >= len(samples)
            answer = self._await(number, either, running if last else _ANSWER, utterance)
        if not isinstance(answer, Result):
            answer = self._await(number, Result, running, utterance)
        text = answer.text
        while answer.more:
            answer = self._await(number, Result, _ANSWER, utterance)
            text += answer.text
        return Heard(text, answer)

    def _ask(self, message: Message, kind: type[Answer], timeout: float = _ANSWER) -> Answer:
        return self._await(self._send(message), kind, timeout)

    def _send(self, message: Message) -> int:
        number = self._number
        self._stream.write(encode_frame(encode(message, number)))
        self._number = (number + 1) % (1 << 16)
        return number

    def _await(
        self,
        number: int,
        kind: type[Answer] | tuple[type[Answer], ...],
        timeout: float,
        utterance: int | None = None,
    ) -> Answer:
        """Return the answer to a command, or an utterance's result; what else comes goes aside."""
        until = time.monotonic() + timeout
        while True:
            while self._arrived:
                message = self._arrived.pop(0)
                if isinstance(message, Refused) and message.number == number:
                    raise AgentRefusedError(message.what, *message.tries.splitlines())
                other = (isinstance(message, Ack) and message.number != number) or (
                    isinstance(message, Result) and message.utterance != utterance
                )
                if isinstance(message, kind) and not other:
                    return message
                self._give_aside(message)
            left = until - time.monotonic()
            if left <= 0:
                raise LinkTimeoutError(
                    "the device does not answer",
                    "check that an agent runs there: python -m edge.agent BUNDLE",
                )
            self._read(left)

    def _give_aside(self, message: Message) -> None:
        self._aside(message)
        if isinstance(message, Hello) and self._theirs not in (None, message.session):
            raise LinkLostError("the device has started anew")

    def _read(self, timeout: float) -> None:
        for item in self._receiver.feed(self._stream.read(timeout)):
            if not isinstance(item, Frame):
                self._aside(item)
                continue
            try:
                self._arrived.append(decode(item))
            except WireError:
                continue  # of a newer agent: nothing that was asked for
