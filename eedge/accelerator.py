"""Where a run is to take place: on a board's accelerator, or on the CPU if that was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from boards.errors import EedgeError, UsageError

if TYPE_CHECKING:
    from edge.bundle import Bundle
    from edge.delegate import Delegate

device_option = click.option(
    "--device",
    metavar="usb|pci|:N",
    help="Which Edge TPU (default: the board's; usb:1 and pci:0 name one among several).",
)
run_device_option = click.option(
    "--device",
    metavar="SEL",
    help="Where to run. local, ssh:USER@HOST, adb:SERIAL or serial:PORT: an agent there, governed. "
    "usb, pci, :N, usb:N or pci:N: an Edge TPU of this machine (default: the board's).",
)
_ON_CPU = "on the CPU: --allow-cpu"
allow_cpu_option = click.option(
    "--allow-cpu",
    is_flag=True,
    help="Run on the CPU where the accelerator cannot be used, and say so.",
)


def names_accelerator(device: str) -> bool:
    """Return whether this is how an Edge TPU of this machine is called, and no device on a link."""
    from edge.delegate import DEVICE

    return DEVICE.fullmatch(device) is not None


def choose_delegate(
    bundle: Bundle, board_name: str | None, device: str | None, allow_cpu: bool
) -> Delegate | None:
    """Return what runs a bundle that was converted for an Edge TPU; None for the CPU.

    The accelerator is probed in a process of its own first. The CPU takes its place only if that
    was asked for, with a warning.

    Raises:
        UsageError: a device is named for a bundle that runs on none, or no board.
        DelegateError, BundleError: it cannot be used, or the bundle is not compiled.
    """
    from boards.board import load_board
    from edge.accelerated import Accelerator
    from edge.delegate import Delegate, probe

    target = bundle.manifest.target
    if target != "edgetpu":
        if device is not None:
            raise UsageError(
                f"--device names an Edge TPU, but {bundle.path} was converted for {target}",
                "convert the checkpoint again: eedge convert --board coral-usb",
            )
        return None
    if board_name is None:
        if allow_cpu:
            _warn("no board is named")
            return None
        raise UsageError(
            f"{bundle.path} was converted for the Edge TPU: say of which board",
            "--board coral-usb, coral-pcie or coral-dev-board",
            _ON_CPU,
        )
    delegate = Delegate.of(load_board(board_name), device)
    try:
        Accelerator(bundle, delegate)
        probe(delegate)
    except EedgeError as error:
        if not allow_cpu:
            error.tries += (_ON_CPU,)
            raise
        _warn(error.what)
        return None
    return delegate


def _warn(reason: str) -> None:
    click.echo(f"eedge: warning: on the CPU, not on the Edge TPU: {reason}", err=True)
