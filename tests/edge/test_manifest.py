"""`manifest.json`: read, written, and refused with a word on what is wrong."""

from __future__ import annotations

import contextlib
import copy
import hashlib
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge import sealed
from edge.errors import BundleError
from edge.features import FeatureSettings
from edge.manifest import FileEntry, Manifest

FILES = ["block_01.tflite", "block_02.tflite", "exit_02.tflite", "frontend.tflite", "tokens.txt"]

MANIFEST = Manifest(
    name="small",
    family="conformer",
    sample_rate=16_000,
    features=FeatureSettings(),
    subsampling=4,
    dim=144,
    buckets=(25, 50, 100),
    blocks=("block_01.tflite", "block_02.tflite"),
    exits={2: "exit_02.tflite"},
    frontend="frontend.tflite",
    tokens="tokens.txt",
    units="char",
    vocabulary=29,
    recipe="dynamic-int8",
    target="cpu",
    files={name: FileEntry(size=1, sha256=64 * "a") for name in FILES},
    versions={"litert-torch": "0.10.0"},
    licence="CC BY 4.0",
    origin="made for this test",
)
CONTENT = MANIFEST.model_dump(mode="json")

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


def changed(**fields):
    return {**copy.deepcopy(CONTENT), **fields}


def test_what_is_written_can_be_read(tmp_path):
    MANIFEST.write(tmp_path)
    assert Manifest.read(tmp_path) == MANIFEST
    assert json.loads((tmp_path / "manifest.json").read_text())["format"] == 1


def test_the_longest_sound_follows_from_the_largest_bucket():
    assert MANIFEST.longest_s == pytest.approx(100 * 4 * 0.010)


@pytest.mark.parametrize(("features", "frames"), [(1, 1), (4, 1), (5, 2), (400, 100)])
def test_a_started_encoder_frame_counts(features, frames):
    assert MANIFEST.encoder_frames(features) == frames


def test_the_identity_is_that_of_all_files_in_the_order_of_their_names():
    lines = "".join(f"{name} {64 * 'a'}\n" for name in sorted(FILES))
    assert MANIFEST.identity == hashlib.sha256(lines.encode()).hexdigest()


def test_the_identity_changes_with_any_file():
    files = {**MANIFEST.files, "tokens.txt": FileEntry(size=1, sha256=64 * "b")}
    assert MANIFEST.model_copy(update={"files": files}).identity != MANIFEST.identity


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"format": 2}, "format 2"),
        ({"format": "1"}, "format '1'"),
        ({"buckets": [100, 50]}, "ascend"),
        ({"buckets": []}, "buckets"),
        ({"buckets": [0]}, "buckets"),
        ({"exits": {"1": "exit_02.tflite"}}, "exits"),
        ({"exits": {}}, "exits"),
        ({"exits": {"two": "exit_02.tflite"}}, "exits"),
        ({"blocks": []}, "blocks"),
        ({"vocabulary": 1}, "vocabulary"),
        ({"sample_rate": 8_000}, "sample_rate"),
        ({"features": {"n_mels": 0}}, "n_mels"),
        ({"frontend": "other.tflite"}, "other.tflite"),
        ({"nonsense": 1}, "nonsense"),
        ({"files": {}}, "frontend.tflite"),
        ({"files": {"tokens.txt": {"size": -1, "sha256": 64 * "a"}}}, "size"),
        ({"files": {"tokens.txt": {"size": 1, "sha256": "abc"}}}, "sha256"),
    ],
    ids=str,
)
def test_what_is_not_right_is_named(tmp_path, fields, says):
    sealed.write(tmp_path / "manifest.json", changed(**fields))
    with pytest.raises(BundleError, match=says) as caught:
        Manifest.read(tmp_path)
    assert "manifest.json" in caught.value.what
    assert caught.value.tries


@pytest.mark.parametrize(
    "name", ["../x", "/etc/passwd", "a/../../x", "..", "a\\..\\x", "./a", "a//b", ".", "", "a\0"]
)
@pytest.mark.parametrize("field", ["frontend", "tokens", "blocks", "exits", "files"])
def test_no_name_leads_out_of_the_bundle(tmp_path, field, name):
    entry = {"size": 1, "sha256": 64 * "a"}
    value = {"blocks": [name] * 2, "exits": {"2": name}, "files": {name: entry}}.get(field, name)
    files = {**CONTENT["files"], name: entry}
    sealed.write(tmp_path / "manifest.json", changed(**{"files": files, field: value}))
    with pytest.raises(BundleError):
        Manifest.read(tmp_path)


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b"{", b"\xff", b"{}", b'{"format": NaN}'])
def test_what_is_no_sealed_json_object_is_refused(tmp_path, content):
    (tmp_path / "manifest.json").write_bytes(content)
    with pytest.raises(BundleError, match=r"manifest\.json"):
        Manifest.read(tmp_path)


def test_a_manifest_that_was_edited_is_refused(tmp_path):
    MANIFEST.write(tmp_path)
    path = tmp_path / "manifest.json"
    path.write_text(path.read_text().replace("7600.0", "7000.0"))
    with pytest.raises(BundleError, match="was changed"):
        Manifest.read(tmp_path)


def test_a_missing_manifest_says_what_a_bundle_is(tmp_path):
    with pytest.raises(BundleError, match="is no bundle"):
        Manifest.read(tmp_path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=60))
def test_any_bytes_give_a_manifest_or_a_bundle_error(tmp_path, content):
    (tmp_path / "manifest.json").write_bytes(content)
    with pytest.raises(BundleError):
        Manifest.read(tmp_path)


@given(json_values)
def test_any_json_gives_a_manifest_or_a_bundle_error(tmp_path_factory, value):
    with pytest.raises(BundleError):
        Manifest.parse(value, tmp_path_factory.getbasetemp() / "manifest.json")


@given(st.sampled_from(sorted(CONTENT)), json_values)
def test_any_change_gives_a_manifest_or_a_bundle_error(tmp_path_factory, field, value):
    path = tmp_path_factory.getbasetemp() / "manifest.json"
    with contextlib.suppress(BundleError):
        assert isinstance(Manifest.parse(changed(**{field: value}), path), Manifest)
