"""`eedge boards`: what kinds of device there are."""

from __future__ import annotations

import textwrap
import typing

import click

from eedge.output import json_option, print_json

if typing.TYPE_CHECKING:
    from boards.board import Board, Identity

_WIDTH = 100


@click.command()
@click.argument("name", required=False)
@json_option
def command(name: str | None, as_json: bool) -> None:
    """List the kinds of device, or show one of them.

    NAME is a board that comes with eedge, or the path of a board file of your own.
    """
    from boards.board import board_names, load_board

    if name is not None:
        board = load_board(name)
        if as_json:
            print_json(board.model_dump(mode="json"))
        else:
            _show(board)
        return

    boards = [load_board(shipped) for shipped in board_names()]
    if as_json:
        print_json({"boards": [board.model_dump(mode="json") for board in boards]})
        return
    width = max(len(board.name) for board in boards)
    for board in boards:
        click.echo(f"{board.name:{width}}  {board.title}")


def _show(board: Board) -> None:
    click.echo(f"{board.name}: {board.title}\n{board.url}\n")
    delegate = board.delegate
    given = delegate.options.items() if delegate else ()
    options = " ".join(f"{name}={value}" for name, value in given)
    rows = {
        "link": board.link,
        "folder": board.work_dir,
        "target": board.target,
        "recipe": board.recipe,
        "operators": board.operators or "all",
        "delegate": f"{delegate.library} {options}".strip() if delegate else "none",
        "USB": _identities(board.usb),
        "PCI": _identities(board.pci),
        "temperature": ", ".join(sensor.path for sensor in board.thermal) or "not read",
        "battery": ", ".join(sensor.path for sensor in board.battery) or "not read",
        "trip points": ", ".join(f"{trip:g} °C" for trip in board.limits.trip_celsius),
        "clocks": ", ".join(f"{clock / 1e6:g} MHz" for clock in board.limits.clock_hz),
    }
    for key, value in rows.items():
        if value:
            _show_wrapped(f"{key:12} ", value)
    for source in board.limits.sources:
        _show_wrapped(f"{'':12} ", source)
    if cache := board.limits.parameter_cache_bytes:
        _show_wrapped(f"{'cache':12} {cache.value:,.0f} bytes of weights: ", cache.source)
    if board.room is not None:
        room = {
            "flash": board.room.storage_bytes,
            "flash block": board.room.storage_block_bytes,
            "memory": board.room.memory_bytes,
            "eedge's core": board.room.core_bytes,
        }
        for name, held in room.items():
            _show_wrapped(f"{name:12} {held.value:,.0f} bytes: ", held.source)
    if board.cost is None:
        click.echo(f"{'cost':12} measured on the board")
        return
    click.echo("\ncost where no board is at hand (an estimate)")
    figures = {
        "MAC/s": board.cost.mac_per_s,
        "MAC/s, CPU": board.cost.cpu_mac_per_s,
        "byte/s": board.cost.bytes_per_s,
        "s per call": board.cost.call_overhead_s,
        "W idle": board.cost.idle_w,
        "W active": board.cost.active_w,
    }
    for unit, figure in figures.items():
        if figure is not None:
            _show_wrapped(f"  {figure.value:<8g} {unit:12} ", figure.source)


def _identities(identities: tuple[Identity, ...]) -> str:
    return ", ".join(f"{one.id} {one.state or ''}".strip() for one in identities)


def _show_wrapped(begin: str, text: str) -> None:
    indent = " " * min(len(begin), 24)
    # An address is not to be parted: it could not be followed.
    click.echo(
        textwrap.fill(
            begin + text,
            _WIDTH,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
    )
