from __future__ import annotations

from calibration.conditions import Machine


def test_a_number_comes_with_cpu_threads_versions_and_date() -> None:
    machine = Machine.here(threads=2)
    fields = machine.fields()
    assert fields["threads"] == 2
    assert {"cpu", "cpus", "system", "versions", "date"} <= fields.keys()
    assert {"python", "numpy", "eedge"} <= machine.versions.keys()
    assert machine.cpu in machine.summary
    assert "2 threads" in machine.summary
