"""Keeps the converters' chatter off the terminal, and shows it when they fail."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from convert.errors import ConversionError

_TAIL = 2_000


@contextmanager
def captured_output(name: str) -> Iterator[None]:
    """Send stdout and stderr, C++ output included, to a file while `name` is converted.

    Raises:
        ConversionError: something in the body failed; the end of its output is in the message.
            A full disk (`OSError`) and an interrupt pass through as they are.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    saved = os.dup(1), os.dup(2)
    with tempfile.TemporaryFile() as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
        try:
            yield
        except (OSError, ConversionError):
            raise
        except Exception as error:
            raise ConversionError(
                f"{name} cannot be converted: {type(error).__name__}: {error}\n{_tail(log)}",
                "try another recipe, for example --recipe float32",
            ) from error
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            for number, copy in enumerate(saved, start=1):
                os.dup2(copy, number)
                os.close(copy)


def _tail(log: BinaryIO) -> str:
    sys.stdout.flush()
    sys.stderr.flush()
    size = log.seek(0, os.SEEK_END)
    log.seek(max(0, size - _TAIL))
    return log.read().decode(errors="replace").strip()
