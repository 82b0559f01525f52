"""JSON in which what stands there twice is written once.

The operating points of a calibration have most of their numbers in common: the second time, a
long list or object is `{"$ref": "#/where/it/stood/first"}`, a JSON pointer (RFC 6901).
"""

from __future__ import annotations

import json

from pydantic import JsonValue

LEAST = 100
"""Characters from which a list or an object is worth a reference."""
_REF = "$ref"


def fold(content: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Return `content` with references; `unfold` brings it back."""
    stood: dict[str, str] = {}

    def folded(value: JsonValue, pointer: str) -> JsonValue:
        if not isinstance(value, list | dict):
            return value
        spelled = json.dumps(value)
        if len(spelled) >= LEAST and stood.setdefault(spelled, pointer) != pointer:
            return {_REF: stood[spelled]}
        if isinstance(value, list):
            return [folded(each, f"{pointer}/{index}") for index, each in enumerate(value)]
        return {name: folded(each, _below(pointer, name)) for name, each in value.items()}

    return {name: folded(each, _below("#", name)) for name, each in content.items()}


def unfold(content: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Return what was folded.

    Raises:
        ValueError: a reference is to nothing that stands before it.
    """
    stood: dict[str, JsonValue] = {}

    def unfolded(value: JsonValue, pointer: str) -> JsonValue:
        if isinstance(value, dict) and value.keys() == {_REF}:
            # Only what is complete is known: no reference can lead in a circle.
            if str(value[_REF]) not in stood:
                raise ValueError(f"{pointer} refers to {value[_REF]}, which is not before it")
            return stood[str(value[_REF])]
        if isinstance(value, list):
            value = [unfolded(each, f"{pointer}/{index}") for index, each in enumerate(value)]
        elif isinstance(value, dict):
            value = {name: unfolded(each, _below(pointer, name)) for name, each in value.items()}
        stood[pointer] = value
        return value

    return {name: unfolded(each, _below("#", name)) for name, each in content.items()}


def _below(pointer: str, name: str) -> str:
    return f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
