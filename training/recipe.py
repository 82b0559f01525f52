"""A recipe: everything that decides what a training run does, in one TOML file."""

import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from edge.features import FeatureSettings
from training.conformer import ConformerConfig
from training.errors import RecipeError
from training.losses import LossSettings


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DataSettings(_Section):
    """Which utterances, how often: `weights` multiplies a corpus within an epoch.

    Durations in seconds; longer or shorter utterances are left out of training.
    """

    weights: dict[str, float] = {}
    shortest_s: float = Field(0.3, ge=0)
    longest_s: float = Field(18.0, gt=0)
    batch_s: float = Field(64.0, gt=0)
    workers: int = Field(1, ge=0)


class AugmentSettings(_Section):
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


class OptimiserSettings(_Section):
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


class CardSettings(_Section):
    """What a recipe's author says on the card: it changes nothing in the training.

    `sources` gives each corpus, and what was mixed in, its licence and origin.
    """

    licence: str = "unknown"
    sources: dict[str, str] = {}
    notes: tuple[str, ...] = ()


class Recipe(_Section):
    """One training run."""

    name: str
    seed: int = 1
    features: FeatureSettings = FeatureSettings()
    encoder: ConformerConfig = ConformerConfig()
    loss: LossSettings = LossSettings()
    data: DataSettings = DataSettings()
    augment: AugmentSettings = AugmentSettings()
    optimiser: OptimiserSettings
    card: CardSettings = CardSettings()


def read_recipe(path: Path | str) -> Recipe:
    """Read a recipe file.

    Raises:
        RecipeError: it is missing, not TOML, or a value does not fit (naming the key).
    """
    path = Path(path)
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise RecipeError(
            f"{path}: no such recipe", "see checkpoints/small/recipe.toml for one"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path}: not TOML ({error})") from error
    try:
        recipe = Recipe.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise RecipeError(f"{path}: {key}: {first['msg']}") from error
    if recipe.encoder.n_mels != recipe.features.n_mels:
        raise RecipeError(
            f"{path}: encoder.n_mels {recipe.encoder.n_mels} is not "
            f"features.n_mels {recipe.features.n_mels}"
        )
    return recipe
