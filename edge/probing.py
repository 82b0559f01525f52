"""The child process of `edge.delegate.probe`: opens a library, and says how far it got.

    python -m edge.probing LIBRARY OPTIONS

OPTIONS is a JSON object. Each step writes a line at once, so that what was reached is known even if
the next one ends the process.
"""

from __future__ import annotations

import ctypes
import json
import sys

_KINDS = {0: "pci", 1: "usb"}
"""`enum edgetpu_device_type` of libedgetpu's edgetpu_c.h."""


class _Device(ctypes.Structure):
    """`struct edgetpu_device` of libedgetpu's edgetpu_c.h."""

    _fields_ = (("type", ctypes.c_int), ("path", ctypes.c_char_p))


def main(library: str, options: str) -> None:
    """Open `library`, ask it for its version and devices, and load it as a delegate."""
    try:
        opened = ctypes.CDLL(library)
    except OSError as error:
        _say("no library", str(error))
        return
    _say("library", library)
    if not hasattr(opened, "tflite_plugin_create_delegate"):
        _say("no library", "it is no TFLite delegate")
        return
    if hasattr(opened, "edgetpu_version"):
        opened.edgetpu_version.restype = ctypes.c_char_p
        _say("version", (opened.edgetpu_version() or b"").decode(errors="replace"))
    if hasattr(opened, "edgetpu_list_devices"):
        _say("devices", "\n".join(_devices(opened)))
    _load(library, json.loads(options))


def _devices(library: ctypes.CDLL) -> list[str]:
    count = ctypes.c_size_t(0)
    library.edgetpu_list_devices.restype = ctypes.POINTER(_Device)
    listed = library.edgetpu_list_devices(ctypes.byref(count))
    found = [
        f"{_KINDS.get(listed[n].type, 'other')} {(listed[n].path or b'').decode()}"
        for n in range(count.value)
    ]
    if listed and hasattr(library, "edgetpu_free_devices"):
        library.edgetpu_free_devices(listed)
    return found


def _load(library: str, options: dict[str, str]) -> None:
    from edge.library import load_delegate

    try:
        delegate = load_delegate(library, options)
    except (ValueError, RuntimeError, OSError) as error:
        _say("refused", str(error))
        return
    _say("loaded", "yes")
    del delegate


def _say(step: str, what: str) -> None:
    escaped = what.replace("\n", "\\n")
    sys.stdout.write(f"{step}={escaped}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:3])
