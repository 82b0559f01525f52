"""`eedge calibrate` and `eedge evaluate`, as a user calls them."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from calibration.table_csv import read_table
from edge.bundle import Bundle
from tests.calibration.sounds import write_manifest
from tests.interrupts import hear_interrupts

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def pristine(tiny_paths: dict[str, Path]) -> Path:
    return tiny_paths["dynamic-int8"]


@pytest.fixture
def bundle(pristine: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(pristine, tmp_path / "tiny.eedge"))


@pytest.fixture(scope="session")
def lists(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("lists")
    return {
        "cal": write_manifest(folder / "cal.jsonl", [0.3, 0.5, 0.7, 0.9, 1.1, 2.4]),
        "test": write_manifest(folder / "test.jsonl", [0.4, 0.6, 0.8, 1.0]),
        "one": write_manifest(folder / "one.jsonl", [0.4]),
        "silent": write_manifest(folder / "silent.jsonl", [0.4, 0.4], silent={1}),
    }


@pytest.fixture(scope="session")
def calibrated(
    eedge: Run, pristine: Path, lists: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A bundle that was calibrated, with the document and the table that came of it."""
    folder = tmp_path_factory.mktemp("calibrated")
    bundle = Path(shutil.copytree(pristine, folder / "tiny.eedge"))
    done = eedge(
        *("calibrate", bundle, "--data", lists["cal"], "--test", lists["test"], "--json"),
        *("--table", folder / "table.csv"),
    )
    assert done.returncode == 0, done.stderr
    (folder / "document.json").write_text(done.stdout)
    return bundle


@pytest.fixture
def data(calibrated: Path) -> Any:
    """What the command that calibrated it printed."""
    return json.loads((calibrated.parent / "document.json").read_text())["data"]


def test_a_calibration_is_in_the_bundle_with_its_picture(calibrated: Path, data: Any) -> None:
    calibration = Bundle.open(calibrated).calibration("host")
    assert [point.name for point in calibration.points][:1] == ["full"]
    assert [point.name for point in calibration.points][-1:] == ["least"]
    assert calibration.measured
    assert data["calibration"] == str(calibrated / "calibration" / "host.json")
    assert (calibrated / "calibration" / "host.png").read_bytes().startswith(b"\x89PNG")


def test_its_figures_carry_their_conditions(calibrated: Path, data: Any) -> None:
    conditions = data["conditions"]
    assert conditions == Bundle.open(calibrated).calibration("host").conditions
    assert {"cpu", "threads", "versions", "recipe", "date", "bootstrap"} <= conditions.keys()
    for key, name, count in (("fitted_on", "cal.jsonl", 6), ("figures_on", "test.jsonl", 4)):
        assert (conditions[key]["list"], conditions[key]["utterances"]) == (name, count)


def test_it_says_what_has_to_be_beaten(data: Any) -> None:
    assert {"full", "budgets", "points", "fixed_exits", "random_mix", "oracle"} <= data.keys()
    assert [line["budget"] for line in data["budgets"]] == [0, 0.1, 0.25, 0.5, 1, 5]


def test_the_table_holds_both_lists(calibrated: Path) -> None:
    table = read_table(calibrated.parent / "table.csv")
    assert (len(table.of_split("cal")), len(table.of_split("test"))) == (6, 4)


def test_the_table_is_kept_beside_the_calibration(calibrated: Path) -> None:
    kept = (calibrated / "calibration" / "host.csv").read_bytes()
    assert kept == (calibrated.parent / "table.csv").read_bytes()
    assert Bundle.open(calibrated).calibrations() == ["host"]


@pytest.mark.slow
def test_what_was_calibrated_is_reported_and_nothing_differs(
    eedge: Run, calibrated: Path, tmp_path: Path
) -> None:
    done = eedge("report", calibrated, "-o", tmp_path / "report", "--json")
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)["data"]
    assert data["warnings"] == []
    assert Path(data["page"]).read_text().startswith("<!DOCTYPE html>")


