"""eedge flash and eedge sign, as a user calls them."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import tty
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge.bundle import Bundle
from tests.edge.calibrated import write_calibration
from tests.firmware_host.flash.agents import serve
from tests.flashable import make_bundle

Eedge = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def agent(tmp_path: Path) -> str:
    """A line that starts an agent on this machine, in a folder of its own."""
    return shlex.join([sys.executable, "-m", "edge.agent", "--slots", str(tmp_path / "slots")])


@pytest.fixture
def port(tmp_path: Path) -> Iterator[str]:
    """A terminal, at the other end of which another device's agent runs."""
    there, here = os.openpty()
    tty.setraw(there)
    pid = os.fork()
    if pid == 0:
        os.close(here)
        serve(tmp_path / "other", there)
    os.close(there)
    yield os.ttyname(here)
    os.close(here)
    os.waitpid(pid, 0)


@pytest.mark.parametrize(
    "args",
    [
        ["x.eedge"],
        ["--device", "local"],
        ["x.eedge", "--device", "local", "--rollback"],
        ["--rollback", "--device", "local", "--device", "local"],
        ["--rollback", "--device", "lokal"],
        ["--rollback", "--device", "ssh:-oProxyCommand=x"],
        ["--rollback", "--device", "micro"],
        ["x.eedge", "--device", "micro"],
    ],
)
def test_what_makes_no_sense_is_wrong_usage(eedge: Eedge, args: list[str]) -> None:
    done = eedge("flash", *args, "--json")
    error = json.loads(done.stdout)["error"]
    assert (done.returncode, error["kind"]) == (2, "UsageError")


def test_a_bundle_that_cannot_be_run_is_said_so(eedge: Eedge, tmp_path: Path, agent: str) -> None:
    bundle = make_bundle(tmp_path / "x.eedge")
    done = eedge("flash", bundle.path, "--device", "local", "--agent", agent)
    assert done.returncode == 1
    assert "cannot be run" in done.stderr
    assert "no TFLite model; there is no other to go back to" in done.stderr
    assert "eedge: local: verifying\needge: local: trying it\n" in done.stderr
    wrong = eedge("flash", bundle.path, "--device", "local", "--agent", f"{agent} --board cray")
    assert "no agent starts there: edge.agent: error: there is no board 'cray'" in wrong.stderr


def test_a_damaged_or_escaping_bundle_is_refused_here_already(eedge: Eedge, tmp_path: Path) -> None:
    bundle = make_bundle(tmp_path / "x.eedge")
    (bundle.path / "tokens.txt").write_text("x")
    done = eedge("flash", bundle.path, "--device", "ssh:nobody@nowhere.invalid", "--json")
    assert json.loads(done.stdout)["error"]["kind"] == "BundleError"
    assert eedge("flash", tmp_path / "none", "--device", "local").returncode == 1


def test_a_dev_board_micro_is_flashed_by_its_sdk(eedge: Eedge, tmp_path: Path) -> None:
    bundle = make_bundle(tmp_path / "x.eedge")
    tool = tmp_path / "flashtool.py"
    tool.write_text("print('No Dev Board Micro devices detected!')")
    line = shlex.join([sys.executable, str(tool)])
    args = ["--device", "micro", "--elf", tmp_path / "app", "--flashtool", line]
    done = eedge("flash", bundle.path, *args)
    assert done.returncode == 1
    assert "STARTING: No Dev Board Micro devices detected!" in done.stderr
    assert "hold the User button" in done.stderr
    assert "how large an arena it needs is not known" in done.stderr


def test_what_a_dev_board_micro_has_no_room_for_is_refused_before_its_sdk_is_called(
    eedge: Eedge, tmp_path: Path
) -> None:
    bundle, called, program = (
        make_bundle(tmp_path / "x.eedge"),
        tmp_path / "called",
        tmp_path / "app",
    )
    with program.open("wb") as file:
        file.truncate(1 << 26)
    args = ["--device", "micro", "--elf", program, "--flashtool", f"touch {called}", "--json"]
    done = eedge("flash", bundle.path, *args)
    error = json.loads(done.stdout)["error"]
    assert (done.returncode, error["kind"]) == (1, "DoesNotFitError")
    # 513 blocks of the program, 8 of the files and 8 of the folders, of 512.
    assert f"{(513 + 8 + 8 - 512) * 131_072:,} too many" in error["what"]
    assert not called.exists()


def test_a_key_is_made_and_a_bundle_signed(eedge: Eedge, tmp_path: Path) -> None:
    pytest.importorskip("cryptography", reason="signing needs eedge[sign]")
    bundle = make_bundle(tmp_path / "x.eedge")
    made = eedge("sign", "--new-key", tmp_path / "key", "--json")
    assert json.loads(made.stdout)["data"]["public"] == str(tmp_path / "key.pub")
    done = eedge("sign", bundle.path, "--key", tmp_path / "key", "--json")
    assert json.loads(done.stdout)["data"]["files"] == ["manifest.json", "calibration/host.json"]
    assert (bundle.path / "signature.json").is_file()
    for args in ([], [bundle.path], ["--key", "x"], [bundle.path, "--new-key", "x"]):
        assert eedge("sign", *args).returncode == 2
    assert "is there already" in eedge("sign", "--new-key", tmp_path / "key").stderr


@pytest.mark.slow
def test_two_devices_are_flashed_run_it_and_go_back(
    eedge: Eedge, tmp_path: Path, agent: str, port: str, tiny_paths: dict[str, Path]
) -> None:
    bundles = []
    for recipe, path in tiny_paths.items():
        bundle = Bundle.open(shutil.copytree(path, tmp_path / f"{recipe}.eedge"))
        write_calibration(bundle, "host", [], [])
        bundles.append(bundle)
    to = ["--device", "local", "--device", f"serial:{port}", "--agent", agent]

    def flashed(*args: str | Path) -> list[tuple[str, str]]:
        done = eedge("flash", *args, *to, "--json")
        assert done.returncode == 0, done.stdout
        devices = json.loads(done.stdout)["data"]["devices"]
        assert [one["device"] for one in devices] == ["local", f"serial:{port}"]
        return [(one["outcome"], one["identity"]) for one in devices]

    for bundle in bundles:
        assert flashed(bundle.path) == 2 * [("flashed", bundle.identity)]
    assert flashed(bundles[1].path) == 2 * [("unchanged", bundles[1].identity)]
    assert flashed("--rollback") == 2 * [("rolled back", bundles[0].identity)]
    done = eedge("flash", bundles[1].path, *to, "--board", "coral-usb", "--json")
    assert done.returncode == 1
    errors = [one["error"]["kind"] for one in json.loads(done.stdout)["data"]["devices"]]
    assert errors == 2 * ["OtherBoardError"]
