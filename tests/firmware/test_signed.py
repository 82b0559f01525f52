"""The agent in C that trusts a key: it takes and runs what Python's would, and refuses the rest."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from boards.errors import EedgeError
from edge.bundle import Bundle
from edge.signature import SIGNATURE, Signature, check_signature, read_public_key, statement
from firmware_host.agent import Agent
from firmware_host.errors import AgentRefusedError, FlashError
from firmware_host.flash import Flasher, Parcel
from firmware_host.links.local import LocalLink
from firmware_host.signing import new_key, read_private_key, sign
from tests.edge.calibrated import point, write_calibration
from tests.firmware.conftest import SANITIZED, Build
from tests.firmware.flashing import Line, Process, runs
from tests.flashable import make_bundle

pytestmark = pytest.mark.slow
pytest.importorskip("cryptography", reason="signing needs eedge[sign]")

ONLY_SIGNED = 1 << 3


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    key = tmp_path_factory.mktemp("keys") / "key"
    new_key(key)
    return key


@pytest.fixture
def bundle(tmp_path: Path, key: Path) -> Bundle:
    bundle = make_bundle(tmp_path / "signed.eedge", 1)
    sign(bundle.path, read_private_key(key))
    return bundle


@pytest.fixture
def agent(built: Build, runtime: Path, bundle: Bundle, key: Path) -> Iterator[Agent]:
    program = str(built("sanitized", *SANITIZED) / "agent" / "eedge-agent")
    line = [program, str(bundle.path), "--runtime", str(runtime), "--trust", f"{key}.pub"]
    with closing(LocalLink().stream(line)) as stream:
        agent = Agent(stream)
        assert agent.greet().capabilities & ONLY_SIGNED
        yield agent


def takes(agent: Agent) -> str:
    """Return why the agent does not load its bundle, or nothing."""
    try:
        agent.load()
    except AgentRefusedError as error:
        return error.what
    return ""


def python_takes(bundle: Bundle, key: Path) -> bool:
    try:
        check_signature(bundle.path, read_public_key(Path(f"{key}.pub")))
        Bundle.open(bundle.path)
    except EedgeError:
        return False
    return True


def unsigned(bundle: Bundle, key: Path) -> None:
    (bundle.path / SIGNATURE).unlink()


def by_another_key(bundle: Bundle, key: Path) -> None:
    new_key(bundle.path.parent / "other")
    sign(bundle.path, read_private_key(bundle.path.parent / "other"))


def another_point(bundle: Bundle, key: Path) -> None:
    write_calibration(bundle, "host", [point("x", rule={"kind": "fixed", "exit": 1})], [])


def one_board_more(bundle: Bundle, key: Path) -> None:
    write_calibration(bundle, "raspberry-pi-5", [], [])


def one_board_less(bundle: Bundle, key: Path) -> None:
    write_calibration(bundle, "raspberry-pi-5", [], [])
    sign(bundle.path, read_private_key(key))
    (bundle.path / "calibration/raspberry-pi-5.json").unlink()


def another_manifest(bundle: Bundle, key: Path) -> None:
    bundle.manifest.model_copy(update={"buckets": (24,)}).write(bundle.path)


def hashes_changed(bundle: Bundle, key: Path) -> None:
    another_point(bundle, key)
    found = Signature.read(bundle.path)
    mine = Signature.make(bundle.path, read_private_key(key))
    forged = found.model_copy(update={"files": mine.files})
    (bundle.path / SIGNATURE).write_text(forged.model_dump_json())


def a_name_twice(bundle: Bundle, key: Path) -> None:
    """The hash of what is there before that which was signed."""
    text = (bundle.path / SIGNATURE).read_text()
    another_point(bundle, key)
    mine = Signature.make(bundle.path, read_private_key(key)).files["calibration/host.json"]
    begin = text.index('"calibration/host.json"')
    forged = f'{text[:begin]}"calibration/host.json": "{mine}", {text[begin:]}'
    (bundle.path / SIGNATURE).write_text(forged)


def calibration_elsewhere(bundle: Bundle, key: Path) -> None:
    folder = bundle.path / "calibration"
    folder.rename(bundle.path.parent / "elsewhere")
    folder.symlink_to(bundle.path.parent / "elsewhere")


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (unsigned, "is not signed"),
        (by_another_key, "signed by another key"),
        (another_point, "calibration/host.json is not the one that was signed"),
        (one_board_more, "calibration/raspberry-pi-5.json is not signed"),
        (one_board_less, "a file that was signed is not there"),
        (another_manifest, "manifest.json is not the one that was signed"),
        (hashes_changed, "its signature does not hold"),
        (a_name_twice, "its signature does not hold"),
        (calibration_elsewhere, "is no folder"),
    ],
)
def test_what_is_not_signed_as_it_is_is_not_run(
    agent: Agent,
    bundle: Bundle,
    key: Path,
    change: Callable[[Bundle, Path], None],
    what: str,
):
    assert takes(agent) == ""
    change(bundle, key)
    assert what in takes(agent)


def test_a_signature_that_is_damaged_is_judged_as_python_does(
    agent: Agent, bundle: Bundle, key: Path
):
    path, chance = bundle.path / SIGNATURE, random.Random(5)
    content = path.read_bytes()
    for _ in range(150):
        damaged = bytearray(content)
        for _ in range(chance.randrange(1, 3)):
            damaged[chance.randrange(len(damaged))] = chance.choice(b'0a"\\{}[],: \n\x00\xff')
        path.write_bytes(damaged)
        assert (takes(agent) == "") == python_takes(bundle, key), bytes(damaged)
    path.write_bytes(content)
    assert takes(agent) == ""


def test_the_statement_has_its_files_in_order_whatever_the_order_they_stand_in(
    agent: Agent, bundle: Bundle, key: Path
):
    write_calibration(bundle, "raspberry-pi-5", [], [])
    sign(bundle.path, read_private_key(key))
    path = bundle.path / SIGNATURE
    said = json.loads(path.read_text())
    said["files"] = dict(sorted(said["files"].items(), reverse=True))
    assert statement(said["files"]).index(b"calibration") < statement(said["files"]).index(b"manif")
    path.write_text(json.dumps(said))
    assert takes(agent) == ""


def test_it_is_flashed_with_what_is_signed_only(
    line: Line, slots: Path, bundle: Bundle, key: Path, tmp_path: Path
):
    trusting = [*line(slots), "--trust", f"{key}.pub"]
    other = Bundle.open(shutil.copytree(bundle.path, tmp_path / "other.eedge"))
    (other.path / SIGNATURE).unlink()
    with pytest.raises(FlashError, match="sign"):
        Flasher("c", lambda: Process(trusting)).flash(Parcel.of(other.path), trial=False)
    assert not (slots / "current.json").exists()
    flashed = Flasher("c", lambda: Process(trusting)).flash(Parcel.of(bundle.path), trial=False)
    assert runs(slots) == flashed.identity == bundle.identity


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (None, "cannot be read"),
        ("", "no public key"),
        ("-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\n-----END PUBLIC KEY-----\n", "no public"),
    ],
)
def test_what_is_no_key_is_said_so(
    built: Build, runtime: Path, tmp_path: Path, content: str | None, what: str
):
    program = str(built("sanitized", *SANITIZED) / "agent" / "eedge-agent")
    file = tmp_path / "key.pub"
    if content is not None:
        file.write_text(content)
    line = [program, str(tmp_path), "--runtime", str(runtime), "--trust", str(file)]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert what in done.stderr
