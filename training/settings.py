"""The sections that recipes of every kind have in common."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Section(BaseModel):
    """A table of a recipe: it cannot be changed, and holds no key that is not known."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class DataSettings(Section):
    """Which utterances, how often: `weights` multiplies a corpus within an epoch.

    Durations in seconds; longer or shorter utterances are left out of training.
    """

    weights: dict[str, float] = {}
    shortest_s: float = Field(0.3, ge=0)
    longest_s: float = Field(18.0, gt=0)
    batch_s: float = Field(64.0, gt=0)
    workers: int = Field(1, ge=0)


class AugmentSettings(Section):
    """Chances are per utterance; SNR in dB; SpecAugment widths in bands and frames."""

    speeds: tuple[float, ...] = (0.9, 1.0, 1.1)
    noise_chance: float = Field(0.3, ge=0, le=1)
    snr_db: tuple[float, float] = (5.0, 25.0)
    room_chance: float = Field(0.1, ge=0, le=1)
    band_limit_chance: float = Field(0.2, ge=0, le=1)
    frequency_masks: int = Field(2, ge=0)
    frequency_width: int = Field(16, ge=0)
    time_masks_per_s: float = Field(0.5, ge=0)
    time_width: int = Field(20, ge=0)


class OptimiserSettings(Section):
    """AdamW; the rate rises linearly over `warmup` steps, then falls by the schedule."""

    steps: int = Field(gt=0)
    peak_rate: float = Field(2e-3, gt=0)
    warmup: int = Field(800, ge=1)
    schedule: Literal["cosine", "noam"] = "cosine"
    weight_decay: float = Field(1e-2, ge=0)
    beta2: float = Field(0.98, gt=0, lt=1)
    clip: float = Field(1.0, gt=0)
    average: int = Field(5, ge=1)
    validate_every: int = Field(500, ge=1)


class CardSettings(Section):
    """What a recipe's author says on the card: it changes nothing in the training.

    `sources` gives each corpus, and what was mixed in, its licence and origin.
    """

    licence: str = "unknown"
    sources: dict[str, str] = {}
    notes: tuple[str, ...] = ()
