"""Tables from elsewhere: what their columns mean is found out, declared, or refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from boards.errors import UsageError
from calibration.calibrate import calibrate
from calibration.errors import TableError
from calibration.foreign import GUARDED, completed, parse_surer
from calibration.kinds import candidates, sign_sets
from calibration.outcome import full_depth
from calibration.replay import replay
from calibration.table import ExitTable, Floats
from tests.calibration.simulated import simulate
from tests.calibration.tables import make_table


def foreign(size: int = 300, seed: int = 1, **scores: Floats) -> ExitTable:
    """Return a table as it comes from elsewhere: nobody has said which way its scores point."""
    table = simulate(size, seed)
    known = {**table.scores, **scores}
    return replace(table, scores=known, lower_is_surer={}, duration_s=np.zeros(size))


def test_which_way_a_score_points_is_found_out_from_the_errors() -> None:
    table = completed(foreign())
    assert table.is_surer_low("unsureness")
    assert not table.is_surer_low("sureness")


def test_what_merely_grows_with_depth_does_not_decide() -> None:
    # It grows with depth, as sureness does; but within an exit, the higher the more errors.
    table = foreign()
    grows = table.scores["unsureness"] + 10 * table.depth
    assert completed(replace(table, scores={"grows": grows})).is_surer_low("grows")


def test_the_direction_comes_from_cal_alone() -> None:
    table = foreign()
    cal = np.arange(len(table)) < 100
    split = np.where(cal, "cal", "test")
    turned = np.where(cal[:, None], table.scores["sureness"], -table.scores["sureness"])
    found = completed(replace(table, split=split, scores={"turned": turned}))
    assert not found.is_surer_low("turned")


def test_what_is_declared_counts_more_than_what_is_found() -> None:
    table = completed(foreign(), {"unsureness": False})
    assert not table.is_surer_low("unsureness")
    assert not table.is_surer_low("sureness")


def test_what_is_known_of_our_scores_counts() -> None:
    table = foreign(entropy_nats=simulate(300, 1).scores["sureness"])
    assert completed(table).is_surer_low("entropy_nats")


@pytest.mark.parametrize(
    ("option", "parsed"),
    [("margin=high", {"margin": False}), ("a=b=low", {"a=b": True})],
)
def test_directions_are_read(option: str, parsed: dict[str, bool]) -> None:
    assert parse_surer([option]) == parsed


@pytest.mark.parametrize("option", ["margin", "margin=", "=low", "margin=up", ""])
def test_what_is_no_direction_is_refused(option: str) -> None:
    with pytest.raises(UsageError, match="is not SCORE=low or SCORE=high"):
        parse_surer([option])


def test_a_declared_score_that_is_not_there_is_named() -> None:
    with pytest.raises(TableError, match="no score 'margin'"):
        completed(foreign(), {"margin": True})


def test_a_score_that_nobody_knows_has_no_direction() -> None:
    with pytest.raises(TableError, match="not known whether a low 'unsureness' is sure"):
        foreign().is_surer_low("unsureness")


def test_a_collapsed_posterior_counts_for_nothing_where_it_is_guarded() -> None:
    table = foreign()
    posterior = np.where(np.arange(300)[:, None] % 5 == 0, 1.0, table.scores["sureness"] * 0.999)
    found = completed(replace(table, scores={"posterior": posterior}))
    guarded = found.scores[f"posterior{GUARDED}"]
    assert np.all(guarded[::5] == 0)
    others = np.arange(300) % 5 > 0
    assert np.array_equal(guarded[others], posterior[others])
    assert not found.is_surer_low(f"posterior{GUARDED}")


@pytest.mark.parametrize(
    "values", [np.full((300, 6), 0.5), 2 * np.ones((300, 6)), np.ones((300, 6))], ids=str
)
def test_what_is_no_posterior_or_never_collapses_needs_no_guard(values: Floats) -> None:
    assert f"sure{GUARDED}" not in completed(foreign(sure=values), {"sure": False}).scores


def test_texts_tell_how_much_changed_since_the_exit_before() -> None:
    table = make_table([[1, 1, 0]] * 2, [2, 2], np.ones((2, 3)))
    texts = np.array([["one tow", "one two", "one two"], ["", "", "a"]])
    found = completed(replace(table, text=texts))
    assert found.scores["edit_rate"].tolist() == [[1, 2 / 7, 0], [1, 1, 1]]
    assert found.is_surer_low("edit_rate")


def test_without_texts_there_is_no_edit_rate_and_its_own_is_kept() -> None:
    assert "edit_rate" not in completed(foreign()).scores
    own = np.full((300, 6), 0.25)
    table = replace(foreign(edit_rate=own), text=np.full((300, 6), "a"))
    assert completed(table).scores["edit_rate"] is own


def test_the_length_of_an_utterance_is_its_duration_or_else_what_it_costs() -> None:
    table = foreign()
    assert not {"sound_s", "cost"} & completed(table).scores.keys()
    dearer = replace(table, cost_blocks=table.cost_blocks * table.words[:, None])
    assert completed(dearer).scores["cost"].tolist() == dearer.cost.tolist()
    timed = replace(dearer, duration_s=np.arange(1.0, 301))
    assert completed(timed).scores["sound_s"][:, 3].tolist() == list(range(1, 301))
    for each in (completed(dearer), completed(timed)):
        assert candidates(each) == ["unsureness", "sureness"]
        assert all(names[-1] in ("cost", "sound_s") for names in sign_sets(each))


@pytest.mark.parametrize(
    ("names", "kept"),
    [
        (["entropy_nats", "entropy_normalised"], ["entropy_nats"]),
        (["entropy_normalised", "sound_s"], ["entropy_normalised"]),
        (["entropy_per_symbol", "entropy_normalised"], ["entropy_per_symbol"]),
        (
            ["nonblank_entropy_normalised", "posterior"],
            ["nonblank_entropy_normalised", "posterior"],
        ),
    ],
)
def test_each_score_counts_in_one_unit_and_never_in_none(names: list[str], kept: list[str]) -> None:
    scores = {name: np.random.default_rng(0).random((300, 6)) for name in names}
    assert candidates(replace(foreign(), scores=scores)) == kept


def test_a_table_without_a_score_says_so() -> None:
    table = replace(foreign(), scores={"sound_s": np.ones((300, 6))})
    with pytest.raises(TableError, match="has no score") as caught:
        calibrate(table)
    assert "column of its own" in caught.value.tries[0]


def test_a_constant_score_leaves_full_depth_or_a_fixed_exit() -> None:
    table = completed(replace(foreign(), scores={"constant": np.ones((300, 6))}))
    for point in calibrate(table).fitted:
        # All that is left to know is nothing: one exit for all.
        assert len(set(replay(table, point.rule).depth.tolist())) == 1


def test_where_all_is_correct_the_shallowest_exit_is_chosen() -> None:
    table = completed(replace(foreign(600), errors=np.zeros((600, 6), np.int64)))
    fitted = {point.name: point for point in calibrate(table).fitted}
    assert np.all(replay(table, fitted["wer+0.5"].rule).depth == 2)
    assert np.all(replay(table, fitted["least"].rule).depth == 2)
    assert full_depth(table).wer(table) == 0


def test_a_single_utterance_is_refused() -> None:
    with pytest.raises(TableError, match="single utterance"):
        calibrate(completed(foreign(1)))
