"""How sure an exit is of the units that it names, where an encoder's branches name units.

Units are the encoder's own, learnt without transcripts. They tell how much of the sound it has
made out, whatever is to be read from it.
"""

from __future__ import annotations

from edge.scores.frames import entropy_nats
from edge.scores.reading import Reading


def unit_entropy_nats(reading: Reading) -> float:
    """Mean entropy of a frame's units, in nats, by which DAISY leaves (arXiv 2406.05464).

    Raises:
        ScoreError: the encoder's branches name no units.
    """
    return entropy_nats(reading.unit_log_probs, reading.unit_probs)
