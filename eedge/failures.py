"""Turn what other libraries and the system raise for a user's mistake into our one kind of error.

Whatever is not recognised here is a bug and keeps its traceback.
"""

from __future__ import annotations

import errno
import os

import click

from boards.errors import EedgeError, UsageError

_OURS = {
    "boards",
    "calibration",
    "convert",
    "edge",
    "eedge",
    "firmware_host",
    "training",
}

_REMEDIES = {
    errno.ENOSPC: "make room on the disk, or write to another one",
    errno.EDQUOT: "make room within your quota, or write elsewhere",
    errno.EROFS: "write to a place that is not read-only",
    errno.EACCES: "check who owns it and what its permissions are (ls -l)",
    errno.EPERM: "check who owns it and what its permissions are (ls -l)",
    errno.EIO: "check the disk: the system could not read from it or write to it",
    errno.EMFILE: "allow more open files (ulimit -n)",
}


class MachineError(EedgeError):
    """The machine refused: no room, no permission, a bad disk."""


class MissingPackageError(EedgeError):
    """A command needs packages that were not installed with `eedge`."""


def explain(error: Exception) -> EedgeError | None:
    """Return the failure that a user should read about, or None if `error` is a bug."""
    match error:
        case EedgeError():
            return error
        case click.ClickException():
            return _from_click(error)
        case OSError():
            return _from_system(error)
        case _:
            return None


def _from_system(error: OSError) -> EedgeError | None:
    remedy = _REMEDIES.get(error.errno or 0)
    if remedy is None:
        return None
    where = f"{os.fspath(error.filename)!r}: " if isinstance(error.filename, str | bytes) else ""
    return MachineError(f"{where}{os.strerror(error.errno or 0)}", remedy)


def missing_extra(error: ModuleNotFoundError, command: str, extra: str | None) -> EedgeError | None:
    """Return the failure that a missing extra explains, or None if a module of ours is missing."""
    package = (error.name or "").partition(".")[0]
    if extra is None or not package or package in _OURS:
        return None
    return MissingPackageError(
        f"'{command}' needs the package '{package}', which is not installed",
        f"pip install 'eedge[{extra}]'",
    )


def _from_click(error: click.ClickException) -> EedgeError:
    what = error.format_message()
    hints: list[str] = []
    if isinstance(error, click.NoSuchOption | click.NoSuchCommand):
        what = error.message
        hints += [f"did you mean '{choice}'?" for choice in error.possibilities or []]
    what = what.rstrip(".").replace("\n", " ")
    what = what[:1].lower() + what[1:]
    if isinstance(error, click.UsageError) and error.ctx is not None:
        hints.append(f"'{error.ctx.command_path} --help' shows how it is called")
    return UsageError(what, *hints)
