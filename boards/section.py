"""What the files in `boards/` have in common: parts with nothing unknown in them, and reading."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from boards.errors import EedgeError
from boards.validation import describe

_LARGEST_FILE = 1 << 20

Text = Annotated[str, Field(min_length=1)]
Positive = Annotated[float, Field(gt=0)]
FileName = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]


class Section(BaseModel):
    """A part of a file: nothing unknown in it, and no value of another type than it must have."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


Model = TypeVar("Model", bound=Section)


def read_toml(
    path: Path, model: type[Model], error: type[EedgeError], what: str, *tries: str
) -> Model:
    """Read a TOML file of one of our kinds.

    Args:
        path: the file.
        model: what it must hold.
        error: what to raise if it cannot be read, is no TOML, or says what is not allowed.
        what: the kind of file, as in "board file".
        tries: what helps if there is no such file, or as an example.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_FILE + 1)
    except (OSError, ValueError) as failure:  # ValueError: a NUL in the path
        reason = failure.strerror if isinstance(failure, OSError) else str(failure)
        raise error(f"cannot read the {what} {path}: {reason}", *tries) from failure
    if len(content) > _LARGEST_FILE:
        raise error(f"{path} is too large for a {what} (over {_LARGEST_FILE >> 20} MiB)")
    try:
        document = tomllib.loads(content.decode())
    except (ValueError, RecursionError) as failure:
        raise error(f"the {what} {path} is not TOML: {failure}", *tries) from failure
    try:
        return model.model_validate(document)
    except ValidationError as failure:
        sentence, hints = describe(failure, model)
        raise error(f"the {what} {path} is not right: {sentence}", *hints) from failure
