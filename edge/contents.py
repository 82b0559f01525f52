"""What belongs to a bundle: the files that are flashed, and how their paths may be written."""

from __future__ import annotations

import unicodedata
from typing import Final

from edge.bundle import CALIBRATIONS, Bundle
from edge.errors import BundleError
from edge.manifest import MANIFEST
from edge.signature import SIGNATURE

PART: Final = ".part"
"""What stands behind the name of a file that is not whole yet."""
LONGEST_PATH: Final = 250
"""Bytes: with `.part` behind it, what a file's name may have."""


def contents(bundle: Bundle) -> list[str]:
    """Return the paths of all that is flashed, the manifest first.

    Raises:
        BundleError: one of them cannot be the path of a file on every device.
    """
    signature = [SIGNATURE] if (bundle.path / SIGNATURE).is_file() else []
    calibrations = [f"{CALIBRATIONS}/{board}.json" for board in bundle.calibrations()]
    paths = [MANIFEST, *sorted({*bundle.manifest.files, *calibrations, *signature} - {MANIFEST})]
    for path in paths:
        check_path(path)
    return paths


def check_path(path: str) -> None:
    """Refuse a path that could lead out of a folder, or that not every device can write.

    Raises:
        BundleError: naming it.
    """
    parts = path.split("/")
    if any(not part or part.startswith(".") for part in parts) or "\\" in path:
        raise BundleError(f"the path {path!r} leads out of the bundle, or is not plainly written")
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in path):
        raise BundleError(f"the path {path!r} holds what is no character to print")
    if path.endswith(PART):
        raise BundleError(f"the path {path!r} is that of an unfinished file")
    if len(path.encode()) > LONGEST_PATH:
        raise BundleError(f"the path {path!r} is longer than {LONGEST_PATH} bytes")
