"""`eedge calibrate --replay`: an exit table from anywhere, without sound or model."""

from __future__ import annotations

import json
import resource
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calibration.outcome import full_depth
from calibration.replay import replay
from calibration.table import ExitTable
from calibration.table_csv import read_table
from edge.rules import LearntRule
from tests.calibration.simulated import simulate, write_simple

Run = Callable[..., subprocess.CompletedProcess[str]]
BUDGETS = [0, 0.1, 0.25, 0.5, 1, 5]


@pytest.fixture(scope="session")
def csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """600 utterances to fit on, 500 others; costs that grow with the sound, as they do."""
    path = tmp_path_factory.mktemp("replay") / "exits.csv"
    return write_simple(path, simulate(600, 1), simulate(500, 2, split="test"))


@pytest.fixture(scope="session")
def data(eedge: Run, csv: Path) -> Any:
    done = eedge("calibrate", "--replay", csv, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["data"]


@pytest.fixture(scope="session")
def tested(csv: Path) -> ExitTable:
    return read_table(csv).of_split("test")


def test_it_reports_every_budget_with_intervals(data: Any, tested: ExitTable) -> None:
    assert data["full"]["wer"] == pytest.approx(full_depth(tested).wer(tested))
    assert [line["budget"] for line in data["budgets"]] == BUDGETS
    for line in data["budgets"]:
        assert line["policy"]["kind"] in ("fixed", "threshold", "learnt")
        for figure in ("wer", "mean_exit", "mean_cost"):
            assert line[f"{figure}_low"] <= line[figure] <= line[f"{figure}_high"]
    assert data["budgets"][-1]["mean_cost"] < data["budgets"][0]["mean_cost"]


def test_it_reports_what_has_to_be_beaten(data: Any) -> None:
    assert [line["name"] for line in data["fixed_exits"]] == [f"exit {n}" for n in range(2, 13, 2)]
    assert [line["budget"] for line in data["random_mix"]] == BUDGETS
    assert [line["budget"] for line in data["oracle"]["budgets"]] == BUDGETS
    assert data["oracle"]["wer"] < data["full"]["wer"]
    alone = {policy["criterion"] for policy in data["policies"]}
    assert alone == {"learnt", "unsureness", "sureness"}
    assert len(data["policies"]) == 3 * 5


def test_it_says_which_way_it_took_the_scores(data: Any) -> None:
    assert data["lower_is_surer"] == {"unsureness": True, "sureness": False}
    assert data["delta"] == 0.1


def test_its_policies_can_be_replayed_by_anybody(data: Any, tested: ExitTable) -> None:
    learnt = [line for line in data["budgets"] if line["policy"]["kind"] == "learnt"]
    assert learnt
    for line in learnt:
        rule = LearntRule.model_validate(line["policy"])
        known = replace(tested, scores={**tested.scores, "cost": tested.cost})
        assert replay(known, rule).wer(known) == pytest.approx(line["wer"])


def test_people_get_a_table(eedge: Run, csv: Path) -> None:
    done = eedge("calibrate", "--replay", csv, "--delta", "0.2", "--surer", "sureness=high")
    assert done.returncode == 0, done.stderr
    for part in (
        *("fitted on 600 utterances of exits.csv, figures on 500 others", "operating points"),
        *("fixed exits", "random mix", "oracle", "each criterion alone", "learnt from"),
    ):
        assert part in done.stdout
    assert " ms" not in done.stdout


@pytest.mark.parametrize(
    ("options", "status", "what"),
    [
        (["--data", "cal.jsonl"], 2, "--replay takes everything from the table"),
        (["--threads", "1"], 2, "--replay takes everything from the table"),
        (["--surer", "sureness"], 2, "is not SCORE=low or SCORE=high"),
        (["--surer", "surenes=high"], 1, "did you mean 'sureness'"),
        (["--delta", "0"], 2, "0"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_usage(eedge: Run, csv: Path, options: list[str], status: int, what: str) -> None:
    done = eedge("calibrate", "--replay", csv, *options)
    assert done.returncode == status
    assert what in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        ([], "--replay TABLE.csv"),
        (["bundle.eedge", "--data", "cal.jsonl", "--surer", "a=low"], "--replay TABLE"),
    ],
    ids=["nothing", "surer without a table"],
)
def test_without_a_table(eedge: Run, arguments: list[str], hint: str) -> None:
    done = eedge("calibrate", *arguments)
    assert done.returncode == 2
    assert hint in done.stderr


HEADER = "utterance,split,exit,errors,words,cost,sure\n"
GOOD = "".join(
    f"{split}{n},{split},{exit},{n % 2},3,{exit},{n / 9}\n"
    for split in ("cal", "test")
    for n in range(4)
    for exit in (2, 4)
)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("0.1111111111111111", "nan", "line 4, column 'sure': 'nan' is not a finite number"),
        ("cal0,cal,", "cal0,train,", ""),
        (",test,", ",dev,", "no utterance of split 'test'"),
    ],
    ids=["NaN", "other split", "no test"],
)
def test_a_bad_table_is_named(eedge: Run, tmp_path: Path, old: str, new: str, what: str) -> None:
    path = tmp_path / "exits.csv"
    path.write_text((HEADER + GOOD).replace(old, new))
    done = eedge("calibrate", "--replay", path)
    assert done.returncode == (1 if what else 0), done.stderr
    assert what in done.stderr
    assert "Traceback" not in done.stderr
    assert "Warning" not in done.stderr


@pytest.mark.slow
def test_a_large_table_takes_less_than_20_s(eedge_process: Run, tmp_path: Path) -> None:
    def scored(size: int, seed: int, split: str) -> ExitTable:
        table = simulate(size, seed, split=split)
        third = np.sqrt(table.scores["unsureness"] * (1 - table.scores["sureness"]))
        return replace(table, scores={**table.scores, "third": third})

    path = write_simple(tmp_path / "exits.csv", scored(3_000, 1, "cal"), scored(3_000, 2, "test"))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = eedge_process("calibrate", "--replay", path, "--json")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0, done.stderr
    # Of one processor: what else runs here meanwhile is not its doing. It is some 10 s.
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 20
