"""Which utterances are chosen."""

from pathlib import Path

import pytest

from convert.bench.errors import BenchError
from convert.bench.workload import choose
from edge.features import FeatureSettings
from edge.manifest import FileEntry, Manifest
from tests.convert.bench.sounds import RATE, write_manifest

NOTHING = FileEntry(size=0, sha256="0" * 64)
MANIFEST = Manifest(
    name="tiny",
    family="conformer",
    sample_rate=RATE,
    features=FeatureSettings(sample_rate=RATE),
    subsampling=4,
    dim=16,
    buckets=(12, 25),
    blocks=("block",),
    exits={1: "exit"},
    frontend="frontend",
    tokens="tokens",
    units="char",
    vocabulary=29,
    recipe="float32",
    target="cpu",
    files=dict.fromkeys(("block", "exit", "frontend", "tokens"), NOTHING),
    versions={},
    licence="",
    origin="",
)


def test_they_are_spread_over_the_durations(tmp_path: Path) -> None:
    speech = write_manifest(tmp_path, [0.9, 0.4, 0.7, 0.5, 0.8])
    chosen = choose(speech, 3, MANIFEST)
    assert [path.name for path in chosen.sounds] == ["01.wav", "02.wav", "00.wav"]
    assert chosen.seconds == pytest.approx(2.0)
    assert chosen.buckets == (12, 25)


def test_what_the_bundle_would_have_to_cut_is_left_out(tmp_path: Path) -> None:
    speech = write_manifest(tmp_path, [0.4, 1.2, 0.45, 3.0])
    chosen = choose(speech, 10, MANIFEST)
    assert [path.name for path in chosen.sounds] == ["00.wav", "02.wav"]
    assert chosen.buckets == (12,)


def test_where_nothing_fits_there_is_nothing_to_compare(tmp_path: Path) -> None:
    speech = write_manifest(tmp_path, [1.5, 0.05])
    with pytest.raises(BenchError, match=r"no utterance between 0\.1 s and the 1 s"):
        choose(speech, 10, MANIFEST)
