"""What is seen to before anything is sent."""

from __future__ import annotations

from typing import Final

from boards.board import Board, load_board
from boards.errors import EedgeError
from edge.arenas import Arenas
from edge.budget import budget_of
from edge.bundle import Bundle
from edge.wire.messages import Hello
from firmware_host.errors import (
    NoRoomError,
    NotCalibratedError,
    NotFlashableError,
    OtherBoardError,
    UnsignedError,
)
from firmware_host.flash.conversation import Listing
from firmware_host.flash.parcel import Parcel

RUNS: Final = 1 << 0
FLASHES: Final = 1 << 1
ONLY_SIGNED: Final = 1 << 3


def check_device(hello: Hello, parcel: Parcel | None, board: str | None) -> None:
    """Refuse a device before anything is sent to it.

    Raises:
        NotFlashableError, OtherBoardError, NotCalibratedError, UnsignedError, DoesNotFitError:
            saying what to try.
    """
    if not hello.capabilities & FLASHES:
        raise NotFlashableError(
            "the agent there cannot be flashed",
            "start it with a folder for bundles: python -m edge.agent --slots FOLDER",
        )
    if board is not None and hello.board != board:
        raise OtherBoardError(
            f"the device is '{hello.board}', not '{board}'",
            f"--board {hello.board}, if it is the one that you meant",
            "see what is attached: eedge devices",
        )
    if parcel is None:
        return
    known = _known(hello.board)
    if known is not None and known.target != parcel.target:
        raise OtherBoardError(
            f"the bundle was converted for {parcel.target}, but '{hello.board}' runs "
            f"{known.target}",
            f"eedge convert CHECKPOINT --board {hello.board}",
        )
    if hello.board not in parcel.boards:
        raise NotCalibratedError(
            f"the bundle is not calibrated for '{hello.board}'",
            f"eedge calibrate BUNDLE --board {hello.board} --data MANIFEST",
            f"boards that it is calibrated for: {', '.join(parcel.boards) or 'none'}",
        )
    if hello.capabilities & ONLY_SIGNED and not parcel.signed:
        raise UnsignedError(
            "the device takes only what is signed by the key that it knows, and this is not signed",
            "eedge sign BUNDLE --key FILE",
        )
    if known is not None:
        check_fits(parcel.bundle, known)


def check_fits(bundle: Bundle, board: Board, program_bytes: int | None = None) -> None:
    """Refuse a bundle that does not fit a microcontroller, as far as is known.

    Args:
        bundle: what is to be flashed.
        board: any; only a microcontroller refuses.
        program_bytes: size of the program's file that is flashed with it, if one is.

    Raises:
        DoesNotFitError: saying by how much.
    """
    budget = budget_of(bundle, board, Arenas.of(bundle), program_bytes)
    if budget is not None:
        budget.check()


def check_room(parcel: Parcel, slots: list[Listing]) -> None:
    """Refuse a bundle that does not fit, even when all that is not run is deleted.

    Raises:
        NoRoomError: saying how much is missing.
    """
    current, *others = slots
    run = {file.sha256 for file in current.files.values()}
    wanted = {piece.sha256: piece.size for piece in parcel.pieces}
    kept = {file.sha256: file.size for slot in others for file in slot.files.values()}
    need = sum(size for sha, size in wanted.items() if sha not in run and sha not in kept)
    # Two slots may share a file, which gives nothing back.
    spare = sum(size for sha, size in kept.items() if sha not in run and sha not in wanted)
    if need > current.free_bytes + spare:
        raise NoRoomError(
            f"{need:,} bytes are to be sent, but there is room for {current.free_bytes + spare:,}",
            "make room on the device",
            "flash a smaller bundle: fewer lengths or blocks",
        )


def _known(board: str) -> Board | None:
    """Return a board, if it is one that comes with eedge; else the device knows."""
    try:
        return load_board(board)
    except EedgeError:
        return None
