"""Encoders of true size, made for a benchmark."""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest

from boards.errors import UsageError
from convert.bench.child import OnProgress

pytest.importorskip("torch", reason="making an encoder needs eedge[convert]")

from convert.bench.untrained import ENCODERS, prepare_untrained


def stage(name: str) -> AbstractContextManager[OnProgress]:
    return nullcontext(lambda done, total: None)


def test_an_unknown_encoder_has_a_neighbour(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no encoder 'hubert-bsae'") as caught:
        prepare_untrained("hubert-bsae", 3.0, 1, (1,), tmp_path, stage)
    assert caught.value.tries[0] == "did you mean 'hubert-base'?"


def test_sound_must_make_a_frame(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="do not make a frame"):
        prepare_untrained("hubert-base", 0.02, 1, (1,), tmp_path, stage)


@pytest.mark.slow
def test_all_is_made_once_and_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("litert_torch", reason="conversion needs eedge[convert]")
    from convert.bench.bench import bench

    small = ENCODERS["hubert-base"].model_copy(
        update={"dim": 32, "heads": 4, "ff_dim": 48, "blocks": 2, "exits": (1, 2)}
        | {"conv_dims": (24,) * 7, "position_kernel": 8, "position_groups": 2}
    )
    monkeypatch.setattr("convert.bench.untrained.ENCODERS", {"tiny": small})
    plan = prepare_untrained("tiny", 1.0, 1, (1,), tmp_path, stage)
    made = (plan.bundle / "manifest.json").read_bytes()
    assert prepare_untrained("tiny", 1.0, 1, (1,), tmp_path, stage) == plan
    assert (plan.bundle / "manifest.json").read_bytes() == made
    report = bench(plan, stage, lambda text: None)
    rows = {row.engine: row for row in report.rows}
    assert {"pytorch", "pytorch-int8", "single", "full"} <= rows.keys()
    assert rows["full"].blocks == 2
    assert report.ratios["pytorch_over_full"] > 0
