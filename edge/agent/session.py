"""Answers to a host's messages: each command has one, whatever goes wrong."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from boards.board import Board
from boards.errors import EedgeError, UsageError
from edge.agent.shelf import Shelf
from edge.agent.work import Ran, Work
from edge.state import sysfs
from edge.state.sample import Battery, Temperature
from edge.state.source import LocalSource, Source
from edge.wire import Frame, Message, WireError, decode
from edge.wire.frame import MAX_BODY, VERSION
from edge.wire.messages import (
    Ack,
    Begin,
    Hello,
    ListFiles,
    Load,
    Loaded,
    Put,
    PutChunk,
    Refused,
    Result,
    Rollback,
    Run,
    SetPoint,
    Sound,
    Switch,
    Telemetry,
    Verify,
    Watch,
)

_RUNS, _TELEMETRY = 1 << 0, 1 << 2
_NO_SENSOR, _NO_BATTERY = 1 << 4, 1 << 5
_LONGEST_S = 600
"""Seconds of an utterance: what a device has room for."""
_PART = 3000
"""Bytes of a text that go into one Result, with room for a character that does not fit."""


class Session:
    """What one program on the device knows; it outlives a link that breaks.

    Args:
        bundle: the bundle that Load loads, or where it is and others are flashed to.
        board: what it runs on.
        threads: of the interpreter.
        source: where its state is read.
    """

    def __init__(
        self,
        bundle: Path | Shelf,
        board: Board,
        threads: int = 1,
        source: Source | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._shelf = bundle if isinstance(bundle, Shelf) else Shelf(bundle)
        self._board, self._threads = board, threads
        self._source = source or LocalSource()
        self._clock = clock
        self._session = secrets.randbits(32)
        self._host: int | None = None
        self._work: Work | None = None
        self._run: Run | None = None
        self._sound = bytearray()
        self.interval: float | None = None

    def hello(self) -> Hello:
        """Return what begins every connection."""
        return Hello(
            oldest=VERSION,
            newest=VERSION,
            max_body=MAX_BODY,
            capabilities=_RUNS | _TELEMETRY | self._shelf.capabilities | self._lacks(),
            session=self._session,
            program="edge.agent",
            board=self._board.name,
        )

    def answer(self, frame: Frame) -> Iterator[Message]:
        """Yield the answers to a frame; what is refused says why."""
        try:
            yield from self._answer(decode(frame), frame.number)
        except EedgeError as error:
            tries = "\n".join(error.tries)
            yield Refused(frame.number, error.kind, _short(error.what), _short(tries))

    def host_left(self) -> None:
        """Nobody is there for now; all is kept for when they come back."""
        self._shelf.host_left()

    def telemetry(self) -> Telemetry:
        """Return the state of now; what cannot be read is None."""
        work = self._work
        files = self._source.files(sysfs.patterns(self._board))
        heat = sysfs.heat(self._board, files)
        known = [one.celsius for one in heat if isinstance(one, Temperature)]
        power = sysfs.supply(files)
        battery = power if isinstance(power, Battery) else None
        charging = battery.charging if battery else None
        return Telemetry(
            time_ms=int(1000 * self._clock()),
            celsius=max(known) if known and len(known) == len(heat) else None,
            battery_percent=battery.percent if battery else None,
            charging=2 if charging is None else int(charging),
            queue=int(self._run is not None),
            real_time_factor=work.real_time_factor if work else None,
            utterances=work.utterances if work else 0,
            deepest=work.deepest if work else 0,
            point=work.point if work else "",
        )

    def _lacks(self) -> int:
        """Return the capabilities that say what there is not, and need not be read."""
        files = self._source.files(sysfs.patterns(self._board))
        senses = bool(sysfs.heat(self._board, files))
        powered = sysfs.supply(files) is not None or bool(self._board.battery)
        return (0 if senses else _NO_SENSOR) | (0 if powered else _NO_BATTERY)

    def _answer(self, message: Message, number: int) -> Iterator[Message]:
        match message:
            case Hello():
                if not message.oldest <= VERSION <= message.newest:
                    raise WireError(
                        f"the host speaks no version {VERSION}", "update the older side"
                    )
                another = message.session != self._host
                if not self._shelf.host_came(another):
                    self._work = self._run = None
                if another and self._work is not None:
                    self._work.forget()
                self._host = message.session
                yield self.hello()
            case _ if self._host is None:
                raise WireError("nothing is taken before Hello")
            case Load():
                yield self._load(message)
            case SetPoint():
                self._loaded().set_point(message.point, message.deepest)
                yield Ack(number)
            case Run():
                yield from self._begin(message, number)
            case Sound():
                yield from self._take(message, number)
            case Watch():
                self.interval = message.interval_ms / 1000 or None
                yield Ack(number)
            case ListFiles() | Begin() | Put() | PutChunk() | Verify() | Switch() | Rollback():
                answers, still_loaded = self._shelf.answer(message, number)
                if not still_loaded:
                    self._work = self._run = None
                yield from answers
            case _:
                raise WireError(f"{type(message).__name__} is not for this agent")

    def _load(self, message: Load) -> Loaded:
        board = message.board or self._board.name
        self._work = work = self._shelf.load(board, message.point, self._threads)
        self._run = None
        bundle = work.bundle
        return Loaded(
            bytes.fromhex(bundle.identity), bytes(bundle.exits), "\n".join(work.points), work.point
        )

    def _begin(self, message: Run, number: int) -> Iterator[Message]:
        done = self._loaded().known(message.utterance)
        if done is not None:
            self._run = None
            yield from _results(message.utterance, done)
            return
        if not 0 < message.samples <= _LONGEST_S * message.sample_rate:
            raise UsageError(
                f"an utterance of {message.samples} samples at {message.sample_rate} Hz is not run",
                f"cut it: up to {_LONGEST_S} s",
            )
        self._run, self._sound = message, bytearray()
        yield Ack(number)

    def _take(self, message: Sound, number: int) -> Iterator[Message]:
        run, work = self._run, self._loaded()
        if run is None or message.utterance != run.utterance:
            raise UsageError(f"sound of utterance {message.utterance}, which was not begun")
        have = len(self._sound) // 2
        if message.first > have or len(message.samples) % 2:
            raise UsageError(f"sound from sample {message.first} on, but {have} are there")
        # What comes twice, because an answer was lost, is taken once.
        self._sound[2 * message.first :] = message.samples
        if len(self._sound) > 2 * run.samples:
            self._run = None
            raise UsageError(f"more sound than the {run.samples} samples that were announced")
        if len(self._sound) < 2 * run.samples:
            yield Ack(number)
            return
        self._run = None
        yield from _results(
            run.utterance, work.run(run.utterance, bytes(self._sound), run.sample_rate)
        )

    def _loaded(self) -> Work:
        if self._work is None:
            raise UsageError("no bundle is loaded", "send Load first")
        return self._work


def _results(utterance: int, ran: Ran) -> Iterator[Result]:
    """Yield a result, in as many messages as its text needs."""
    heard = ran.heard
    parts = _parts(heard.text)
    for at, part in enumerate(parts, start=1):
        yield Result(
            utterance=utterance,
            exit=heard.exit,
            more=int(at < len(parts)),
            blocks=heard.blocks,
            duration_s=heard.duration_s,
            latency_s=heard.latency_s,
            loading_s=heard.loading_s,
            score=heard.score,
            point=ran.point,
            text=part,
        )


def _parts(text: str) -> list[str]:
    """Cut a text into parts that fit, between characters."""
    parts, rest = [], text
    while len(rest.encode()) > _PART:
        part = rest.encode()[:_PART].decode(errors="ignore")
        parts.append(part)
        rest = rest[len(part) :]
    return [*parts, rest]


def _short(text: str) -> str:
    """Return as much of a text as a line of the protocol holds."""
    return text.replace("\0", " ").encode(errors="replace")[:1024].decode(errors="ignore")
