"""A board: what a kind of device is, how it is reached, what it runs and what that costs."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from boards.errors import EedgeError
from boards.section import FileName, Positive, Section, Text, read_toml
from boards.shipped import path_of, shipped_names

_SHIPPED = Path(__file__).parent

Target = Literal["cpu", "edgetpu", "nnapi"]
Recipe = Literal["dynamic-int8", "static-int8", "float32"]
Link = Literal["local", "ssh", "adb", "serial"]

RECIPES_OF: dict[Target, tuple[Recipe, ...]] = {
    "cpu": ("dynamic-int8", "static-int8", "float32"),
    "edgetpu": ("static-int8",),
    "nnapi": ("static-int8",),
}
"""What each target can run, best first."""


class BoardError(EedgeError):
    """A board's file is missing, cannot be read or says something that is not allowed."""


class UnknownBoardError(BoardError):
    """No board has that name."""

    status: ClassVar[int] = 2


def _ascending(values: tuple[float, ...]) -> tuple[float, ...]:
    if any(low >= high for low, high in itertools.pairwise(values)):
        raise ValueError(f"must ascend, but is {list(values)}")
    return values


# TOML knows arrays only; strictness otherwise keeps '3' and true from passing as numbers.
Ascending = Annotated[tuple[float, ...], Field(strict=False), AfterValidator(_ascending)]
Range = Annotated[tuple[float, float], Field(strict=False), AfterValidator(_ascending)]


class Figure(Section):
    """A number from elsewhere, with the place it was taken from."""

    value: Positive
    source: Text


class Sensor(Section):
    """A file on the device that holds one reading.

    `plausible` is the range, in `unit`, outside which a reading is taken for a fault.
    """

    kind: Text
    path: Annotated[str, Field(pattern=r"^/")]
    unit: Literal["°C", "m°C", "%", "µV", "µA", "µW", "text"]
    plausible: Range | None = None


class Identity(Section):
    """How a bus names a device, as vendor:product in hexadecimal, and in which state it does."""

    id: Annotated[str, Field(pattern=r"^[0-9a-f]{4}:[0-9a-f]{4}$")]
    state: Text | None = None


class Delegate(Section):
    """A library that runs operators in the interpreter's place, and the options it is given."""

    library: Text
    options: dict[str, str] = Field(default_factory=dict)


class Limits(Section):
    """What the device can hold, and where it protects itself.

    Trip points (°C), clock ladder, memory (bytes), and what an accelerator keeps of weights between
    runs (bytes): what does not fit there is sent to it at every run. `sources` say where trip
    points, clocks and memory are from.
    """

    trip_celsius: Ascending = ()
    clock_hz: Ascending = ()
    memory_bytes: Annotated[int, Field(gt=0)] | None = None
    parameter_cache_bytes: Figure | None = None
    sources: Annotated[tuple[Text, ...], Field(strict=False)] = ()


class Cost(Section):
    """What running costs where no device is at hand to measure; always shown as an estimate.

    `mac_per_s` is the target's; where that is an accelerator, `cpu_mac_per_s` is that of the CPU
    which has the rest, and `bytes_per_s` that of the bus between them. What is left out is not
    known, and an estimate that needs it is refused; calls of unknown overhead count as free.
    """

    mac_per_s: Figure
    cpu_mac_per_s: Figure | None = None
    bytes_per_s: Figure | None = None
    call_overhead_s: Figure | None = None
    idle_w: Figure | None = None
    active_w: Figure | None = None


class Room(Section):
    """What a microcontroller has for a bundle and for the program that runs it, in bytes.

    `storage_bytes` is its file system, which hands out blocks of `storage_block_bytes`;
    `memory_bytes` is what its linker script leaves to a program. `core_bytes` is the most that
    eedge's own core takes of storage, whatever else is in the program.
    """

    storage_bytes: Figure
    storage_block_bytes: Figure
    memory_bytes: Figure
    core_bytes: Figure


class Board(Section):
    """One kind of device, as its file in `boards/` describes it.

    A board without `cost` is one that is measured: nothing about it is estimated. `operators` names
    the table of what its target takes; one without it takes every operator. One with `room` is a
    microcontroller: it runs TFLite Micro, and what does not fit is refused.
    """

    name: FileName
    title: Text
    url: Annotated[str, Field(pattern=r"^https?://\S+$")]
    link: Link
    work_dir: Text
    target: Target
    recipe: Recipe
    operators: FileName | None = None
    delegate: Delegate | None = None
    usb: Annotated[tuple[Identity, ...], Field(strict=False)] = ()
    pci: Annotated[tuple[Identity, ...], Field(strict=False)] = ()
    thermal: Annotated[tuple[Sensor, ...], Field(strict=False)] = ()
    battery: Annotated[tuple[Sensor, ...], Field(strict=False)] = ()
    limits: Limits = Limits()
    room: Room | None = None
    cost: Cost | None = None

    @model_validator(mode="after")
    def _target_runs_recipe(self) -> Self:
        allowed = RECIPES_OF[self.target]
        if self.recipe not in allowed:
            raise ValueError(
                f"recipe '{self.recipe}' does not run on target '{self.target}', "
                f"which takes {' or '.join(allowed)}"
            )
        return self


def board_names() -> list[str]:
    """Return the names of the boards that come with `eedge`, sorted."""
    return shipped_names(_SHIPPED)


def load_board(name_or_path: str | Path) -> Board:
    """Read a board that comes with `eedge` by its name, or a user's own by its file's path.

    Whatever ends in `.toml` or holds a `/` is a path. Raises `UnknownBoardError` for a name that
    does not exist, and `BoardError` for a file that is missing, damaged or not a board.
    """
    own = "a board file of your own is given by its path: ./my-board.toml"
    path = path_of(name_or_path, _SHIPPED, "board", UnknownBoardError, own)
    tries = (
        f"boards that need no file: {', '.join(board_names())}",
        f"see {_SHIPPED / 'host.toml'} for an example",
    )
    return read_toml(path, Board, BoardError, "board file", *tries)
