"""Bytes as they came, kept as JSON lines with their times, to be looked at again."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Generator
from pathlib import Path
from typing import TextIO

from firmware_host.errors import TraceError
from firmware_host.monitor.follow import Chunk, Turn


def keep(item: Chunk | Turn, file: TextIO) -> None:
    """Write what came; of a moment in which nothing did there is nothing to keep."""
    if isinstance(item, Turn):
        record = {"at": item.at, "connected": item.connected, "what": item.what}
    elif item.data:
        record = {"at": item.at, "data": base64.b64encode(item.data).decode()}
    else:
        return
    file.write(json.dumps(record) + "\n")
    file.flush()


def replay(path: Path) -> Generator[Chunk | Turn, None, None]:
    """Yield what was kept, at once.

    Raises:
        TraceError: it cannot be read, or is no capture.
    """
    try:
        with path.open(encoding="utf-8") as file:
            for number, text in enumerate(file, start=1):
                yield _item(f"{path}:{number}", text)
    except OSError as error:
        raise TraceError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise TraceError(f"{path}: is no capture") from error


def _item(place: str, text: str) -> Chunk | Turn:
    try:
        record = json.loads(text)
        if "data" in record:
            return Chunk(float(record["at"]), base64.b64decode(record["data"], validate=True))
        return Turn(float(record["at"]), bool(record["connected"]), str(record["what"]))
    except (ValueError, TypeError, KeyError, RecursionError, binascii.Error) as error:
        raise TraceError(
            f"{place}: is no line of a capture", "captures are written by: eedge monitor --capture"
        ) from error
