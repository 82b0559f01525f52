"""`arenas.json`: what TFLite Micro needs of memory to run each file of a bundle.

An arena is the memory that TFLite Micro's interpreter works in: at one end what passes between the
operators, at the other what it keeps about them. A bundle that was made without measuring it has no
such file.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import Field

from edge import sealed
from edge.bundle import Bundle
from edge.errors import BundleError
from edge.manifest import FileName
from edge.section import Section

ARENAS: Final = "arenas.json"

Bytes = Annotated[int, Field(ge=0)]


class Arena(Section):
    """What a file needs at one length.

    `file_bytes` is its size with that length alone: TFLite Micro runs one. `arena_bytes` is the
    least arena that it runs in, and `kept_bytes` the part of that which is kept about operators and
    tensors: measured with pointers of 8 bytes, of which a microcontroller has 4, so that it is
    rather less there. If the interpreter does not run it, `refusal` says why, in its own words.
    """

    file_bytes: Bytes
    arena_bytes: Bytes | None = None
    kept_bytes: Bytes | None = None
    refusal: str | None = None


class Arenas(Section):
    """What stands in `arenas.json`: by file and length in encoder frames."""

    format: Literal[1] = 1
    interpreter: Annotated[str, Field(min_length=1)]
    files: dict[FileName, dict[int, Arena]]

    @classmethod
    def of(cls, bundle: Bundle) -> Self | None:
        """Read what was measured of a bundle; None if nothing was.

        Raises:
            BundleError: it is damaged, or does not have every file at every length.
        """
        if ARENAS not in bundle.manifest.files:
            return None
        path = bundle.path / ARENAS
        again = "convert the checkpoint again: eedge convert"
        with sealed.refusing(path, cls, BundleError, again):
            arenas = cls.model_validate(sealed.read(path))
        for name in bundle.manifest.models:
            if missing := {*bundle.manifest.buckets} - arenas.files.get(name, {}).keys():
                raise BundleError(f"{path}: says nothing of {name}, length {min(missing)}", again)
        return arenas
