"""`eedge simulate`: a day before it happens."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.bundle import Bundle
from tests.edge.calibrated import fixed_point, write_points

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def bundle(tiny_paths: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    tiny = tiny_paths["dynamic-int8"]
    copied = shutil.copytree(tiny, tmp_path_factory.mktemp("simulated") / "tiny.eedge")
    bundle = Bundle.open(copied)
    deepest, least = bundle.exits[-1], bundle.exits[0]
    full = fixed_point("full", deepest, 6.0, 0.02)
    write_points(bundle, "host", [full, fixed_point("least", least, 12.0, 0.008)])
    return bundle.path


def test_a_scenario_is_compared_with_fixed_depth_a_threshold_and_an_oracle(
    eedge: Run, bundle: Path, tmp_path: Path
) -> None:
    picture = tmp_path / "day.png"
    done = eedge("simulate", bundle, "--scenario", "cold-start", "--plot", picture, "--json")
    data = json.loads(done.stdout)["data"]
    names = [one["controller"] for one in data["outcomes"]]
    assert names == ["governor", "oracle", "plain threshold", "always full", "always least"]
    governor, _, _, full, least = data["outcomes"]
    assert governor["seconds_above_ceiling"] < full["seconds_above_ceiling"]
    assert full["wer"] < governor["wer"] < least["wer"]
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_recording_is_replayed(eedge: Run, bundle: Path, tmp_path: Path) -> None:
    trace = tmp_path / "trace.csv"
    rows = "".join(f"{at},{40 + at / 20},0.8\n" for at in range(300))
    trace.write_text("time_s,celsius,busy\n" + rows)
    done = eedge("simulate", bundle, "--trace", trace)
    assert done.returncode == 0, done.stderr
    assert "trace.csv, replayed (simulated)" in done.stdout
    assert "governor" in done.stdout


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ([], "say which day is meant"),
        (["--scenario", "hot-day", "--trace", "a.csv"], "say which day is meant"),
        (["--scenario", "hot-dya"], "did you mean 'hot-day'?"),
        (["--scenario", "hot-day", "--plot", "a.gif"], "ends in .png"),
        (["--scenario", "hot-day", "--point", "ful"], "did you mean 'full'?"),
        (["--scenario", "hot-day", "--board", "hsot"], "did you mean 'host'?"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    eedge: Run, bundle: Path, options: list[str], what: str
) -> None:
    done = eedge("simulate", bundle, *options)
    assert done.returncode == 2
    assert what in done.stderr
