"""Links to real daemons, with which tests of links talk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware_host.links.local import LocalLink
from firmware_host.links.shell import ShellLink
from tests.daemons import adb, adb_root, ssh

__all__ = ["adb", "adb_root", "ssh"]


@pytest.fixture(
    params=["local", *(pytest.param(name, marks=pytest.mark.slow) for name in ("ssh", "adb"))],
)
def link(request: pytest.FixtureRequest) -> ShellLink:
    """Each link that has a shell."""
    if request.param == "local":
        return LocalLink()
    found: ShellLink = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def far(link: ShellLink, tmp_path: Path) -> Iterator[str]:
    """A folder on the device."""
    folder = f"/tmp/eedge test {tmp_path.name}"
    assert link.run(["mkdir", "-p", folder]).status == 0
    yield folder
    link.run(["rm", "-rf", folder])
