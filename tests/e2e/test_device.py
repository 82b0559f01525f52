"""The whole way of a device: flashed, run, hot, cool, empty, cut off, and back to what it had."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from edge.bundle import Bundle
from edge.recogniser import Recogniser
from firmware_host.controller import Controller
from firmware_host.flash import Flasher, Parcel, flasher_for
from firmware_host.links import Stream
from tests.e2e.conftest import Device
from tests.firmware_host.device import calibrated, noises

pytestmark = pytest.mark.slow

_PATIENCE = 300.0
"""The governor's seconds in which a device is expected to come to a point, on a busy machine."""


@pytest.fixture(scope="module")
def bundles(tiny_paths: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> list[Bundle]:
    """One that the device has, and one that it is given."""
    folder = tmp_path_factory.mktemp("e2e")
    return [
        calibrated(tiny_paths[recipe], folder / f"{recipe}.eedge")
        for recipe in ("float32", "dynamic-int8")
    ]


class Cutting:
    """A stream of which the link is cut when so many bytes have been sent."""

    def __init__(self, stream: Stream, after: int, cut: Callable[[], None]) -> None:
        self._stream, self._left, self._cut = stream, after, cut
        self.read, self.close = stream.read, stream.close

    def write(self, data: bytes) -> None:
        before, self._left = self._left, self._left - len(data)
        if before > 0 >= self._left:
            self._cut()
        self._stream.write(data)


class Bench:
    """A device, and what a user does with it."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self.said: list[str] = []
        self._cut_after: list[int] = []

    def flasher(self) -> Flasher:
        return flasher_for(self.device.link, self.device.args)

    @contextmanager
    def governed(self, bundle: Bundle) -> Iterator[Controller]:
        controller = Controller(
            self._connect,
            bundle,
            notice=self.said.append,
            clock=lambda: self.device.faster * time.monotonic(),
            interval=1 / self.device.faster,
        )
        try:
            yield controller
        finally:
            controller.close()

    def comes_to(self, point: str, controller: Controller, file: Path) -> bool:
        """Run an utterance over and over until it is run at that point."""
        until = time.monotonic() + _PATIENCE / self.device.faster
        while time.monotonic() < until:
            if controller.file(file).points == (point,):
                return True
            controller.wait(3 / self.device.faster)
        return False

    def cut_after(self, sent: Sequence[int]) -> None:
        """Have the links that are opened from now on cut after so many bytes each."""
        self._cut_after = list(sent)

    def _connect(self) -> Stream:
        stream = self.device.link.stream(self.device.args)
        if not self._cut_after:
            return stream
        return Cutting(stream, self._cut_after.pop(0), self.device.cut)


def test_the_whole_way(device: Device, bundles: list[Bundle], tmp_path: Path) -> None:
    bench, sensors = Bench(device), device.sensors
    files = noises(tmp_path, 10)
    old, new = bundles
    alone = [Recogniser(new).transcribe_file(file).text for file in files]

    for bundle in bundles:
        flashed = bench.flasher().flash(Parcel.of(bundle.path))
        assert (flashed.outcome, flashed.identity) == ("flashed", bundle.identity)

    with bench.governed(new) as controller:
        heard = [controller.file(file) for file in files]
        assert [one.transcript.text for one in heard] == alone
        assert {one.points for one in heard} == {("full",)}

        sensors.celsius(75.0)
        assert bench.comes_to("least", controller, files[0])
        sensors.celsius(30.0)
        assert bench.comes_to("full", controller, files[0])
        sensors.percent(4.0)
        assert bench.comes_to("least", controller, files[0])
        sensors.percent(90.0)
        assert bench.comes_to("full", controller, files[0])

    # Each of these links breaks in the middle of an utterance's sound.
    bench.cut_after([30_000, 20_000])
    with bench.governed(new) as controller:
        texts = [controller.file(file).transcript.text for file in files]
        assert texts == alone, "nothing is lost, and nothing is heard twice"
        controller.wait(3 / device.faster)
        told = controller.gauge.last
        assert told is not None
        assert sum(line.endswith("trying again") for line in bench.said) == 2
        if device.outlives:
            assert told.utterances == len(files), "nothing is run twice"

    back = bench.flasher().roll_back()
    assert (back.outcome, back.identity) == ("rolled back", old.identity)
    with bench.governed(old) as controller:
        assert controller.file(files[0]).points == ("full",)
