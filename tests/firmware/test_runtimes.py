"""The agent in C on other runtimes than LiteRT's CPU: what can be had runs, and says where.

TFLite's library is a real one, and so is the NNAPI delegate in it. What that finds is a stand-in
for Android's NNAPI, which adds and no more; what is asked of libedgetpu's kind of library is
XNNPACK in such a library. LiteRT's GPU and NPU are refused here: there are none.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import flatbuffers
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from edge import sealed
from edge.bundle import Bundle
from edge.manifest import FileEntry, Manifest
from edge.wire.messages import Log
from firmware_host.agent import Agent
from firmware_host.links.local import LocalLink
from tests.edge.delegate.conftest import compiled, uncompiled
from tests.edge.delegate.standin import build
from tests.firmware.conftest import SANITIZED, Build
from tests.firmware.standin import compile_standin, tflite_library

__all__ = ["compiled", "uncompiled"]

pytestmark = pytest.mark.slow

RATE = 16_000
SOUND = (3000 * np.sin(np.arange(RATE) / 9)).astype("<i2").tobytes()

Command = Callable[..., list[str]]


@pytest.fixture(scope="module")
def tflite() -> Path:
    return tflite_library()


@pytest.fixture(scope="module")
def standins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("standins")
    for name in ("libneuralnetworks", "libdelegate"):
        compile_standin(name, folder)
    return folder


@pytest.fixture(scope="module")
def bundle(tiny_paths: dict[str, Path]) -> Bundle:
    return Bundle.open(tiny_paths["float32"])


@pytest.fixture(scope="module")
def command(built: Build, bundle: Bundle) -> Command:
    """The command line of an agent; a wrong access to memory ends it."""
    program = built("sanitized", *SANITIZED) / "agent" / "eedge-agent"
    return lambda library, *words: [program, bundle.path, "--runtime", library, *words]


@pytest.fixture(autouse=True)
def found(standins: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the stand-in for NNAPI found, as Android's is."""
    monkeypatch.setenv("LD_LIBRARY_PATH", str(standins))
    # A library that was not made for it is not held against the agent.
    monkeypatch.setenv("ASAN_OPTIONS", "detect_leaks=0")


def said(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, capture_output=True, text=True, errors="replace", check=False, input=""
    )


def probed(command: list[str]) -> list[dict[str, object]]:
    done = said([*command, "--probe"])
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def heard(command: list[str]) -> tuple[str, list[str]]:
    """Return the text of some sound, and what the agent has told beside it."""
    told: list[str] = []
    with closing(LocalLink().stream([str(word) for word in command])) as stream:
        agent = Agent(
            stream, lambda item: told.append(item.text) if isinstance(item, Log) else None
        )
        agent.greet()
        agent.load()
        return agent.run(1, SOUND, RATE).text, told


def test_tflite_says_what_litert_says(command: Command, runtime: Path, tflite: Path) -> None:
    assert heard(command(runtime)) == heard(command(tflite))


