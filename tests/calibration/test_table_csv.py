from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from calibration.errors import TableError
from calibration.table import ExitTable, joined
from calibration.table_csv import read_table, write_table
from tests.calibration.tables import make_table, tables

FROM_ELSEWHERE = """\
utterance,split,exit,errors,words,cost,posterior
a,cal,2,1,4,0.1,0.5
a,cal,4,0,4,0.2,0.9
b,test,4,2,3,0.4,0.8
b,test,2,3,3,0.3,0.7
"""


def same(left: ExitTable, right: ExitTable) -> bool:
    named = ("scores", "score_cost")
    return all(
        getattr(left, name).keys() == getattr(right, name).keys()
        and all(np.array_equal(values, getattr(right, name)[key]) for key, values in each.items())
        for name, each in ((name, getattr(left, name)) for name in named)
    ) and all(
        np.array_equal(getattr(left, field.name), getattr(right, field.name))
        for field in fields(ExitTable)
        if field.name not in named
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(table=tables(least_utterances=1))
def test_what_was_written_is_read_again(tmp_path: Path, table: ExitTable) -> None:
    write_table(table, tmp_path / "table.csv")
    assert same(read_table(tmp_path / "table.csv"), table)


def test_what_scores_cost_is_kept_beside_them(tmp_path: Path) -> None:
    table = make_table([[1, 0]], [3], [[0.5, 0.1]])
    dear = replace(table, score_cost={"entropy_nats": np.array([[0.25, 0.5]])})
    write_table(dear, tmp_path / "table.csv")
    assert "cost_entropy_nats" in (tmp_path / "table.csv").read_text()
    again = read_table(tmp_path / "table.csv")
    assert same(again, dear)
    assert again.reading(["entropy_nats"]).cost.tolist() == [[1.25, 2.75]]
    assert again.reading(["mean_max_probability"]).cost.tolist() == [[1, 2]]


def test_a_column_that_only_looks_like_a_cost_is_a_score(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text(FROM_ELSEWHERE.replace("posterior", "cost_of_living"))
    assert list(read_table(path).scores) == ["cost_of_living"]


def test_the_columns_are_those_that_are_documented(tmp_path: Path) -> None:
    write_table(make_table([[1, 0]], [3], [[0.5, 0.1]]), tmp_path / "table.csv")
    header, first, *_ = (tmp_path / "table.csv").read_text().splitlines()
    assert header == (
        "utterance,corpus,split,exit,errors,words,char_errors,characters,duration_s,"
        "cost_blocks,cost_branch,cost,entropy_nats,mean_max_probability,text"
    )
    assert first == "u0,a,cal,1,1,3,2,15,1.0,1.0,0.0,1.0,0.5,0.95,text 0 1"


def test_texts_with_commas_quotes_and_line_ends_survive(tmp_path: Path) -> None:
    table = make_table([[0], [0]], [1, 1], [[0.0], [0.0]])
    table.text[:, 0] = ['a, "b"', "c\nd"]
    write_table(table, tmp_path / "table.csv")
    assert read_table(tmp_path / "table.csv").text[:, 0].tolist() == ['a, "b"', "c\nd"]


def test_a_table_from_elsewhere_needs_few_columns_in_any_order_of_rows(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text(FROM_ELSEWHERE)
    table = read_table(path)
    assert table.exits.tolist() == [2, 4]
    assert table.errors.tolist() == [[1, 0], [3, 2]]
    assert table.words.tolist() == [4, 3]
    assert table.split.tolist() == ["cal", "test"]
    assert table.cost.tolist() == [[0.1, 0.2], [0.3, 0.4]]
    assert table.cost_alone.tolist() == table.cost.tolist()
    assert list(table.scores) == ["posterior"]
    assert table.scores["posterior"].tolist() == [[0.5, 0.9], [0.7, 0.8]]


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("b,test,2,3,3,0.3,0.7\n", "", r"'b' \(line 4\) has no row for exit 2"),
        ("b,test,2", "b,test,4", r"line 5, column 'exit': '4' has been given for 'b' in line 4"),
        ("0.2,0.9", "0.2,nan", "line 3, column 'posterior': 'nan' is not a finite number"),
        ("0.2,0.9", "0.2,", "line 3, column 'posterior': '' is not a number"),
        ("0.2,0.9", "0.2,sure", "line 3, column 'posterior': 'sure' is not a number"),
        ("0.2,0.9", "inf,0.9", "line 3, column 'cost': 'inf' is not a finite number"),
        ("0.2,0.9", "-0.2,0.9", "line 3, column 'cost': '-0.2' is less than 0"),
        ("cal,4,0,4", "cal,4,-1,4", "line 3, column 'errors': '-1' is less than 0"),
        ("cal,4,0,4", "cal,4,0.5,4", "line 3, column 'errors': '0.5' is not a whole number"),
        ("cal,4,0,4", "cal,4,0,5", "line 3, column 'words': '5' differs from line 2"),
        ("cal,4,0,4", "cal,0,0,4", "line 3, column 'exit': '0' is less than 1"),
        ("cal,4,0,4,0.2,0.9", "cal,4", "line 3: has 3 cells where the header has 7"),
        ("posterior", "cost", "line 1: column 'cost' stands there twice"),
        ("errors", "", "line 1: a column has no name"),
        ("utterance", "utterances", "has no column 'utterance'"),
        (FROM_ELSEWHERE.partition("\n")[2], "", "the exit table is empty"),
        (FROM_ELSEWHERE, "", "the exit table is empty"),
    ],
)
def test_a_bad_table_is_refused_with_line_and_column(
    tmp_path: Path, old: str, new: str, what: str
) -> None:
    path = tmp_path / "table.csv"
    path.write_text(FROM_ELSEWHERE.replace(old, new, 1))
    with pytest.raises(TableError, match=what):
        read_table(path)


def test_references_without_a_word_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("utterance,split,exit,errors,words,cost\na,cal,2,1,0,0.1\n")
    with pytest.raises(TableError, match="none of the references holds a word"):
        read_table(path)


def test_a_cost_that_is_not_the_sum_of_its_parts_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    write_table(make_table([[1, 0]], [3], [[0.5, 0.1]]), path)
    path.write_text(path.read_text().replace("2.0,0.0,2.0", "2.0,0.0,1.5"))
    with pytest.raises(TableError, match=r"line 3, column 'cost': '1.5' is not cost_blocks and"):
        read_table(path)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b'utterance,"split'])