def test_people_get_a_table(eedge: Run, bundle: Path, lists: dict[str, Path]) -> None:
    picture = bundle.parent / "lines.svg"
    done = eedge("calibrate", bundle, "--data", lists["cal"], "--plot", picture)
    assert done.returncode == 0, done.stderr
    for part in ("operating points", "full", "exit 4", "random mix", "oracle", "6 utterances"):
        assert part in done.stdout
    assert f"plot: {picture}" in done.stdout
    assert picture.read_text().startswith("<?xml")
    assert not (bundle / "calibration" / "host.png").exists()


def test_an_operating_point_is_evaluated_through_the_recogniser(
    eedge: Run, calibrated: Path, lists: dict[str, Path]
) -> None:
    done = eedge("evaluate", calibrated, "--data", lists["test"], "--point", "least", "--json")
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)["data"]
    expected = Bundle.open(calibrated).calibration("host").point("least")
    assert data["point"] == "least"
    assert data["wer"] == pytest.approx(expected.wer)
    assert data["mean_exit"] == pytest.approx(expected.mean_exit)
    assert {int(exit): found["share"] for exit, found in data["exits"].items()} == pytest.approx(
        expected.shares
    )


def test_one_exit_is_evaluated_by_corpus(
    eedge: Run, calibrated: Path, data: Any, lists: dict[str, Path]
) -> None:
    fixed = {row["name"]: row for row in data["fixed_exits"]}
    done = eedge("evaluate", calibrated, "--data", lists["test"], "--exit", "2", "--json")
    data = json.loads(done.stdout)["data"]
    assert data["mean_exit"] == 2
    assert data["exits"].keys() == {"2"}
    assert data["corpora"].keys() == {"numbers", "figures"}
    assert data["latency_ms"].keys() == {"p50", "p90", "mean"}
    assert 0 < data["rtf"] < 1
    assert data["words"] == sum(found["words"] for found in data["corpora"].values())
    assert data["wer"] == pytest.approx(fixed["exit 2"]["wer"])


def test_full_depth_is_evaluated_without_a_calibration(
    eedge: Run, bundle: Path, lists: dict[str, Path]
) -> None:
    done = eedge("evaluate", bundle, "--data", lists["test"])
    assert done.returncode == 0, done.stderr
    for part in ("exit 4", "all", "numbers", "figures", "100.0% left at exit 4", "RTF"):
        assert part in done.stdout


def test_with_a_table_every_exit_is_shown(
    eedge: Run, bundle: Path, lists: dict[str, Path], tmp_path: Path
) -> None:
    arguments = ("evaluate", bundle, "--data", lists["test"], "--table", tmp_path / "exits.csv")
    done = eedge(*arguments)
    assert done.returncode == 0, done.stderr
    assert [f"exit {exit}" in done.stdout for exit in (1, 2, 4)] == [True] * 3
    table = read_table(tmp_path / "exits.csv")
    assert table.exits.tolist() == [1, 2, 4]
    assert set(table.split) == {"test"}
    data = json.loads(eedge(*arguments, "--json").stdout)["data"]
    assert data["every_exit"].keys() == {"1", "2", "4"}
    assert data["every_exit"]["4"]["wer"] == data["wer"]


