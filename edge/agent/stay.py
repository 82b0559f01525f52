"""`python -m edge.agent.stay ARGUMENTS`: an agent that outlives its link.

What a link starts ends with it. So this is a relay between the link and an agent that runs apart,
at a socket of this user's: when the link breaks, the relay ends, and the next one finds the agent
with its bundle loaded and what it has run. The agent ends when nobody has come for ten minutes.
ARGUMENTS are those of `python -m edge.agent`.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import select
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

_STARTS = 120.0
"""Seconds that an agent may take to be there."""
_LOOK = 0.05
_AT_ONCE = 1 << 16


def main(args: Sequence[str] | None = None) -> int:
    """Relay until either end is gone; return the agent's status if it does not start."""
    args = sys.argv[1:] if args is None else args
    path = _place(args)
    agent = _connected(path)
    if agent is None:
        with tempfile.TemporaryFile() as said:
            started = _start(path, args, said)
            agent = _awaited(path, started)
            if agent is None:
                said.seek(0)
                sys.stderr.write(said.read().decode(errors="replace"))
                return started.poll() or 1
    with agent, contextlib.suppress(OSError):
        _relay(agent)
    return 0


def _place(args: Sequence[str]) -> Path:
    """Return where an agent with these arguments is found, in a folder of the user's own."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    folder = (Path(runtime) if runtime else Path.home() / ".cache") / "eedge"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    asked = "\0".join((str(Path.cwd()), *args)).encode(errors="surrogateescape")
    return folder / f"{hashlib.sha256(asked).hexdigest()[:16]}.sock"


def _connected(path: Path) -> socket.socket | None:
    agent = socket.socket(socket.AF_UNIX)
    try:
        agent.connect(str(path))
    except OSError:
        agent.close()
        return None
    return agent


def _start(path: Path, args: Sequence[str], said: BinaryIO) -> subprocess.Popen[bytes]:
    """Start an agent that no signal to the link's processes reaches."""
    return subprocess.Popen(
        [sys.executable, "-m", "edge.agent", *args, "--socket", str(path)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=said,
        start_new_session=True,
    )


def _awaited(path: Path, started: subprocess.Popen[bytes]) -> socket.socket | None:
    until = time.monotonic() + _STARTS
    # One that ends without an error has found another there.
    while time.monotonic() < until and not started.poll():
        agent = _connected(path)
        if agent is not None:
            return agent
        time.sleep(_LOOK)
    return None


def _relay(agent: socket.socket) -> None:
    """Pass on what comes, until one end is gone."""
    ways = {0: agent.fileno(), agent.fileno(): 1}
    while True:
        ready, _, _ = select.select(list(ways), [], [])
        for source in ready:
            data = memoryview(os.read(source, _AT_ONCE))
            if not data:
                return
            while data:
                data = data[os.write(ways[source], data) :]


if __name__ == "__main__":
    sys.exit(main())
