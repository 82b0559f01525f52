"""A device's state: in its own words, in its own files, and never made up."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boards.board import Board, load_board
from edge.state.sample import Temperature
from edge.state.source import ShellSource, Source
from firmware_host.governor import Past
from firmware_host.state import Battery, LocalSource, Slowdown, StateReader
from firmware_host.state.dumpsys import read_battery, read_thermal
from firmware_host.state.vcgencmd import read_throttled

BATTERY = """Current Battery Service state:
  AC powered: false
  USB powered: true
  status: 3
  level: 43
  scale: 100
  voltage: 3840
  temperature: 312
  Charge counter: 1512000
"""
THERMAL = """IsStatusOverride: false
Thermal Status: 1
Cached temperatures:
\tTemperature{mValue=99.0, mType=3, mName=OLD, mStatus=0}
HAL Ready: true
Current temperatures from HAL:
\tTemperature{mValue=61.25, mType=0, mName=CPU0, mStatus=0}
\tTemperature{mValue=39.6, mType=3, mName=SKIN, mStatus=1}
\tTemperature{mValue=0.0, mType=9, mName=TPU, mStatus=0}
\tTemperature{mValue=3500.0, mType=6, mName=VBAT, mStatus=0}
Current cooling devices from HAL:
\tCoolingDevice{mValue=0, mType=2, mName=cpu}
Temperature static thresholds from HAL:
\tTemperature{mValue=120.0, mType=3, mName=SKIN, mStatus=0}
"""


class LocalShell(ShellSource):
    """A shell beneath a root, as at the far end of a link."""

    def __init__(self, root: Path) -> None:
        def shell(line: str) -> tuple[int, str]:
            script = f"cd {shlex.quote(str(root))} && {line.replace(' /', ' ./')}"
            done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False)
            return done.returncode, done.stdout.replace("./", "/")

        super().__init__(shell)


def write(root: Path, **files: str) -> None:
    for name, text in files.items():
        path = root / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n")


def sysfs(root: Path, **files: str) -> None:
    write(root, **{f"sys/class/{name}": text for name, text in files.items()})


@pytest.fixture(params=[LocalSource, LocalShell])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Source:
    source: Source = request.param(tmp_path)
    return source


def reader(board: str | Board, source: Source) -> StateReader:
    return StateReader(load_board(board) if isinstance(board, str) else board, source, lambda: 7.0)


def test_a_boards_sensors_are_read_in_their_unit(source: Source, tmp_path: Path) -> None:
    sysfs(tmp_path, **{"apex/apex_0/temp": "61550", "thermal/thermal_zone0/temp": "48000"})
    found = reader("coral-dev-board", source).read()
    assert found.temperatures == (Temperature("Edge TPU", 61.55), Temperature("CPU", 48.0))
    assert (found.celsius, found.at, found.faults) == (61.55, 7.0, ())
    assert found.state(Past(), 0.5, 0).celsius is not None


@pytest.mark.parametrize("text", ["-87900", "", "hot", "nan", "999999"])
def test_one_sensor_that_cannot_be_believed_leaves_no_temperature(
    source: Source, tmp_path: Path, text: str
) -> None:
    sysfs(tmp_path, **{"apex/apex_0/temp": text, "thermal/thermal_zone0/temp": "48000"})
    found = reader("coral-dev-board", source).read()
    assert found.celsius is None
    assert found.faults[0].what == "Edge TPU"
    assert found.senses_heat
    assert found.state(Past(), 0.5, 0).celsius is None


def test_a_sensor_that_is_gone_is_a_fault(source: Source, tmp_path: Path) -> None:
    found = reader("raspberry-pi-5", source).read()
    assert found.celsius is None
    assert "cannot be read" in found.faults[0].why


def test_a_machine_without_named_sensors_goes_by_its_thermal_zones(
    source: Source, tmp_path: Path
) -> None:
    sysfs(
        tmp_path,
        **{
            "thermal/thermal_zone0/type": "x86_pkg_temp",
            "thermal/thermal_zone0/temp": "55000",
            "thermal/thermal_zone1/type": "iwlwifi",
            "thermal/thermal_zone1/temp": "-274000",
        },
    )
    found = reader("host", source).read()
    assert found.temperatures == (Temperature("x86_pkg_temp", 55.0),)
    assert found.celsius == 55.0


def test_an_accelerator_without_a_sensor_says_that_it_has_none(
    source: Source, tmp_path: Path
) -> None:
    sysfs(
        tmp_path,
        **{"thermal/thermal_zone0/type": "cpu", "thermal/thermal_zone0/temp": "55000"},
    )
    found = reader("coral-usb", source).read()
    assert not found.senses_heat
    assert found.celsius is None


@pytest.mark.parametrize(
    ("files", "battery"),
    [
        (
            {"type": "Battery", "status": "Discharging", "capacity": "40", "power_now": "2500000"},
            Battery(40.0, charging=False, watts=2.5),
        ),
        (
            {
                "type": "Battery",
                "status": "Discharging",
                "capacity": "40",
                "current_now": "-500000",
                "voltage_now": "4000000",
            },
            Battery(40.0, charging=False, watts=2.0),
        ),
        ({"type": "Battery", "status": "Full", "capacity": "100"}, Battery(100.0, charging=True)),
        ({"type": "Battery", "status": "Unknown", "capacity": "9"}, Battery(9.0, charging=None)),
        ({"type": "Mains", "online": "1"}, None),
        ({"type": "Battery", "scope": "Device", "capacity": "5"}, None),
        ({"type": "Battery", "status": "Charging", "capacity": "140"}, None),
    ],
)
def test_the_devices_own_battery_is_read(
    source: Source, tmp_path: Path, files: dict[str, str], battery: Battery | None
) -> None:
    sysfs(tmp_path, **{f"power_supply/BAT0/{name}": text for name, text in files.items()})
    found = reader("host", source).read()
    assert found.battery == battery
    own = files["type"] == "Battery" and "scope" not in files
    assert found.has_battery == own
    assert [fault.what for fault in found.faults] == (["battery"] if own and not battery else [])


def test_a_phone_is_asked_by_dumpsys() -> None:
    class Phone:
        def files(self, patterns):
            raise AssertionError("a phone's files are not ours to read")

        def command(self, args):
            return {"battery": BATTERY, "thermalservice": THERMAL}[args[1]]

    board = load_board("host").model_copy(update={"link": "adb"})
    found = reader(board, Phone()).read()
    assert found.celsius == 39.6
    assert found.battery == Battery(43.0, charging=False, celsius=31.2)
    assert found.throttled == ("Android's thermal status is 1",)

    class Silent(Phone):
        def command(self, args):
            return None

    assert {fault.what for fault in reader(board, Silent()).read().faults} == {
        "temperature",
        "battery",
    }


def test_old_readings_placeholders_and_volts_are_no_temperatures() -> None:
    found, status = read_thermal(THERMAL)
    assert found == [Temperature("CPU CPU0", 61.25), Temperature("skin SKIN", 39.6)]
    assert status == 1


@settings(max_examples=100, deadline=None)
@given(st.text(), st.integers(0, 400), st.integers(0, 400))
def test_whatever_is_said_is_read_or_a_fault(text: str, begin: int, end: int) -> None:
    for said in (text, BATTERY[:begin] + text + BATTERY[end:], THERMAL[:begin] + text):
        read_battery(said)
        read_thermal(said)
        read_throttled(said)


def test_a_raspberry_pi_says_in_words_how_it_is_throttled() -> None:
    assert read_throttled("throttled=0x50005\n") == (
        ("under-voltage", "throttled"),
        ("under-voltage", "throttled"),
    )
    assert read_throttled("throttled=0x0\n") == ((), ())
    assert read_throttled("VCHI initialization failed") is None


def test_heat_is_inferred_from_runs_that_take_longer() -> None:
    slowdown = Slowdown()
    for _ in range(8):
        slowdown.ran("t100", 0.020)
    assert slowdown.ratio is None
    for _ in range(5):
        slowdown.ran("t100", 0.020)
    assert slowdown.ratio == pytest.approx(1.0)
    slowdown.ran("t200", 0.090)  # another length says nothing yet
    slowdown.ran("t100", 0.200)  # once is an interruption
    assert slowdown.ratio == pytest.approx(1.0)
    for _ in range(5):
        slowdown.ran("t100", 0.030)
    assert slowdown.ratio == pytest.approx(1.5)
    slowdown.ran("t100", float("nan"))
    assert slowdown.ratio == pytest.approx(1.5)


def test_a_path_of_a_users_board_is_never_a_command() -> None:
    lines: list[str] = []

    def shell(line: str) -> tuple[int, str]:
        lines.append(line)
        return 0, ""

    source: Callable[..., object] = ShellSource(shell).files
    source(["/sys/$(reboot);x/*/temp"])
    assert shlex.split(lines[0])[-1] == "/sys/$(reboot);x/*/temp"
    assert "'/sys/$(reboot);x/'*" in lines[0]
