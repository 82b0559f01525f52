"""A bundle and a checkpoint are compared only if they are of one encoder."""

import json
import shutil
from pathlib import Path

import pytest

from convert.bench.errors import BenchError
from convert.bench.pair import open_pair

pytestmark = pytest.mark.slow


def test_a_bundle_belongs_to_the_checkpoint_it_was_made_from(
    bundles: dict[str, Path], checkpoint: Path
) -> None:
    pair = open_pair(bundles["dynamic-int8"], checkpoint)
    assert pair.bundle.manifest.dim == pair.config.encoder.dim


@pytest.mark.parametrize(
    ("key", "value", "what"),
    [
        ("dim", 32, "width is 16, the checkpoint's 32"),
        ("blocks", 3, "number of blocks is 2, the checkpoint's 3"),
        ("exits", [2], "exits is 1 2, the checkpoint's 2"),
    ],
)
def test_it_does_not_belong_to_one_of_another_size(
    bundles: dict[str, Path], checkpoint: Path, tmp_path: Path, key: str, value: object, what: str
) -> None:
    other = Path(shutil.copytree(checkpoint, tmp_path / "other"))
    config = json.loads((other / "config.json").read_text())
    config["encoder"][key] = value
    if key == "blocks":
        config["encoder"]["exits"] = [1, 2, 3]
    (other / "config.json").write_text(json.dumps(config))
    with pytest.raises(BenchError, match=what):
        open_pair(bundles["dynamic-int8"], other)


def test_it_does_not_belong_to_one_with_other_tokens(
    bundles: dict[str, Path], checkpoint: Path, tmp_path: Path
) -> None:
    other = Path(shutil.copytree(checkpoint, tmp_path / "other"))
    with (other / "tokens.txt").open("a", encoding="utf-8") as tokens:
        tokens.write("ß 29\n")
    with pytest.raises(BenchError, match="vocabulary is 29, the checkpoint's 30"):
        open_pair(bundles["dynamic-int8"], other)
