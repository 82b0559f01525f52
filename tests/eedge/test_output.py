import json
import os

import pytest

from boards.errors import EedgeError
from eedge.output import print_error, print_json, print_record

ERROR = EedgeError("the file x is empty", "record it again", "use another")


def test_a_result_is_one_document_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"wer": 4.5})
    stdout = capsys.readouterr().out
    assert stdout.count("\n") == 1
    assert json.loads(stdout) == {
        "eedge": "0.1.0",
        "format": 1,
        "status": "ok",
        "data": {"wer": 4.5},
    }


def test_a_record_of_a_stream_is_bare(capsys: pytest.CaptureFixture[str]) -> None:
    print_record({"audio": "a.wav", "exit": 4})
    assert json.loads(capsys.readouterr().out) == {"audio": "a.wav", "exit": 4}


def test_a_number_that_json_does_not_know_is_not_let_out() -> None:
    with pytest.raises(ValueError, match="JSON"):
        print_json({"wer": float("nan")})


def test_a_file_name_that_is_not_text_can_be_printed(capsys: pytest.CaptureFixture[str]) -> None:
    name = os.fsdecode(b"\xff.wav")
    print_record({"audio": name})
    assert json.loads(capsys.readouterr().out)["audio"] == name


def test_an_error_for_people_goes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    print_error(ERROR, as_json=False)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == (
        "eedge: error: the file x is empty\nThings to try:\n  - record it again\n  - use another\n"
    )


def test_an_error_without_hints_promises_none(capsys: pytest.CaptureFixture[str]) -> None:
    print_error(EedgeError("no"), as_json=False)
    assert capsys.readouterr().err == "eedge: error: no\n"


def test_an_error_for_programs_goes_to_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    print_error(ERROR, as_json=True)
    printed = capsys.readouterr()
    assert printed.err == ""
    assert json.loads(printed.out)["error"] == {
        "kind": "EedgeError",
        "what": "the file x is empty",
        "try": ["record it again", "use another"],
    }
