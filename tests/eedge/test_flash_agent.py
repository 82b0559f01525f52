"""eedge flash puts the agent in C on a device, and finds where that runs a bundle fastest.

The device is this machine behind a shell. Its accelerator is XNNPACK in a library of libedgetpu's
kind: what is tested is what is done with what was measured.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from boards.board import load_board
from boards.errors import UsageError
from edge.bundle import Bundle
from firmware_host.errors import FlashError
from firmware_host.flash import DeviceRecord, Probe, install, known_line
from firmware_host.flash.probe import show
from firmware_host.links.local import LocalLink
from tests.firmware.conftest import Build, built, runtime
from tests.firmware.standin import compile_standin, tflite_library
from tests.firmware_host.device import calibrated

__all__ = ["built", "runtime"]

Eedge = Callable[..., subprocess.CompletedProcess[str]]

HOST = load_board("host")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture
def agent(built: Build) -> Path:
    return built("plain") / "agent" / "eedge-agent"


@pytest.fixture
def bundle(tiny_paths: dict[str, Path], tmp_path: Path) -> Bundle:
    return calibrated(tiny_paths["float32"], tmp_path / "tiny.eedge")


def flashed(eedge: Eedge, *words: str | Path) -> dict[str, object]:
    done = eedge("flash", *words, "--device", "local", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    (device,) = json.loads(done.stdout)["data"]["devices"]
    assert isinstance(device, dict)
    return device


@pytest.mark.slow
def test_the_agent_is_installed_once_and_known_from_then_on(
    eedge: Eedge, agent: Path, runtime: Path, bundle: Bundle, home: Path
) -> None:
    first = flashed(eedge, bundle.path, "--agent-binary", agent, "--runtime", runtime)
    assert (first["outcome"], first["accelerator"]) == ("flashed", "cpu")
    assert isinstance(first["probes"], list)
    assert {one["accelerator"] for one in first["probes"]} == {"gpu", "npu"}
    there = home / HOST.work_dir.removeprefix("~/")
    assert (there / "eedge-agent").read_bytes() == agent.read_bytes()
    pushed = (there / "libLiteRt.so").stat()

    again = eedge("flash", bundle.path, "--device", "local", "--runtime", runtime)
    assert "local: unchanged: host runs" in again.stdout
    assert "local: runs on the CPU: gpu " in again.stdout
    assert (there / "libLiteRt.so").stat().st_mtime_ns == pushed.st_mtime_ns
    assert known_line(LocalLink())[:1] == [str(there / "eedge-agent")]


@pytest.mark.slow
def test_an_agent_that_is_given_a_key_takes_only_what_is_signed_by_it(
    eedge: Eedge, agent: Path, runtime: Path, bundle: Bundle, home: Path, tmp_path: Path
) -> None:
    pytest.importorskip("cryptography", reason="signing needs eedge[sign]")
    key, files = tmp_path / "key", ("--agent-binary", agent, "--runtime", runtime)
    assert eedge("sign", "--new-key", key).returncode == 0
    secret = eedge("flash", bundle.path, "--device", "local", *files, "--trust", key)
    assert secret.returncode == 2
    assert "key: is no public key" in secret.stderr
    assert not (home / HOST.work_dir.removeprefix("~/") / "trusted.pub").exists()

    refused = eedge("flash", bundle.path, "--device", "local", *files, "--trust", f"{key}.pub")
    assert refused.returncode == 1
    assert "takes only what is signed by the key that it knows" in refused.stderr
    assert eedge("sign", bundle.path, "--key", key).returncode == 0
    # The device remembers the key, and needs to be told no more.
    assert flashed(eedge, bundle.path, "--accelerator", "cpu")["outcome"] == "flashed"
    assert "--trust" in known_line(LocalLink())


@pytest.mark.slow
def test_an_accelerator_that_is_named_and_works_is_kept(
    eedge: Eedge,
    agent: Path,
    bundle: Bundle,
    tmp_path: Path,
) -> None:
    tflite, name = tflite_library(), f"delegate:{compile_standin('libdelegate', tmp_path)}"
    files = ("--agent-binary", agent, "--runtime", tflite)
    working = f"{name},tflite={tflite}"
    found = flashed(eedge, bundle.path, *files, "--accelerator", working)
    assert found["accelerator"] == working
    assert known_line(LocalLink())[-2:] == ["--accelerator", working]
    again = flashed(eedge, bundle.path)
    assert (again["outcome"], again["accelerator"]) == ("unchanged", working)
    # Another bundle may not run there at all: it is the CPU's until it was measured.
    eedge("flash", "--rollback", "--device", "local")
    assert "--accelerator" not in known_line(LocalLink())
    # It refuses without its option: the CPU takes its place, and it is said why.
    refused = flashed(eedge, bundle.path, "--accelerator", name)
    assert refused["accelerator"] == "cpu"
    assert "libdelegate.so: refuses" in str(refused["probes"])
    assert "--accelerator" not in known_line(LocalLink())


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["--accelerator", "gpu"], "has none that was put there"),
        (["--runtime", "nowhere.so"], "there is no eedge-agent in "),
        (["--agent-binary", "nowhere", "--runtime", "nowhere.so"], "nowhere: there is no such"),
        (["--agent", "x", "--runtime", "x"], "put an agent on a device with a shell"),
        (["--agent", "x", "--trust", "x"], "put an agent on a device with a shell"),
    ],
)
def test_what_cannot_be_put_there_is_wrong_usage(eedge: Eedge, words: list[str], what: str) -> None:
    done = eedge("flash", "--rollback", "--device", "local", *words, "--json")
    error = json.loads(done.stdout)["error"]
    assert (done.returncode, error["kind"]) == (2, "UsageError")
    assert what in error["what"]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"\x7fELF".ljust(18, b"\0") + b"\xf3\0", "was built for riscv64, and the device is "),
        (b"#!/bin/sh", "is neither a program nor a library"),
    ],
)
def test_what_was_built_for_another_machine_is_not_sent(
    tmp_path: Path, content: bytes, what: str
) -> None:
    file = tmp_path / "built"
    file.write_bytes(content)
    with pytest.raises(UsageError, match=what):
        install(LocalLink(), HOST, file, file)


def test_a_record_that_is_damaged_is_refused(home: Path) -> None:
    path = home / HOST.work_dir.removeprefix("~/") / "device.json"
    path.parent.mkdir(parents=True)
    path.write_text('{"format": 1}')
    with pytest.raises(FlashError, match="is not as it was written"):
        DeviceRecord.read(LocalLink(), HOST)


def test_where_it_runs_is_said_in_a_line() -> None:
    slow = Probe(accelerator="npu", verdict="works", accelerator_s=0.003, cpu_s=0.001)
    quick = Probe(
        accelerator="gpu", verdict="works", file="block_01.tflite", accelerator_s=5e-4, cpu_s=1e-3
    )
    record = DeviceRecord(
        board="host", agent="a", runtime="r", slots="s", probes=(slow, quick), accelerator="gpu"
    )
    assert show(record) == "runs on gpu: 0.50 ms for block_01.tflite, 1.00 ms on the CPU"
    plain = record.model_copy(update={"accelerator": "cpu", "probes": (slow,)})
    assert show(plain) == "runs on the CPU: npu takes 3.00 ms, the CPU 1.00"