@pytest.mark.parametrize(
    ("arguments", "status", "what", "hint"),
    [
        (["evaluate", "--point", "leest"], 2, "no operating point 'leest'", "did you mean 'least'"),
        (["evaluate", "--exit", "3"], 2, "there is no exit 3", "1, 2, 4"),
        (["evaluate", "--exit", "2", "--point", "full"], 2, "--point and --exit", "one of them"),
        (["evaluate", "--point", "full", "--board", "hots"], 1, "'hots'", "did you mean 'host'"),
        (["calibrate", "--board", "hots"], 2, "no board 'hots'", "did you mean 'host'"),
        (["calibrate", "--plot", "lines.jpeg"], 2, "must end in .png, .svg, .pdf", ""),
        (["calibrate", "--criterion", "units"], 1, "no branches for units", "without --criterion"),
        (["calibrate", "--rho", "1"], 2, "are about units", "--criterion units"),
        (["calibrate", "--test", "cal"], 1, "6 sounds of", "nothing was fitted on"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_usage(
    eedge: Run,
    calibrated: Path,
    lists: dict[str, Path],
    arguments: list[str],
    status: int,
    what: str,
    hint: str,
) -> None:
    command, *options = (str(lists["cal"]) if word == "cal" else word for word in arguments)
    done = eedge(command, calibrated, "--data", lists["cal"], *options)
    assert done.returncode == status
    assert what in done.stderr
    assert hint in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["calibrate", "evaluate"])
@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("", "holds no utterance"),
        ('{"audio_filepath": "gone.wav", "text": "one"}', "sound that does not exist"),
        (
            '{"audio_filepath": "one-00.wav", "text": " "}',
            "line 1: the text of one-00.wav is empty",
        ),
        ("one-00.wav one", "line 1: not JSON"),
    ],
    ids=["empty", "missing sound", "empty text", "no JSON"],
)
def test_bad_lists(
    eedge: Run, bundle: Path, lists: dict[str, Path], command: str, content: str, what: str
) -> None:
    path = lists["one"].parent / "bad.jsonl"
    path.write_text(content)
    done = eedge(command, bundle, "--data", path)
    assert done.returncode == 1
    assert what in done.stderr
    assert not (bundle / "calibration").exists()


@pytest.mark.parametrize(
    ("name", "what"), [("one", "single utterance"), ("silent", "silent-01.wav is silent")]
)
def test_speech_that_nothing_can_be_fitted_to(
    eedge: Run, bundle: Path, lists: dict[str, Path], name: str, what: str
) -> None:
    done = eedge("calibrate", bundle, "--data", lists[name])
    assert done.returncode == 1
    assert what in done.stderr
    assert not (bundle / "calibration").exists()


def test_one_utterance_is_evaluated_without_an_interval(
    eedge: Run, bundle: Path, lists: dict[str, Path]
) -> None:
    data = json.loads(eedge("evaluate", bundle, "--data", lists["one"], "--json").stdout)["data"]
    assert data["wer"] >= 0
    assert (data["wer_low"], data["wer_high"]) == (None, None)


def test_a_board_that_is_elsewhere_is_not_measured_here(
    eedge: Run, bundle: Path, lists: dict[str, Path], repository: Path, tmp_path: Path
) -> None:
    host = (repository / "boards" / "host.toml").read_text()
    board = tmp_path / "pi.toml"
    board.write_text(host.replace('"host"', '"pi"').replace('"local"', '"ssh"'))
    done = eedge("calibrate", bundle, "--data", lists["cal"], "--board", board)
    assert done.returncode == 2
    assert "board 'pi' takes can be neither measured here nor estimated" in done.stderr


def test_a_calibration_that_was_edited_is_refused(
    eedge: Run, calibrated: Path, bundle: Path, lists: dict[str, Path]
) -> None:
    shutil.copytree(calibrated / "calibration", bundle / "calibration")
    path = bundle / "calibration" / "host.json"
    path.write_text(path.read_text().replace('"wer": ', '"wer": 1'))
    done = eedge("evaluate", bundle, "--data", lists["test"], "--point", "full")
    assert done.returncode == 1
    assert "was changed after it was written" in done.stderr


def test_ctrl_c_leaves_nothing_half_written(
    bundle: Path, lists: dict[str, Path], tmp_path: Path
) -> None:
    long = write_manifest(tmp_path / "long.jsonl", [20.0])
    row = json.loads(long.read_text())
    rows = []
    for index in range(200):
        row["audio_filepath"] = f"{index}.wav"
        os.link(tmp_path / "long-00.wav", tmp_path / row["audio_filepath"])
        rows.append(json.dumps(row) + "\n")
    long.write_text("".join(rows))
    before = sorted(tmp_path.rglob("*"))
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "eedge", "calibrate", bundle),
            *("--data", long, "--table", tmp_path / "table.csv"),
        ],
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=hear_interrupts,
    )
    assert process.stderr is not None
    assert process.stderr.readline() == "eedge: running long.jsonl to every exit\n"
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert stderr.endswith("eedge: interrupted\n")
    assert process.returncode == 130
    assert sorted(tmp_path.rglob("*")) == before
