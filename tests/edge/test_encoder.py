"""The lazy walk through the exits."""

from __future__ import annotations

import shutil
import weakref

import numpy as np
import pytest

from boards.errors import UsageError
from edge.bundle import Bundle
from edge.encoder import Encoder
from edge.errors import AudioError, InterpreterError
from edge.features import log_mel
from edge.interpreter import Runner
from edge.posteriors import softmax
from tests.edge.tiny import BUCKETS, EXITS, FEATURES, RECIPES, tiny_model


@pytest.fixture
def features(babble):
    """Features f32[113, 24]: 29 encoder frames, of which the last holds one feature frame."""
    return log_mel(babble[: 113 * 160], FEATURES)


@pytest.fixture
def encoder(tiny):
    return Encoder(tiny)


def branch_calls(encoder):
    return [encoder.branches[exit].calls for exit in EXITS]


def test_a_block_runs_when_its_exit_is_asked_for_and_not_before(encoder, features):
    steps = encoder.exits(features)
    assert encoder.blocks_run == 0
    assert encoder.frontend.calls == 0
    for exit in EXITS:
        assert next(steps).exit == exit
        assert {of: stage.calls for of, stage in encoder.stages.items()} == {
            of: int(of <= exit) for of in EXITS
        }
        assert encoder.blocks_run == exit
    assert list(steps) == []
    assert encoder.frontend.calls == 1


def test_a_branch_runs_once_and_only_if_its_output_is_wanted(encoder, features):
    for step in encoder.exits(features):
        if step.exit == 2:
            assert step.log_probs is step.log_probs
            step.score("entropy_nats")
            step.score("mean_max_probability")
    assert branch_calls(encoder) == [0, 1, 0]


def test_files_beyond_the_deepest_exit_are_loaded_only_if_it_is_passed(tiny, features):
    encoder = Encoder(tiny, deepest=2)
    steps = encoder.exits(features)
    for _ in range(2):
        next(steps).score("entropy_nats")
    assert [encoder.stages[exit].loading_s > 0 for exit in EXITS] == [True, True, False]
    assert encoder.branches[4].loading_s == 0
    assert encoder.loading_s == encoder.frontend.loading_s
    (deepest,) = steps
    *_, expected = Encoder(tiny).exits(features)
    assert np.array_equal(deepest.log_probs, expected.log_probs)
    assert encoder.loading_s > encoder.frontend.loading_s


def test_a_stage_is_the_blocks_from_exit_to_exit(tiny, encoder):
    names = {exit: [path.name for path in stage.paths] for exit, stage in encoder.stages.items()}
    first, second, *last = tiny.manifest.blocks
    assert names == {1: [first], 2: [second], 4: last}


@pytest.mark.parametrize("together", [True, False])
def test_the_bits_are_those_of_the_files_run_one_by_one(tiny_paths, features, together):
    for recipe in RECIPES:
        bundle = Bundle.open(tiny_paths[recipe])
        manifest = bundle.manifest
        if not together:
            bundle.manifest = manifest.model_copy(update={"target": "edgetpu"})
        mask = np.zeros((1, 50, 1), np.float32)
        mask[:, :29] = 1
        padded, feature_mask = np.zeros((1, 200, 24), np.float32), np.zeros((1, 200, 1), np.float32)
        padded[0, :113], feature_mask[:, :113] = features, 1
        hidden = Runner(bundle.path / manifest.frontend).run("t50", padded, feature_mask)
        outputs = {}
        for depth, name in enumerate(manifest.blocks, start=1):
            hidden = outputs[depth] = Runner(bundle.path / name).run("t50", hidden, mask)
        for step in Encoder(bundle).exits(features):
            assert step._hidden is not None
            assert np.array_equal(step._hidden, outputs[step.exit])


def test_going_deeper_later_is_asking_once_more(encoder, features):
    steps = encoder.exits(features)
    shallow = next(steps)
    text = shallow.log_probs
    list(encoder.exits(-features))
    deep = [step.log_probs for step in steps]
    whole = [step.log_probs for step in Encoder.exits(encoder, features)]
    assert all(map(np.array_equal, [text, *deep], whole))


def test_only_real_frames_are_seen(encoder, features):
    for step in encoder.exits(features):
        assert step.frames == 29
        assert step.log_probs.shape == (29, 29)
        assert step.probs.sum(axis=1) == pytest.approx(np.ones(29), abs=1e-5)
        assert step.probs == pytest.approx(np.exp(step.log_probs), rel=1e-5)
        assert step.likeliest.shape == (29,)


@pytest.mark.parametrize("seconds", [0.06, 0.4, 1.13, 1.99])
def test_log_probabilities_are_those_of_the_unpadded_float_encoder(tiny_float, babble, seconds):
    torch = pytest.importorskip("torch")
    features = log_mel(babble[: int(seconds * 16_000)], FEATURES)
    with torch.no_grad():
        logits, _ = tiny_model()(torch.from_numpy(features)[None], torch.tensor([len(features)]))
    for step in Encoder(tiny_float).exits(features):
        wanted = softmax(logits[step.exit][0].numpy())[0]
        assert step.log_probs == pytest.approx(wanted, abs=1e-3)


def test_the_bucket_changes_the_cost_and_not_the_result(tiny_float, babble):
    features = log_mel(babble[:6_400], FEATURES)
    encoder = Encoder(tiny_float)
    outputs = [
        [step.log_probs for step in encoder.exits(features, bucket)] for bucket in (None, *BUCKETS)
    ]
    for output in outputs[1:]:
        for one, other in zip(outputs[0], output, strict=True):
            assert one == pytest.approx(other, abs=1e-4)


