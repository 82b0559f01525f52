"""What a report is made from."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from calibration.errors import TableError
from calibration.report.noisy import Noisy
from calibration.table import ExitTable
from calibration.table_csv import read_table
from edge.bundle import Bundle
from edge.calibration import Calibration
from edge.machine import installed_versions
from edge.manifest import Manifest


@dataclass(frozen=True, eq=False)
class Source:
    """A calibration, and the exit table that it was fitted on; `test` as it had one.

    `version` is of what makes the report.
    """

    manifest: Manifest
    calibration: Calibration
    cal: ExitTable
    test: ExitTable | None
    table_name: str
    table_sha256: str
    noise: Noisy | None
    version: str

    @classmethod
    def read(cls, bundle: Bundle, board: str, table: Path | None, noise: Path | None) -> Self:
        """Gather everything for a report on a bundle's calibration for a board.

        Args:
            bundle: opened.
            board: its name.
            table: exit table; by default the one beside the calibration.
            noise: what `eedge noise --out` wrote, if it is to be shown.

        Raises:
            CalibrationError: the bundle is not calibrated for that board.
            TableError: there is no such table, it is damaged, or it is of other exits.
        """
        calibration = bundle.calibration(board)
        path = table or bundle.calibration_path(board).with_suffix(".csv")
        if not path.is_file():
            raise TableError(
                f"{path}: there is no exit table",
                f"make it: eedge calibrate {bundle.path} --board {board} --data MANIFEST",
                "or name one that was kept: --table CSV",
            )
        whole = read_table(path)
        if tuple(whole.exits) != bundle.exits:
            raise TableError(
                f"{path}: is of exits {', '.join(map(str, whole.exits))}, "
                f"the bundle has {', '.join(map(str, bundle.exits))}",
                "name the table that came of this bundle's calibration: --table CSV",
            )
        return cls(
            manifest=bundle.manifest,
            calibration=calibration,
            cal=whole.of_split("cal"),
            test=whole.of_split("test") if np.any(whole.split == "test") else None,
            table_name=path.name,
            table_sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
            noise=Noisy.read(noise, bundle.exits) if noise else None,
            version=installed_versions(["eedge"]).get("eedge", "unknown"),
        )

    @property
    def shown(self) -> str:
        """What the speech of the figures is called."""
        return "the test speech" if self.test else "the same speech that it was fitted on"
