"""A device that `eedge flash` is to flash: what starts its agent, and where that runs blocks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from boards.board import Board
from boards.errors import EedgeError, UsageError
from firmware_host.flash import DeviceRecord, Parcel, agent_line, board_of, install
from firmware_host.flash.probe import choose, fields, show
from firmware_host.links import Link, open_link
from firmware_host.links.serial import SerialLink


@dataclass
class Device:
    """One device; `record` is what it keeps about an agent in C, if that is what runs there.

    `placed` says where blocks run, once that was found out.
    """

    name: str
    link: Link
    board: Board
    line: list[str]
    record: DeviceRecord | None = None
    placed: str = ""

    @classmethod
    def of(
        cls,
        selector: str,
        board_name: str | None,
        agent: str | None,
        files: tuple[Path | None, Path | None],
        trust: Path | None,
        accelerator: str | None,
    ) -> Self:
        """Find out what starts a device's agent; put the agent in C there first if wanted.

        Args:
            selector: as a user names it.
            board_name: a board's name or file, or None for what is usual for its link.
            agent: what a user says that starts it.
            files: the agent in C and its runtime's library; one may be taken from the cache.
            trust: a public key, by which the agent in C wants bundles signed from now on.
            accelerator: the one that is wanted, if any.

        Raises:
            EedgeError: the device cannot be reached, or it is not known what starts its agent.
        """
        link = open_link(selector)
        board = board_of(link, board_name)
        keeps = agent is None and not isinstance(link, SerialLink)
        if any((*files, trust)) and not keeps:
            raise UsageError(
                "--agent-binary, --runtime and --trust put an agent on a device with a shell",
                "--agent LINE starts one that is there: give either",
            )
        record = None
        if keeps:
            record = DeviceRecord.read(link, board)
            if any((*files, trust)):
                record = install(link, board, *files, trust=trust)
        if record is None and accelerator is not None:
            raise UsageError(
                f"--accelerator is the agent's in C, and {selector} has none that was put there",
                "--agent-binary FILE --runtime FILE",
            )
        # What a bundle is worth is tried on the CPU, where every one runs.
        line = agent_line(link, board_name, agent) if record is None else record.args_on("cpu")
        return cls(selector, link, board, line, record)

    def unsettle(self, parcel: Parcel | None) -> None:
        """Have the device run on the CPU until it is known where another bundle runs.

        An accelerator that was found for one may not run another at all.
        """
        if self.record is None or self.record.accelerator == "cpu":
            return
        if parcel is None or parcel.identity.hex() != self.record.identity:
            self.record = self.record.model_copy(
                update={"accelerator": "cpu", "identity": "", "probes": ()}
            )
            self.record.write(self.link, self.board)

    def settle(
        self, parcel: Parcel, accelerator: str | None, notice: Callable[[str], None]
    ) -> None:
        """Find where the agent in C runs the bundle best, and have the device keep that.

        It is measured for each bundle once, and whenever an accelerator is named. That it cannot be
        is no failure: the device runs the bundle as before.
        """
        if self.record is None:
            return
        if accelerator is None and self.record.identity == parcel.identity.hex():
            self.placed = show(self.record)
            return
        try:
            self.record = choose(self.link, self.record, parcel, accelerator, notice)
            self.record.write(self.link, self.board)
            self.placed = show(self.record)
        except EedgeError as error:
            self.placed = f"warning: its accelerators were not measured: {error.what}"

    def fields(self) -> dict[str, object]:
        """Return for JSON where blocks run."""
        return {} if self.record is None else fields(self.record)
