"""Telemetry → an MQTT broker, one JSON document for each message."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from boards.errors import UsageError
from edge.wire.messages import Telemetry
from firmware_host.export import EXTRA, ExportError

if TYPE_CHECKING:
    from paho.mqtt.client import MQTTMessageInfo

_PORT, _TLS_PORT = 1883, 8883
_DEFAULT_TOPIC = "eedge"
_LAST = 5.0
"""Seconds in which what was published last must be out when it is closed."""


class MqttExport:
    """Publishes a device's telemetry below a topic: `TOPIC/DEVICE/telemetry`.

    A broker that is away is connected to again; what is said meanwhile waits for it. Subscribers
    that come later are given the last one.

    Args:
        url: `mqtt://[USER:PASSWORD@]HOST[:PORT][/TOPIC]`, or `mqtts://` for TLS.
        device: what it is called; what no topic may hold is replaced.

    Raises:
        UsageError: that is no such URL.
        ExportError: paho-mqtt is not installed, or nobody answers at the broker's address.
    """

    def __init__(self, url: str, device: str) -> None:
        parts = urlsplit(url)
        try:
            port = parts.port or (_TLS_PORT if parts.scheme == "mqtts" else _PORT)
        except ValueError:
            port = 0
        if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname or not port:
            raise UsageError(f"'{url}' is no MQTT broker", "mqtt://HOST[:PORT][/TOPIC]")
        try:
            from paho.mqtt.client import Client
            from paho.mqtt.enums import CallbackAPIVersion
        except ImportError as error:
            raise ExportError("MQTT needs the package 'paho-mqtt'", EXTRA) from error
        name = "".join("_" if letter in "/+#" else letter for letter in device)
        self.topic = f"{parts.path.strip('/') or _DEFAULT_TOPIC}/{name}/telemetry"
        self._client = Client(CallbackAPIVersion.VERSION2)
        if parts.username is not None:
            password = None if parts.password is None else unquote(parts.password)
            self._client.username_pw_set(unquote(parts.username), password)
        if parts.scheme == "mqtts":
            self._client.tls_set()
        try:
            self._client.connect(parts.hostname, port)
        except OSError as error:
            where = f"{parts.hostname}:{port}"
            raise ExportError(
                f"no MQTT broker answers at {where}: {error}", "check that it runs and is reached"
            ) from error
        self._client.loop_start()
        self._last: MQTTMessageInfo | None = None

    def take(self, telemetry: Telemetry) -> None:
        """Publish it."""
        text = json.dumps(asdict(telemetry))
        self._last = self._client.publish(self.topic, text, qos=1, retain=True)

    def close(self) -> None:
        """Leave the broker, once it has what was published last."""
        if self._last is not None and self._client.is_connected():
            self._last.wait_for_publish(_LAST)
        self._client.disconnect()
        self._client.loop_stop()
