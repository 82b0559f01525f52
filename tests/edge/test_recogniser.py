"""Sound → text."""

from __future__ import annotations

import time

import numpy as np
import pytest
import soundfile

from boards.errors import UsageError
from edge.calibration import OperatingPoint, ThresholdRule
from edge.encoder import Encoder
from edge.errors import AudioError
from edge.features import log_mel
from edge.policy import FixedExit, Threshold
from edge.recogniser import Recogniser
from tests.edge.tiny import EXITS, FEATURES


@pytest.fixture
def utterances(babble):
    return [babble[:5_000], babble[3_000:20_000], babble, -babble[::2], babble[:100]]


def scores_of(bundle, samples):
    steps = Encoder(bundle).exits(log_mel(samples, FEATURES))
    return {step.exit: step.score("entropy_nats") for step in steps}


def essence(result):
    return result.text, result.exit, result.blocks, result.score


@pytest.mark.parametrize("exit", EXITS)
def test_only_the_blocks_up_to_the_exit_run(tiny, babble, exit):
    recogniser = Recogniser(tiny, FixedExit(exit, EXITS))
    result = recogniser.transcribe(babble)
    assert (result.exit, result.blocks) == (exit, exit)
    calls = {of: stage.calls for of, stage in recogniser.encoder.stages.items()}
    assert calls == {of: int(of <= exit) for of in EXITS}
    assert sum(branch.calls for branch in recogniser.encoder.branches.values()) == 1
    assert result.text


def test_without_a_policy_all_blocks_run(tiny, babble):
    assert Recogniser(tiny).transcribe(babble).blocks == 4


def test_it_leaves_where_the_score_is_sure_enough(tiny, babble):
    scores = scores_of(tiny, babble)
    assert scores[2] < scores[1]
    between = (scores[1] + scores[2]) / 2
    result = Recogniser(tiny, Threshold("entropy_nats", between, EXITS)).transcribe(babble)
    assert (result.exit, result.blocks) == (2, 2)
    assert result.score == pytest.approx(scores[2])


def test_an_operating_point_is_a_policy(tiny, babble):
    rule = ThresholdRule(score="entropy_nats", threshold=99.0)
    point = OperatingPoint(
        name="least", rule=rule, wer=0, wer_low=0, wer_high=0, mean_exit=1, cost_s=0
    )
    assert Recogniser(tiny, point).transcribe(babble).exit == 1


def test_no_utterance_depends_on_another(tiny, utterances):
    policy = Threshold("entropy_nats", 1.0, EXITS)
    alone = [essence(Recogniser(tiny, policy).transcribe(samples)) for samples in utterances]
    recogniser = Recogniser(tiny, policy)
    for order in ([0, 1, 2, 3, 4], [4, 2, 0, 3, 1], [2, 2, 2, 0, 0]):
        for index in order:
            assert essence(recogniser.transcribe(utterances[index])) == alone[index]
    assert len({exit for _, exit, _, _ in alone}) > 1


def test_the_samples_are_left_as_they_were(tiny, babble):
    kept = babble.copy()
    Recogniser(tiny).transcribe(babble)
    assert np.array_equal(babble, kept)


@pytest.mark.parametrize("length", [1, 79, 399, 401, 800])
def test_sound_of_any_length_is_recognised(tiny, babble, length):
    result = Recogniser(tiny).transcribe(babble[100 : 100 + length])
    assert result.duration_s == length / 16_000
    assert result.blocks == 4


@pytest.mark.parametrize("level", [0.0, 1 / (1 << 15), -1 / (1 << 15)])
def test_silence_is_an_empty_text_for_which_nothing_runs(tiny, level):
    recogniser = Recogniser(tiny)
    result = recogniser.transcribe(np.full(16_000, level, np.float32))
    assert (result.text, result.exit, result.blocks, result.score) == ("", 0, 0, None)
    assert recogniser.encoder.frontend.calls == 0


@pytest.mark.parametrize(
    "samples",
    [
        np.empty(0, np.float32),
        np.zeros((100, 2), np.float32),
        np.full(100, np.nan, np.float32),
        np.full(100, np.inf, np.float32),
        np.ones(33_000, np.float32),
    ],
    ids=["none", "stereo", "nan", "inf", "too long"],
)
def test_what_is_no_sound_is_refused(tiny, samples):
    with pytest.raises(AudioError):
        Recogniser(tiny).transcribe(samples)


def test_a_policy_for_another_encoder_is_refused(tiny):
    with pytest.raises(UsageError, match="no exit 6"):
        Recogniser(tiny, Threshold("entropy_nats", 1.0, (2, 4, 6)))


def test_latency_does_not_hold_the_first_use(tiny, babble):
    recogniser = Recogniser(tiny)
    begin = time.perf_counter()
    first = recogniser.transcribe(babble)
    whole = time.perf_counter() - begin
    assert 0 < first.latency_s <= whole - recogniser.encoder.loading_s
    assert first.loading_s == recogniser.encoder.loading_s > 0
    assert recogniser.transcribe(babble).loading_s == 0


def test_no_file_beyond_the_policys_deepest_exit_is_loaded(tiny, babble):
    recogniser = Recogniser(tiny, FixedExit(1, EXITS))
    recogniser.transcribe(babble)
    stages = recogniser.encoder.stages
    assert [stages[exit].loading_s > 0 for exit in EXITS] == [True, False, False]


def test_a_file_that_fits_is_one_piece(tiny, babble, tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, babble, 16_000, subtype="FLOAT")
    recogniser = Recogniser(tiny)
    transcript = recogniser.transcribe_file(path)
    assert [essence(piece) for piece in transcript.pieces] == [
        essence(recogniser.transcribe(babble))
    ]
    assert (transcript.exit, transcript.blocks, transcript.duration_s) == (4, 4, 2.0)


def test_long_sound_is_cut_at_its_pauses_and_joined(tiny, babble, tmp_path):
    path = tmp_path / "a.wav"
    pause = np.zeros(6_400, np.float32)
    sound = np.concatenate([babble[:24_000], pause, babble[8_000:28_000], pause, babble])
    soundfile.write(path, sound, 16_000, subtype="FLOAT")
    transcript = Recogniser(tiny, Threshold("entropy_nats", 1.0, EXITS)).transcribe_file(path)
    pieces = transcript.pieces
    assert len(pieces) >= 3
    assert all(piece.duration_s <= tiny.manifest.longest_s for piece in pieces)
    assert transcript.duration_s == pytest.approx(len(sound) / 16_000)
    assert transcript.text.split() == [word for piece in pieces for word in piece.text.split()]
    assert transcript.exit == max(piece.exit for piece in pieces)
    assert min(p.blocks for p in pieces) <= transcript.blocks <= max(p.blocks for p in pieces)
    assert transcript.latency_s == pytest.approx(sum(piece.latency_s for piece in pieces))
    assert 1.5 <= pieces[1].start_s <= 1.9


def test_a_silent_file_has_no_text_and_no_score(tiny, tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, np.zeros(80_000, np.float32), 16_000)
    transcript = Recogniser(tiny).transcribe_file(path)
    assert (transcript.text, transcript.exit, transcript.blocks) == ("", 0, 0)
    assert transcript.score is None
