"""The agent in C and its runtime's library are put on a device, if it has not the same already."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

from boards.board import Board
from boards.errors import UsageError
from firmware_host.errors import FlashError
from firmware_host.flash.record import DeviceRecord, work_folder
from firmware_host.links import Link

AGENT: Final = "eedge-agent"
_KEY: Final = "trusted.pub"
_MACHINES: Final = {
    40: ("arm", "aarch64"),
    62: ("x86_64",),
    183: ("aarch64",),
    243: ("riscv64",),
}
"""`e_machine` of an ELF file (https://www.sco.com/developers/gabi/latest/ch4.eheader.html), and how
`uname -m` may begin where that runs."""
RUNTIMES: Final = ("libLiteRt.so", "libtensorflowlite_jni.so", "libtensorflowlite_c.so")


def install(
    link: Link,
    board: Board,
    agent: Path | None,
    runtime: Path | None,
    notice: Callable[[str], None] = lambda _: None,
    trust: Path | None = None,
) -> DeviceRecord:
    """Push both where their hashes differ, and have the device keep a record of them.

    With `trust`, a public key, the device takes and runs from now on what is signed by it only.

    What is not named is taken from the cache, in which what was named before is kept: a folder for
    each architecture, `~/.cache/eedge/ARCHITECTURE`. Nothing is downloaded.

    Raises:
        UsageError: one is neither named nor in the cache, or is no program for such a device, or
            what should be a public key is none.
        FlashError: the device has something else than was sent.
        LinkError: the device cannot be reached.
    """
    folder = work_folder(link, board)
    machine = link.run(["uname", "-m"]).text.strip() or "unknown"
    cache = _cache() / machine
    files = (_found(agent, cache, (AGENT,)), _found(runtime, cache, RUNTIMES))
    for file in files:
        _check_machine(file, machine)
    if trust is not None:
        _check_key(trust)
    before = DeviceRecord.read(link, board)
    # Whatever its file is called here.
    paths = (f"{folder}/{AGENT}", f"{folder}/{files[1].name}")
    changed = [_brought(link, *one, notice) for one in zip(files, paths, strict=True)]
    link.run(["chmod", "755", paths[0]])
    for file, name in zip(files, (AGENT, files[1].name), strict=True):
        _keep(file, cache / name)
    trusted = before.trust if before is not None else ""
    if trust is not None:
        trusted = f"{folder}/{_KEY}"
        changed.append(_brought(link, trust, trusted, notice))
    if before is not None and not any(changed) and before.runtime == paths[1]:
        return before
    record = DeviceRecord(
        board=board.name,
        agent=paths[0],
        runtime=paths[1],
        slots=f"{folder}/slots",
        trust=trusted,
    )
    record.write(link, board)
    return record


def _check_key(file: Path) -> None:
    """Refuse what is no public key: a private one must never leave this machine."""
    try:
        is_public = b"-----BEGIN PUBLIC KEY-----" in file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror}") from error
    if not is_public:
        raise UsageError(
            f"{file}: is no public key", "eedge sign --new-key FILE writes one to FILE.pub"
        )


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "eedge"


def _check_machine(file: Path, machine: str) -> None:
    """Refuse what was built for another machine than `uname -m` says: it would not start."""
    with file.open("rb") as opened:
        header = opened.read(20)
    built_for = _MACHINES.get(int.from_bytes(header[18:20], "little"))
    if not header.startswith(b"\x7fELF"):
        raise UsageError(f"{file}: is neither a program nor a library")
    if built_for and not machine.startswith(built_for):
        raise UsageError(
            f"{file}: was built for {built_for[0]}, and the device is {machine}",
            "how to build the agent for it: docs/firmware.md",
        )


def _found(given: Path | None, cache: Path, names: tuple[str, ...]) -> Path:
    places = [given] if given is not None else [cache / name for name in names]
    for place in places:
        if place.is_file():
            return place
    if given is not None:
        raise UsageError(f"{given}: there is no such file")
    raise UsageError(
        f"there is no {names[0]} in {cache}",
        "name it once: --agent-binary FILE --runtime FILE",
        "how to build the agent, and where the library is: docs/firmware.md",
    )


def _brought(link: Link, file: Path, path: str, notice: Callable[[str], None]) -> bool:
    """Push a file if it is not there; return whether it was not."""
    wanted = hashlib.sha256(file.read_bytes()).hexdigest()
    if _hash(link, path) == wanted:
        return False
    notice(f"sending {file.name}")
    link.push(file, path)
    if _hash(link, path) != wanted:
        raise FlashError(f"{link.name}: {path} came out as something else", "run the same again")
    return True


def _hash(link: Link, path: str) -> str:
    return link.run(["sha256sum", path]).text.partition(" ")[0]


def _keep(file: Path, place: Path) -> None:
    if file.resolve() != place.resolve():
        place.parent.mkdir(parents=True, exist_ok=True)
        partial = place.with_name(f".{place.name}.{os.getpid()}.part")
        shutil.copyfile(file, partial)
        partial.replace(place)
