"""All engines run the same encoder."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest

from convert.bench.engines.eager import load_eager
from convert.bench.engines.engine import Array, Engine
from convert.bench.engines.single import load_single
from convert.bench.engines.split import load_as_run, load_split
from convert.bench.exports import export_onnx, export_single
from edge.bundle import Bundle
from edge.calibration import FixedRule, OperatingPoint
from edge.decode import greedy
from edge.features import log_mel
from edge.framing import Framing
from edge.posteriors import softmax
from tests.convert.bench.sounds import babble
from tests.convert.conftest import BUCKETS, FEATURES

pytestmark = [
    pytest.mark.slow,
    # Of torch's exporters about themselves.
    pytest.mark.filterwarnings("ignore:.*LeafSpec", "ignore:.*The axis name"),
]

SOUNDS = [babble(seconds, seed) for seed, seconds in enumerate((0.3, 0.47, 0.6, 0.83, 0.99))]
PREPARE = partial(log_mel, settings=FEATURES)


class Keeper:
    """Decodes nothing, and keeps the logits f32[N, V] of each sound."""

    def __init__(self) -> None:
        self.logits: list[Array] = []

    def __call__(self, logits: Array) -> str:
        self.logits.append(logits)
        return ""


@pytest.fixture(scope="module")
def expected(checkpoint: Path) -> list[Array]:
    """What PyTorch puts out for each sound."""
    keeper = Keeper()
    read_all(load_eager(checkpoint, PREPARE, keeper, 1))
    return keeper.logits


def read_all(engine: Engine) -> list[str]:
    return [engine.transcribe(sound) for sound in SOUNDS]


def sqnr_db(expected: list[Array], found: list[Array]) -> float:
    wanted, got = np.concatenate(expected), np.concatenate(found)
    return float(10 * np.log10(np.square(wanted).sum() / np.square(wanted - got).sum()))


@pytest.fixture(scope="module")
def bundle(bundles: dict[str, Path]) -> Bundle:
    """In float, where it agrees with PyTorch to the last letter."""
    return Bundle.open(bundles["float32"])


@pytest.mark.parametrize("load", [partial(load_split, point=None), load_as_run])
def test_the_bundle_reads_what_pytorch_reads(bundle: Bundle, expected: list[Array], load) -> None:
    engine = load(bundle.path, threads=1)
    assert read_all(engine) == [greedy(logits, bundle.tokens) for logits in expected]
    inside = engine.inside()
    assert (inside.blocks, inside.exits) == (2 * len(SOUNDS), 2 * len(SOUNDS))
    assert min(inside.frontend_s, inside.blocks_s, inside.branches_s, inside.loading_s) > 0


def test_an_operating_point_runs_the_blocks_that_it_needs_and_no_more(bundle: Bundle) -> None:
    point = OperatingPoint(
        name="least", rule=FixedRule(exit=1), wer=0, wer_low=0, wer_high=0, mean_exit=1, cost_s=0
    )
    engine = load_split(bundle.path, point, 1)
    read_all(engine)
    assert engine.inside().blocks == len(SOUNDS)


def test_a_bundle_that_stays_loaded_is_loaded_once(bundle: Bundle) -> None:
    engine = load_split(bundle.path, None, 1)
    read_all(engine)
    loaded = engine.inside().loading_s
    read_all(engine)
    assert engine.inside().loading_s == loaded


def test_the_unsplit_file_puts_out_what_pytorch_does(
    checkpoint: Path, expected: list[Array], tmp_path: Path
) -> None:
    path, keeper = export_single(checkpoint, "float32", BUCKETS, (), tmp_path), Keeper()
    engine = load_single(path, BUCKETS, Framing(1, 4), FEATURES, keeper, 1)
    read_all(engine)
    for wanted, found in zip(expected, keeper.logits, strict=True):
        np.testing.assert_allclose(found, softmax(wanted)[0], atol=1e-3)
    assert engine.inside().seconds == engine.inside().whole_s > 0

    written = path.stat().st_mtime_ns
    assert export_single(checkpoint, "float32", BUCKETS, (), tmp_path) == path
    assert path.stat().st_mtime_ns == written, "it was exported again"


def test_onnx_runtime_puts_out_what_pytorch_does_at_any_length(
    checkpoint: Path, expected: list[Array], tmp_path: Path
) -> None:
    pytest.importorskip("onnxscript", reason="needs eedge[bench]")
    pytest.importorskip("onnxruntime", reason="needs eedge[bench]")
    from convert.bench.engines.onnx_runtime import load_onnx

    keeper = Keeper()
    read_all(load_onnx(export_onnx(checkpoint, tmp_path), PREPARE, keeper, 1))
    assert sqnr_db(expected, keeper.logits) > 25
