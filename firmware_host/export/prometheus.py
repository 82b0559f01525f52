"""Telemetry → Prometheus, which comes and asks: gauges in its text format, at `/metrics`."""

from __future__ import annotations

from edge.wire.messages import Telemetry
from firmware_host.export import EXTRA, ExportError

_GAUGES = {
    "celsius": ("eedge_temperature_celsius", "Hottest temperature of the device."),
    "battery_percent": ("eedge_battery_percent", "Level of its battery."),
    "real_time_factor": ("eedge_real_time_factor", "Seconds computed for a second of sound."),
    "queue": ("eedge_queue", "Utterances that wait."),
    "deepest": ("eedge_deepest", "Most blocks an utterance is run through; 0 for all."),
    "utterances": ("eedge_utterances", "Utterances run since the bundle was loaded."),
}
_POINT = ("eedge_operating_point", "1 for the operating point of now.")


class PrometheusExport:
    """Serves what a device said last; what it could not read is NaN.

    Args:
        port: of this machine, on all of its addresses; 0 for any that is free.
        device: the label that all of it has.

    Raises:
        ExportError: prometheus-client is not installed, or the port is taken.
    """

    def __init__(self, port: int, device: str) -> None:
        try:
            from prometheus_client import CollectorRegistry, Gauge, start_http_server
        except ImportError as error:
            raise ExportError("this needs the package 'prometheus-client'", EXTRA) from error
        registry = CollectorRegistry()
        self._gauges = {
            field: Gauge(name, help_, ["device"], registry=registry).labels(device)
            for field, (name, help_) in _GAUGES.items()
        }
        self._point = Gauge(*_POINT, ["device", "point"], registry=registry)
        self._device = device
        try:
            self._server, self._thread = start_http_server(port, registry=registry)
        except OSError as error:
            raise ExportError(
                f"port {port} cannot be served: {error.strerror}", "choose another one"
            ) from error
        self.port = int(self._server.server_port)

    def take(self, telemetry: Telemetry) -> None:
        """Replace what was said before."""
        for field, gauge in self._gauges.items():
            value = getattr(telemetry, field)
            gauge.set(float("nan") if value is None else value)
        self._point.clear()
        self._point.labels(self._device, telemetry.point).set(1)

    def close(self) -> None:
        """Serve no longer."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
