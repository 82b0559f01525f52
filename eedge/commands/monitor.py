"""`eedge monitor`: what a device says."""

from __future__ import annotations

import contextlib
import re
import shlex
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from boards.errors import GateError, UsageError
from eedge.output import json_option

if TYPE_CHECKING:
    from firmware_host.export import Export
    from firmware_host.monitor.filters import Filter
    from firmware_host.monitor.follow import Chunk, Turn

_PATH = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.option("--device", metavar="SEL", help="As 'eedge devices' lists it: serial:/dev/ttyACM0.")
@click.option(
    "--command", "program", metavar="LINE", help="What to run there, where it has a shell."
)
@click.option("--baud", default=115_200, show_default=True, help="Of a serial port.")
@click.option("--only", metavar="REGEX", help="Show only lines in which this is found.")
@click.option("--quiet", is_flag=True, help="Leave telemetry out.")
@click.option("--times/--no-times", default=True, help="Put the time before each line.")
@click.option("--log", type=_PATH, metavar="FILE", help="Add the lines to a file, without colours.")
@click.option("--capture", type=_PATH, metavar="FILE", help="Keep all bytes, to be replayed.")
@click.option("--replay", "replayed", type=_PATH, metavar="FILE", help="Show a capture instead.")
@click.option("--expect", metavar="REGEX", help="End when this is found in a line.")
@click.option("--timeout", type=click.FloatRange(min=0), metavar="S", help="End after this time.")
@click.option(
    "--telemetry",
    type=click.FloatRange(min=0.05),
    metavar="S",
    help="Ask an agent for it this often.",
)
@click.option("--mqtt", metavar="URL", help="Publish telemetry too: mqtt://HOST[:PORT][/TOPIC].")
@click.option(
    "--prometheus", type=click.IntRange(0, 65535), metavar="PORT", help="Serve telemetry there too."
)
@json_option
def command(
    device: str | None,
    program: str | None,
    baud: int,
    only: str | None,
    quiet: bool,
    times: bool,
    log: Path | None,
    capture: Path | None,
    replayed: Path | None,
    expect: str | None,
    timeout: float | None,
    telemetry: float | None,
    mqtt: str | None,
    prometheus: int | None,
    as_json: bool,
) -> None:
    """Show what a device says, line by line.

    That is its text, and the messages between it. A link that breaks is opened again; what was said
    while it was open is not lost. With --json, every line is a record, telemetry with its fields.
    With --expect the status is 0 when the pattern is found, and 1 when --timeout or the capture
    ends before.

    On a terminal there is a bar beneath the lines, what is typed goes to the device, Ctrl-] quits
    and Ctrl-T is the menu. Elsewhere Ctrl-C ends it.
    """
    from eedge.monitoring import Look, Monitoring
    from eedge.screen import screen
    from firmware_host.export.mqtt import MqttExport
    from firmware_host.export.prometheus import PrometheusExport
    from firmware_host.monitor.asking import Asking
    from firmware_host.monitor.capture import keep
    from firmware_host.monitor.filters import Matching, Plain

    wanted = None if expect is None else _pattern(expect, "--expect")
    filters: list[Filter] = [Plain()]
    if only is not None:
        filters.append(Matching(_pattern(only, "--only")))
    until = None if timeout is None else time.monotonic() + timeout
    opened = _source(device, program, baud, replayed)
    name = device or str(replayed)
    with contextlib.ExitStack() as stack:
        exports: list[Export] = []
        if mqtt is not None:
            exports.append(MqttExport(mqtt, name))
        if prometheus is not None:
            exports.append(PrometheusExport(prometheus, name))
        for export in exports:
            stack.callback(export.close)
        kept = stack.enter_context(capture.open("a", encoding="utf-8")) if capture else None
        monitoring = Monitoring(
            name,
            stack.enter_context(screen(plain=as_json)),
            Look(filters, times, telemetry=not quiet),
            stack.enter_context(log.open("a", encoding="utf-8")) if log else None,
            as_json,
            exports,
            None if telemetry is None else Asking(telemetry),
        )
        items = stack.enter_context(contextlib.closing(opened(monitoring.outgoing)))

        def until_then() -> Iterator[Chunk | Turn]:
            for item in items:
                if kept is not None:
                    keep(item, kept)
                yield item
                if until is not None and time.monotonic() >= until:
                    return

        found = monitoring.watch(until_then(), wanted)
    if wanted is not None and not found:
        raise GateError(f"no line has '{expect}' in it", "wait longer: --timeout")


def _source(
    device: str | None, program: str | None, baud: int, replayed: Path | None
) -> Callable[[Callable[[], bytes]], Generator[Chunk | Turn, None, None]]:
    """Return what opens a device or a capture, given where to ask for what is to be sent."""
    from firmware_host.links import open_link
    from firmware_host.links.serial import SerialLink
    from firmware_host.monitor.capture import replay
    from firmware_host.monitor.follow import follow

    if (device is None) == (replayed is None):
        raise UsageError("say what to show", "give one of --device and --replay")
    if replayed is not None:
        return lambda _: replay(replayed)
    link = open_link(device or "", baud)
    if program is None and not isinstance(link, SerialLink):
        raise UsageError(f"{link.name} has a shell: say what to run there", "--command LINE")
    args = shlex.split(program or "")
    return lambda outgoing: follow(lambda: link.stream(args), outgoing=outgoing)


def _pattern(text: str, option: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise UsageError(f"{option} {text!r} is no regular expression: {error}") from error
