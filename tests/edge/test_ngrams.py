"""What occurs in a text is known, and what does not is mostly told from it."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import BundleError
from edge.ngrams import NGRAMS, SeenNgrams

TEXTS = st.lists(st.lists(st.integers(1, 300), max_size=30), max_size=6)


def spelled(text: str) -> list[int]:
    return [" abcdefghijklmnopqrstuvwxyz".index(letter) + 1 for letter in text]


@given(texts=TEXTS, order=st.integers(1, 8))
def test_nothing_of_what_was_seen_is_unseen(texts, order):
    ngrams = SeenNgrams.of(texts, order)
    assert all(ngrams.unseen(text) == 0 for text in texts if text)


def test_words_are_told_from_what_is_none():
    ngrams = SeenNgrams.of([spelled("seven"), spelled("forty two")])
    assert ngrams.unseen(spelled("seven")) == 0
    # Of n-e-v-v-e and the like, all but the first three are new.
    assert ngrams.unseen(spelled("sevven")) == pytest.approx(4 / 7)
    assert ngrams.unseen(spelled("forty")) == pytest.approx(1 / 6)  # where it ends
    assert ngrams.unseen(spelled("qqqqqqq")) == 1


def test_no_text_is_no_language():
    assert SeenNgrams.of([spelled("seven")]).unseen(()) == 1
    assert SeenNgrams.of([]).unseen(spelled("seven")) == 1


def test_few_that_were_not_seen_are_taken_for_seen():
    words = [[1 + number % 30, *divmod(number, 30)] for number in range(3_000)]
    ngrams = SeenNgrams.of([spelled("the only text that there is")])
    unseen = [ngrams.unseen([place + 40 for place in word]) for word in words]
    assert sum(unseen) / len(unseen) > 11 / 12


def test_the_hash_is_the_one_that_is_written_down():
    """A device without Python works it out in 64 bits, one symbol after another."""
    symbols, order = [3, 1, 4, 1, 5], 5
    ngrams = SeenNgrams.of([symbols], order)
    bits = len(ngrams._seen).bit_length() - 1
    padded = [0] * (order - 1) + symbols + [0]
    wanted = set()
    for end in range(order, len(padded) + 1):
        value = 0
        for symbol in padded[end - order : end]:
            value = (value + symbol + 1) * 0x9E3779B97F4A7C15 % 2**64
        wanted.add(value >> (64 - bits))
    assert set(ngrams._seen.nonzero()[0].tolist()) == wanted


@given(texts=TEXTS)
def test_what_is_written_is_read(tmp_path_factory, texts):
    path = tmp_path_factory.getbasetemp() / NGRAMS
    ngrams = SeenNgrams.of(texts)
    ngrams.write(path)
    read = SeenNgrams.read(path)
    assert read.order == ngrams.order
    assert (read._seen == ngrams._seen).all()


@given(content=st.binary(max_size=200) | st.binary(max_size=200).map(lambda tail: b"EENG" + tail))
def test_any_file_is_a_table_or_a_bundle_error(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any.bin"
    path.write_bytes(content)
    with contextlib.suppress(BundleError):
        SeenNgrams.read(path)


def test_a_file_that_is_cut_is_refused(tmp_path):
    path = tmp_path / NGRAMS
    SeenNgrams.of([spelled("seven")]).write(path)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(BundleError, match=r"ngrams\.bin: is no table of seen"):
        SeenNgrams.read(path)
