"""Say in words what pydantic found wrong with a file that a user wrote."""

from __future__ import annotations

import typing
from collections.abc import Collection, Iterable, Sequence

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from boards.errors import closest

_LONGEST_VALUE = 60


def describe(
    error: ValidationError, model: type[BaseModel], tags: Collection[str] = ()
) -> tuple[str, list[str]]:
    """Return what is wrong with each key, as one sentence, and hints on what is allowed there.

    `model` is the class whose validation raised `error`. `tags` are names that tell kinds of a
    section apart and are no keys.
    """
    details = error.errors(include_url=False, include_context=False)
    for detail in details:
        detail["loc"] = tuple(part for part in detail["loc"] if part not in tags)
    return "; ".join(_sentence(detail) for detail in details), _hints(details, model)


def _sentence(detail: ErrorDetails) -> str:
    key = _key(detail["loc"])
    match detail["type"]:
        case "missing":
            return f"key '{key}' is missing"
        case "extra_forbidden":
            return f"key '{key}' is unknown"
        case "value_error":
            # Raised by a validator of ours, which says all there is to say.
            message = detail["msg"].removeprefix("Value error, ")
            return f"{key}: {message}" if key else message
        case _:
            message = detail["msg"][:1].lower() + detail["msg"][1:]
            return f"{key}: {message}, not {_short(detail['input'])}"


def _hints(details: Iterable[ErrorDetails], model: type[BaseModel]) -> list[str]:
    hints: dict[str, None] = {}
    for detail in details:
        if detail["type"] not in ("missing", "extra_forbidden"):
            continue
        *section, key = detail["loc"]
        fields = _fields(model, section)
        if detail["type"] == "extra_forbidden":
            hints[closest(str(key), fields)] = None
        hints[f"keys allowed {_place(section)}: {', '.join(fields)}"] = None
    return [hint for hint in hints if hint]


def _fields(model: type[BaseModel], section: Sequence[int | str]) -> list[str]:
    """Return the names of the fields that the model nested at `section` knows."""
    for name in section:
        if name in model.model_fields:
            model = _nested(model.model_fields[str(name)].annotation) or model
    return list(model.model_fields)


def _nested(annotation: object) -> type[BaseModel] | None:
    """Find the model inside an annotation such as `tuple[Sensor, ...]` or `Cost | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for part in typing.get_args(annotation):
        if found := _nested(part):
            return found
    return None


def _key(location: Sequence[int | str]) -> str:
    key = ""
    for part in location:
        key += f"[{part}]" if isinstance(part, int) else f".{part}" if key else part
    return key


def _place(section: Sequence[int | str]) -> str:
    return f"in '{_key(section)}'" if section else "at the top"


def _short(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= _LONGEST_VALUE else f"{shown[:_LONGEST_VALUE]}…"
