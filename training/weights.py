"""The last few states of a run, kept for averaging."""

from collections.abc import Mapping
from pathlib import Path

from safetensors.torch import save_file
from torch import Tensor

from training.checkpoint import average, read_weights


class WeightHistory:
    """Keeps the weights of the last `keep` validations in `folder`."""

    def __init__(self, folder: Path, keep: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.keep = folder, keep

    def add(self, step: int, state: Mapping[str, Tensor]) -> None:
        """Store the weights after `step`, and drop what is older than the last `keep`."""
        plain = {name: tensor.detach().cpu().clone() for name, tensor in state.items()}
        partial = self.folder / "partial"
        save_file(plain, partial)
        partial.replace(self.folder / f"{step:07d}.safetensors")
        for old in self.files()[: -self.keep]:
            old.unlink()

    def files(self) -> list[Path]:
        """Return stored states, oldest first."""
        return sorted(self.folder.glob("*.safetensors"))

    def averaged(self, count: int) -> dict[str, Tensor]:
        """Mean of the last `count` stored states."""
        return average([read_weights(path) for path in self.files()[-count:]])

    def last(self) -> dict[str, Tensor]:
        """Return the newest stored state."""
        return read_weights(self.files()[-1])
