"""The boards as the agent knows them: what each is called, runs, and where its heat is read."""

from __future__ import annotations

import json
from pathlib import Path

from boards.board import Board, Sensor, load_board

BOARDS = Path(__file__).resolve().parent.parent / "boards"

_PER_DEGREE = {"°C": 1.0, "m°C": 1000.0}


def source(note: str) -> str:
    """Return the content of `boards.c`."""
    boards = [load_board(path.stem) for path in sorted(BOARDS.glob("*.toml"))]
    lines = [note, '#include "boards.h"', "", "#include <math.h>", ""]
    for board in boards:
        if board.thermal:
            lines.append(f"static const struct ee_sensor {_name(board)}[] = {{")
            lines += [f"    {_sensor(sensor)}," for sensor in board.thermal]
            lines += ["};", ""]
    lines.append("const struct ee_board ee_boards[] = {")
    lines += [f"    {_board(board)}," for board in boards]
    lines += ["};", "", f"const size_t ee_board_count = {len(boards)};"]
    return "\n".join(lines) + "\n"


def _name(board: Board) -> str:
    return board.name.replace("-", "_")


def _board(board: Board) -> str:
    sensors = _name(board) if board.thermal else "NULL"
    battery = json.dumps(bool(board.battery))
    return f'{{"{board.name}", "{board.target}", {battery}, {sensors}, {len(board.thermal)}}}'


def _sensor(sensor: Sensor) -> str:
    low, high = sensor.plausible or ("NAN", "NAN")
    return f"{{{json.dumps(sensor.path)}, {_PER_DEGREE.get(sensor.unit, 'NAN')}, {low}, {high}}}"
