"""The kinds of encoder there are, told apart by `family`."""

from typing import Annotated, get_args

from pydantic import Field

from edge.inputs import LOG_MEL, WAVEFORM
from training.conformer import ConformerConfig, EarlyExitConformer
from training.daisy import DaisyConfig, EarlyExitDaisy
from training.encoder import EarlyExitEncoder
from training.pretrained import EarlyExitPretrained, PretrainedConfig
from training.pretrained.config import Family

AnyEncoderConfig = Annotated[
    ConformerConfig | PretrainedConfig | DaisyConfig, Field(discriminator="family")
]


FAMILIES: tuple[str, ...] = ("conformer", "daisy", *get_args(Family))

TAGS = frozenset({*FAMILIES, LOG_MEL, WAVEFORM})
"""What pydantic adds to a key to say which kind of section it is in."""


def build_encoder(config: AnyEncoderConfig, vocabulary: int) -> EarlyExitEncoder:
    """Make an encoder with random weights."""
    if isinstance(config, PretrainedConfig):
        return EarlyExitPretrained(config, vocabulary)
    if isinstance(config, DaisyConfig):
        return EarlyExitDaisy(config, vocabulary)
    return EarlyExitConformer(config, vocabulary)


def input_width(config: AnyEncoderConfig) -> int:
    """Numbers in a feature frame that an encoder of this config reads."""
    return config.n_mels if isinstance(config, ConformerConfig) else 1


def same_stack(one: AnyEncoderConfig, other: AnyEncoderConfig) -> bool:
    """Whether front end and blocks of one encoder fit the other, whatever its branches."""
    return _stack(one) == _stack(other)


def _stack(config: AnyEncoderConfig) -> dict[str, object]:
    settings = config.model_dump(exclude={"exits", "branch", "tied", "dropout"})
    if settings.get("pre_norm"):
        # There it is a matter of the branches; a post-norm block has its norms by it.
        del settings["attach"]
    return settings
