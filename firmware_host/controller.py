"""Utterances go to a device, each at the depth that the device's state allows."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from boards.board import Board, load_board
from boards.errors import UsageError
from edge import audio
from edge.audio import Samples
from edge.bundle import Bundle
from edge.recogniser import Result, Transcript
from edge.segments import cut
from edge.state.source import Source
from edge.wire import Message, Text
from edge.wire.messages import Hello, Log, Telemetry
from firmware_host.agent import Agent
from firmware_host.connection import PATIENCE, Connection
from firmware_host.errors import AgentRefusedError
from firmware_host.gauge import Gauge
from firmware_host.governor import Decision, Governor, Limits, Past, ladder
from firmware_host.links.base import Stream
from firmware_host.state.polling import Polling
from firmware_host.state.reader import StateReader

INTERVAL = 0.5
"""Seconds between two readings of the device's state: heat changes more slowly."""
_POLLED = 2
"""Intervals between two readings where the host has to ask for them."""
_OVERDUE = 4
"""Intervals after which telemetry is missed; a device that computes sends it when it is done."""


@dataclass(frozen=True)
class Heard:
    """What a device made of a file, and its state as it was last known; None is not known.

    `points` has the operating point of each piece, `why` what the governor decided the last by.
    """

    transcript: Transcript
    points: tuple[str, ...]
    why: str
    celsius: float | None
    battery_percent: float | None


