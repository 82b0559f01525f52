"""HuBERT and its relatives with exits."""

from torch import Tensor, nn

from edge.framing import Framing
from training.branches import LinearBranch, make_branch
from training.encoder import EarlyExitEncoder
from training.pretrained.block import TransformerBlock
from training.pretrained.config import PretrainedConfig
from training.pretrained.frontend import FrontEnd


class NormedBranch(nn.Module):
    """A branch that first normalises what it reads."""

    def __init__(self, norm: nn.LayerNorm, head: nn.Module) -> None:
        super().__init__()
        self.norm, self.head = norm, head

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Map f32[B, N, dim] and mask [B, N, 1] to logits f32[B, N, V]."""
        logits: Tensor = self.head(self.norm(x), mask)
        return logits


class EarlyExitPretrained(EarlyExitEncoder):
    """Front end on raw sound, blocks, and one branch per exit, untied unless the config says so.

    Made by config alone it has random weights: `EarlyExitPretrained(PretrainedConfig(), 32)` is a
    HuBERT-base with exits and 32 symbols. `load_huggingface` fills it from a checkpoint of others.
    Features are samples f32[B, n, 1] at 16 kHz, lengths are counted in samples.
    """

    config: PretrainedConfig
    frontend: FrontEnd

    def __init__(self, config: PretrainedConfig, vocabulary: int) -> None:
        super().__init__()
        self.config = config
        self.frontend = FrontEnd(config)
        self.blocks = nn.ModuleList(
            TransformerBlock(config, depth) for depth in range(1, config.blocks + 1)
        )
        tied = LinearBranch(config.dim, vocabulary) if config.tied else None
        self.branches = nn.ModuleDict(
            {str(exit): self._branch(exit, vocabulary, tied) for exit in config.exits}
        )

    @property
    def framing(self) -> Framing:
        """A frame reads 400 samples and the next begins 320 later, by default."""
        return self.config.framing

    @property
    def width(self) -> int:
        """1: raw sound."""
        return 1

    def _branch(self, exit: int, vocabulary: int, tied: nn.Module | None) -> nn.Module:
        config = self.config
        kind = "linear" if exit == config.blocks else config.branch
        head = tied or make_branch(kind, config.dim, vocabulary, config.dropout)
        if not has_norm(config, exit):
            return head
        return NormedBranch(nn.LayerNorm(config.dim, eps=config.norm_eps), head)


def has_norm(config: PretrainedConfig, exit: int) -> bool:
    """Whether the branch of an exit normalises what it reads.

    It does where the stack does not, unless it is to read what is not normalised.
    """
    if exit == config.blocks:
        return config.pre_norm or config.attach == "before_norm"
    return config.pre_norm and config.attach == "after_norm"
