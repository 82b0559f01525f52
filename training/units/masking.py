"""Spans of frames to hide."""

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field


class MaskSettings(BaseModel):
    """Spans of `span` frames begin at so many frames that they would cover `share` of all.

    They may overlap, so that less is hidden: HuBERT's 0.8 in spans of ten hides about half.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    share: float = Field(0.8, ge=0, le=1)
    span: int = Field(10, gt=0)


def draw_spans(
    frames: int, settings: MaskSettings, rng: np.random.Generator
) -> npt.NDArray[np.bool_]:
    """Return bool[frames], true where a frame is hidden; at least one is, if share is not 0."""
    hidden = np.zeros(frames, np.bool_)
    if not frames or not settings.share:
        return hidden
    spans = max(1, int(settings.share * frames / settings.span + rng.random()))
    room = max(1, frames - settings.span + 1)
    for start in rng.choice(room, min(spans, room), replace=False):
        hidden[start : start + settings.span] = True
    return hidden
