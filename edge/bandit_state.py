"""What adapting has learnt, kept in a file of less than 4 KB from one run to the next."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from edge import sealed
from edge.adapting import MOST_ARMS, Adapting, Scope
from edge.bandit import PAIR_SUMS, Bandit
from edge.chart import Chart
from edge.errors import AdaptingError
from edge.rules import ScoreName
from edge.section import Depth, Section

FORMAT: Final = 1

_AGAIN = "name another file, or remove this one: adapting then starts anew"

Sums = tuple[float, ...]
NotNegative = Annotated[float, Field(ge=0)]


class ChartState(Section):
    """The numbers of an `edge.chart.Chart`."""

    count: NotNegative
    total: float
    squares: NotNegative
    recent: float


class BanditState(Section):
    """The sums of a bandit and the charts beside it, and what they belong to.

    `known` and the four sums over pairs of arms are those of `edge.bandit.Bandit`.
    """

    format: Literal[1] = FORMAT
    bundle: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    board: Annotated[str, Field(min_length=1)]
    score: ScoreName
    exits: tuple[Depth, ...]
    full: Depth
    thresholds: Annotated[tuple[float, ...], Field(min_length=1, max_length=MOST_ARMS - 1)]
    gain: float
    costs: dict[Depth, float]
    known: Annotated[tuple[NotNegative, ...], Field(max_length=MOST_ARMS)]
    deeper: Sums
    seen: Sums
    total: Sums
    squares: Sums
    charts: tuple[ChartState, ChartState]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        arms = len(self.thresholds) + 1
        if len(self.known) != arms:
            raise ValueError(f"known has {len(self.known)} numbers for {arms} arms")
        for name in PAIR_SUMS:
            if len(getattr(self, name)) != arms * (arms - 1) // 2:
                raise ValueError(f"{name} has {len(getattr(self, name))} numbers for {arms} arms")
        return self

    @classmethod
    def of(cls, adapting: Adapting, bundle: str, board: str) -> Self:
        """Take down what `adapting` has learnt on `board` with the bundle of this identity."""
        bandit = adapting.bandit
        sums = dict(zip(PAIR_SUMS, map(tuple, bandit.pairs.tolist()), strict=True))
        return cls.model_validate(
            {
                "bundle": bundle,
                "board": board,
                **vars(adapting.scope),
                "known": bandit.known.tolist(),
                **sums,
                "charts": [vars(chart) for chart in adapting.charts],
            }
        )

    def write(self, path: Path) -> None:
        """Write it with its own checksum, whole or not at all.

        Raises:
            AdaptingError: it cannot be written.
        """
        try:
            sealed.write(path, self.model_dump(mode="json"))
        except OSError as error:
            raise AdaptingError(
                f"{path}: what was learnt cannot be written: {error.strerror}",
                "name a file in a folder that exists and can be written to",
            ) from error

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a state.

        Raises:
            AdaptingError: it cannot be read, was changed, or says what is not allowed.
        """
        with sealed.refusing(path, cls, AdaptingError, _AGAIN):
            content = sealed.read(path)
            if content.get("format") != FORMAT:
                raise AdaptingError(
                    f"{path}: is no state of adapting of format {FORMAT}, which this eedge reads",
                    _AGAIN,
                )
            return cls.model_validate(content)

    def restore(self, scope: Scope, bundle: str, board: str, path: Path) -> Adapting:
        """Return what goes on where this left off.

        Raises:
            AdaptingError: it was learnt for another bundle, board, or range of thresholds; `path`
                is where it was read from.
        """
        learnt = {"bundle": self.bundle, "board": self.board}
        for what, now in (("bundle", bundle), ("board", board)):
            if learnt[what] != now:
                raise AdaptingError(
                    f"{path}: was learnt on {what} {learnt[what][:12]}, not on {now[:12]}", _AGAIN
                )
        if self._scope() != scope:
            raise AdaptingError(
                f"{path}: was learnt for other thresholds, or another calibration: "
                f"from {self.thresholds[0]:.5g} on {self.score}, "
                f"not from {scope.thresholds[0]:.5g} on {scope.score}",
                "run at the operating point that it was learnt at: --point",
                _AGAIN,
            )
        pairs = np.array([self.deeper, self.seen, self.total, self.squares], dtype=np.float64)
        bandit = Bandit(len(self.known), np.array(self.known, dtype=np.float64), pairs)
        score, reward = (Chart(**vars(chart)) for chart in self.charts)
        return Adapting(scope, bandit, (score, reward))

    def _scope(self) -> Scope:
        return Scope(self.score, self.exits, self.full, self.thresholds, self.gain, self.costs)


def resume(scope: Scope, bundle: str, board: str, path: Path) -> Adapting:
    """Go on from the state at `path`; start anew, and write it, where there is none.

    Raises:
        AdaptingError: as `BanditState.read`, `restore` and `write`.
    """
    if path.exists():
        return BanditState.read(path).restore(scope, bundle, board, path)
    adapting = Adapting(scope)
    BanditState.of(adapting, bundle, board).write(path)
    return adapting
