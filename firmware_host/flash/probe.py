"""Which accelerator of a device runs a bundle fastest, if any is worth it: measured there.

Each is tried by the agent in C in a process of its own (`eedge-agent --probe`): a block is run on
it and on the CPU. Who computes something else, or leaves all of it to the CPU, is out; the fastest
of the others runs half a second of noise through the whole bundle, as after flashing.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Sequence
from typing import Final

from pydantic import ValidationError

from boards.errors import EedgeError
from firmware_host.agent import Agent
from firmware_host.errors import FlashError
from firmware_host.flash.parcel import Parcel
from firmware_host.flash.record import DeviceRecord, Probe
from firmware_host.flash.start import start
from firmware_host.links import Link

_PATIENCE: Final = 600.0
"""Seconds for all of them; the agent gives each 120."""
_WORTH: Final = 0.9
"""Of the CPU's time that an accelerator may take at most: two runs differ by as much."""
_UTTERANCE: Final = 0xFFFF_FFFE


def probe(link: Link, record: DeviceRecord, accelerator: str | None = None) -> tuple[Probe, ...]:
    """Have a device probe the accelerators that its runtime may have, or the one that is named.

    Raises:
        FlashError: the agent there cannot probe.
        LinkError: the device cannot be reached.
    """
    done = link.run([*record.args_on(accelerator or "cpu"), "--probe"], _PATIENCE)
    if done.status:
        said = done.stderr.decode(errors="replace").strip().splitlines() or ["it says nothing"]
        raise FlashError(
            f"{link.name}: its accelerators cannot be probed: {said[0]}",
            "put the newest agent there: eedge flash --agent-binary FILE --runtime FILE",
        )
    try:
        return tuple(Probe.model_validate_json(line) for line in done.stdout.splitlines())
    except ValidationError as error:
        raise FlashError(
            f"{link.name}: the agent there says what is not understood: {error.title}",
            "put the newest agent there: eedge flash --agent-binary FILE --runtime FILE",
        ) from error


def choose(
    link: Link,
    record: DeviceRecord,
    parcel: Parcel,
    accelerator: str | None = None,
    notice: Callable[[str], None] = lambda _: None,
) -> DeviceRecord:
    """Return the record with what was measured, and with the accelerator that is best.

    Args:
        link: to the device, which has the bundle.
        record: what it has kept so far.
        parcel: the bundle.
        accelerator: the one that is wanted, which is then used if it works, however fast it is;
            "cpu" has nothing probed.
        notice: is told in words what is being done.
    """
    identity = parcel.identity.hex()
    if accelerator == "cpu":
        return record.model_copy(update={"accelerator": "cpu", "probes": (), "identity": identity})
    notice("probing accelerators")
    probes = list(probe(link, record, accelerator))
    worth = [
        each
        for each in probes
        if each.verdict == "works"
        and (accelerator is not None or each.accelerator_s < _WORTH * each.cpu_s)
    ]
    best = "cpu"
    for each in sorted(worth, key=lambda one: one.accelerator_s):
        notice(f"trying the bundle on {each.accelerator}")
        if not (reason := _refusal(link, record.args_on(each.accelerator), parcel)):
            best = each.accelerator
            break
        failed = {"verdict": "failed", "failure": reason}
        probes[probes.index(each)] = each.model_copy(update=failed)
    found = {"accelerator": best, "probes": tuple(probes), "identity": identity}
    return record.model_copy(update=found)


def _refusal(link: Link, args: Sequence[str], parcel: Parcel) -> str:
    """Return why a bundle does not run with these arguments; "" if it does."""
    try:
        with contextlib.closing(start(link, args)) as stream:
            agent = Agent(stream)
            agent.greet()
            agent.load()
            agent.run(_UTTERANCE, parcel.noise(), parcel.sample_rate)
    except EedgeError as error:
        return error.what
    return ""


def show(record: DeviceRecord) -> str:
    """Return in a line where a bundle runs, and what else was tried."""
    times = {each.accelerator: each for each in record.probes}
    chosen = times.get(record.accelerator)
    if chosen is not None:
        return (
            f"runs on {chosen.accelerator}: {1e3 * chosen.accelerator_s:.2f} ms for {chosen.file}, "
            f"{1e3 * chosen.cpu_s:.2f} ms on the CPU"
        )
    others = "; ".join(f"{each.accelerator} {_why_not(each)}" for each in record.probes)
    return f"runs on the CPU{f': {others}' if others else ''}"


def _why_not(found: Probe) -> str:
    if found.verdict == "works":
        return f"takes {1e3 * found.accelerator_s:.2f} ms, the CPU {1e3 * found.cpu_s:.2f}"
    return found.failure or found.verdict


def fields(record: DeviceRecord) -> dict[str, object]:
    """Return the same for JSON."""
    document = json.loads(record.model_dump_json(include={"accelerator", "probes"}))
    return dict(document)
