"""`eedge monitor`: what a device says."""

from __future__ import annotations

import contextlib
import re
import shlex
import time
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from boards.errors import GateError, UsageError
from eedge.output import json_option, print_record

if TYPE_CHECKING:
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
    as_json: bool,
) -> None:
    """Show what a device says, line by line.

    That is its text, and the messages between it. A link that breaks is opened again; what was said
    while it was open is not lost. With --json, every line is a record, telemetry with its fields.
    With --expect the status is 0 when the pattern is found, and 1 when --timeout or the capture
    ends before. Ctrl-C ends it.
    """
    from firmware_host.monitor.capture import keep
    from firmware_host.monitor.filters import Matching, Plain, Times, Without
    from firmware_host.monitor.lines import Liner

    wanted = None if expect is None else _pattern(expect, "--expect")
    filters: list[Filter] = [Plain()]
    if only is not None:
        filters.append(Matching(_pattern(only, "--only")))
    if quiet:
        filters.append(Without("Telemetry"))
    if times:
        filters.append(Times())
    until = None if timeout is None else time.monotonic() + timeout
    liner = Liner()
    with contextlib.ExitStack() as stack:
        items = stack.enter_context(contextlib.closing(_items(device, program, baud, replayed)))
        kept = stack.enter_context(capture.open("a", encoding="utf-8")) if capture else None
        written = stack.enter_context(log.open("a", encoding="utf-8")) if log else None
        for item in items:
            if kept is not None:
                keep(item, kept)
            for line in liner.take(item):
                shown: str | None = line.text
                for each in filters:
                    shown = None if shown is None else each.show(line, shown)
                if shown is None:
                    continue
                if written is not None:
                    written.write(f"{shown}\n")
                    written.flush()
                if as_json:
                    print_record(line.record())
                else:
                    click.echo(shown, err=line.kind == "link")
                if wanted is not None and line.kind != "link" and wanted.search(line.text):
                    return
            if until is not None and time.monotonic() >= until:
                break
    if wanted is not None:
        raise GateError(f"no line has '{expect}' in it", "wait longer: --timeout")


def _items(
    device: str | None, program: str | None, baud: int, replayed: Path | None
) -> Generator[Chunk | Turn, None, None]:
    """Return what comes from a device, or from a capture."""
    from firmware_host.links import open_link
    from firmware_host.links.serial import SerialLink
    from firmware_host.monitor.capture import replay
    from firmware_host.monitor.follow import follow

    if (device is None) == (replayed is None):
        raise UsageError("say what to show", "give one of --device and --replay")
    if replayed is not None:
        return replay(replayed)
    link = open_link(device or "")
    if isinstance(link, SerialLink):
        port = SerialLink(link.name.removeprefix("serial:"), baud)
        return follow(port.stream)
    if program is None:
        raise UsageError(f"{link.name} has a shell: say what to run there", "--command LINE")
    args = shlex.split(program)
    return follow(lambda: link.stream(args))


def _pattern(text: str, option: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise UsageError(f"{option} {text!r} is no regular expression: {error}") from error
