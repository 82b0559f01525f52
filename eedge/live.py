"""What a device is doing at the moment, below its results, where somebody looks on."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self

import click

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.live import Live as RichLive

    from firmware_host.controller import Controller


class Live:
    """Prints lines; on a terminal, with the device's state beneath them, kept up to date."""

    def __init__(self, device: str, as_json: bool) -> None:
        self._device, self._as_json = device, as_json
        self._controller: Controller | None = None
        self._live: RichLive | None = None
        self._heard = 0

    def __enter__(self) -> Self:
        if not self._as_json and sys.stdout is not None and sys.stdout.isatty():
            from rich.console import Console
            from rich.live import Live as RichLive

            self._live = RichLive(
                console=Console(highlight=False),
                get_renderable=self._shown,
                refresh_per_second=4,
                transient=True,
            )
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def watch(self, controller: Controller) -> None:
        """Show this device's state from now on."""
        self._controller = controller

    def line(self, text: str) -> None:
        """Print a result."""
        self._heard += 1
        if self._live is None:
            click.echo(text)
        else:
            self._live.console.print(text, markup=False, soft_wrap=True)

    def notice(self, text: str) -> None:
        """Say on stderr what happens to the link, and what a device says beside its results."""
        if self._live is None:
            click.echo(f"eedge: {text}", err=True)
        else:
            self._live.console.print(f"eedge: {text}", markup=False, style="yellow")

    def _shown(self) -> RenderableType:
        from rich.text import Text

        controller = self._controller
        if controller is None or controller.decision is None:
            return Text(f"{self._device}  connecting", style="reverse")
        gauge, limits, decision = controller.gauge, controller.limits, controller.decision
        parts = [self._device, f"{decision.point} ({decision.why})"]
        if gauge.celsius is not None and limits is not None:
            parts.append(f"{gauge.celsius:.1f} of {limits.ceiling:.0f} °C")
        if gauge.battery_percent is not None:
            charging = ", charging" if gauge.charging else ""
            parts.append(f"battery {gauge.battery_percent:.0f} %{charging}")
        if gauge.last is not None and gauge.last.real_time_factor is not None:
            parts.append(f"RTF {gauge.last.real_time_factor:.3f}")
        parts.append(f"{self._heard} heard, {controller.queue} waiting")
        return Text("  ".join(parts), style="reverse", no_wrap=True, overflow="ellipsis")