class Controller:
    """Runs utterances on a device and governs it, over a link that may break.

    Args:
        connect: opens a stream to an agent; called again when it breaks.
        bundle: the one that the device has; its calibration says what depth costs.
        board: what the device is; None for what it says itself.
        deepest: the operating point that is never exceeded; None for the fullest.
        live: whether utterances come by themselves. Else nobody waits for them, and at less depth
            the device rests for the time that is saved: that is what cools it.
        notice: is told of the link and what the device says beside its results.
        source: where the host reads the state of a board whose agent cannot, as on Android.
        limits: what the governor keeps; the board's if None.
        clock, interval: of the governor and of telemetry, in seconds.
        patience: seconds that a link may stay broken.
    """

    def __init__(
        self,
        connect: Callable[[], Stream],
        bundle: Bundle,
        *,
        board: Board | None = None,
        deepest: str | None = None,
        live: bool = True,
        notice: Callable[[str], None] = lambda _: None,
        source: Source | None = None,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.monotonic,
        interval: float = INTERVAL,
        patience: float = PATIENCE,
    ) -> None:
        self._bundle, self._board, self._deepest, self._live = bundle, board, deepest, live
        self._notice, self._limits, self._clock, self._interval = notice, limits, clock, interval
        self._source = source
        self._connection = Connection(connect, self._begin, self._heed, notice, patience)
        self._governor: Governor | None = None
        self._past = Past()
        self._utterance = 0
        self._set: str | None = None
        self._told_at = -float("inf")
        self.gauge = Gauge(clock())
        self.decision: Decision | None = None
        self.queue = 0
        """Utterances that wait; the caller keeps it up to date."""

    @property
    def limits(self) -> Limits | None:
        """What the governor keeps, once the device has been reached."""
        return self._governor.limits if self._governor else None

    def wait(self, seconds: float) -> None:
        """Keep an eye on the device for a while.

        Raises:
            LinkError: as `Connection.ask`.
        """
        self._connection.ask(lambda agent: agent.listen(seconds))

    def file(self, path: Path) -> Heard:
        """Have a sound file of any length recognised; what is too long is cut at its pauses.

        Raises:
            AudioError: the file cannot be read, or holds no sound.
            AgentRefusedError: the device will not.
            LinkError: as `Connection.ask`.
        """
        manifest = self._bundle.manifest
        chunks = audio.stream(path, manifest.sample_rate)
        pieces = cut(chunks, manifest.sample_rate, manifest.longest_s)
        return self._heard(self.piece(piece.samples, piece.start_s) for piece in pieces)

    def sound(self, samples: Samples) -> Heard:
        """Have sound recognised: f32[n] at the bundle's sample rate, no longer than it takes."""
        return self._heard(iter([self.piece(samples)]))

    def piece(self, samples: Samples, start_s: float = 0.0) -> tuple[Result, str]:
        """Have one piece of sound recognised; return it, and the point that it was run at."""
        self._utterance += 1
        number, rate = self._utterance, self._bundle.manifest.sample_rate
        sound = np.clip(np.rint(samples * (1 << 15)), -(1 << 15), (1 << 15) - 1).astype("<i2")

        def attempt(agent: Agent) -> tuple[Result, str]:
            self._set_point(agent)
            heard = agent.run(number, sound.tobytes(), rate)
            said = heard.result
            return Result(
                text=heard.text,
                exit=said.exit,
                blocks=round(said.blocks),
                duration_s=len(samples) / rate,
                latency_s=said.latency_s,
                score=said.score,
                start_s=start_s,
                loading_s=said.loading_s,
            ), said.point

        result, point = self._connection.ask(attempt)
        self.gauge.ran(self._kind(result), result.latency_s, result.loading_s)
        if not self._live:
            self._rest(point, result.latency_s)
        return result, point

    def close(self) -> None:
        """Give the device up."""
        if self.gauge.polling is not None:
            self.gauge.polling.close()
        self._connection.close()

    def _begin(self, agent: Agent, hello: Hello, knows_nothing: bool) -> None:
        """Make an agent ready that has said Hello."""
        if self._board is None:
            self._board = load_board(hello.board)
        if self._governor is None:
            rungs = ladder(self._bundle.calibration(self._board.name), self._deepest)
            self._governor = Governor(rungs, self._limits or Limits.of(self._board))
            if self._board.link == "adb" and self._source is not None:
                reader = StateReader(self._board, self._source, self._clock)
                self.gauge.polling = Polling(reader, _POLLED * self._interval)
        self.gauge.greeted(hello)
        self._set = None
        if knows_nothing:
            self._load(agent, self._governor, self._board)
        self._told_at = -float("inf")
        if self.gauge.tells:
            agent.watch(self._interval)

    def _load(self, agent: Agent, governor: Governor, board: Board) -> None:
        loaded = agent.load(board.name)
        if loaded.identity.hex() != self._bundle.identity:
            raise AgentRefusedError(
                f"the device has another bundle than {self._bundle.path}",
                "put it there: eedge flash",
            )
        points = loaded.points.splitlines()
        missing = [rung.point for rung in governor.rungs if rung.point not in points]
        if missing:
            raise UsageError(
                f"the device's calibration for '{board.name}' has no point '{missing[0]}'",
                "put it there: eedge flash",
            )

    def _heed(self, message: Message | Text) -> None:
        """Take what comes unasked."""
        if isinstance(message, Telemetry):
            self._told_at = time.monotonic()
            self.gauge.told(message, self._clock())
            self._decide()
        elif isinstance(message, Text | Log):
            self._notice(message.text.rstrip())

    def _decide(self) -> None:
        if self._governor is not None:
            now = self._clock()
            state = self.gauge.state(self._past, now, self.queue, self._live)
            self.decision = self._governor.decide(state, now)
            self._past = self.decision.past

    def _set_point(self, agent: Agent) -> Decision:
        """Bring the device to the point that its state of now allows."""
        agent.listen(0.0)
        overdue = _OVERDUE * self._interval if self.gauge.tells else 0.0
        until = time.monotonic() + overdue
        while self._told_ago() > 2 * self._interval and (left := until - time.monotonic()) > 0:
            agent.listen(min(left, self._interval / 10))
        if self._told_ago() > 2 * self._interval or self.decision is None:
            self._decide()
        assert self.decision is not None, "there is a governor as soon as there is an agent"
        if self._set != self.decision.point:
            agent.set_point(self.decision.point)
            self._set = self.decision.point
        return self.decision

    def _told_ago(self) -> float:
        return time.monotonic() - self._told_at

    def _rest(self, point: str, latency_s: float) -> None:
        """Let a device that is not hurried rest for as long as the deepest point would compute."""
        assert self._governor is not None, "something was run"
        deepest = self._governor.rungs[0]
        ran = next((rung for rung in self._governor.rungs if rung.point == point), deepest)
        until = time.monotonic() + latency_s * (deepest.load / ran.load - 1)
        while (left := until - time.monotonic()) > 0:
            if self.decision is not None and self.decision.rung == 0:
                return
            self.wait(min(left, self._interval))

    def _kind(self, result: Result) -> object:
        """Return what must be the same for two times to be compared: the exit and the length."""
        manifest = self._bundle.manifest
        frames = manifest.encoder_frames(round(result.duration_s / manifest.features.hop_s))
        return result.exit, next((one for one in manifest.buckets if one >= frames), None)

    def _heard(self, pieces: Iterator[tuple[Result, str]]) -> Heard:
        results, points = zip(*pieces, strict=True)
        why = self.decision.why if self.decision else ""
        return Heard(
            Transcript(results), points, why, self.gauge.celsius, self.gauge.battery_percent
        )
