"""JSON files that carry the SHA-256 of their own content, and are written whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pydantic import BaseModel, JsonValue, ValidationError

from boards.errors import EedgeError
from boards.validation import describe

SEAL = "sha256"

_NUMBERS = re.compile(r"\[\n([-+.\deE,\s]+)\]")
"""A list of numbers, one on each line: with all on one, a calibration is a third as long. Within
a string there is no line end, so that none is mistaken for a list."""


class BrokenSealError(ValueError):
    """A file is not what was written: no JSON object, or not the content that was sealed."""


def write(path: Path, content: Mapping[str, JsonValue]) -> None:
    """Write `content` and its checksum to `path`, through a temporary file beside it.

    Raises `OSError` where the disk is full or not writable; `path` is then as it was.
    """
    write_json(path, {**content, SEAL: _digest(content)})


def write_json(path: Path, content: Mapping[str, JsonValue]) -> None:
    """Write `content` as it is, in the same way: what vouches for itself needs no checksum."""
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    text = _NUMBERS.sub(lambda numbers: f"[{' '.join(numbers[1].split())}]", text)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def read(path: Path) -> dict[str, JsonValue]:
    """Return what was written to `path`, without its checksum.

    Raises:
        OSError: it cannot be read.
        BrokenSealError: it is no JSON object, or its checksum does not hold.
    """
    content = parse(path.read_bytes())
    seal = content.pop(SEAL, None)
    if seal is None:
        raise BrokenSealError("it has no checksum of its own ('sha256')")
    if seal != _digest(content):
        raise BrokenSealError("it was changed after it was written: its SHA-256 does not hold")
    return content


def parse(data: bytes) -> dict[str, JsonValue]:
    """Return the JSON object in `data`; raises `BrokenSealError` if there is none."""
    try:
        content = json.loads(data, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise BrokenSealError(f"it is not JSON ({error})") from error
    if not isinstance(content, dict):
        raise BrokenSealError("it is not a JSON object")
    return content


@contextmanager
def refusing(
    path: Path, model: type[BaseModel], error: type[EedgeError], *tries: str
) -> Iterator[None]:
    """Say as `error` what is wrong with a file at `path` that is read as `model` within."""
    try:
        yield
    except OSError as found:
        raise error(f"{path}: cannot be read: {found.strerror}", *tries) from found
    except BrokenSealError as found:
        raise error(f"{path}: {found}", *tries) from found
    except ValidationError as found:
        what, hints = describe(found, model)
        raise error(f"{path}: is not right: {what}", *hints, *tries) from found


def _digest(content: Mapping[str, JsonValue]) -> str:
    """SHA-256 of the content in one spelling: keys sorted, no spaces, ASCII."""
    spelled = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(spelled.encode("ascii")).hexdigest()


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON number")
