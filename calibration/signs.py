"""The signs that a learnt score reads, as an exit table holds them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from calibration.table import ExitTable, Floats
from edge.learnt import Sign

_FLOOR = 1e-2
"""Of the median: below it, a logarithm makes no further difference."""
_NEARLY_ONE = 1e-5


def read_signs(table: ExitTable, signs: Sequence[Sign]) -> Floats:
    """Return [U, E, S]: the signs, each on its scale, as `Sign.reader` does it for one number.

    Raises:
        TableError: the table has no such score.
    """
    return np.stack([_read(table.score(sign.name), sign) for sign in signs], axis=-1)


def choose_scale(table: ExitTable, names: Sequence[str]) -> tuple[Sign, ...]:
    """Choose for each sign the scale on which it is read, by the range of its values.

    What lies between 0 and 1 is a share or a probability, what is never negative a length, a
    count or an entropy: on a logarithmic scale a difference near the end of the range, where the
    sure utterances are, counts as much as one in the middle.
    """
    return tuple(_scale(name, table.score(name)) for name in names)


def _read(values: Floats, sign: Sign) -> Floats:
    if sign.transform == "none":
        return values
    positive = np.maximum(values, 0)
    if sign.transform == "log":
        return np.asarray(np.log(positive + sign.floor))
    share = np.minimum(positive, 1)
    return np.asarray(np.log((share + sign.floor) / (1 - share + sign.floor)))


def _scale(name: str, values: Floats) -> Sign:
    if values.min() < 0:
        return Sign(name=name)
    if values.max() <= 1:
        return Sign(name=name, transform="logit", floor=_NEARLY_ONE)
    positive = values[values > 0]
    floor = _FLOOR * float(np.median(positive)) if len(positive) else 1.0
    return Sign(name=name, transform="log", floor=floor)
