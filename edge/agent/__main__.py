"""`python -m edge.agent BUNDLE`: serve a host over standard input and output, or a serial port."""

from __future__ import annotations

import argparse
import os
import sys
import termios
import time
import tty
from collections.abc import Sequence
from pathlib import Path

from boards.board import Board, load_board
from boards.errors import EedgeError
from edge.agent.apart import serve_apart
from edge.agent.serve import Gone, Server
from edge.agent.session import Session
from edge.agent.shelf import Shelf
from edge.errors import SlotError
from edge.signature import read_public_key
from edge.slots import Slots
from edge.state.source import LocalSource

_AGAIN = 1.0
"""Seconds until a port that is gone is looked for again."""
_SPEEDS = {
    rate: getattr(termios, f"B{rate}")
    for rate in (9600, 19200, 38400, 57600, 115_200, 230_400, 460_800, 921_600)
    if hasattr(termios, f"B{rate}")
}


def main(args: Sequence[str] | None = None) -> int:
    """Serve until standard input ends; a port for ever."""
    parser = argparse.ArgumentParser(prog="python -m edge.agent", description=__doc__)
    parser.add_argument("bundle", type=Path, nargs="?", help="the bundle to run")
    parser.add_argument("--board", default="host", help="what this is: a board's name or file")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument(
        "--root", type=Path, default=Path("/"), help="where heat and battery are read, beneath it"
    )
    parser.add_argument("--port", help="a serial port to serve in place of standard input")
    parser.add_argument("--socket", type=Path, help="a socket to serve in place of standard input")
    parser.add_argument(
        "--idle", type=float, default=600.0, help="seconds without a host that end it, at a socket"
    )
    parser.add_argument("--baud", type=int, default=115_200, choices=sorted(_SPEEDS))
    parser.add_argument(
        "--slots",
        type=Path,
        help="a folder for what is flashed; in place of BUNDLE, once it has one",
    )
    parser.add_argument(
        "--trust", type=Path, help="a public key: nothing is run that is not signed by it"
    )
    chosen = parser.parse_args(args)
    if chosen.bundle is None and chosen.slots is None:
        parser.error("name a BUNDLE, or --slots FOLDER")
    try:
        # Nobody else opens a ~: the host leaves nothing to a shell.
        board = load_board(os.path.expanduser(chosen.board))  # noqa: PTH111  a name is no path
        shelf = _shelf(chosen.bundle, chosen.slots, chosen.trust, board)
        session = Session(shelf, board, chosen.threads, LocalSource(chosen.root))
        if chosen.socket is not None:
            _serve_socket(session, chosen.socket, chosen.idle)
        elif chosen.port is None:
            _serve_standard(session)
        while chosen.port is not None:
            _serve_port(session, chosen.port, _SPEEDS[chosen.baud])
            time.sleep(_AGAIN)
    except EedgeError as error:
        print(f"edge.agent: error: {error.what}", file=sys.stderr)
        return error.status
    except KeyboardInterrupt:
        return 130
    return 0


def _shelf(bundle: Path | None, folder: Path | None, trust: Path | None, board: Board) -> Shelf:
    key = None if trust is None else read_public_key(trust.expanduser())
    if folder is None:
        return Shelf(bundle, None, key)
    try:
        return Shelf(bundle, Slots(folder.expanduser(), board, key), key)
    except OSError as error:
        raise SlotError(f"{folder}: cannot be used for slots: {error.strerror}") from error


def _serve_socket(session: Session, path: Path, idle_s: float) -> None:
    try:
        serve_apart(session, path, idle_s)
    except OSError as error:
        raise SlotError(f"{path}: cannot be listened at: {error.strerror}") from error


def _serve_standard(session: Session) -> None:
    """Keep standard output for frames: what a library prints would stand between them."""
    out = os.dup(1)
    os.dup2(2, 1)
    try:
        Server(session, 0, out).serve()
    except (Gone, BrokenPipeError):
        return


def _serve_port(session: Session, path: str, speed: int) -> None:
    """Serve a port until it is gone."""
    try:
        port = os.open(path, os.O_RDWR | os.O_NOCTTY)
    except OSError as error:
        print(f"edge.agent: {path}: {error.strerror}", file=sys.stderr)
        return
    try:
        tty.setraw(port)
        modes = termios.tcgetattr(port)
        modes[4] = modes[5] = speed
        termios.tcsetattr(port, termios.TCSANOW, modes)
        Server(session, port, port).serve()
    except (Gone, OSError, termios.error) as error:
        print(f"edge.agent: {path}: the link broke: {error}", file=sys.stderr)
    finally:
        session.host_left()
        os.close(port)


if __name__ == "__main__":
    sys.exit(main())
