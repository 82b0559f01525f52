"""What stands in a calibration twice is written once, and read as often as it stood there."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from edge.folded import LEAST, fold, unfold

LONG: list[JsonValue] = [*range(LEAST)]

# Few values, so that many are the same; some are long enough for a reference.
values = st.recursive(
    st.sampled_from([None, 1, -2.5, "a/b~c", "x" * LEAST]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["a", "b/", "~", ""]), inner, max_size=3)
    ),
    max_leaves=20,
)


@settings(max_examples=100)
@given(st.dictionaries(st.sampled_from(["one", "two", "three/four"]), values))
def test_what_was_folded_unfolds(content: dict[str, JsonValue]) -> None:
    assert unfold(json.loads(json.dumps(fold(content)))) == content


def test_only_what_is_long_is_referred_to() -> None:
    content: dict[str, JsonValue] = {"a": [LONG, [1]], "b": {"c": LONG, "d": [1]}}
    assert fold(content) == {"a": [LONG, [1]], "b": {"c": {"$ref": "#/a/0"}, "d": [1]}}


@pytest.mark.parametrize(
    "content",
    [
        {"a": {"$ref": "#/b"}},
        {"a": {"$ref": "#/b"}, "b": [1]},
        {"a": {"b": {"$ref": "#/a"}}},
        {"a": {"$ref": ["#/b"]}},
    ],
    ids=["to nothing", "to what follows", "in a circle", "not to a place"],
)
def test_a_reference_to_nothing_before_it_is_refused(content: dict[str, JsonValue]) -> None:
    with pytest.raises(ValueError, match="refers to"):
        unfold(content)
