"""`manifest.json`: what a bundle holds and how it was made."""

from __future__ import annotations

import hashlib
from pathlib import Path, PurePosixPath
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from boards.validation import describe
from edge import sealed
from edge.errors import BundleError
from edge.framing import Framing
from edge.inputs import TAGS, InputSettings

MANIFEST = "manifest.json"
FORMAT: Final = 1

_REMAKE = "convert the checkpoint again: eedge convert"


def _inside(name: str) -> str:
    """Refuse a name that could lead out of the bundle's folder."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or str(path) != name or "\\" in name:
        raise ValueError(f"the name {name!r} leads out of the bundle, or is not plainly written")
    if "\0" in name or name == ".":
        raise ValueError(f"{name!r} is no file's name")
    return name


def _ascending(frames: tuple[int, ...]) -> tuple[int, ...]:
    if list(frames) != sorted(set(frames)):
        raise ValueError(f"buckets must ascend, but are {list(frames)}")
    return frames


FileName = Annotated[str, Field(min_length=1, max_length=255), AfterValidator(_inside)]
Count = Annotated[int, Field(gt=0)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class FileEntry(_Section):
    """What a file of the bundle must be: its size in bytes and its SHA-256 in hexadecimal."""

    size: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]

    @classmethod
    def of(cls, path: Path) -> Self:
        """Take the measure of a file."""
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            return cls(size=file.tell(), sha256=digest)


class Manifest(_Section):
    """What stands in `manifest.json`.

    An encoder frame reads `window` feature frames, and the next begins `subsampling` later.
    `buckets` are the lengths it was exported for, in encoder frames; `exits` are counted in
    blocks run, and the last follows the last block. `unit_branches` name units at these exits, if
    the encoder has such branches: it may be left by what is known of the units, and the text be
    read only then. `ngrams` is what occurs in the text that it learnt from, if that is known
    (`edge.ngrams`). `units` says what the symbols are, `recipe` how it was quantised, `target` for
    what it was lowered, `versions` what made it.
    """

    format: Literal[1] = FORMAT
    name: Annotated[str, Field(min_length=1)]
    family: Annotated[str, Field(min_length=1)]
    sample_rate: Count
    features: InputSettings
    subsampling: Count
    window: Count = 1
    dim: Count
    buckets: Annotated[tuple[Count, ...], Field(min_length=1), AfterValidator(_ascending)]
    blocks: Annotated[tuple[FileName, ...], Field(min_length=1)]
    exits: Annotated[dict[Count, FileName], Field(min_length=1)]
    unit_branches: dict[Count, FileName] = {}
    frontend: FileName
    tokens: FileName
    ngrams: FileName | None = None
    units: Annotated[str, Field(min_length=1)]
    vocabulary: Annotated[int, Field(ge=2)]
    recipe: Annotated[str, Field(min_length=1)]
    target: Annotated[str, Field(min_length=1)]
    files: dict[FileName, FileEntry]
    versions: dict[str, str]
    licence: str
    origin: str

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if list(self.exits) != sorted(self.exits) or max(self.exits) != len(self.blocks):
            raise ValueError(
                f"exits {list(self.exits)} must ascend to the last of {len(self.blocks)} blocks"
            )
        if self.unit_branches and list(self.unit_branches) != list(self.exits):
            raise ValueError(
                f"unit_branches {list(self.unit_branches)} must be those of all exits, or none"
            )
        if self.features.sample_rate != self.sample_rate:
            raise ValueError("sample_rate is not that of the features")
        branches = (*self.exits.values(), *self.unit_branches.values())
        texts = (self.tokens, self.ngrams) if self.ngrams else (self.tokens,)
        used = (self.frontend, *self.blocks, *branches, *texts)
        for name in used:
            if name not in self.files:
                raise ValueError(f"{name} is used, but has no size and SHA-256 in files")
        return self

    @property
    def identity(self) -> str:
        """SHA-256 over `name sha256` of all files, one a line, sorted by name.

        What is fitted for a bundle names it by this.
        """
        lines = [f"{name} {entry.sha256}\n" for name, entry in sorted(self.files.items())]
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    @property
    def models(self) -> tuple[str, ...]:
        """The `.tflite` files, in the order in which an utterance runs them to its last exit."""
        names = [self.frontend]
        for depth, block in enumerate(self.blocks, start=1):
            names.append(block)
            names += [at[depth] for at in (self.exits, self.unit_branches) if depth in at]
        return tuple(names)

    @property
    def framing(self) -> Framing:
        """How encoder frames lie on feature frames."""
        return Framing(self.window, self.subsampling)

    @property
    def longest_s(self) -> float:
        """Seconds of sound that the largest bucket holds."""
        return self.framing.longest(self.buckets[-1]) * self.features.hop_s

    @property
    def shortest(self) -> int:
        """Samples that surely make one encoder frame; of less, there may be none."""
        return self.features.shortest + round(
            (self.window - 1) * self.features.hop_s * self.sample_rate
        )

    def encoder_frames(self, feature_frames: int) -> int:
        """Return how many encoder frames hold sound, given a number of feature frames."""
        return self.framing.frames(feature_frames)

    def write(self, folder: Path) -> None:
        """Write `manifest.json` with its own checksum into `folder`."""
        sealed.write(folder / MANIFEST, self.model_dump(mode="json"))

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read `manifest.json` from `folder`.

        Raises:
            BundleError: it is missing, damaged, of an unknown format, or contradicts itself.
        """
        path = folder / MANIFEST
        try:
            content = sealed.read(path)
        except OSError as error:
            raise BundleError(
                f"{folder}: is no bundle: {MANIFEST} cannot be read ({error.strerror})",
                "name the folder that 'eedge convert' wrote, NAME.eedge",
            ) from error
        except sealed.BrokenSealError as error:
            raise BundleError(f"{path}: {error}", "copy the bundle again", _REMAKE) from error
        return cls.parse(content, path)

    @classmethod
    def parse(cls, content: object, path: Path) -> Self:
        """Check what was read from `path`; raises `BundleError` as `read` does."""
        version = content.get("format") if isinstance(content, dict) else None
        if version != FORMAT:
            raise BundleError(
                f"{path}: is of format {version!r}, this eedge reads format {FORMAT}",
                "update eedge, if the bundle is newer",
                _REMAKE,
            )
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            what, hints = describe(error, cls, TAGS)
            raise BundleError(f"{path}: is not right: {what}", *hints, _REMAKE) from error
