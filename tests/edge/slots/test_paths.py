"""What a path may be, and that none leads out of a slot."""

from __future__ import annotations

import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from boards.errors import EedgeError
from edge.contents import check_path
from edge.errors import BundleError
from edge.slots import Slots
from tests.edge.slots.steps import HOST, Make, begin, digest_of


@pytest.mark.parametrize(
    "path",
    [
        "../x", "/x", "a/../../x", "a//b", "", ".", "a/.", "./a", ".ssh/keys", "a\\b", "a\nb",
        "x.part", "a/", "é" * 126, "\x7f",
    ],
)  # fmt: skip
def test_a_path_that_is_not_plain_is_refused(slots: Slots, make: Make, path: str):
    begin(slots, make(1))
    with pytest.raises(BundleError):
        slots.writing.put(path, 1, bytes(32))


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.text(st.sampled_from("ab./\\\0\n é~$*"), max_size=12), max_size=6))
def test_no_path_leads_out_of_the_slot(tmp_path_factory: pytest.TempPathFactory, paths: list[str]):
    root = tmp_path_factory.mktemp("around")
    outside = root / "outside"
    outside.mkdir()
    slots = Slots(root / "slots", HOST)
    (root / "slots/a/ab").symlink_to(outside)
    (root / "slots/a/a").symlink_to(outside / "file")
    slots.begin(bytes(32), 100, 1000)
    for path in paths:
        try:
            slots.writing.put(path, 1, digest_of(b"x"))
            slots.writing.chunk(0, b"x")
        except EedgeError:
            continue
        check_path(path)
        assert (root / "slots/a" / path).read_bytes() == b"x"
    assert list(outside.iterdir()) == []
    assert sorted(place.name for place in root.iterdir()) == ["outside", "slots"]
    shutil.rmtree(root)
