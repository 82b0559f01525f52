import pytest

from boards.errors import EedgeError, GateError, UsageError, closest


def test_an_error_says_what_happened_and_what_to_try() -> None:
    error = EedgeError("the file x is empty", "record it again", "use another")
    assert str(error) == error.what == "the file x is empty"
    assert error.tries == ("record it again", "use another")


def test_an_empty_hint_is_dropped() -> None:
    assert EedgeError("no", "", "try this").tries == ("try this",)


@pytest.mark.parametrize(("error", "status"), [(EedgeError, 1), (GateError, 1), (UsageError, 2)])
def test_each_kind_has_its_status(error: type[EedgeError], status: int) -> None:
    assert error("no").status == status
    assert error("no").kind == error.__name__


def test_closest_finds_a_slip_of_the_finger() -> None:
    assert closest("hots", ["host", "coral-usb"]) == "did you mean 'host'?"


def test_closest_ignores_case_and_keeps_the_right_spelling() -> None:
    assert closest("hubert", ["HuBERT"]) == "did you mean 'HuBERT'?"


def test_closest_is_silent_when_nothing_is_near() -> None:
    assert closest("zzz", ["host"]) == ""
    assert closest("host", []) == ""
