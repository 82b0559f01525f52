"""A recipe: everything that decides what a training run does, in one TOML file."""

import tomllib
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Discriminator, Tag, TypeAdapter, ValidationError, model_validator

from edge.features import FeatureSettings
from edge.inputs import InputSettings
from training.conformer import ConformerConfig
from training.ctc import Trains
from training.daisy import DaisyConfig
from training.errors import RecipeError
from training.families import TAGS, AnyEncoderConfig, input_width
from training.losses import LossSettings
from training.settings import (
    AugmentSettings,
    CardSettings,
    DataSettings,
    OptimiserSettings,
    Section,
)
from training.units.recipe import UnitsRecipe


class Recipe(Section):
    """One training on transcripts; `trains` says what of the encoder.

    all: everything.
    blocks: all but the convolutions on raw sound, as wav2vec 2.0 and HuBERT are fine-tuned.
    branches: those that the checkpoint does not have that the run starts from. The rest of the
        encoder stays as it is, to the bit: the second stage of HuBERT-EE's two (arXiv 2204.06328).
    """

    objective: Literal["ctc"] = "ctc"
    name: str
    seed: int = 1
    features: InputSettings = FeatureSettings()
    encoder: AnyEncoderConfig = ConformerConfig()
    trains: Trains = "all"
    loss: LossSettings = LossSettings()
    data: DataSettings = DataSettings()
    augment: AugmentSettings = AugmentSettings()
    optimiser: OptimiserSettings
    card: CardSettings = CardSettings()

    @model_validator(mode="before")
    @classmethod
    def _named(cls, values: object) -> object:
        """Fill in what older recipes leave out: the family, and what it reads."""
        if not isinstance(values, dict) or not isinstance(values.get("encoder", {}), dict):
            return values
        encoder = {"family": "conformer", **values.get("encoder", {})}
        features = values.get("features", {})
        if encoder["family"] != "conformer" and isinstance(features, dict):
            features = {"kind": "waveform", **features}
        return {**values, "encoder": encoder, "features": features}

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        width = input_width(self.encoder)
        if width != self.features.width:
            raise ValueError(
                f"the encoder reads {width} numbers a frame, "
                f"but the features have {self.features.width}"
            )
        daisy = isinstance(self.encoder, DaisyConfig)
        if daisy != (self.loss.weighting == "taken"):
            raise ValueError("a daisy encoder, and no other, is trained with weighting 'taken'")
        if daisy and self.trains != "branches":
            raise ValueError("of a daisy encoder the head alone is trained: trains = 'branches'")
        return self


def _objective(values: object) -> str:
    if isinstance(values, Recipe | UnitsRecipe):
        return values.objective
    return str(values.get("objective", "ctc")) if isinstance(values, dict) else "ctc"


AnyRecipe = Annotated[
    Annotated[Recipe, Tag("ctc")] | Annotated[UnitsRecipe, Tag("units")],
    Discriminator(_objective),
]
"""Told apart by `objective`: text ("ctc", which need not be said) or "units"."""

_ADAPTER: TypeAdapter[Recipe | UnitsRecipe] = TypeAdapter(AnyRecipe)


def parse_recipe(values: object) -> Recipe | UnitsRecipe:
    """Return the recipe that a TOML file holds; raises pydantic's `ValidationError`."""
    return _ADAPTER.validate_python(values)


def read_recipe(path: Path | str) -> Recipe | UnitsRecipe:
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
        return parse_recipe(values)
    except ValidationError as error:
        first = error.errors()[0]
        # The first tag, which is the objective, may be the name of a section, too.
        place = [str(part) for part in first["loc"][1:] if part not in TAGS]
        where = f"{path}: {'.'.join(place)}" if place else str(path)
        raise RecipeError(f"{where}: {first['msg']}") from error
