"""What a bundle must be before a device runs it."""

from __future__ import annotations

from pathlib import Path

from boards.board import Board
from edge.bundle import Bundle
from edge.errors import WrongBoardError
from edge.manifest import Manifest
from edge.signature import PublicKey, check_signature


def check_target(manifest: Manifest, board: Board) -> None:
    """Refuse what was converted for another kind of processor.

    Raises:
        WrongBoardError: saying for which.
    """
    if manifest.target != board.target:
        raise WrongBoardError(
            f"the bundle was converted for {manifest.target}, "
            f"but board '{board.name}' runs {board.target}",
            f"eedge convert CHECKPOINT --board {board.name}",
        )


def check_bundle(folder: Path, board: Board, key: PublicKey | None, verify: bool = True) -> Bundle:
    """Open a bundle if a device of that board may run it.

    Args:
        folder: where it is.
        board: what the device is.
        key: whom it trusts; None for everyone.
        verify: compare the hashes of its files; leave it out only where that was done just before.

    Raises:
        SignatureError: it is not signed by that key.
        BundleError: it is damaged.
        WrongBoardError: it was made for another kind of device.
        CalibrationError: it has no calibration for this board, or one of another bundle.
    """
    if key is not None:
        check_signature(folder, key)
    bundle = Bundle.open(folder, verify)
    check_target(bundle.manifest, board)
    bundle.calibration(board.name)
    return bundle
