"""Utterances on a device, over links that break: nothing is lost, and nothing is run twice."""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from boards.board import load_board
from boards.errors import UsageError
from edge.agent.serve import Gone, Server
from edge.agent.session import Session
from edge.bundle import Bundle
from edge.recogniser import Recogniser
from edge.state.source import LocalSource, ShellSource
from edge.wire import Message
from edge.wire.messages import Result
from firmware_host.controller import Controller
from firmware_host.errors import AgentRefusedError, LinkError
from firmware_host.governor import Limits
from firmware_host.links import Stream
from firmware_host.links.local import LocalLink
from firmware_host.links.serial import SerialLink
from tests.firmware_host.device import Sensors, calibrated, noises

FASTER = 20.0
"""The governor's seconds in one of this test's."""


@pytest.fixture(scope="module")
def tiny(tiny_paths: dict[str, Path]) -> Path:
    return tiny_paths["dynamic-int8"]


@pytest.fixture(scope="module")
def bundle(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return calibrated(tiny, tmp_path_factory.mktemp("controller") / "three.eedge")


@pytest.fixture
def sensors(tmp_path: Path) -> Sensors:
    return Sensors(tmp_path / "root")


class Breaking(Server):
    """A link that breaks when a result is due, as often as it is told; `slow` is what runs take."""

    cuts = 0
    slow: float | None = None

    def _send(self, message: Message) -> None:
        if isinstance(message, Result):
            if Breaking.cuts:
                Breaking.cuts -= 1
                raise Gone
            if Breaking.slow is not None:
                message = replace(message, latency_s=Breaking.slow)
        super()._send(message)


class Device:
    """An agent at a socket, which outlives its links."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.links = 0
        self._listens = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def connect(self) -> Callable[[], Stream]:
        return SerialLink(f"socket://127.0.0.1:{self._listens.getsockname()[1]}").stream

    def _serve(self) -> None:
        while True:
            link, _ = self._listens.accept()
            self.links += 1
            with link:
                try:
                    Breaking(self.session, link.fileno(), link.fileno()).serve()
                except (Gone, OSError):
                    if self.session.interval == 0:
                        return

    def close(self) -> None:
        self.session.interval = 0.0
        with socket.create_connection(self._listens.getsockname()):
            pass
        self._thread.join(5)
        self._listens.close()
        assert not self._thread.is_alive()


@pytest.fixture
def device(bundle: Bundle, sensors: Sensors) -> Iterator[Device]:
    Breaking.cuts, Breaking.slow = 0, None
    made = Device(Session(bundle.path, load_board("host"), source=LocalSource(sensors.root)))
    yield made
    made.close()


@pytest.fixture
def govern(device: Device, bundle: Bundle) -> Iterator[Callable[..., Controller]]:
    made: list[Controller] = []

    def govern(**options: Any) -> Controller:
        controller = Controller(
            device.connect(), options.pop("bundle", bundle),
            clock=lambda: FASTER * time.monotonic(), interval=1 / FASTER, **options,
        )  # fmt: skip
        made.append(controller)
        return controller

    yield govern
    for each in made:
        each.close()


def test_a_cool_device_hears_what_this_machine_hears(govern, bundle, tmp_path):
    (file,) = noises(tmp_path, 1, seconds=3.0)
    heard = govern().file(file)
    alone = Recogniser(bundle).transcribe_file(file)
    assert heard.transcript.text == alone.text
    assert [piece.start_s for piece in heard.transcript.pieces] == [
        piece.start_s for piece in alone.pieces
    ]
    assert set(heard.points) == {"full"}
    assert (heard.celsius, heard.battery_percent) == (40.0, 90.0)


@pytest.mark.slow
def test_depth_follows_heat_and_a_lost_sensor(govern, sensors, tmp_path):
    (file,) = noises(tmp_path, 1)
    controller = govern()
    assert controller.file(file).transcript.exit == 4
    sensors.celsius(75.0)
    controller.wait(12 / FASTER)
    assert controller.file(file).points == ("least",)
    sensors.celsius(30.0)
    until = time.monotonic() + 8
    while controller.file(file).points != ("full",) and time.monotonic() < until:
        controller.wait(5 / FASTER)
    assert controller.file(file).points == ("full",)
    sensors.lose()
    controller.wait(12 / FASTER)
    heard = controller.file(file)
    assert (heard.points, heard.celsius) == (("least",), None)
    assert heard.why == "temperature cannot be read"


@pytest.mark.slow
def test_a_link_that_breaks_before_the_result_loses_nothing_and_runs_nothing_twice(
    govern, device, bundle, tmp_path
):
    files = noises(tmp_path, 3)
    said: list[str] = []
    controller = govern(notice=said.append)
    texts = []
    for number, file in enumerate(files):
        Breaking.cuts = number
        texts.append(controller.file(file).transcript.text)
    assert texts == [Recogniser(bundle).transcribe_file(file).text for file in files]
    assert device.links == 4, "1, and 3 that were made anew"
    assert device.session.telemetry().utterances == len(files)
    assert [line.endswith("trying again") for line in said] == 2 * [True, False]


@pytest.mark.slow
def test_files_are_in_no_hurry_and_the_device_rests_for_what_less_depth_saves(
    govern, sensors, tmp_path
):
    (file,) = noises(tmp_path, 1)
    sensors.celsius(75.0)
    Breaking.slow = 0.1
    took = {}
    for live in (True, False):
        controller = govern(live=live)
        assert controller.file(file).points == ("least",)
        began = time.monotonic()
        controller.file(file)
        took[live] = time.monotonic() - began
        controller.close()
    # The least point costs 0.3 of the fullest, which would have taken 0.33 s.
    assert took[False] - took[True] == pytest.approx(0.233, abs=0.1)


DUMPSYS = """#!/bin/sh
# As Android says it, from files that a test may change.
case $1 in
battery)
    printf '  status: 3\\n  scale: 100\\n  temperature: 300\\n'
    echo "  level: $(cat {0}/level)" ;;
