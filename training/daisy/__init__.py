"""DAISY (arXiv 2406.05464): exits taken by what an encoder knows of its own units.

A frozen encoder whose branches name units (`training.units`) carries the weighted sum of its
layers along, which one head turns into text wherever an utterance leaves.
"""

from training.daisy.config import DaisyConfig
from training.daisy.model import EarlyExitDaisy

__all__ = ["DaisyConfig", "EarlyExitDaisy"]
