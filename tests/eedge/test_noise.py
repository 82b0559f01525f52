"""`eedge noise` on the tiny bundle and the shipped speech, as a user calls it."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from calibration.drift import at_exit
from calibration.heard import ROWS
from calibration.measure import measure
from calibration.mixing import drawn
from calibration.outcome import full_depth
from calibration.replay import replay
from calibration.speech import Speech
from edge.bundle import Bundle
from edge.calibration import Guarantee, ThresholdRule
from edge.reference import Reference
from tests.edge.calibrated import point, write_calibration
from tests.edge.tiny import EXITS

Run = Callable[..., subprocess.CompletedProcess[str]]

LIMIT = 8


@pytest.fixture(scope="module")
def data(repository: Path) -> Path:
    return repository / "tests" / "audio" / "test.jsonl"


@pytest.fixture(scope="module")
def noise(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A list of two noises, of which one is to test with; the other does not even exist."""
    folder = tmp_path_factory.mktemp("noise")
    soundfile.write(folder / "a.flac", np.random.default_rng(0).normal(0, 0.1, 8_000), 16_000)
    rows = [
        {"audio_filepath": "a.flac", "split": "test"},
        {"audio_filepath": "gone.flac", "split": "train"},
    ]
    path = folder / "noise.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture(scope="module")
def bundle(
    tiny_paths: dict[str, Path], tmp_path_factory: pytest.TempPathFactory, data: Path
) -> Path:
    """A tiny bundle with a threshold that promises something, `least`, and one that does not.

    Board `host` was calibrated on speech with such scores; for `other`, they were 100 times as
    high.
    """
    tiny = tiny_paths["dynamic-int8"]
    opened = Bundle.open(shutil.copytree(tiny, tmp_path_factory.mktemp("noise") / "tiny.eedge"))
    table = measure(opened, drawn(Speech.read(data), LIMIT, 0), "cal", repeats=1)
    scores = table.score("entropy_nats")
    rule = ThresholdRule(score="entropy_nats", threshold=float(np.median(scores)))
    promise = Guarantee(epsilon=1.0, delta=0.1, utterances=200, most_counted=10)
    for board, factor in {"host": 1.0, "other": 100.0}.items():
        seen = np.random.default_rng(0).permutation(np.tile(scores, (30, 1))) * factor
        seen *= np.random.default_rng(1).uniform(0.999, 1.001, seen.shape)
        exits = {exit: at_exit(seen[:, column], 0.01) for column, exit in enumerate(EXITS)}
        # As `edit_rate` is at the first exit: it tells nothing, and must not be what is watched.
        constant = {EXITS[0]: at_exit(np.ones(240), 0.01)}
        write_calibration(
            opened,
            board,
            [point("wer+1", rule=rule), point("least", rule=rule, guarantee=promise)],
            [
                Reference(score="edit_rate", exits=constant),
                Reference(score="entropy_nats", exits=exits),
            ],
        )
    return opened.path