def weights_behind(content: bytes) -> bytes:
    """Return a model with all that its buffers hold behind it, as converters lay large weights."""
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(content))
    held = [(buffer, bytes(buffer.data)) for buffer in model.buffers if buffer.data is not None]
    # Once to see how long it is, and once to say where everything lies then.
    end = 16
    for _ in range(2):
        at = end
        for buffer, data in held:
            buffer.data, buffer.offset, buffer.size = None, at, len(data)
            at += (len(data) + 15) // 16 * 16
        builder = flatbuffers.Builder(len(content))
        builder.Finish(model.Pack(builder), b"TFL3")
        tables = bytes(builder.Output())
        end = (len(tables) + 15) // 16 * 16
    return b"".join(
        part.ljust((len(part) + 15) // 16 * 16, b"\0")
        for part in (tables, *(data for _, data in held))
    )


def with_weights_behind(bundle: Path, path: Path) -> Path:
    """Copy a bundle, with its models so changed."""
    copy = Path(shutil.copytree(bundle, path))
    for file in copy.glob("*.tflite"):
        file.write_bytes(weights_behind(file.read_bytes()))
    manifest = Manifest.read(copy)
    files = {name: FileEntry.of(copy / name).model_dump(mode="json") for name in manifest.files}
    sealed.write(copy / "manifest.json", manifest.model_dump(mode="json") | {"files": files})
    return copy


@pytest.mark.parametrize("recipe", ["float32", "dynamic-int8"])
@pytest.mark.parametrize("behind", [False, True])
def test_tflite_puts_out_what_litert_does(
    built: Build,
    runtime: Path,
    tflite: Path,
    tiny_paths: dict[str, Path],
    tmp_path: Path,
    recipe: str,
    behind: bool,
) -> None:
    """Also from weights that lie behind the FlatBuffer, which TFLite's C API does not find."""
    program, bundle = built("plain") / "test" / "print-exits", tiny_paths[recipe]
    features = np.random.default_rng(3).normal(size=(40, 24)).astype(np.float32).tobytes()
    if behind:
        bundle = with_weights_behind(bundle, tmp_path / "behind.eedge")
    one, other = (
        np.frombuffer(
            subprocess.run(
                [program, bundle, library], input=features, capture_output=True, check=True
            ).stdout,
            np.float32,
        )
        for library in (runtime, tflite)
    )
    np.testing.assert_allclose(one, other, atol=1e-3)


def test_what_nnapi_runs_is_counted_and_told(command: Command, tflite: Path) -> None:
    text, told = heard(command(tflite, "--accelerator", "nnapi:standin-npu"))
    assert text == heard(command(tflite))[0]
    (line,) = told
    # At full depth: the front end, four blocks, and the last exit's branch.
    assert line.startswith("nnapi:standin-npu: 0 of 6 files run there wholly, ")
    there, _, whole = line.rpartition(", ")[2].partition(" operators")[0].partition(" of ")
    assert 0 < int(there) < int(whole)


@pytest.mark.parametrize(
    ("devices", "accelerator", "what"),
    [
        (
            "nnapi-reference",
            "nnapi",
            "NNAPI would compute on the CPU: all that it has is nnapi-ref",
        ),
        ("a b", "nnapi:c", "NNAPI has no accelerator 'c', but a, b"),
        ("", "nnapi", "there is no NNAPI here"),
        ("a", "gpu", "TFLite has no accelerator 'gpu'"),
        ("a", "delegate:libnowhere.so", "the delegate cannot be opened: libnowhere.so"),
        ("a", "delegate:libneuralnetworks.so", "is no TFLite delegate"),
        ("a", "delegate:libdelegate.so", "libdelegate.so: refuses"),
    ],
)
def test_what_tflite_cannot_have_is_refused_at_the_start(
    command: Command,
    tflite: Path,
    monkeypatch: pytest.MonkeyPatch,
    devices: str,
    accelerator: str,
    what: str,
) -> None:
    monkeypatch.setenv("STANDIN_NNAPI_DEVICES", devices)
    done = said(command(tflite, "--accelerator", accelerator))
    assert done.returncode == 1
    assert what in done.stderr


def test_the_reference_is_run_on_only_where_it_is_named(command: Command, tflite: Path) -> None:
    names = [each["accelerator"] for each in probed(command(tflite))]
    assert names == ["nnapi:standin-npu"]
    # The delegate gives it all that it has a name for; the stand-in can only add.
    named = command(tflite, "--accelerator", "nnapi:nnapi-reference")
    assert "failed to invoke" in str(probed(named)[0]["failure"])


@pytest.mark.parametrize(
    ("accelerator", "what"),
    [
        ("npu", "LiteRT has found no npu here, but cpu"),
        ("nnapi", "NNAPI and delegates are TFLite's"),
    ],
)
def test_what_litert_cannot_have_is_refused_at_the_start(
    command: Command, runtime: Path, accelerator: str, what: str
) -> None:
    done = said(command(runtime, "--accelerator", accelerator))
    assert done.returncode == 1
    assert what in done.stderr


def test_litert_is_probed_for_gpu_and_npu(command: Command, runtime: Path) -> None:
    for each in probed(command(runtime)):
        assert each["accelerator"] in ("gpu", "npu")
        # A wheel brings a library for GPUs, which a machine may have: that is then measured.
        assert each["verdict"] != "failed" or each["failure"]


def test_options_reach_a_delegate_and_one_that_takes_nothing_is_found_out(
    command: Command, tflite: Path, tmp_path: Path
) -> None:
    library = build(tmp_path)
    (refused,) = probed(command(tflite, "--accelerator", f"delegate:{library},device=usb:5"))
    assert refused["verdict"] == "failed"
    (idle,) = probed(command(tflite, "--accelerator", f"delegate:{library},device=usb:0"))
    assert (idle["verdict"], idle["accelerated"]) == ("not used", 0)


def test_a_delegate_is_given_what_was_compiled_for_it(
    built: Build, compiled: Path, tflite: Path, tmp_path: Path
) -> None:
    """The compiler that is stood in for leaves the files as they are."""
    program = built("sanitized", *SANITIZED) / "agent" / "eedge-agent"
    plain = [str(program), str(compiled), "--runtime", str(tflite)]
    line = [*plain, "--accelerator", f"delegate:{build(tmp_path)},device=usb"]
    assert heard(line)[0] == heard(plain)[0]
    assert probed(line)[0]["file"] == "block_01_t25_edgetpu.tflite"


def test_a_delegate_that_computes_is_measured(command: Command, tflite: Path) -> None:
    (found,) = probed(command(tflite, "--accelerator", f"delegate:libdelegate.so,tflite={tflite}"))
    assert found["verdict"] == "works"
    assert found["file"] == "block_01.tflite"
    assert 0.8 * int(str(found["operators"])) < int(str(found["accelerated"]))
    assert float(str(found["accelerator_s"])) > 0 < float(str(found["cpu_s"]))


@pytest.mark.parametrize(
    ("mode", "verdict", "failure"),
    [("", "works", ""), ("wrong", "differs", ""), ("crash", "failed", "it ended its process")],
)
def test_an_accelerator_that_is_wrong_or_crashes_is_found_out(
    command: Command,
    tflite: Path,
    monkeypatch: pytest.MonkeyPatch,
    mode: str,
    verdict: str,
    failure: str,
) -> None:
    monkeypatch.setenv("STANDIN_NNAPI", mode)
    (found,) = probed(command(tflite))
    assert found["verdict"] == verdict
    assert failure in str(found.get("failure", ""))
    if mode != "crash":
        assert (float(str(found["sqnr_db"])) > 60) == (verdict == "works")


def test_a_library_that_is_no_runtime_is_refused(command: Command, standins: Path) -> None:
    done = said(command(standins / "libdelegate.so"))
    assert done.returncode == 1
    assert "is no runtime" in done.stderr