*)
    echo 'Thermal Status: 0'
    echo 'Current temperatures from HAL:'
    echo "	Temperature{{mValue=$(cat {0}/celsius), mType=3, mName=skin, mStatus=0}}" ;;
esac
"""


@pytest.mark.slow
def test_of_a_phone_the_host_reads_the_state_itself(tiny, tmp_path, monkeypatch):
    bundle = calibrated(tiny, tmp_path / "phone.eedge", board="android")
    (file,) = noises(tmp_path, 1)
    (tmp_path / "level").write_text("70")
    (tmp_path / "celsius").write_text("31.5")
    (tmp_path / "dumpsys").write_text(DUMPSYS.format(tmp_path))
    (tmp_path / "dumpsys").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    agent = [sys.executable, "-m", "edge.agent", str(bundle.path), "--board", "android"]
    link = LocalLink()

    def shell(line: str) -> tuple[int, str]:
        done = link.shell(line)
        return done.status, done.text

    controller = Controller(
        lambda: link.stream(agent), bundle, source=ShellSource(shell),
        clock=lambda: FASTER * time.monotonic(), interval=2 / FASTER,
    )  # fmt: skip
    try:
        controller.wait(10 / FASTER)
        heard = controller.file(file)
        assert (heard.points, heard.celsius, heard.battery_percent) == (("full",), 31.5, 70.0)
        (tmp_path / "celsius").write_text("64.0")
        controller.wait(25 / FASTER)
        assert controller.file(file).points == ("least",)
    finally:
        controller.close()


def test_it_goes_no_deeper_than_was_allowed(govern, tmp_path):
    (file,) = noises(tmp_path, 1)
    assert govern(deepest="middle").file(file).points == ("middle",)


def test_another_bundle_there_is_refused(govern, tiny_paths, tmp_path):
    other = calibrated(tiny_paths["float32"], tmp_path / "other.eedge")
    with pytest.raises(AgentRefusedError, match="another bundle") as raised:
        govern(bundle=other).wait(0)
    assert raised.value.tries == ("put it there: eedge flash",)


def test_a_device_that_lacks_a_point_is_refused(govern, bundle, tiny, tmp_path):
    calibration = bundle.calibration("host")
    theirs = Bundle.open(calibrated(tiny, tmp_path / "more.eedge").path)
    renamed = [
        point.model_copy(update={"name": f"my-{point.name}"}) for point in calibration.points
    ]
    calibration.model_copy(update={"points": tuple(renamed)}).write(theirs.calibration_path("host"))
    with pytest.raises(UsageError, match="has no point 'my-full'"):
        govern(bundle=theirs).wait(0)


def test_what_cannot_be_reached_at_first_is_an_error_at_once(bundle):
    began = time.monotonic()
    controller = Controller(SerialLink("/dev/nowhere").stream, bundle, limits=Limits())
    with pytest.raises(LinkError, match="cannot be opened"):
        controller.wait(0)
    assert time.monotonic() - began < 1


def test_a_link_that_stays_broken_is_given_up(device, bundle):
    links = [device.connect(), SerialLink("/dev/nowhere").stream]
    controller = Controller(lambda: links.pop(0)() if len(links) > 1 else links[0](), bundle,
                            patience=0.5)  # fmt: skip
    controller.wait(0)
    controller.close()
    with pytest.raises(LinkError, match="cannot be opened"):
        controller.wait(0)