def test_what_is_not_csv_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "table.csv").write_bytes(content)
    with pytest.raises(TableError, match="is not"):
        read_table(tmp_path / "table.csv")


def test_a_missing_table_is_an_expected_failure(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="No such file"):
        read_table(tmp_path / "table.csv")


def test_a_table_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    table = make_table([[1, 0]], [3], [[0.5, 0.1]])
    write_table(table, path)
    table.text[0, 0] = "\udcff"
    with pytest.raises(UnicodeEncodeError):
        write_table(table, path)
    assert len(read_table(path)) == 1
    assert list(tmp_path.iterdir()) == [path]


def test_a_score_or_exit_or_split_that_is_not_there_is_named() -> None:
    table = make_table([[1, 0]], [3], [[0.5, 0.1]])
    with pytest.raises(TableError) as score:
        table.score("entropy_nat")
    assert score.value.tries[0] == "did you mean 'entropy_nats'?"
    with pytest.raises(TableError, match="there is no exit 3"):
        table.column(3)
    with pytest.raises(TableError, match="no utterance of split 'test'"):
        table.of_split("test")


def test_joined_tables_come_apart_again_by_split() -> None:
    cal = make_table([[1, 0]], [3], [[0.5, 0.1]])
    test = make_table([[2, 1]], [4], [[0.6, 0.2]], split=["test"])
    both = joined([cal, test])
    assert same(both.of_split("cal"), cal)
    assert same(both.of_split("test"), test)


def test_a_nan_in_a_table_is_named() -> None:
    with pytest.raises(TableError, match="entropy_nats of utterance 'u0' at exit 2 is not"):
        make_table([[1, 0]], [3], [[0.5, float("nan")]])
