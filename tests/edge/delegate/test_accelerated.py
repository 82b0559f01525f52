"""A compiled bundle runs through a delegate as the one that it was made from does on the CPU."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from edge.bundle import Bundle
from edge.delegate import Delegate
from edge.encoder import Encoder
from edge.errors import BundleError, InterpreterError

Run = Callable[..., subprocess.CompletedProcess[str]]


def test_every_exit_is_that_of_the_cpu(compiled: Path, library: Path) -> None:
    bundle = Bundle.open(compiled)
    delegate = Delegate(str(library), {"device": "usb"})
    features = np.random.default_rng(1).normal(size=(40, 24)).astype(np.float32)
    on_cpu = [step.log_probs for step in Encoder(bundle).exits(features)]
    delegated = [step.log_probs for step in Encoder(bundle, delegate=delegate).exits(features)]
    for expected, found in zip(on_cpu, delegated, strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-4)


def test_a_bundle_that_is_not_compiled_is_refused(uncompiled: Path, library: Path) -> None:
    with pytest.raises(BundleError, match="is not compiled") as caught:
        Encoder(Bundle.open(uncompiled), delegate=Delegate(str(library)))
    assert any("eedge compile" in hint for hint in caught.value.tries)


def test_a_delegate_that_goes_away_is_a_failure_that_names_the_file(compiled: Path) -> None:
    encoder = Encoder(Bundle.open(compiled), delegate=Delegate("libnowhere.so"))
    features = np.zeros((40, 24), np.float32)
    with pytest.raises(InterpreterError, match=r"frontend_t12_edgetpu\.tflite"):
        next(encoder.exits(features))


def test_run_says_where_it_ran(eedge: Run, compiled: Path, board: Path, sound: Path) -> None:
    done = eedge("run", compiled, sound, "--board", board, "--json")
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert record["on"].endswith("libedgetpu-standin.so")


def test_run_falls_back_to_the_cpu_only_if_asked_and_says_so(
    eedge: Run, compiled: Path, board: Path, sound: Path
) -> None:
    arguments = ("run", compiled, sound, "--board", board, "--device", "usb:5", "--json")
    refused = eedge(*arguments)
    assert refused.returncode == 1
    assert "1 of that kind" in json.loads(refused.stdout)["error"]["what"]
    done = eedge(*arguments, "--allow-cpu")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["on"] == "cpu"
    assert "warning: on the CPU" in done.stderr


def test_run_wants_to_know_the_board(eedge: Run, compiled: Path, sound: Path) -> None:
    done = eedge("run", compiled, sound)
    assert done.returncode == 2
    assert "--board coral-usb" in done.stderr
