"""The kinds of encoder there are, told apart by `family`."""

from typing import Annotated, get_args

from pydantic import Field

from training.conformer import ConformerConfig, EarlyExitConformer
from training.encoder import EarlyExitEncoder
from training.pretrained import EarlyExitPretrained, PretrainedConfig
from training.pretrained.config import Family

AnyEncoderConfig = Annotated[ConformerConfig | PretrainedConfig, Field(discriminator="family")]


FAMILIES: tuple[str, ...] = ("conformer", *get_args(Family))


def build_encoder(config: AnyEncoderConfig, vocabulary: int) -> EarlyExitEncoder:
    """Make an encoder with random weights."""
    if isinstance(config, PretrainedConfig):
        return EarlyExitPretrained(config, vocabulary)
    return EarlyExitConformer(config, vocabulary)


def same_weights(one: AnyEncoderConfig, other: AnyEncoderConfig) -> bool:
    """Whether weights of one encoder fit and mean the same in the other; dropout may differ."""
    return one.model_copy(update={"dropout": other.dropout}) == other
