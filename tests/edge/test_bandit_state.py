"""What adapting has learnt: kept whole, small, and only where it belongs."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge import sealed
from edge.adapting import MOST_ARMS, Adapting, Scope
from edge.bandit_state import BanditState, resume
from edge.errors import AdaptingError
from tests.edge.adapting import EXITS, calibration, run, speech

BUNDLE, BOARD = 64 * "a", "host"
SCOPE = Scope.of(calibration(), "least", EXITS)
SPEECH = speech(np.random.default_rng(0), 400)


@pytest.fixture
def path(tmp_path):
    """A state after 300 utterances."""
    adapting = resume(SCOPE, BUNDLE, BOARD, tmp_path / "state.json")
    run(adapting, SPEECH[:300])
    BanditState.of(adapting, BUNDLE, BOARD).write(tmp_path / "state.json")
    return tmp_path / "state.json"


def test_it_goes_on_as_if_it_had_not_stopped(path):
    unbroken = run(Adapting(SCOPE), SPEECH)
    resumed = run(resume(SCOPE, BUNDLE, BOARD, path), SPEECH[300:])
    assert resumed == (unbroken[0][300:], unbroken[1][300:])


def test_it_takes_less_than_4_kb_with_the_most_arms(path):
    assert len(SCOPE.thresholds) + 1 == MOST_ARMS
    adapting = resume(SCOPE, BUNDLE, 64 * "b", path.with_name("new.json"))
    # Every number as long as a double can be written.
    adapting.bandit.known[:] = 1.2345678901234567e-300
    adapting.bandit.pairs[:] = -1.2345678901234567e-300
    for chart in adapting.charts:
        chart.count = chart.total = chart.squares = chart.recent = 1.2345678901234567e-300
    BanditState.of(adapting, BUNDLE, 64 * "b").write(path)
    assert path.stat().st_size < 4096


def test_a_new_file_is_made_at_once(tmp_path):
    resume(SCOPE, BUNDLE, BOARD, tmp_path / "new.json")
    assert BanditState.read(tmp_path / "new.json").known == MOST_ARMS * (0.0,)


def test_where_nothing_can_be_written_it_says_so(tmp_path):
    with pytest.raises(AdaptingError, match="cannot be written") as caught:
        resume(SCOPE, BUNDLE, BOARD, tmp_path / "missing" / "state.json")
    assert caught.value.tries


@pytest.mark.parametrize(
    ("scope", "bundle", "board", "says"),
    [
        (SCOPE, 64 * "b", BOARD, "was learnt on bundle aaaaaaaaaaaa, not on bbbbbbbbbbbb"),
        (SCOPE, BUNDLE, "coral", "was learnt on board host, not on coral"),
        (replace(SCOPE, thresholds=SCOPE.thresholds[1:]), BUNDLE, BOARD, "other thresholds"),
        (replace(SCOPE, gain=-9.0), BUNDLE, BOARD, "another calibration"),
    ],
    ids=["bundle", "board", "arms", "calibration"],
)
def test_what_was_learnt_elsewhere_is_refused(path, scope, bundle, board, says):
    before = path.read_bytes()
    with pytest.raises(AdaptingError, match=says) as caught:
        resume(scope, bundle, board, path)
    assert "starts anew" in caught.value.tries[-1]
    assert path.read_bytes() == before


def test_a_file_cut_short_anywhere_is_refused(path):
    whole = path.read_bytes()
    for length in range(0, len(whole) - 2, 29):
        path.write_bytes(whole[:length])
        with pytest.raises(AdaptingError, match=re.escape(str(path))):
            BanditState.read(path)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"format": 2}, "format 1"),
        ({"known": [1.0]}, "known has 1 numbers for 6 arms"),
        ({"seen": []}, "seen has 0 numbers"),
        ({"known": 6 * [-1.0]}, "known"),
        ({"more": 1}, "more"),
        ({"thresholds": []}, "thresholds"),
        ({"thresholds": 99 * [0.1]}, "thresholds"),
    ],
    ids=str,
)
def test_what_is_not_right_is_named(path, change, says):
    sealed.write(path, {**sealed.read(path), **change})
    with pytest.raises(AdaptingError, match=says) as caught:
        BanditState.read(path)
    assert caught.value.tries


def test_a_folder_is_no_state(tmp_path):
    with pytest.raises(AdaptingError, match="cannot be read"):
        resume(SCOPE, BUNDLE, BOARD, tmp_path)


NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
SUMS = st.lists(NUMBERS, min_size=15, max_size=15)
CONTENTS = st.fixed_dictionaries(
    {
        "known": st.lists(NUMBERS.map(abs), min_size=6, max_size=6),
        "deeper": SUMS,
        "seen": SUMS,
        "total": SUMS,
        "squares": SUMS,
        "charts": st.lists(
            st.fixed_dictionaries(
                {
                    "count": NUMBERS.map(abs),
                    "total": NUMBERS,
                    "squares": NUMBERS.map(abs),
                    "recent": NUMBERS,
                }
            ),
            min_size=2,
            max_size=2,
        ),
    }
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CONTENTS)
def test_whatever_is_in_the_file_the_threshold_is_within_the_range(tmp_path, content):
    blank = BanditState.of(Adapting(SCOPE), BUNDLE, BOARD).model_dump()
    adapting = BanditState.model_validate({**blank, **content}).restore(
        SCOPE, BUNDLE, BOARD, tmp_path
    )
    allowed = {*SCOPE.thresholds, None}
    assert adapting.threshold in allowed
    used, _ = run(adapting, SPEECH[:5])
    assert set(used) <= allowed
    assert adapting.threshold in allowed
