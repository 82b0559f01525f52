"""`eedge boards`: what kinds of device there are."""

from __future__ import annotations

import typing

import click

from eedge.output import json_option, print_json

if typing.TYPE_CHECKING:
    from boards.board import Board


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
    rows = {
        "link": board.link,
        "folder": board.work_dir,
        "target": board.target,
        "recipe": board.recipe,
        "delegate": board.delegate.library if board.delegate else "none",
        "temperature": ", ".join(sensor.path for sensor in board.thermal) or "not read",
        "battery": ", ".join(sensor.path for sensor in board.battery) or "not read",
    }
    for key, value in rows.items():
        click.echo(f"{key:12} {value}")
    if board.cost is None:
        click.echo(f"{'cost':12} measured on the board")
        return
    click.echo("\ncost where no board is at hand (an estimate)")
    figures = {
        "MAC/s": board.cost.mac_per_s,
        "byte/s": board.cost.bytes_per_s,
        "s per call": board.cost.call_overhead_s,
        "W idle": board.cost.idle_w,
        "W active": board.cost.active_w,
    }
    for unit, figure in figures.items():
        if figure is not None:
            click.echo(f"  {figure.value:<8g} {unit:12} {figure.source}")
