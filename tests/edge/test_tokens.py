"""Tokens: read, spelled, joined."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import BundleError, CorpusError
from edge.tokens import Tokens

CHARACTERS = Tokens(["<blk>", "▁", "'", *"abcdefghijklmnopqrstuvwxyz"])


def test_reads_symbol_and_id_in_any_order(tmp_path):
    path = tmp_path / "tokens.txt"
    path.write_text("b 2\n<blk> 0\n▁ 1\n", encoding="utf-8")
    tokens = Tokens.read(path)
    assert tokens.symbols == ("<blk>", "▁", "b")
    assert len(tokens) == 3


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<blk> 0\n",
        b"<blk> 0\na\n",
        b"<blk> 0\na one\n",
        b"<blk> 0\na 2\n",
        b"<blk> 0\na 0\n",
        b"<blk> 0\na 1\na 2\n",
        b"<blk> 0\na -1\n",
        b"<blk> 0\na " + b"9" * 5000,
        b"\xff\xfe\x00",
    ],
)
def test_a_file_that_is_no_list_of_tokens_is_refused_by_name(tmp_path, content):
    path = tmp_path / "tokens.txt"
    path.write_bytes(content)
    with pytest.raises(BundleError, match=r"tokens\.txt"):
        Tokens.read(path)


def test_a_missing_file_is_refused_by_name(tmp_path):
    with pytest.raises(BundleError, match=r"tokens\.txt"):
        Tokens.read(tmp_path / "tokens.txt")


def test_pieces_of_words_read_like_characters():
    pieces = Tokens(["<blk>", "▁the", "▁ca", "t", "s"])
    assert pieces.text([1, 2, 3, 4]) == "the cats"


@given(st.text("abcxyz' ", max_size=30))
def test_what_is_spelled_can_be_read_again(text):
    assert CHARACTERS.text(CHARACTERS.encode(text)) == " ".join(text.split())


def test_an_unknown_character_is_named():
    with pytest.raises(CorpusError, match="'é'"):
        CHARACTERS.encode("café")
