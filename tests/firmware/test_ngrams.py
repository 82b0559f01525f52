"""Seen n-grams in C: the file that Python writes, the share that Python finds."""

from __future__ import annotations

import random
from ctypes import byref, c_double, c_size_t, c_uint16

import pytest

from edge.errors import BundleError
from edge.ngrams import SeenNgrams
from tests.firmware.exits import Ngrams


def test_the_same_share_was_seen(core):
    core.ee_unseen_ngrams.restype = c_double
    rng = random.Random(7)
    for _ in range(300):
        symbols = rng.choice([2, 29, 300])
        texts = [rng.choices(range(1, symbols), k=rng.randint(0, 12)) for _ in range(30)]
        ours = SeenNgrams.of(texts, order=rng.randint(1, 16))
        theirs = Ngrams.opened(core, ours.content())
        assert theirs is not None
        for text in (*texts, rng.choices(range(1, symbols), k=9)):
            given = (c_uint16 * len(text))(*text)
            assert core.ee_unseen_ngrams(byref(theirs), given, c_size_t(len(text))) == (
                pytest.approx(ours.unseen(text), abs=1e-12)
            )


def test_any_other_file_is_refused_by_both(core, tmp_path):
    rng = random.Random(8)
    whole = SeenNgrams.of([[1, 2, 3]]).content()
    path = tmp_path / "ngrams.bin"
    for _ in range(500):
        content = bytearray(whole[: rng.choice([len(whole), rng.randint(0, len(whole))])])
        if content and rng.random() < 0.8:
            content[rng.randrange(min(9, len(content)))] ^= 1 << rng.randrange(8)
        path.write_bytes(content)
        try:
            read = SeenNgrams.read(path)
        except BundleError:
            read = None
        assert (Ngrams.opened(core, bytes(content)) is None) == (read is None)