def listen(eedge: Run, bundle: Path, data: Path, noise: Path, *options: str | Path) -> Any:
    lists = ("--data", data, "--noise", noise, "--limit", str(LIMIT))
    done = eedge("noise", bundle, *lists, *options, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["data"]


@pytest.fixture(scope="module")
def heard(eedge: Run, bundle: Path, data: Path, noise: Path) -> Any:
    """What the command says, with its rows, in noise and in a room that is noise as well."""
    rows = bundle.parent / "rows.csv"
    return listen(eedge, bundle, data, noise, "--rooms", noise, "--snr", "0,10", "-o", rows)


def test_clean_speech_is_what_the_table_of_it_says(heard: Any, bundle: Path, data: Path) -> None:
    opened = Bundle.open(bundle)
    speech = drawn(Speech.read(data), LIMIT, 0)
    table = measure(opened, speech, "test", repeats=1)
    outcome = replay(table, opened.calibration("host").point("least").rule)
    clean, *_ = heard["surroundings"]
    assert clean["mean_exit"] == outcome.depth.mean()
    assert clean["wer"] == pytest.approx(outcome.wer(table))
    assert clean["wer_full"] == pytest.approx(full_depth(table).wer(table))
    assert clean["increase"] == pytest.approx(clean["wer"] - clean["wer_full"])
    assert 0 < clean["rtf"] < clean["rtf_full"] * 2 < 10


def test_every_kind_of_surroundings_is_there(heard: Any) -> None:
    listed = heard["surroundings"]
    assert [one["name"] for one in listed] == ["clean", "10 dB", "0 dB", "rooms"]
    assert [one["snr_db"] for one in listed] == [None, 10, 0, None]
    assert [one["rooms"] for one in listed] == [[], [], [], ["a.flac"]]
    assert heard["conditions"]["noise"]["sounds"] == 1
    assert heard["conditions"]["data"]["utterances"] == LIMIT
    assert heard["spearman"].keys() == {"conditions", "utterances"}


def test_the_rows_come_to_the_figures(heard: Any) -> None:
    with Path(heard["rows"]).open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == ROWS
    assert len(rows) == 4 * LIMIT
    for index, one in enumerate(heard["surroundings"]):
        mine = rows[index * LIMIT : (index + 1) * LIMIT]
        assert {row["snr_db"] for row in mine} == {("inf", "10", "0", "inf")[index]}
        assert {row["room"] for row in mine} == {"a.flac" if index == 3 else ""}
        assert {row["utterance"] for row in mine} == {row["utterance"] for row in rows[:LIMIT]}
        assert np.mean([int(row["exit"]) for row in mine]) == one["mean_exit"]
        words = sum(int(row["words"]) for row in mine)
        for column, figure in (("errors", "wer"), ("full_errors", "wer_full")):
            wer = 100 * sum(int(row[column]) for row in mine) / words
            assert wer == pytest.approx(one[figure])


def test_the_same_seed_gives_the_same(
    eedge: Run, heard: Any, bundle: Path, data: Path, noise: Path
) -> None:
    again = listen(eedge, bundle, data, noise, "--snr", "10")["surroundings"][1]
    before = heard["surroundings"][1]
    for name in ("mean_exit", "wer", "wer_full", "increase_low", "drift", "guarantee"):
        assert again[name] == before[name]


def test_the_guarantee_stands_on_speech_like_that_of_the_calibration(heard: Any) -> None:
    clean = heard["surroundings"][0]
    assert not clean["drift"]["drifted"]
    assert clean["guarantee"]["standing"] == "stands"
    assert clean["guarantee"]["on_this_speech"] in ("cannot be told", "broken")
    assert heard["guarantee"]["epsilon"] == 1.0


def test_the_guarantee_is_refused_on_other_speech(
    eedge: Run, bundle: Path, data: Path, noise: Path
) -> None:
    lists = ("--data", data, "--noise", noise, "--limit", str(2 * LIMIT), "--snr", "0")
    arguments = ("noise", bundle, *lists, "--board", "other")
    done = eedge(*arguments, "--json")
    for one in json.loads(done.stdout)["data"]["surroundings"]:
        assert one["drift"]["drifted"]
        assert 1 <= one["drift"]["after"] <= 2 * LIMIT
        assert one["guarantee"]["standing"] == "refused"
    shown = eedge(*arguments).stdout
    for part in ("least", "clean", "0 dB", "refused", "Spearman", "at most 1 points", "after "):
        assert part in shown


def test_a_point_that_promised_nothing_is_refused_nothing(
    eedge: Run, bundle: Path, data: Path, noise: Path
) -> None:
    options = ("--snr", "0", "--board", "other", "--point", "wer+1")
    said = listen(eedge, bundle, data, noise, *options)
    assert said["guarantee"] is None
    assert {one["guarantee"]["standing"] for one in said["surroundings"]} == {"none"}


def test_at_full_depth_drift_is_still_seen(
    eedge: Run, bundle: Path, data: Path, noise: Path
) -> None:
    options = ("--snr", "0", "--board", "other", "--point", "full")
    said = listen(eedge, bundle, data, noise, *options)
    assert all(one["drift"]["drifted"] for one in said["surroundings"])
    assert all(one["mean_exit"] == EXITS[-1] for one in said["surroundings"])
    assert said["spearman"] == {"conditions": None, "utterances": None}


@pytest.mark.parametrize(
    ("options", "what", "status"),
    [
        (["--snr", "10,loud"], "--snr 10,loud: is not a list of decibels", 2),
        (["--snr", "nan"], "is not a list of decibels", 2),
        (["--point", "leest"], "no operating point 'leest'", 2),
        (["--board", "hots"], "is not calibrated for board 'hots'", 1),
        (["--rooms", "gone.jsonl"], "gone.jsonl: no such manifest", 1),
    ],
    ids=str,
)
def test_wrong_usage(
    eedge: Run, bundle: Path, data: Path, noise: Path, options: list[str], what: str, status: int
) -> None:
    done = eedge("noise", bundle, "--data", data, "--noise", noise, *options)
    assert done.returncode == status
    assert what in done.stderr
    assert "Traceback" not in done.stderr
