"""`compiled.json`: which files of a bundle an accelerator's compiler has made from which others.

The files that they were made from stay in the bundle: what was compiled for an accelerator runs
nowhere else.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import Field

from edge import sealed
from edge.bundle import Bundle
from edge.errors import BundleError
from edge.manifest import FileName
from edge.section import Section

COMPILED: Final = "compiled.json"
LOG: Final = "compiler.log"

Share = Annotated[float, Field(ge=0, le=1)]


class CompiledFile(Section):
    """What the compiler made of one file.

    `mapped` is the share of its operations that run on the accelerator, `cached_bytes` what of its
    weights the accelerator keeps between runs, `streamed_bytes` what is sent at every run.
    `activation_bytes` is what the CPU beside it needs for what goes in, comes out and passes
    between operators: no less than TFLite Micro needs, but for what it keeps about them.
    """

    file: FileName
    mapped: Share
    operations: Annotated[int, Field(ge=0)]
    cached_bytes: Annotated[int, Field(ge=0)] | None = None
    streamed_bytes: Annotated[int, Field(ge=0)] | None = None
    activation_bytes: Annotated[int, Field(ge=0)] | None = None


class Compiled(Section):
    """What stands in `compiled.json`.

    `files` holds, by the file that it was made from and the length in encoder frames, what was made
    of it: a compiled file is of one length.
    """

    format: Literal[1] = 1
    compiler: Annotated[str, Field(min_length=1)]
    files: dict[FileName, dict[int, CompiledFile]]

    @property
    def names(self) -> set[str]:
        """The names of all compiled files."""
        return {one.file for lengths in self.files.values() for one in lengths.values()}

    @property
    def least_mapped(self) -> float:
        """The smallest share of a file's operations that runs on the accelerator."""
        made = (one for lengths in self.files.values() for one in lengths.values())
        return min((one.mapped for one in made), default=0.0)

    @classmethod
    def of(cls, bundle: Bundle) -> Self | None:
        """Read what was compiled for a bundle; None if nothing was.

        Raises:
            BundleError: it is damaged, or names a file that is not in the bundle.
        """
        if COMPILED not in bundle.manifest.files:
            return None
        path = bundle.path / COMPILED
        again = "compile it again: eedge compile"
        with sealed.refusing(path, cls, BundleError, again):
            compiled = cls.model_validate(sealed.read(path))
        if missing := (compiled.names | compiled.files.keys()) - bundle.manifest.files.keys():
            raise BundleError(f"{path}: names {min(missing)}, which is not in the bundle", again)
        return compiled
