"""`eedge bench` as a user meets it."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.bundle import Bundle
from tests.convert.bench.sounds import write_manifest
from tests.convert.conftest import bundles, checkpoint, speech
from tests.edge.calibrated import fixed_point, write_points

pytest.importorskip("litert_torch", reason="conversion needs eedge[convert]")
pytest.importorskip("onnxruntime", reason="the comparison needs eedge[bench]")

pytestmark = pytest.mark.slow

Eedge = Callable[..., subprocess.CompletedProcess[str]]

__all__ = ["bundles", "checkpoint", "speech"]


@pytest.fixture(scope="module")
def bundle(bundles: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Calibrated, with one operating point between full and least."""
    path = tmp_path_factory.mktemp("bench") / "tiny.eedge"
    found = Bundle.open(shutil.copytree(bundles["dynamic-int8"], path))
    points = [fixed_point("full", 2), fixed_point("least", 1)]
    write_points(found, "host", points)
    return path


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_manifest(tmp_path_factory.mktemp("speech"), [0.4, 0.6, 0.9])


def test_it_compares_all_engines_in_one_document(
    eedge_process: Eedge, bundle: Path, checkpoint: Path, said: Path
) -> None:
    args = ("--checkpoint", checkpoint, "--data", said, "--rounds", "2")
    done = eedge_process("bench", bundle, *args, "--json")
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)["data"]

    engines = [
        "pytorch",
        "pytorch-int8",
        "onnxruntime-int8",
        "single",
        "eedge-run",
        "full",
        "least",
    ]
    rows = {(row["engine"], row["threads"]): row for row in data["rows"]}
    assert list(rows) == [(engine, threads) for threads in (1, 2) for engine in engines]
    assert rows["full", 1]["blocks"] == 2
    assert rows["least", 1]["blocks"] == rows["least", 1]["exit"] == 1
    assert rows["eedge-run", 1]["peak_mb"] < rows["pytorch", 1]["peak_mb"]
    for row in rows.values():
        assert row["ms"] > 0
        assert row["speedup"] > 0
        assert row["rtf"] == pytest.approx(row["ms"] * 3 / 1_900, abs=1e-6)

    assert data["ratios"].keys() == {
        "pytorch_over_full",
        "pytorch_int8_over_full",
        "onnxruntime_int8_over_full",
        "split_over_single",
        "full_over_least",
    }
    conditions = data["conditions"]
    assert conditions["identity"] == Bundle.open(bundle).identity
    assert (conditions["utterances"], conditions["rounds"]) == (3, 2)
    assert conditions["machine"]["cores"] >= 1


def test_a_checkpoint_of_another_encoder_is_refused(
    eedge_process: Eedge, bundle: Path, checkpoint: Path, said: Path, tmp_path: Path
) -> None:
    other = Path(shutil.copytree(checkpoint, tmp_path / "other"))
    config = json.loads((other / "config.json").read_text())
    config["encoder"]["dim"] = 32
    (other / "config.json").write_text(json.dumps(config))
    done = eedge_process("bench", bundle, "--checkpoint", other, "--data", said)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "width is 16, the checkpoint's 32" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_calibration_of_another_bundle_is_refused(
    eedge_process: Eedge, bundle: Path, checkpoint: Path, said: Path, tmp_path: Path
) -> None:
    other = Bundle.open(shutil.copytree(bundle, tmp_path / "other.eedge"))
    fitted = other.calibration("host").model_copy(update={"bundle": "0" * 64})
    fitted.write(other.calibration_path("host"))
    done = eedge_process("bench", other.path, "--checkpoint", checkpoint, "--data", said)
    assert done.returncode == 1
    assert "was fitted for bundle" in done.stderr
    assert done.stdout == ""
