"""The recipe of a training on units: pre-training, or branches that name units."""

from typing import Literal, Self

from pydantic import Field, model_validator

from edge.waveform import WaveformSettings
from training.pretrained import PretrainedConfig
from training.settings import CardSettings, DataSettings, OptimiserSettings, Section
from training.units.masking import MaskSettings

Source = Literal["mfcc", "block", "branch"]


class UnitSettings(Section):
    """What the units are.

    mfcc: clusters of MFCC with their changes, as in HuBERT's first iteration.
    block: clusters of what block `block` of the checkpoint puts out that the run starts from, as
        in the second; by default its last one.
    branch: what the last exit of that checkpoint names: the encoder's own units, as in DAISY.

    `frames` are those that centres of `clusters` clusters are fitted on.
    """

    source: Source = "mfcc"
    block: int | None = Field(None, gt=0)
    clusters: int = Field(100, ge=2)
    frames: int = Field(200_000, gt=0)


class UnitsRecipe(Section):
    """A training on units, without transcripts; `trains` says what of the encoder.

    "all" is HuBERT's pre-training (arXiv 2106.07447): the units of hidden frames are to be named.
    "branches" is the first stage of DAISY (arXiv 2406.05464): of a frozen encoder, every exit
    learns to name the units.

    A hidden frame's unit counts 1, one that is seen `seen_weight`. Sound is cut at random to
    `crop_s` seconds, and low-passed from 3 kHz on with a chance of `low_pass_chance`, lest the
    encoder learn the codecs of the recordings. With `filter_bank` a new encoder's first convolution
    begins as one.
    """

    objective: Literal["units"]
    name: str
    seed: int = 1
    features: WaveformSettings = WaveformSettings()
    encoder: PretrainedConfig
    trains: Literal["all", "branches"] = "all"
    units: UnitSettings = UnitSettings()
    mask: MaskSettings = MaskSettings()
    seen_weight: float = Field(0.0, ge=0)
    filter_bank: bool = False
    crop_s: float = Field(8.0, gt=0)
    low_pass_chance: float = Field(0.2, ge=0, le=1)
    data: DataSettings = DataSettings()
    optimiser: OptimiserSettings
    card: CardSettings = CardSettings()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if not self.mask.share and not self.seen_weight:
            raise ValueError("mask.share and seen_weight are both 0: there is nothing to learn")
        return self

    @property
    def crop_frames(self) -> int:
        """Encoder frames of the longest crop."""
        return max(1, self.encoder.framing.frames(round(self.crop_s * self.features.sample_rate)))
