from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from calibration.evaluation import Evaluation, evaluate, of_every_exit
from calibration.measure import measure
from calibration.speech import Speech
from edge.bundle import Bundle
from edge.policy import FixedExit, Threshold
from edge.recogniser import Recogniser
from tests.calibration.sounds import write_manifest


@pytest.fixture
def four() -> Evaluation:
    """20 words, 5 errors: 1 of 10 at exit 2, 4 of 10 at exit 4."""
    return Evaluation(
        corpus=np.array(["a", "a", "b", "b"]),
        exit=np.array([2.0, 2.0, 4.0, 4.0]),
        blocks=np.array([2.0, 2.0, 4.0, 4.0]),
        errors=np.array([0.0, 1.0, 4.0, 0.0]),
        words=np.array([4.0, 6.0, 8.0, 2.0]),
        char_errors=np.array([0.0, 2.0, 6.0, 0.0]),
        characters=np.array([20.0, 30.0, 40.0, 10.0]),
        latency_s=np.array([0.01, 0.02, 0.03, 0.04]),
        duration_s=np.array([1.0, 1.0, 2.0, 1.0]),
    )


def test_figures_by_hand(four: Evaluation) -> None:
    figures = four.figures()
    assert figures.wer.value == 25
    assert figures.cer.value == 8
    assert (figures.utterances, figures.words) == (4, 20)
    assert figures.mean_exit == 3
    assert figures.latency_mean == pytest.approx(0.025)
    assert figures.latency_p50 == pytest.approx(0.025)
    assert figures.latency_p90 == pytest.approx(0.037)
    assert figures.rtf == pytest.approx(0.02)


def test_figures_by_exit_and_corpus(four: Evaluation) -> None:
    assert {exit: found.wer.value for exit, found in four.by_exit().items()} == {2: 10, 4: 40}
    assert {name: found.words for name, found in four.by_corpus().items()} == {"a": 10, "b": 10}


def test_json_has_milliseconds(four: Evaluation) -> None:
    fields = four.figures().fields()
    assert fields["latency_ms"] == pytest.approx({"p50": 25, "p90": 37, "mean": 25})


def test_one_utterance_has_no_interval(four: Evaluation) -> None:
    fields = four.where(np.array([True, False, False, False])).figures().fields()
    assert (fields["wer"], fields["wer_low"], fields["wer_high"]) == (0, None, None)


def test_only_the_blocks_that_the_policy_asks_for_are_run(tiny: Bundle, speech: Speech) -> None:
    recogniser = Recogniser(tiny, FixedExit(2, tiny.exits))
    evaluation = evaluate(recogniser, speech.utterances[:3])
    assert recogniser.encoder.blocks_run == 3 * 2
    assert set(evaluation.exit) == {2}


def test_what_is_evaluated_is_what_the_table_says(tiny: Bundle, speech: Speech) -> None:
    table = measure(tiny, speech, "test", repeats=1)
    for exit, expected in of_every_exit(table).items():
        found = evaluate(Recogniser(tiny, FixedExit(exit, tiny.exits)), speech.utterances)
        assert found.errors.tolist() == expected.errors.tolist()
        assert found.char_errors.tolist() == expected.char_errors.tolist()
        assert found.figures().wer == expected.figures().wer


def test_a_threshold_leaves_at_several_exits(tiny: Bundle, speech: Speech) -> None:
    scores = measure(tiny, speech, "test", repeats=1).scores["entropy_nats"]
    policy = Threshold("entropy_nats", float(np.median(scores)), tiny.exits)
    evaluation = evaluate(Recogniser(tiny, policy), speech.utterances)
    exits = evaluation.by_exit()
    assert len(exits) > 1
    assert sum(found.utterances for found in exits.values()) == len(speech.utterances)


def test_silence_is_wrong_but_no_failure(tiny: Bundle, silence: Path) -> None:
    evaluation = evaluate(Recogniser(tiny), Speech.read(silence).utterances)
    assert evaluation.exit.tolist() == [4, 0]
    assert evaluation.errors[1] == evaluation.words[1] == 2


def test_speech_of_no_named_corpus(tiny: Bundle, tmp_path: Path) -> None:
    path = write_manifest(tmp_path / "few.jsonl", [0.3])
    path.write_text(path.read_text().replace('"corpus"', '"other"'))
    assert list(evaluate(Recogniser(tiny), Speech.read(path).utterances).by_corpus()) == ["unnamed"]
