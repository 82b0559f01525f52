"""A bundle: the folder `NAME.eedge/` that is flashed, opened only if it is what was written."""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path

from boards.errors import closest
from edge.calibration import Calibration
from edge.errors import BundleError, CalibrationError
from edge.manifest import FileEntry, Manifest
from edge.ngrams import SeenNgrams
from edge.tokens import Tokens

CALIBRATIONS = "calibration"

_BOARD_NAME = re.compile(r"[\w-]{1,64}")


class Bundle:
    """An opened bundle: `path`, `manifest` and `tokens`; its encoders are run by `Encoder`."""

    def __init__(self, path: Path, manifest: Manifest, tokens: Tokens) -> None:
        self.path = path
        self.manifest = manifest
        self.tokens = tokens

    @classmethod
    def open(cls, path: Path | str, verify: bool = True) -> Bundle:
        """Open the bundle at `path`.

        Args:
            path: the folder.
            verify: compare size and SHA-256 of every file; leave it out only where that was
                done just before.

        Raises:
            BundleError: a file is missing or was changed, or the manifest is not right; the
                message names the file.
        """
        path = Path(path)
        if not path.is_dir():
            raise BundleError(
                f"{path}: there is no such bundle",
                "check the path, or make one: eedge convert",
            )
        manifest = Manifest.read(path)
        if verify:
            for name, entry in manifest.files.items():
                _verify(path / name, entry)
        tokens = Tokens.read(path / manifest.tokens)
        if len(tokens) != manifest.vocabulary:
            raise BundleError(
                f"{path / manifest.tokens}: holds {len(tokens)} tokens, "
                f"the manifest says {manifest.vocabulary}",
                "convert the checkpoint again: eedge convert",
            )
        return cls(path, manifest, tokens)

    @property
    def identity(self) -> str:
        """SHA-256 that names exactly these files, 64 hexadecimal digits."""
        return self.manifest.identity

    @property
    def exits(self) -> tuple[int, ...]:
        """The exits, ascending, in blocks run."""
        return tuple(self.manifest.exits)

    @cached_property
    def ngrams(self) -> SeenNgrams | None:
        """What occurs in the text that the encoder learnt from, or None where it is not known.

        Raises:
            BundleError: the file is no such table.
        """
        name = self.manifest.ngrams
        return SeenNgrams.read(self.path / name) if name else None

    def calibrations(self) -> list[str]:
        """Return the names of the boards that the bundle was calibrated for, sorted."""
        return sorted(path.stem for path in (self.path / CALIBRATIONS).glob("*.json"))

    def calibration_path(self, board: str) -> Path:
        """Return where the calibration for a board lies, or would lie."""
        if not _BOARD_NAME.fullmatch(board):
            raise CalibrationError(f"{board!r} is no board's name")
        return self.path / CALIBRATIONS / f"{board}.json"

    def calibration(self, board: str) -> Calibration:
        """Read the calibration for a board.

        Raises:
            CalibrationError: there is none, it is damaged, or it was fitted for another bundle,
                board, recipe, vocabulary or unit.
        """
        path = self.calibration_path(board)
        if not path.is_file():
            present = self.calibrations()
            raise CalibrationError(
                f"{self.path}: is not calibrated for board '{board}'",
                closest(board, present),
                f"boards that it is calibrated for: {', '.join(present) or 'none'}",
                f"eedge calibrate {self.path} --board {board} --data MANIFEST",
            )
        calibration = Calibration.read(path)
        calibration.check_fits(self.manifest, board, path)
        return calibration


def _verify(path: Path, expected: FileEntry) -> None:
    hints = ("copy or flash the bundle again", "convert the checkpoint again: eedge convert")
    try:
        # A difference in size is seen without reading the file.
        size = path.stat().st_size
        found = FileEntry.of(path) if size == expected.size else None
    except OSError as error:
        raise BundleError(f"{path}: cannot be read: {error.strerror}", *hints) from error
    if found is None:
        raise BundleError(f"{path}: has {size} bytes instead of {expected.size}", *hints)
    if found != expected:
        raise BundleError(f"{path}: was changed: its SHA-256 is not the manifest's", *hints)
