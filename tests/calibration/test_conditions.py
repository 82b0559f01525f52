from __future__ import annotations

from pathlib import Path

import pytest

from calibration import conditions
from calibration.conditions import Machine, cpu_model


def test_a_number_comes_with_cpu_threads_versions_and_date() -> None:
    machine = Machine.here(threads=2)
    fields = machine.fields()
    assert fields["threads"] == 2
    assert {"cpu", "cpus", "system", "versions", "date"} <= fields.keys()
    assert {"python", "numpy", "eedge"} <= machine.versions.keys()
    assert machine.cpu in machine.summary
    assert "2 threads" in machine.summary


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ("processor\t: 0\nmodel name\t: AMD EPYC\nmodel\t: 2\n", "AMD EPYC"),
        ("processor\t: 0\nHardware\t: BCM2711\nModel\t: Raspberry Pi 4\n", "Raspberry Pi 4"),
    ],
)
def test_the_cpu_goes_by_the_name_that_the_system_knows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, name: str
) -> None:
    (tmp_path / "cpuinfo").write_text(content)
    monkeypatch.setattr(conditions, "_CPU_INFO", tmp_path / "cpuinfo")
    assert cpu_model() == name


def test_a_cpu_without_a_name_still_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conditions, "_CPU_INFO", Path("/nowhere"))
    assert cpu_model()
