import contextlib
import datetime
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from boards.board import Board, BoardError, UnknownBoardError, board_names, load_board

PHONE = """
name = "my-phone"
title = "A phone"
url = "https://example.org/phone"
link = "adb"
work_dir = "/data/local/tmp/eedge"
target = "nnapi"
recipe = "static-int8"

[[thermal]]
kind = "skin"
path = "/sys/class/thermal/thermal_zone0/temp"
unit = "m°C"
plausible = [-20, 90]

[limits]
trip_celsius = [45, 50.5]

[cost]
mac_per_s = { value = 2e10, source = "its data sheet, p. 3" }
bytes_per_s = { value = 1e9, source = "its data sheet, p. 4" }
call_overhead_s = { value = 5e-4, source = "guessed from its sister" }
"""

WriteBoard = Callable[[str], Path]


@pytest.fixture
def write_board(tmp_path: Path) -> WriteBoard:
    def write(content: str) -> Path:
        path = tmp_path / "board.toml"
        path.write_text(content)
        return path

    return write


@pytest.mark.parametrize("name", board_names())
def test_every_shipped_board_is_named_like_its_file(name: str) -> None:
    assert load_board(name).name == name


def test_the_host_runs_on_its_cpu_and_is_measured_not_estimated() -> None:
    host = load_board("host")
    assert (host.target, host.link, host.recipe) == ("cpu", "local", "dynamic-int8")
    assert host.cost is None


def test_a_board_of_the_users_own_works_by_path(write_board: WriteBoard) -> None:
    board = load_board(write_board(PHONE))
    assert board.thermal[0].plausible == (-20.0, 90.0)
    assert board.limits.trip_celsius == (45.0, 50.5)
    assert board.cost is not None
    assert board.cost.mac_per_s.source == "its data sheet, p. 3"
    assert board.battery == ()


@pytest.mark.parametrize("field", Board.model_fields)
def test_a_board_cannot_be_changed(field: str) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        setattr(load_board("host"), field, "other")


def test_an_unknown_name_is_wrong_usage_and_names_the_nearest() -> None:
    with pytest.raises(UnknownBoardError) as caught:
        load_board("hots")
    assert caught.value.status == 2
    assert "did you mean 'host'?" in caught.value.tries


@pytest.mark.parametrize(
    ("old", "new", "what", "hint"),
    [
        ('link = "adb"', 'link = "usb"', "link: input should be 'local', 'ssh', 'adb'", ""),
        ('link = "adb"', 'lnk = "adb"', "key 'lnk' is unknown", "did you mean 'link'?"),
        ('title = "A phone"', "", "key 'title' is missing", "keys allowed at the top: name,"),
        ('"m°C"', '"K"', "thermal[0].unit: input should be '°C'", ""),
        ("[-20, 90]", "[90, -20]", "thermal[0].plausible: must ascend", ""),
        ("[-20, 90]", "[1]", "thermal[0].plausible", ""),
        ("[45, 50.5]", "[45, nan]", "limits.trip_celsius[1]: input should be a finite number", ""),
        ("value = 2e10", "value = -1", "cost.mac_per_s.value: input should be greater than 0", ""),
        ("value = 2e10", 'value = "2"', "cost.mac_per_s.value: input should be a valid number", ""),
        (
            "value = 2e10",
            "value = true",
            "cost.mac_per_s.value: input should be a valid number",
            "",
        ),
        (
            ', source = "its data sheet, p. 3"',
            "",
            "key 'cost.mac_per_s.source' is missing",
            "keys allowed in 'cost.mac_per_s': value, source",
        ),
        ('"my-phone"', '"../my"', "name: string should match", ""),
        (
            '"static-int8"',
            '"float32"',
            "recipe 'float32' does not run on target 'nnapi', which takes static-int8",
            "",
        ),
        ("[limits]", "[limits", "is not TOML", "boards/host.toml for an example"),
    ],
)
def test_a_mistake_names_the_file_the_key_and_what_is_allowed(
    write_board: WriteBoard, old: str, new: str, what: str, hint: str
) -> None:
    assert old in PHONE
    path = write_board(PHONE.replace(old, new))
    with pytest.raises(BoardError) as caught:
        load_board(path)
    assert str(path) in caught.value.what
    assert what in caught.value.what
    assert hint in " ".join(caught.value.tries)


def test_all_mistakes_are_told_at_once(write_board: WriteBoard) -> None:
    with pytest.raises(BoardError, match=r"'title' is missing.*link: input") as caught:
        load_board(write_board(PHONE.replace("title", "tilte").replace("adb", "usb")))
    assert "did you mean 'title'?" in caught.value.tries


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"a = " + b"[" * 5000, b"a = " + b"9" * 5000]
)
def test_a_file_that_is_no_board_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "board.toml"
    path.write_bytes(content)
    with pytest.raises(BoardError, match="board file"):
        load_board(path)


def test_a_file_without_end_is_not_read_to_its_end() -> None:
    with pytest.raises(BoardError, match="too large"):
        load_board("/dev/zero")


@pytest.mark.parametrize("path", ["/nowhere/board.toml", "/", "a\0b.toml"])
def test_a_path_that_cannot_be_read_is_refused(path: str) -> None:
    with pytest.raises(BoardError, match="cannot read the board file"):
        load_board(path)


keys = st.sampled_from([*Board.model_fields, "value", "source", "kind", "path", "unit", "typo"])
scalars = (
    st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["cpu", "adb", "static-int8", "m°C", "/x", "https://x"])
    | st.just(datetime.datetime(2024, 2, 29, 12))
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)


def to_toml(value: object) -> str:
    """Write any value that TOML can hold, tables inline."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return '"' + "".join(f"\\U{ord(character):08x}" for character in value) + '"'
        case datetime.datetime():
            return value.isoformat()
        case list():
            return f"[{', '.join(map(to_toml, value))}]"
        case dict():
            return f"{{{', '.join(f'{key} = {to_toml(item)}' for key, item in value.items())}}}"
        case _:
            return str(value)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(changes=st.dictionaries(keys, values, max_size=4))
def test_whatever_toml_says_the_outcome_is_a_board_or_a_board_error(
    write_board: WriteBoard, changes: dict[str, object]
) -> None:
    document = tomllib.loads(PHONE) | changes
    path = write_board("\n".join(f"{key} = {to_toml(value)}" for key, value in document.items()))
    tomllib.loads(path.read_text())
    with contextlib.suppress(BoardError):
        assert isinstance(load_board(path), Board)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(content=st.binary())
def test_whatever_a_file_holds_the_outcome_is_a_board_or_a_board_error(
    write_board: WriteBoard, content: bytes
) -> None:
    path = write_board("")
    path.write_bytes(content)
    with pytest.raises(BoardError, match="board file"):
        load_board(path)
