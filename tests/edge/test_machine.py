"""The name of the processor that figures are measured on."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge import machine
from edge.machine import cpu_model


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
    monkeypatch.setattr(machine, "_CPU_INFO", tmp_path / "cpuinfo")
    assert cpu_model() == name


def test_a_cpu_without_a_name_still_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_CPU_INFO", Path("/nowhere"))
    assert cpu_model()
