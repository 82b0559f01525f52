"""What tests of training share."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def denormal_numbers() -> Iterator[None]:
    """Give back what a training takes from its process: numbers next to 0, for hypothesis."""
    yield
    if torch := sys.modules.get("torch"):
        torch.set_flush_denormal(False)
