"""What a device keeps about the agent in C that was put on it: `WORK/device.json`.

It lies on the device, so that every host finds what another has installed and measured there.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import Field, ValidationError

from boards.board import Board
from boards.section import Section, Text
from firmware_host.errors import FlashError
from firmware_host.links import Link

_NAME: Final = "device.json"

Seconds = Annotated[float, Field(ge=0)]
Count = Annotated[int, Field(ge=0)]


class Probe(Section):
    """What a block takes on an accelerator: a line of `eedge-agent --probe`.

    `verdict` is "works", "differs" (from the CPU, by less than 30 dB of signal over noise), "not
    used" (all of it ran on the CPU after all), or "failed", for which `failure` is the reason.
    `cpu_s` and `accelerator_s` are medians of 20 runs, `first_s` is the first run's; `difference`
    is the largest between two numbers put out. Of `operators`, as many as `accelerated` ran there,
    and all if it is `whole`; they are 0 where the runtime does not count them.
    """

    accelerator: Text
    verdict: Literal["works", "differs", "not used", "failed"]
    file: str = ""
    frames: Count = 0
    cpu_s: Seconds = 0.0
    accelerator_s: Seconds = 0.0
    first_s: Seconds = 0.0
    sqnr_db: float | None = None
    difference: float | None = None
    whole: bool = False
    operators: Count = 0
    accelerated: Count = 0
    failure: str = ""


class DeviceRecord(Section):
    """The agent and the runtime's library that are there, and where the blocks run fastest.

    Paths are those on the device; `trust` is that of the key that bundles must be signed by, or "".
    `identity` is the bundle's that the probes were made with, or "".
    """

    format: Literal[1] = 1
    board: Text
    agent: Text
    runtime: Text
    slots: Text
    trust: str = ""
    accelerator: Text = "cpu"
    identity: str = ""
    probes: tuple[Probe, ...] = ()

    @property
    def args(self) -> list[str]:
        """What starts the agent, on the accelerator that was chosen."""
        return [*self.args_on(self.accelerator)]

    def args_on(self, accelerator: str) -> list[str]:
        """Return what starts the agent on an accelerator."""
        on = [] if accelerator == "cpu" else ["--accelerator", accelerator]
        there = ["--board", self.board, "--slots", self.slots, "--runtime", self.runtime]
        signed = ["--trust", self.trust] if self.trust else []
        return [self.agent, *there, *signed, *on]

    @classmethod
    def read(cls, link: Link, board: Board) -> Self | None:
        """Return what a device has kept; None where no agent in C was put there.

        Raises:
            FlashError: it is damaged.
            LinkError: the device cannot be reached.
        """
        path = f"{work_folder(link, board)}/{_NAME}"
        done = link.run(["cat", path])
        if done.status:
            return None
        try:
            return cls.model_validate_json(done.stdout)
        except ValidationError as error:
            raise FlashError(
                f"{link.name}: {path}: is not as it was written",
                "install the agent again: eedge flash --agent-binary FILE --runtime FILE",
            ) from error

    def write(self, link: Link, board: Board) -> None:
        """Keep it on the device, in place of what it had.

        Raises:
            LinkError: it cannot be written.
        """
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder) / _NAME
            source.write_text(self.model_dump_json(indent=2) + "\n")
            link.push(source, f"{work_folder(link, board)}/{_NAME}")


def work_folder(link: Link, board: Board) -> str:
    """Return a board's folder on a device; the agent in C leaves a `~` as it is.

    Raises:
        LinkError: the device cannot be reached.
    """
    if not board.work_dir.startswith("~"):
        return board.work_dir
    home = link.run(["sh", "-c", 'echo "$HOME"']).text.strip()
    return home + board.work_dir.removeprefix("~")