def test_the_smallest_bucket_that_holds_it_is_used(encoder, features):
    shortest = log_mel(np.ones(12 * 640, np.float32), FEATURES)
    for given, bucket in ((shortest, 12), (features[:49], 25), (features, 50)):
        list(encoder.exits(given))
        before = encoder.loading_s
        list(encoder.exits(given, bucket))
        assert encoder.loading_s == before


def loads(encoder, features, buckets):
    """Tell for each run whether anything was loaded for it."""
    loaded = []
    for bucket in buckets:
        before = encoder.loading_s
        list(encoder.exits(features, bucket))
        loaded.append(encoder.loading_s > before)
    return loaded


def test_lengths_stay_loaded_as_long_as_there_is_memory_for_them(tiny, features):
    short, buckets = features[:40], (12, 12, 25, 12, 25)
    assert loads(Encoder(tiny), short, buckets) == [True, False, True, False, False]
    encoder = Encoder(tiny, memory_mb=0)
    assert loads(encoder, short, buckets) == [True, False, True, True, True]


def test_the_length_that_was_used_longest_ago_makes_room(tiny, features):
    short = features[:40]
    files = sum(path.stat().st_size for path in tiny.path.glob("*.tflite"))
    encoder = Encoder(tiny, memory_mb=2.5 * 3 * files / 1e6 + 1)
    assert loads(encoder, short, (12, 25, 12, 50)) == [True, True, False, True]
    assert loads(encoder, short, (12, 50, 25)) == [False, False, True]


def test_a_walk_goes_on_after_its_length_was_released(tiny, features):
    encoder = Encoder(tiny, memory_mb=0)
    steps = encoder.exits(features)
    next(steps)
    list(encoder.exits(features[:40]))
    deep = [step.log_probs for step in steps]
    whole = [step.log_probs for step in encoder.exits(features)]
    assert all(map(np.array_equal, deep, whole[1:]))


@pytest.mark.parametrize("shape", [(0, 24), (10, 23), (24,), (1, 10, 24)])
def test_features_of_another_shape_are_refused_at_the_call(encoder, shape):
    with pytest.raises(AudioError, match=r"\[frames, 24\]"):
        encoder.exits(np.zeros(shape, np.float32))


def test_sound_that_is_too_long_is_to_be_cut(encoder):
    with pytest.raises(AudioError, match="51 encoder frames") as caught:
        encoder.exits(np.zeros((201, 24), np.float32))
    assert "at most 2 s" in caught.value.tries[0]


def test_a_bucket_that_is_too_short_is_refused(encoder, features):
    with pytest.raises(AudioError, match="29 encoder frames does not fit in 12"):
        encoder.exits(features, bucket=12)


def test_a_bucket_that_does_not_exist_is_wrong_usage(encoder, features):
    with pytest.raises(UsageError, match="not exported for 51"):
        encoder.exits(features, bucket=51)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_features_that_are_no_numbers_are_refused_at_the_call(encoder, features, value):
    features[3, 3] = value
    with pytest.raises(AudioError, match="NaN"):
        encoder.exits(features)


def test_an_exit_that_puts_out_nan_is_an_error_and_never_goes_on(tiny_float, tmp_path, features):
    folder = shutil.copytree(tiny_float.path, tmp_path / "nan.eedge")
    weights = tiny_model().branches.get_parameter("1.out.weight").detach().numpy()
    broken = weights.copy()
    broken[5, 5] = np.nan
    model = (folder / "exit_01.tflite").read_bytes()
    assert weights.tobytes() in model
    (folder / "exit_01.tflite").write_bytes(model.replace(weights.tobytes(), broken.tobytes()))
    step = next(Encoder(Bundle.open(folder, verify=False)).exits(features))
    for _ in range(2):
        with pytest.raises(InterpreterError, match="exit 1 puts out NaN"):
            step.score("entropy_nats")


def test_every_exit_knows_the_one_before_it_and_the_sound(encoder, features):
    before = None
    for step in encoder.exits(features, level=-20.0):
        assert step.previous is before
        assert step.facts.duration_s == pytest.approx(1.13)
        assert step.facts.level == -20
        before = step


def test_the_branch_of_the_exit_before_runs_when_the_two_are_compared(encoder, features):
    *_, last = encoder.exits(features)
    assert branch_calls(encoder) == [0, 0, 0]
    last.score("edit_rate")
    assert branch_calls(encoder) == [0, 1, 1]
    last.score("entropy_drop")
    assert branch_calls(encoder) == [0, 1, 1]


def test_what_a_block_put_out_is_let_go_once_its_branch_has_run(encoder, features):
    """Else a chain of exits would hold every block's output until the utterance ends."""
    step = next(encoder.exits(features))
    hidden = weakref.ref(step._hidden)
    step.score("entropy_nats")
    assert hidden() is None


def test_an_utterance_decides_for_itself_whatever_came_before_it(tiny, features):
    """Published code averages the decision over a batch: who leaves depends on the company."""
    alone = [step.score("entropy_nats") for step in Encoder(tiny).exits(features[:60])]
    encoder = Encoder(tiny)
    list(encoder.exits(features))
    in_company = [step.score("entropy_nats") for step in encoder.exits(features[:60])]
    assert in_company == alone
