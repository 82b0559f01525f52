"""An agent apart from its link: at a socket, where one host after the other finds it as it was."""

from __future__ import annotations

import contextlib
import fcntl
import os
import queue
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

from edge.agent.serve import Gone, Server
from edge.agent.session import Session


def serve_apart(session: Session, path: Path, idle_s: float) -> None:
    """Serve whoever connects to a Unix socket, until nobody has for so long.

    Who comes takes the place of who was there: a link that has broken may not know it yet.

    Raises:
        OSError: the socket cannot be made.
    """
    with _only_one(path) as alone, socket.socket(socket.AF_UNIX) as listens:
        if not alone:
            return
        path.unlink(missing_ok=True)
        listens.bind(str(path))
        listens.listen()
        hosts: queue.Queue[socket.socket] = queue.Queue()
        current: list[socket.socket] = []
        threading.Thread(target=_accept, args=(listens, hosts, current), daemon=True).start()
        try:
            while True:
                with hosts.get(timeout=idle_s) as host:
                    with contextlib.suppress(Gone, OSError):
                        Server(session, host.fileno(), host.fileno()).serve()
                    session.host_left()
                    current.remove(host)
        except queue.Empty:
            return
        finally:
            path.unlink(missing_ok=True)


def _accept(
    listens: socket.socket, hosts: queue.Queue[socket.socket], current: list[socket.socket]
) -> None:
    """Put who comes into `hosts`, and send away who was there, in the middle of whatever it is."""
    while True:
        try:
            host, _ = listens.accept()
        except OSError:
            return  # it listens no longer
        for other in tuple(current):
            with contextlib.suppress(OSError):
                other.shutdown(socket.SHUT_RDWR)
        current.append(host)
        hosts.put(host)


@contextlib.contextmanager
def _only_one(path: Path) -> Iterator[bool]:
    """Tell whether no other agent is at that socket, and keep others from it."""
    lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(lock)
