"""Telemetry for others: a real broker, and what Prometheus would come and get."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from boards.errors import UsageError
from edge.wire.messages import Telemetry
from firmware_host.export import ExportError
from firmware_host.export.mqtt import MqttExport
from firmware_host.export.prometheus import PrometheusExport

HOT = Telemetry(1000, 61.5, None, 2, 0, 0.25, 3, 0, "full")
COOL = Telemetry(2000, 41.0, 80.0, 0, 0, 0.25, 4, 0, "least")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[str]:
    """A mosquitto of this test's own."""
    pytest.importorskip("paho.mqtt.client", reason="needs eedge[fleet]")
    program = shutil.which("mosquitto", path="/usr/bin:/usr/sbin:/sbin:/usr/local/sbin")
    if program is None:
        pytest.skip("not installed: mosquitto")
    port = free_port()
    config = tmp_path / "mosquitto.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nuser root\n")
    server = subprocess.Popen([program, "-c", config], stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"mqtt://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def published(url: str, topic: str) -> list[dict[str, Any]]:
    """Return what a subscriber gets who comes now."""
    from paho.mqtt.client import Client
    from paho.mqtt.enums import CallbackAPIVersion

    got: list[dict[str, Any]] = []
    came = threading.Event()

    def on_message(client: object, data: object, message: Any) -> None:
        got.append({"topic": message.topic, **json.loads(message.payload)})
        came.set()

    client = Client(CallbackAPIVersion.VERSION2)
    client.on_message = on_message
    client.connect("127.0.0.1", int(url.rpartition(":")[2]))
    client.subscribe(topic, qos=1)
    client.loop_start()
    came.wait(5)
    client.disconnect()
    client.loop_stop()
    return got


def test_a_broker_has_the_last_telemetry_of_every_device(broker: str) -> None:
    for device, told in (("serial:/dev/ttyACM0", HOT), ("ssh:pi@garden", COOL)):
        export = MqttExport(f"{broker}/fleet", device)
        export.take(HOT)
        export.take(told)
        export.close()
    (got,) = published(broker, "fleet/serial:_dev_ttyACM0/telemetry")
    assert (got["celsius"], got["battery_percent"], got["point"]) == (61.5, None, "full")
    (got,) = published(broker, "fleet/ssh:pi@garden/telemetry")
    assert (got["celsius"], got["utterances"]) == (41.0, 4)


@pytest.mark.parametrize("url", ["http://x", "mqtt://", "mqtt://x:y", "x"])
def test_what_is_no_broker_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="is no MQTT broker"):
        MqttExport(url, "device")


def test_a_broker_that_is_not_there_is_an_error() -> None:
    pytest.importorskip("paho.mqtt.client", reason="needs eedge[fleet]")
    with pytest.raises(ExportError, match="no MQTT broker answers"):
        MqttExport(f"mqtt://127.0.0.1:{free_port()}", "device")


def scraped(export: PrometheusExport) -> set[str]:
    with urlopen(f"http://127.0.0.1:{export.port}/metrics", timeout=5) as page:
        text = page.read().decode()
    return {line for line in text.splitlines() if not line.startswith("#")}


def test_prometheus_gets_what_was_said_last_and_nan_for_what_is_not_known() -> None:
    pytest.importorskip("prometheus_client", reason="needs eedge[fleet]")
    export = PrometheusExport(0, 'a "device"')
    try:
        export.take(COOL)
        export.take(HOT)
        label = 'device="a \\"device\\""'
        assert scraped(export) == {
            f"eedge_temperature_celsius{{{label}}} 61.5",
            f"eedge_battery_percent{{{label}}} NaN",
            f"eedge_real_time_factor{{{label}}} 0.25",
            f"eedge_queue{{{label}}} 0.0",
            f"eedge_deepest{{{label}}} 0.0",
            f"eedge_utterances{{{label}}} 3.0",
            f'eedge_operating_point{{{label},point="full"}} 1.0',
        }
        with pytest.raises(ExportError, match="cannot be served"):
            PrometheusExport(export.port, "another")
    finally:
        export.close()
