"""One device is flashed: the steps, and what is done when the link breaks between them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

from edge.slots import CURRENT, PREVIOUS, WRITTEN
from edge.wire.messages import File, Hello
from firmware_host.errors import (
    AgentRefusedError,
    FlashError,
    FlashInterruptedError,
    LinkError,
)
from firmware_host.flash.checks import RUNS, check_device, check_room
from firmware_host.flash.conversation import Conversation
from firmware_host.flash.delivery import Delivery
from firmware_host.flash.parcel import Parcel
from firmware_host.links.base import Stream

_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 10.0
"""Seconds before a link that broke is tried again; twice as long each time."""
TRIES = 12

_TRIALS = 2
"""Times that a link may break while a new bundle is tried, before that is taken for the cause."""
_UTTERANCE = 0xFFFF_FFFF

Outcome = Literal["flashed", "unchanged", "rolled back"]
Result = TypeVar("Result")


@dataclass(frozen=True)
class Flashed:
    """What was done.

    `identity` is the bundle's that the device runs now, `bytes_sent` of `bytes_total` are what went
    over the link, and `reconnected` how often it was opened again.
    """

    device: str
    board: str
    identity: str | None
    outcome: Outcome
    files_sent: int = 0
    bytes_sent: int = 0
    bytes_total: int = 0
    reconnected: int = 0
    seconds: float = 0.0


class Flasher:
    """Flashes one device, over any link, as often as the link breaks.

    Args:
        name: what the device is called.
        connect: opens a stream to an agent, and starts it if need be.
        at_once: how many chunks of a file may be under way; 1 for a link without flow control.
        on_progress: is given how many bytes of how many the device has.
        notice: is told in words what is being done.
        tries: how often in a row a link is opened again without getting any further.
    """

    def __init__(
        self,
        name: str,
        connect: Callable[[], Stream],
        at_once: int = 1,
        on_progress: Callable[[int, int], None] = lambda done, total: None,
        notice: Callable[[str], None] = lambda _: None,
        tries: int = TRIES,
    ) -> None:
        self.name, self._tries = name, tries
        self._connect, self._notice = connect, notice
        self._delivery = Delivery(at_once, on_progress, notice)
        self._stop = threading.Event()
        self._stream: Stream | None = None
        self._session: int | None = None
        self._reconnected = 0

    def flash(self, parcel: Parcel, board: str | None = None, trial: bool = True) -> Flashed:
        """Put a bundle on the device, and have it run it from now on.

        Args:
            parcel: the bundle.
            board: what the device must be; anything that the bundle is for, if None.
            trial: have it run half a second of noise, and go back if it cannot.

        Raises:
            FlashError: it cannot be, and why; the device runs what it ran before.
            AgentRefusedError: the device refuses it, and runs what it ran before.
            LinkError: the device cannot be reached at all.
        """
        began = time.monotonic()
        outcome: Outcome = "unchanged"
        doubted = False
        trials = 0

        def go(agent: Conversation, hello: Hello) -> Flashed:
            nonlocal outcome, doubted, trials
            check_device(hello, parcel, board)
            self._notice("comparing")
            slots = [agent.list_files(slot) for slot in (CURRENT, PREVIOUS, WRITTEN)]
            if not slots[CURRENT].holds(parcel):
                check_room(parcel, slots)
                try:
                    self._delivery.deliver(agent, parcel, slots)
                except AgentRefusedError:
                    # What it has listed it may have had to delete since: once more, from there.
                    if doubted:
                        raise
                    doubted = True
                    return go(agent, hello)
                outcome = "flashed"
                agent.switch(parcel)
            if trial and outcome == "flashed" and hello.capabilities & RUNS:
                trials += 1
                self._try(agent, parcel, trials)
            return Flashed(
                self.name,
                hello.board,
                parcel.identity.hex(),
                outcome,
                self._delivery.files,
                self._delivery.bytes,
                parcel.size,
                self._reconnected,
                time.monotonic() - began,
            )

        return self._until_done(go)

    def roll_back(self, board: str | None = None) -> Flashed:
        """Have the device run the bundle before the current one again.

        Raises:
            AgentRefusedError: it has none.
        """
        began = time.monotonic()
        wanted: dict[str, File] | None = None

        def go(agent: Conversation, hello: Hello) -> Flashed:
            nonlocal wanted
            check_device(hello, None, board)
            self._notice("rolling back")
            now = agent.list_files(CURRENT)
            if wanted is None or not _same(now.files, wanted):
                wanted = agent.list_files(PREVIOUS).files or None
                agent.roll_back()
                now = agent.list_files(CURRENT)
            return Flashed(
                self.name,
                hello.board,
                now.identity.hex() if now.identity else None,
                "rolled back",
                reconnected=self._reconnected,
                seconds=time.monotonic() - began,
            )

        return self._until_done(go)

    def stop(self) -> None:
        """Have another thread's `flash` end as if the link had broken for good."""
        self._stop.set()
        self._close()

    def _until_done(self, go: Callable[[Conversation, Hello], Result]) -> Result:
        """Return what `go` returns; it begins again, on a new stream, whenever the link breaks."""
        pause, tries, furthest = _FIRST_PAUSE, 0, 0
        try:
            while True:
                try:
                    return go(*self._connected())
                except LinkError as error:
                    self._close()
                    if self._session is None:
                        raise  # it was never there
                    if self._delivery.furthest > furthest:
                        pause, tries, furthest = _FIRST_PAUSE, 0, self._delivery.furthest
                    tries += 1
                    if tries > self._tries or self._stop.is_set():
                        raise _interrupted(self.name, error) from error
                    self._notice(f"{error.what}; trying again")
                    if self._stop.wait(pause):
                        raise _interrupted(self.name, error) from error
                    pause = min(2 * pause, _LONGEST_PAUSE)
                    self._reconnected += 1
        finally:
            self._close()

    def _connected(self) -> tuple[Conversation, Hello]:
        self._notice("connecting")
        self._stream = self._connect()
        agent = Conversation(self._stream, session=self._session)
        hello = agent.greet()
        self._session = agent.session
        return agent, hello

    def _try(self, agent: Conversation, parcel: Parcel, trials: int) -> None:
        """Run what was flashed; go back if the device cannot, or ends over it."""
        self._notice("trying it")
        reason = "the agent there ends over it"
        tries: tuple[str, ...] = ("see what it says: eedge monitor",)
        if trials <= _TRIALS:
            try:
                agent.load()
                agent.run(_UTTERANCE, parcel.noise(), parcel.sample_rate)
                return
            except AgentRefusedError as error:
                reason, tries = error.what, error.tries
        before = bool(agent.list_files(PREVIOUS).files)
        if before:
            agent.roll_back()
        runs = "the one before it is run again" if before else "there is no other to go back to"
        raise FlashError(f"the bundle is there, but cannot be run: {reason}; {runs}", *tries)

    def _close(self) -> None:
        if self._stream is not None:
            self._stream.close()


def _same(some: dict[str, File], others: dict[str, File]) -> bool:
    return {(file.path, file.sha256) for file in some.values()} == {
        (file.path, file.sha256) for file in others.values()
    }


def _interrupted(name: str, error: LinkError) -> FlashInterruptedError:
    return FlashInterruptedError(
        f"{name}: interrupted: {error.what}",
        "run the same again: it goes on where it stopped",
        *error.tries,
    )
