"""The table says of every exit what the recogniser does there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from calibration.measure import measure
from calibration.outcome import first_within
from calibration.speech import Speech
from calibration.table import ExitTable
from calibration.table_csv import OPTIONAL, REQUIRED
from calibration.wer import character_errors, word_errors
from edge.bundle import Bundle
from edge.errors import CorpusError
from edge.policy import FixedExit, Threshold
from edge.recogniser import Recogniser
from edge.scores import SCORES, UNIT_ENTROPY
from edge.signs import SIGNS


@pytest.fixture(scope="session")
def table(tiny: Bundle, speech: Speech) -> ExitTable:
    return measure(tiny, speech, "cal", repeats=1)


def test_every_exit_says_what_the_recogniser_says_there(
    tiny: Bundle, speech: Speech, table: ExitTable
) -> None:
    for column, exit in enumerate(tiny.exits):
        recogniser = Recogniser(tiny, FixedExit(exit, tiny.exits))
        said = [recogniser.transcribe_file(u.audio).text for u in speech.utterances]
        assert said == table.text[:, column].tolist()


def test_a_threshold_leaves_where_the_table_says(
    tiny: Bundle, speech: Speech, table: ExitTable
) -> None:
    whole = table.duration_s <= tiny.manifest.longest_s
    assert whole.any()
    scores = table.scores["entropy_nats"]
    # Between scores: at one of them, a table's nine digits would decide.
    for threshold in np.quantile(scores, [0.11, 0.41, 0.71]):
        recogniser = Recogniser(tiny, Threshold("entropy_nats", float(threshold), tiny.exits))
        columns = first_within(scores, float(threshold))
        for row in np.flatnonzero(whole):
            heard = recogniser.transcribe_file(speech.utterances[row].audio)
            assert heard.exit == table.exits[columns[row]]
            assert heard.text == table.text[row, columns[row]]


def test_errors_are_counted_against_the_text(speech: Speech, table: ExitTable) -> None:
    for row, utterance in enumerate(speech.utterances):
        for column in range(len(table.exits)):
            said = str(table.text[row, column])
            assert table.errors[row, column] == word_errors(utterance.text, said)
            assert table.char_errors[row, column] == character_errors(utterance.text, said)
        assert table.words[row] == len(utterance.text.split())
        assert table.characters[row] == len(utterance.text)


def test_costs_are_seconds_that_grow_with_depth(table: ExitTable) -> None:
    assert np.all(table.cost_branch > 0)
    # Of one utterance a disturbance can be longer than a block of this bundle.
    assert np.all(np.diff(table.cost.min(axis=0)) > 0)
    assert table.cost.min() > 0
    assert table.cost.max() < 1


def test_sounds_that_are_cut_count_whole(tiny: Bundle, speech: Speech, table: ExitTable) -> None:
    assert table.duration_s.tolist() == pytest.approx([u.duration for u in speech.utterances])
    assert table.duration_s.max() > tiny.manifest.longest_s
    assert table.utterance.tolist() == [f"cal-{index:02d}.wav" for index in range(12)]
    assert set(table.corpus) == {"numbers", "figures"}


def test_every_score_of_the_device_is_in_the_table(table: ExitTable) -> None:
    nats = table.scores["entropy_nats"]
    assert np.allclose(table.scores["entropy_per_symbol"], nats / 29)
    assert np.allclose(table.scores["entropy_normalised"], nats / np.log(29))
    assert np.all(table.scores["mean_max_probability"] <= 1)


def test_every_column_has_a_name_of_its_own(table: ExitTable) -> None:
    """This encoder names no units."""
    assert list(table.scores) == [name for name in (*SCORES, *SIGNS) if name != UNIT_ENTROPY]
    assert not table.scores.keys() & {*REQUIRED, *OPTIONAL}


def test_the_table_holds_what_each_exit_says_beside_the_one_before(table: ExitTable) -> None:
    assert np.all(table.scores["edit_rate"][:, 0] == 1)
    texts_agree = table.text[:, 1:] == table.text[:, :-1]
    short = table.scores["sound_s"][:, :1] == table.duration_s[:, None]
    same = (table.scores["edit_rate"][:, 1:] == 0) & short
    assert np.all(texts_agree[same])
    nats = table.scores["entropy_nats"]
    assert np.allclose(table.scores["entropy_drop"][:, 1:], nats[:, :-1] - nats[:, 1:])


def test_progress_is_told(tiny: Bundle, speech: Speech) -> None:
    told: list[tuple[int, int]] = []
    one = Speech(speech.path, speech.utterances[:2])
    measure(tiny, one, "cal", repeats=1, on_progress=lambda *done: told.append(done))
    assert told == [(1, 2), (2, 2)]


def test_silence_with_a_text_is_refused(tiny: Bundle, silence: Path) -> None:
    with pytest.raises(CorpusError, match=r"silence-01.wav is silent, but its text is 'zero one'"):
        measure(tiny, Speech.read(silence), "cal", repeats=1)


@pytest.mark.parametrize(
    ("reference", "hypothesis", "words", "characters"),
    [
        ("one two", "one two", 0, 0),
        ("one two", "", 2, 7),
        ("one two", "one", 1, 4),
        ("one two", "one too two", 1, 4),
        ("one two", "won two", 1, 2),
        ("one two", " one   two ", 0, 0),
        ("", "a", 1, 1),
    ],
)
def test_errors_by_hand(reference: str, hypothesis: str, words: int, characters: int) -> None:
    assert word_errors(reference, hypothesis) == words
    assert character_errors(reference, hypothesis) == characters
