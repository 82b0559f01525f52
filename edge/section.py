"""What all parts of a calibration file have in common."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Section(BaseModel):
    """A part of a calibration file: nothing unknown in it, and no number that is none."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
    )


Depth = Annotated[int, Field(gt=0)]
Name = Annotated[str, Field(min_length=1, max_length=64)]
