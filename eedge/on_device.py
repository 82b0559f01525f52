"""`eedge run --device`: the sound goes to an agent on a device, which is governed."""

from __future__ import annotations

import contextlib
import sys
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from boards.errors import EedgeError
from eedge.output import error_fields, print_error, print_record
from eedge.transcripts import lines, record

if TYPE_CHECKING:
    from edge.bundle import Bundle
    from edge.state.source import Source
    from firmware_host.controller import Controller, Heard
    from firmware_host.links import Link

_LOOK = 0.1
"""Seconds for which nothing may come before the device is looked after again."""

Item = tuple[str, Callable[[], "Heard"]]


@dataclass(frozen=True)
class Wanted:
    """What is to be run where; `agent` is the line that starts an agent on a device."""

    bundle: Path
    files: tuple[Path, ...]
    folder: Path | None
    microphone: bool
    device: str
    agent: str | None
    baud: int
    board: str | None
    point: str | None
    threads: int


def run_on_device(wanted: Wanted, as_json: bool) -> bool:
    """Recognise what is wanted on its device; return whether all of it could be.

    Raises:
        EedgeError: the device cannot be reached or will not, or the bundle is not right.
    """
    from boards.board import load_board
    from edge.bundle import Bundle
    from eedge.live import Live
    from firmware_host.controller import Controller
    from firmware_host.flash.start import start
    from firmware_host.links import open_link

    bundle = Bundle.open(wanted.bundle)
    board = None if wanted.board is None else load_board(wanted.board)
    link = open_link(wanted.device, wanted.baud)
    args = _agent(link, wanted)
    whole = True
    with contextlib.ExitStack() as stack:
        live = stack.enter_context(Live(link.name, as_json))
        controller = Controller(
            lambda: start(link, args),
            bundle,
            board=board,
            deepest=wanted.point,
            live=wanted.folder is not None or wanted.microphone,
            notice=live.notice,
            source=_source(link),
        )
        stack.callback(controller.close)
        controller.wait(0)
        live.watch(controller)
        width = max((len(str(file)) for file in wanted.files), default=0)
        for name, hear in _items(controller, bundle, wanted):
            try:
                heard = hear()
            except EedgeError as error:
                if not _is_of_the_sound(error):
                    raise
                whole = False
                if as_json:
                    print_record({"audio": name, "error": error_fields(error)})
                else:
                    print_error(error, as_json=False)
                continue
            if as_json:
                print_record(_record(name, heard))
            else:
                for line in lines(name.ljust(width), heard.transcript, _state(heard)):
                    live.line(line)
    return whole


def _source(link: Link) -> Source | None:
    """Return where the host can read a device's state itself: over a shell."""
    from edge.state.source import ShellSource
    from firmware_host.links.shell import ShellLink

    if not isinstance(link, ShellLink):
        return None

    def shell(line: str) -> tuple[int, str]:
        done = link.shell(line)
        return done.status, done.text

    return ShellSource(shell)


def _agent(link: Link, wanted: Wanted) -> list[str]:
    """Return what starts the agent at the other end of a link; over serial it runs already.

    This machine needs no bundle to be flashed to it: it has the one that is named.
    """
    from firmware_host.flash import known_line
    from firmware_host.links.local import LocalLink

    threads = [] if wanted.agent else ["--threads", str(wanted.threads)]
    if wanted.agent is None and isinstance(link, LocalLink):
        board = [] if wanted.board is None else ["--board", wanted.board]
        bundle = str(wanted.bundle.absolute())
        return [sys.executable, "-m", "edge.agent", bundle, *board, *threads]
    line = known_line(link, wanted.board, wanted.agent, stays=True)
    return [*line, *threads] if line else []


def _items(controller: Controller, bundle: Bundle, wanted: Wanted) -> Iterator[Item]:
    """Yield what is to be recognised, one after the other; of what comes by itself, for ever."""
    yield from ((str(file), partial(controller.file, file)) for file in wanted.files)
    if wanted.folder is not None:
        yield from _from_folder(controller, wanted.folder)
    if wanted.microphone:
        yield from _from_microphone(controller, bundle)


def _from_folder(controller: Controller, folder: Path) -> Iterator[Item]:
    from firmware_host.inbox import Inbox

    inbox = Inbox(folder)
    while True:
        file = inbox.take()
        controller.queue = inbox.waiting
        if file is None:
            controller.wait(_LOOK)
        else:
            yield str(file), partial(controller.file, file)


def _from_microphone(controller: Controller, bundle: Bundle) -> Iterator[Item]:
    import queue

    from edge.audio import Samples
    from firmware_host.microphone import Utterances, listening

    manifest = bundle.manifest
    utterances = Utterances(manifest.sample_rate, manifest.longest_s)
    waiting: deque[Samples] = deque()
    number = 0
    with listening(manifest.sample_rate) as blocks:
        while True:
            with contextlib.suppress(queue.Empty):
                block = blocks.get(timeout=_LOOK)
                while True:
                    said = utterances.take(block)
                    if said is not None:
                        waiting.append(said)
                    block = blocks.get_nowait()
            controller.wait(0)
            while waiting:
                said, number = waiting.popleft(), number + 1
                controller.queue = len(waiting)
                yield f"utterance {number}", partial(controller.sound, said)


def _is_of_the_sound(error: EedgeError) -> bool:
    """Return whether an error concerns one file, and the next may be run all the same."""
    from edge.errors import AudioError
    from firmware_host.errors import AgentRefusedError

    return isinstance(error, AudioError | AgentRefusedError)


def _record(name: str, heard: Heard) -> dict[str, object]:
    """Return a file's line of JSON; the point is that of its last piece."""
    found = record(name, heard.transcript, heard.points[-1])
    segments = found.get("segments")
    if isinstance(segments, list):
        found["segments"] = [
            {**segment, "point": point}
            for segment, point in zip(segments, heard.points, strict=True)
        ]
    return {
        **found,
        "why": heard.why,
        "celsius": heard.celsius,
        "battery_percent": heard.battery_percent,
    }


def _state(heard: Heard) -> str:
    celsius = "  ?" if heard.celsius is None else f"{heard.celsius:3.0f}"
    battery = "  ?" if heard.battery_percent is None else f"{heard.battery_percent:3.0f}"
    return f"  {celsius} °C  {battery} %  {heard.points[-1]:8}"
