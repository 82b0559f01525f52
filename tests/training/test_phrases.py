import re
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.phrases import DIGITS, DOMAINS, SPLITS, allowed, grammar, is_plain, phrase, split_of

seeds = st.integers(0, 2**32)
domains = st.sampled_from(DOMAINS)


@given(domains, seeds)
def test_texts_have_only_letters_apostrophes_and_single_blanks(domain, seed):
    text = grammar().draw(domain, Random(seed))
    assert is_plain(text), text


def test_every_rule_is_used_and_every_slot_has_a_rule():
    rules = grammar().rules
    slots = {
        name
        for ways in rules.values()
        for way in ways
        for name in re.findall(r"\{(?:spell:)?(\w+)\}", way)
    }
    assert slots | set(DOMAINS) == set(rules)


@given(domains, st.sampled_from(SPLITS), seeds)
def test_a_split_draws_only_what_it_may_hold(domain, split, seed):
    text = phrase(domain, split, Random(seed))
    owner = split_of(text)
    assert owner in (None, split)
    assert [allowed(text, other) for other in SPLITS] == [owner in (None, s) for s in SPLITS]


@given(st.lists(st.sampled_from(["blue", "moon", "rises", "late"]), min_size=3, max_size=8))
def test_a_sentence_belongs_to_exactly_one_split(words):
    text = " ".join(words)
    assert sum(allowed(text, split) for split in SPLITS) == 1


@pytest.mark.parametrize("text", ["stop", "twenty one", "five oh two"])
def test_short_texts_are_free_for_every_split(text):
    assert split_of(text) is None


@pytest.mark.parametrize(
    ("text", "owner"),
    # Written down so that a change of the hash, which would mix the splits of speech that is
    # already made, does not pass unseen.
    [
        ("turn the kitchen light off", "train"),
        ("one two three four", "cal"),
        ("p i t t s b u r g h", "train"),
        ("brighten the lights a little", "test"),
    ],
)
def test_the_split_of_a_text_never_changes(text, owner):
    assert split_of(text) == owner


def test_a_tenth_of_the_sentences_is_kept_for_tests():
    random = Random(1)
    owners = [split_of(grammar().draw("sentences", random)) for _ in range(4000)]
    # Four standard deviations of a binomial with n = 4000, p = 0.1 are 0.019.
    assert owners.count("test") / 4000 == pytest.approx(0.1, abs=0.019)


def test_the_same_seed_draws_the_same_texts():
    one, other = ([phrase(d, "train", Random(7)) for d in DOMAINS] for _ in range(2))
    assert one == other


def test_strings_of_digits_have_three_to_nine():
    random = Random(3)
    strings = [grammar().draw("digits", random).split() for _ in range(500)]
    assert {len(words) for words in strings} == set(range(3, 10))
    assert DIGITS.issuperset(word for words in strings for word in words)


def test_spelled_words_are_single_letters():
    spelled = {grammar().draw("spelled", Random(seed)) for seed in range(300)}
    assert any(re.fullmatch(r"[a-z]( [a-z]){2,}", text) for text in spelled)
    assert not any(re.search(r"\bspell\b", text) for text in spelled)
