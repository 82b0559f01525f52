"""Which utterances come in which batch."""

import itertools
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from training.loader import LengthBatches
from training.settings import DataSettings


def make_batches(durations: list[float], settings: DataSettings, seed: int) -> LengthBatches:
    return LengthBatches(durations, ["a"] * len(durations), settings, seed)


def first_epochs(batches: LengthBatches, items: int) -> list[list[tuple[int, int]]]:
    taken, found = 0, []
    for batch in batches:
        found.append(batch)
        taken += len(batch)
        if taken >= items:
            break
    return found


DURATIONS = st.lists(st.floats(0.3, 18.0), min_size=1, max_size=60)


@settings(deadline=None)
@given(DURATIONS, st.integers(0, 5))
def test_an_epoch_has_every_utterance_once_and_no_batch_too_long(
    durations: list[float], seed: int
) -> None:
    limit = DataSettings(batch_s=20.0)
    batches = make_batches(durations, limit, seed)
    epoch = first_epochs(batches, len(durations))
    assert sorted(index for batch in epoch for index, _ in batch) == list(range(len(durations)))
    for batch in epoch:
        longest = max(durations[index] for index, _ in batch)
        # Lengths are blurred by 5 % either way before they are sorted.
        assert len(batch) == 1 or len(batch) * longest <= 20.0 * 1.12


@given(DURATIONS)
def test_the_same_seed_gives_the_same_batches(durations: list[float]) -> None:
    once, again, other = (
        first_epochs(make_batches(durations, DataSettings(), seed), 3 * len(durations))
        for seed in (1, 1, 2)
    )
    assert once == again
    assert once != other


def test_a_weight_says_how_often_a_corpus_comes() -> None:
    corpora = ["rare"] * 100 + ["common"] * 100
    weights = DataSettings(weights={"rare": 2.5})
    epoch = first_epochs(LengthBatches([1.0] * 200, corpora, weights, 1), 340)
    drawn = Counter(index < 100 for batch in epoch for index, _ in batch)
    assert drawn[False] == 100
    assert 220 < drawn[True] < 280


def test_the_first_epoch_goes_from_short_to_long() -> None:
    durations = [float(length) for length in range(1, 18)]
    batches = make_batches(durations, DataSettings(batch_s=18.0), 1)
    epoch = first_epochs(batches, len(durations))
    lengths = [durations[index] for batch in epoch for index, _ in batch]
    assert all(later > 0.9 * earlier for earlier, later in itertools.pairwise(lengths))
