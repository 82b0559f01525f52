"""This machine, as a device."""

from __future__ import annotations

from firmware_host.links.shell import ShellLink


class LocalLink(ShellLink):
    """Runs everything here."""

    def __init__(self) -> None:
        super().__init__("local", lambda line: ["/bin/sh", "-c", line])
