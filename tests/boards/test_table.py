from pathlib import Path

import pytest

from boards.board import board_names, load_board
from boards.table import RULES, TableError, UnknownTableError, load_table, table_names
from convert.explain.rules import CHECKS

SMALL = """
name = "mine"
title = "My accelerator"
url = "https://example.org"
types = ["INT8"]
stretches = "all"

[general]
unknown = "write it in other operators"

[sources]
manual = "its manual, p. 3"

[operators.ADD]
newest = 2
rules = ["equal scales"]
sources = ["manual"]
"""


@pytest.mark.parametrize("name", table_names())
def test_every_shipped_table_is_named_like_its_file(name: str) -> None:
    assert load_table(name).name == name


@pytest.mark.parametrize("name", board_names())
def test_every_board_with_an_accelerator_names_a_table_that_is_there(name: str) -> None:
    board = load_board(name)
    assert (board.operators is None) == (board.target == "cpu")
    if board.operators:
        load_table(board.operators)


def test_every_rule_is_checked() -> None:
    assert CHECKS.keys() == set(RULES)


def test_the_edge_tpu_has_no_batched_matrix_product_and_says_what_to_write_instead() -> None:
    table = load_table("edgetpu-16")
    assert "BATCH_MATMUL" not in table.operators
    assert "MUL" in table.absent["BATCH_MATMUL"].rewrite


def test_a_table_of_ones_own_works_by_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL)
    assert load_table(path).operators["ADD"].rules == ("equal scales",)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('["manual"]', '["hearsay"]', "ADD: there is no source 'hearsay'"),
        ('["equal scales"]', '["fair scales"]', "operators.ADD.rules[0]"),
        ("newest = 2", "newest = 0", "operators.ADD.newest"),
        ("newest = 2", "", "key 'operators.ADD.newest' is missing"),
        ('["INT8"]', '["INT9"]', "types[0]"),
        ('"all"', '"some"', "stretches: input should be 'one' or 'all'"),
        (
            "[general]",
            '[absent.ADD]\nrewrite = "x"\nsources = ["manual"]\n[general]',
            "ADD is both",
        ),
    ],
)
def test_a_mistake_in_a_table_names_the_place(
    old: str, new: str, what: str, tmp_path: Path
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL.replace(old, new))
    with pytest.raises(TableError) as caught:
        load_table(path)
    assert str(path) in caught.value.what
    assert what in caught.value.what


def test_an_unknown_table_is_wrong_usage_and_names_the_nearest() -> None:
    with pytest.raises(UnknownTableError) as caught:
        load_table("edgetpu-61")
    assert caught.value.status == 2
    assert "did you mean 'edgetpu-16'?" in caught.value.tries
