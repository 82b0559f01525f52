"""`eedge devices`: what is attached, and what to do if it cannot be used."""

from __future__ import annotations

import click

from eedge.columns import columns
from eedge.output import json_option, print_json


@click.command()
@json_option
def command(as_json: bool) -> None:
    """List what is attached, and say what it needs to be of use.

    Looks at this machine's buses, its serial ports, and at what adb knows. A device behind ssh is
    not looked for: it is called ssh:USER@HOST wherever a device is meant.
    """
    from boards.board import board_names, load_board
    from firmware_host.attached import attached

    found = attached([load_board(name) for name in board_names()])
    if as_json:
        print_json({"devices": [one.fields() for one in found]})
        return
    rows = [(one.selector, one.board or "?", one.state, one.title) for one in found]
    lines = columns(rows, left=range(4)).splitlines()
    for one, line in zip(found, lines, strict=True):
        click.echo(line)
        for hint in one.tries:
            click.echo(f"  - {hint}")
