"""A bundle for the Edge TPU, made once by the command that a user types."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.convert.compiling.standin import write_standin
from tests.sharing import made_once

Eedge = Callable[..., subprocess.CompletedProcess[str]]

BUCKET = 64
"""Encoder frames: 2.56 s."""


@pytest.fixture(scope="session")
def edge_tpu(
    eedge: Eedge, checkpoint: Path, repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A folder with `tiny.eedge`, what converting it said (`said.json`), and a stand-in compiler.

    Not to be written to.
    """

    def make(folder: Path) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("STANDIN_CALLS", str(folder / "calls"))
            done = eedge(
                "convert", checkpoint, "--board", "coral-dev-board-micro", "--json", "--jobs", "1",
                "--data", repository / "tests" / "audio" / "cal.jsonl", "--utterances", "8",
                "--buckets", str(BUCKET), "--compiler", write_standin(folder),
                "--out", folder / "tiny.eedge",
            )  # fmt: skip
        assert done.returncode == 0, done.stderr
        (folder / "said.json").write_text(done.stdout)

    return made_once(tmp_path_factory, "edge-tpu", make)
