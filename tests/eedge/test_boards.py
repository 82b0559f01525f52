import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from boards.board import Board, board_names, load_board

Run = Callable[..., subprocess.CompletedProcess[str]]


def test_it_lists_every_board(eedge: Run) -> None:
    done = eedge("boards")
    assert done.returncode == 0
    assert [line.split()[0] for line in done.stdout.splitlines()] == board_names()


def test_json_lists_every_board_whole(eedge: Run) -> None:
    document = json.loads(eedge("boards", "--json").stdout)
    assert document["status"] == "ok"
    assert [board["name"] for board in document["data"]["boards"]] == board_names()


@pytest.mark.parametrize("name", board_names())
def test_it_shows_one_board(eedge: Run, name: str) -> None:
    shown = eedge("boards", name).stdout
    board = load_board(name)
    for part in (board.name, board.title, board.url, board.target, board.recipe):
        assert part in shown


def test_json_shows_one_board_from_which_it_can_be_made_again(eedge: Run) -> None:
    data = json.loads(eedge("boards", "host", "--json").stdout)["data"]
    assert Board.model_validate_json(json.dumps(data)) == load_board("host")


def test_a_file_of_ones_own_is_shown_with_the_source_of_each_figure(
    eedge: Run, repository: Path, tmp_path: Path
) -> None:
    path = tmp_path / "mine.toml"
    host = (repository / "boards" / "host.toml").read_text()
    path.write_text(
        host.replace('"host"', '"mine"')
        + """
[cost]
mac_per_s = { value = 1e9, source = "data sheet, p. 3" }
bytes_per_s = { value = 1e8, source = "data sheet, p. 4" }
call_overhead_s = { value = 1e-3, source = "a sister board" }
"""
    )
    shown = eedge("boards", path).stdout
    assert "an estimate" in shown
    for source in ("data sheet, p. 3", "data sheet, p. 4", "a sister board"):
        assert source in shown


def test_a_damaged_file_is_an_expected_failure(eedge: Run, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('name = "mine"')
    done = eedge("boards", path)
    assert done.returncode == 1
    assert f"{path} is not right: key 'title' is missing" in done.stderr
    assert "Traceback" not in done.stderr
