"""`eedge flash`: a bundle → devices, each of which always has one that is whole."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from boards.errors import EedgeError, UsageError
from eedge.output import error_fields, json_option, print_error, print_json
from eedge.progress import stages

if TYPE_CHECKING:
    from eedge.flashing import Device
    from firmware_host.flash import Flashed

_PATH = click.Path(path_type=Path)


@click.command()
@click.argument("bundle_path", metavar="[BUNDLE]", type=_PATH, required=False)
@click.option(
    "--device",
    "devices",
    metavar="SEL",
    multiple=True,
    required=True,
    help="Where to: local, ssh:USER@HOST, adb:SERIAL, serial:PORT or micro; may be given again.",
)
@click.option("--board", metavar="NAME", help="What the device must be (default: what it is).")
@click.option("--rollback", is_flag=True, help="Go back to the bundle before the current one.")
@click.option(
    "--agent", metavar="LINE", help="What starts the agent on a device with a shell, all of it."
)
@click.option(
    "--agent-binary",
    type=_PATH,
    metavar="FILE",
    help="The agent in C, which is put on a device with a shell that has another or none.",
)
@click.option(
    "--runtime",
    type=_PATH,
    metavar="FILE",
    help="The library by which that runs blocks: libLiteRt.so, or libtensorflowlite_jni.so.",
)
@click.option(
    "--trust",
    type=_PATH,
    metavar="FILE",
    help="A public key: from now on the agent in C takes and runs only what is signed by it.",
)
@click.option(
    "--accelerator",
    metavar="NAME",
    help="Where that runs blocks: cpu, gpu, npu, nnapi:NAME, delegate:LIBRARY (default: where it "
    "measures the least time).",
)
@click.option(
    "--flashtool", metavar="LINE", help="For a Dev Board Micro: what starts its SDK's flashtool.py."
)
@click.option("--elf", type=_PATH, metavar="FILE", help="For a Dev Board Micro: what runs there.")
@json_option
def command(
    bundle_path: Path | None,
    devices: tuple[str, ...],
    board: str | None,
    rollback: bool,
    agent: str | None,
    agent_binary: Path | None,
    runtime: Path | None,
    trust: Path | None,
    accelerator: str | None,
    flashtool: str | None,
    elf: Path | None,
    as_json: bool,
) -> None:
    """Put a bundle on one or more devices.

    Sends only files that the device has not, beside the bundle that it runs; has it compute all
    checksums; and switches in one step. An interruption at any point leaves it with the bundle
    that it ran: run the same again, and it goes on where it stopped.

    Without --agent, starts `python3 -m edge.agent` on the device, with slots in the board's folder.
    Over serial, the agent runs there already. With --agent-binary and --runtime the agent in C is
    put there first, as on a phone; it is remembered, and the next time neither needs to be named.
    It tries which accelerator runs a block fastest and computes what the CPU does, and keeps that.

    A Dev Board Micro (--device micro, or micro:SERIAL where there are several) is flashed by its
    SDK's program, which keeps no bundle to go back to. What does not fit its flash or its memory is
    refused before anything is sent (eedge explain says what takes how much).
    """
    from boards.board import load_board
    from eedge.flashing import Device
    from firmware_host.flash import Flasher, Job, Parcel, flasher_for, work_through

    if rollback == (bundle_path is not None):
        raise UsageError(
            "say what to flash", "eedge flash BUNDLE --device SEL", "or --rollback, without BUNDLE"
        )
    if twice := [one for one in devices if devices.count(one) > 1]:
        raise UsageError(f"{twice[0]} is named twice")
    if any(one.partition(":")[0] == "micro" for one in devices):
        _flash_micro(bundle_path, devices, board, flashtool, elf, as_json)
        return
    parcel = None if bundle_path is None else Parcel.of(bundle_path)
    name = None if board is None else load_board(board).name
    files = (agent_binary, runtime)
    wanted = [Device.of(one, board, agent, files, trust, accelerator) for one in devices]

    def do(device: Device, notice: Callable[[str], None], flasher: Flasher) -> Flashed:
        device.unsettle(parcel)
        if parcel is None:
            return flasher.roll_back(name)
        flashed = flasher.flash(parcel, name)
        device.settle(parcel, accelerator, notice)
        return flashed

    with ExitStack() as stack:
        shown = stack.enter_context(stages(devices))
        jobs = [
            Job(
                flasher_for(device.link, device.line, one.progress, one.notice),
                partial(do, device, one.notice),
            )
            for device, one in zip(wanted, shown, strict=True)
        ]
        results = work_through(jobs)
    failed = [one for one in results if isinstance(one, EedgeError)]
    if len(failed) == len(devices) == 1:
        raise failed[0]
    if as_json:
        print_json({"devices": [_fields(*one) for one in zip(wanted, results, strict=True)]})
    else:
        for device, result in zip(wanted, results, strict=True):
            _show(device, result)
    if failed:
        click.get_current_context().exit(1)


def _flash_micro(
    path: Path | None,
    devices: tuple[str, ...],
    board: str | None,
    flashtool: str | None,
    elf: Path | None,
    as_json: bool,
) -> None:
    from boards.board import load_board
    from edge.bundle import Bundle
    from eedge.fits import budget_at
    from firmware_host.flash.micro import BOARD, flash_micro

    if path is None or len(devices) > 1 or flashtool is None or elf is None:
        raise UsageError(
            "a Dev Board Micro is flashed by its SDK, alone, and cannot go back",
            "eedge flash BUNDLE --device micro --elf FILE "
            "--flashtool 'python3 coralmicro/scripts/flashtool.py'",
        )
    bundle, known = Bundle.open(path), load_board(board or BOARD)
    budget = budget_at(path, known)
    if budget is not None and not budget.memory.is_known:
        click.echo(
            "eedge: how large an arena it needs is not known; to measure it: "
            f"eedge explain {path} --board {known.name}",
            err=True,
        )
    serial = devices[0].partition(":")[2] or None
    with stages(devices) as shown:
        size = flash_micro(
            bundle,
            shlex.split(flashtool),
            elf,
            serial,
            shown[0].progress,
            shown[0].notice,
            board=known,
        )
    done = {"device": devices[0], "outcome": "flashed", "identity": bundle.identity}
    if as_json:
        print_json({"devices": [{**done, "bytes_sent": size, "bytes_total": size}]})
    else:
        click.echo(f"{devices[0]}: flashed: {bundle.identity[:12]}; sent {size:,} bytes")


def _fields(device: Device, result: Flashed | EedgeError) -> dict[str, object]:
    if isinstance(result, EedgeError):
        return {"device": device.name, "outcome": "failed", "error": error_fields(result)}
    seconds = round(result.seconds, 3)
    return {**dataclasses.asdict(result), "seconds": seconds, **device.fields()}


def _show(device: Device, result: Flashed | EedgeError) -> None:
    if isinstance(result, EedgeError):
        click.echo(f"{device.name}: failed")
        print_error(result, as_json=False)
        return
    identity = (result.identity or "none")[:12]
    line = f"{device.name}: {result.outcome}: {result.board} runs {identity}"
    if result.outcome == "flashed":
        line += (
            f"; sent {result.files_sent} files, {result.bytes_sent:,} of {result.bytes_total:,} "
            f"bytes in {result.seconds:.1f} s"
        )
    click.echo(line)
    if device.placed:
        click.echo(f"{device.name}: {device.placed}")
