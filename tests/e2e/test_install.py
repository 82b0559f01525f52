"""A phone is given the agent in C over a real adbd, and keeps where that runs a bundle best."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from boards.board import load_board
from boards.errors import UsageError
from edge.recogniser import Recogniser
from firmware_host.agent import Agent
from firmware_host.flash import DeviceRecord, Parcel, flasher_for, install, known_line
from firmware_host.flash.probe import choose
from firmware_host.flash.start import start
from firmware_host.links.adb import AdbLink
from tests.firmware.conftest import Build
from tests.firmware_host.device import RATE, calibrated

pytestmark = pytest.mark.slow

ANDROID = load_board("android")


@pytest.fixture
def phone(adb: AdbLink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AdbLink]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    adb.run(["rm", "-rf", ANDROID.work_dir])
    yield adb
    adb.run(["rm", "-rf", ANDROID.work_dir])


def test_the_whole_way_of_a_phone_that_has_nothing(
    phone: AdbLink, built: Build, runtime: Path, tiny_paths: dict[str, Path], tmp_path: Path
) -> None:
    bundle = calibrated(tiny_paths["float32"], tmp_path / "tiny.eedge", "android")
    parcel = Parcel.of(bundle.path)
    with pytest.raises(UsageError, match="no agent in C was put there"):
        known_line(phone)
    record = install(phone, ANDROID, built("plain") / "agent" / "eedge-agent", runtime)
    assert flasher_for(phone, record.args).flash(parcel, "android").outcome == "flashed"
    found = choose(phone, record, parcel)
    assert (found.accelerator, found.identity) == ("cpu", bundle.identity)
    assert {one.accelerator: bool(one.failure) for one in found.probes} == {
        "gpu": True, "npu": True,
    }  # fmt: skip
    found.write(phone, ANDROID)

    # Another host, and another day: what is there is found, and neither file is sent again.
    sent: list[str] = []
    assert install(phone, ANDROID, None, None, sent.append) == found
    assert not sent
    assert DeviceRecord.read(phone, ANDROID) == found
    with closing(start(phone, known_line(phone))) as stream:
        agent = Agent(stream)
        assert agent.greet().board == "android"
        agent.load()
        heard = agent.run(1, parcel.noise(), RATE)
    samples = np.frombuffer(parcel.noise(), "<i2").astype(np.float32) / np.float32(1 << 15)
    whole = Recogniser(bundle).transcribe(samples)
    assert (heard.text, heard.result.exit) == (whole.text, whole.exit)
