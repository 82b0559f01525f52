"""Each way in which an Edge TPU cannot be used is told apart, and none ends our process."""

from __future__ import annotations

from pathlib import Path

import pytest

from boards.board import load_board
from boards.errors import UsageError
from edge.delegate import (
    Delegate,
    DelegateError,
    HungDeviceError,
    MismatchError,
    MissingLibraryError,
    NoDeviceError,
    NoRightsError,
    probe,
)
from edge.usb_and_pci import look_around
from tests.edge.delegate.standin import build

USB, PCI = ("1a6e:089a", "18d1:9302"), ("1ac1:089a",)


def delegate(library: Path | str, device: str = "usb") -> Delegate:
    return Delegate(str(library), {"device": device}, USB, PCI)


def plug_in_usb(root: Path, mode: int = 0o600, identity: str = "18d1:9302") -> None:
    device, node = root / "sys/bus/usb/devices/4-2", root / "dev/bus/usb/004/007"
    vendor, product = identity.split(":")
    values = {"idVendor": vendor, "idProduct": product, "busnum": "4", "devnum": "7"}
    device.mkdir(parents=True)
    for name, value in values.items():
        (device / name).write_text(f"{value}\n")
    node.parent.mkdir(parents=True)
    node.touch(mode)


def plug_in_pci(root: Path, driver: bool = True, temperature: int = 45_000) -> None:
    device = root / "sys/bus/pci/devices/0000:01:00.0"
    device.mkdir(parents=True)
    (device / "vendor").write_text("0x1ac1\n")
    (device / "device").write_text("0x089a\n")
    if driver:
        (root / "dev").mkdir(exist_ok=True)
        (root / "dev/apex_0").touch()
        apex = root / "sys/class/apex/apex_0"
        apex.mkdir(parents=True)
        (apex / "temp").write_text(f"{temperature}\n")


def test_what_works_is_found_with_its_version_and_devices(library: Path, tmp_path: Path) -> None:
    found = probe(delegate(library), tmp_path)
    assert found.version == "stand-in 16"
    assert found.devices == ("usb /sys/bus/usb/devices/4-2",)


@pytest.mark.parametrize("device", ["usb", "usb:0", "usb:1", "pci", "pci:0", ":0", ":2"])
def test_every_way_to_name_a_device_works(
    device: str, library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STANDIN_DEVICES", "usb usb pci")
    assert len(probe(delegate(library, device), tmp_path).devices) == 3


@pytest.mark.parametrize("device", ["", "gpu", "usb:", "usb:x", "3", "pci:-1"])
def test_a_name_of_no_device_is_wrong_usage(device: str) -> None:
    with pytest.raises(UsageError):
        Delegate.of(load_board("coral-usb"), device)


def test_a_board_names_the_library_its_options_and_its_identities() -> None:
    found = Delegate.of(load_board("coral-usb"), "usb:1")
    assert found.library == "libedgetpu.so.1"
    assert found.options == {"device": "usb:1"}
    assert found.usb == USB


def test_a_library_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MissingLibraryError, match="is not installed"):
        probe(delegate("libedgetpu-that-is-nowhere.so"), tmp_path)


def test_a_library_that_is_no_delegate(tmp_path: Path) -> None:
    other = build(tmp_path, "int nothing(void) { return 0; }", "libother.so")
    with pytest.raises(MissingLibraryError, match="no TFLite delegate"):
        probe(delegate(other), tmp_path)


def test_a_library_for_another_system(tmp_path: Path) -> None:
    source = "extern int of_another_tflite(void); int nothing(void) { return of_another_tflite(); }"
    other = build(tmp_path, source, "libother.so")
    with pytest.raises(MismatchError, match="does not fit this system"):
        probe(delegate(other), tmp_path)


def test_a_library_that_crashes_is_a_message(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STANDIN_EDGETPU", "crash")
    with pytest.raises(MismatchError, match=r"stand-in 16 ended the process \(SIGSEGV\)") as caught:
        probe(delegate(library), tmp_path)
    assert "ai-edge-litert" in caught.value.what


def test_a_library_that_hangs_is_given_up(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STANDIN_EDGETPU", "hang")
    with pytest.raises(HungDeviceError, match="did not answer"):
        probe(delegate(library), tmp_path, timeout_s=2)


def test_a_listed_device_that_is_refused_is_a_mismatch_or_in_use(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STANDIN_EDGETPU", "refuse")
    with pytest.raises(MismatchError, match="refuses usb") as caught:
        probe(delegate(library), tmp_path)
    assert any("other processes" in hint for hint in caught.value.tries)


@pytest.fixture
def nothing_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STANDIN_DEVICES", "")


def fails(library: Path, root: Path, device: str = "usb") -> DelegateError:
    with pytest.raises(DelegateError) as caught:
        probe(delegate(library, device), root)
    return caught.value


@pytest.mark.usefixtures("nothing_listed")
class TestNothingListed:
    """What the bus says where the library lists no device."""

    def test_nothing_there(self, library: Path, tmp_path: Path) -> None:
        failure = fails(library, tmp_path)
        assert isinstance(failure, NoDeviceError)
        assert any("lsusb" in hint for hint in failure.tries)

    def test_there_but_not_ours_to_open(
        self, library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        plug_in_usb(tmp_path)
        # Root may open anything, whatever its mode.
        monkeypatch.setattr("os.access", lambda *_: False)
        failure = fails(library, tmp_path)
        assert isinstance(failure, NoRightsError)
        assert "/dev/bus/usb/004/007" in failure.what
        assert any("plugdev" in hint for hint in failure.tries)

    def test_there_and_open_but_silent(self, library: Path, tmp_path: Path) -> None:
        plug_in_usb(tmp_path)
        assert isinstance(fails(library, tmp_path), HungDeviceError)

    def test_on_pci_without_a_driver(self, library: Path, tmp_path: Path) -> None:
        plug_in_pci(tmp_path, driver=False)
        failure = fails(library, tmp_path, "pci")
        assert isinstance(failure, NoDeviceError)
        assert any("gasket-dkms" in hint for hint in failure.tries)

    def test_so_cold_that_it_hangs(self, library: Path, tmp_path: Path) -> None:
        plug_in_pci(tmp_path, temperature=-87_900)
        failure = fails(library, tmp_path, "pci")
        assert isinstance(failure, HungDeviceError)
        assert "-87.9 °C" in failure.what


def test_a_number_beyond_the_last_device_says_how_many_there_are(
    library: Path, tmp_path: Path
) -> None:
    failure = fails(library, tmp_path, "usb:3")
    assert isinstance(failure, NoDeviceError)
    assert "1 of that kind" in failure.what


def test_a_stick_is_known_before_and_after_its_firmware_is_loaded(tmp_path: Path) -> None:
    plug_in_usb(tmp_path, identity="1a6e:089a")
    assert look_around(tmp_path, USB, PCI).open == ("/dev/bus/usb/004/007",)
