import errno
import os

import click
import pytest

from boards.errors import EedgeError, UsageError
from eedge.failures import explain, missing_extra


def test_an_expected_failure_explains_itself() -> None:
    error = EedgeError("no")
    assert explain(error) is error


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EROFS])
def test_what_the_machine_refuses_names_the_file_and_a_way_out(number: int) -> None:
    failure = explain(OSError(number, os.strerror(number), "out.tflite"))
    assert failure is not None
    assert failure.what == f"'out.tflite': {os.strerror(number)}"
    assert failure.status == 1
    assert len(failure.tries) == 1


@pytest.mark.parametrize(
    "error", [ValueError("x"), FileNotFoundError(errno.ENOENT, "x"), OSError("no number")]
)
def test_a_bug_is_left_alone(error: Exception) -> None:
    assert explain(error) is None


def test_a_mistake_in_the_arguments_is_wrong_usage() -> None:
    failure = explain(click.BadParameter("must be at least 1.", param_hint="--threads"))
    assert isinstance(failure, UsageError)
    assert failure.what == "invalid value for --threads: must be at least 1"


def test_a_missing_package_names_the_extra_that_brings_it() -> None:
    error = ModuleNotFoundError("No module named 'torch.nn'", name="torch.nn")
    failure = missing_extra(error, "eedge convert", "convert")
    assert failure is not None
    assert failure.what == "'eedge convert' needs the package 'torch', which is not installed"
    assert failure.tries == ("pip install 'eedge[convert]'",)


def test_a_missing_module_of_ours_is_a_bug() -> None:
    error = ModuleNotFoundError("No module named 'edge.x'", name="edge.x")
    assert missing_extra(error, "eedge convert", "convert") is None


def test_a_command_without_an_extra_has_all_it_needs() -> None:
    error = ModuleNotFoundError("No module named 'numpy'", name="numpy")
    assert missing_extra(error, "eedge boards", None) is None
