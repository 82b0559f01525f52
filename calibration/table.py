"""The exit table: what every exit of every utterance says, how sure it is, and what it costs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

from boards.errors import closest
from calibration.errors import TableError
from edge.scores import SCORES, UNIT_ENTROPY

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Texts = npt.NDArray[np.str_]

Spend = Literal["each", "total"]
"""What counts when costs are weighed: each utterance's share of its own full depth, all utterances
alike, or what all of them cost together, to which the long ones add most."""

_NOT_ROWS = ("exits", "scores", "lower_is_surer", "score_cost")


@dataclass(frozen=True, eq=False)
class ExitTable:
    """Utterances × exits. U utterances, E exits; columns of exits ascend, the last is full depth.

    Costs are seconds from the start of an utterance and grow with depth. They are kept in two
    parts, since what leaving costs depends on how many branches a policy has looked at:
    `cost_blocks` is features, front end, all blocks up to the exit and the decoding of the text;
    `cost_branch` is the exit's own branch and score.
    """

    exits: Ints
    """[E]: blocks run at each exit."""
    utterance: Texts
    """[U]: names; unique within a split."""
    corpus: Texts
    """[U]; empty where unknown."""
    split: Texts
    """[U]: `cal` and `test`, by custom."""
    words: Ints
    """[U]: words of the reference."""
    characters: Ints
    """[U]: characters of the reference; 0 where not counted."""
    duration_s: Floats
    """[U]; 0 where unknown."""
    errors: Ints
    """[U, E]: word errors (substitutions, insertions, deletions)."""
    char_errors: Ints
    """[U, E]: character errors."""
    cost_blocks: Floats
    """[U, E], seconds."""
    cost_branch: Floats
    """[U, E], seconds."""
    scores: Mapping[str, Floats]
    """Name → [U, E]."""
    text: Texts
    """[U, E]: what was recognised; empty where not kept."""
    lower_is_surer: Mapping[str, bool] = field(default_factory=dict)
    """Which way a score points, for those that `edge.scores` does not know."""
    score_cost: Mapping[str, Floats] = field(default_factory=dict)
    """Name → [U, E], seconds: what computing a score takes, where `cost_branch` leaves it out."""

    def __post_init__(self) -> None:
        """Refuse what no figure could be computed from.

        Raises:
            TableError: no utterance, no exit, no word in any reference, or a NaN.
        """
        if not len(self.utterance) or not len(self.exits):
            raise TableError("an exit table without utterances or without exits says nothing")
        if not self.words.sum():
            raise TableError(
                "none of the references holds a word, so there is no word error rate",
                "check the 'words' of the table, or the texts of the manifest",
            )
        for name, values in {"cost": self.cost, **self.scores}.items():
            if not np.isfinite(values).all():
                row, column = np.argwhere(~np.isfinite(values))[0]
                raise TableError(
                    f"the {name} of utterance '{self.utterance[row]}' "
                    f"at exit {self.exits[column]} is not a number"
                )

    def __len__(self) -> int:
        return len(self.utterance)

    @cached_property
    def cost(self) -> Floats:
        """[U, E]: seconds for leaving there after having looked at every exit up to there."""
        return np.asarray(self.cost_blocks + np.cumsum(self.cost_branch, axis=1))

    @cached_property
    def cost_alone(self) -> Floats:
        """[U, E]: seconds for leaving there without having looked at any other exit."""
        return np.asarray(self.cost_blocks + self.cost_branch)

    @cached_property
    def depth(self) -> Floats:
        """[U, E]: the exits again, as a cost that is counted in blocks."""
        return np.tile(self.exits.astype(np.float64), (len(self), 1))

    def in_shares(self, spend: Spend) -> ExitTable:
        """Return the table with costs as shares of full depth's: of each utterance's own, or all's.

        Raises:
            TableError: full depth costs nothing.
        """
        full = self.cost_alone[:, -1:]
        full = np.full_like(full, full.mean()) if spend == "total" else full
        if not (full > 0).all():
            row = int(np.argmin(full))
            raise TableError(
                f"full depth costs nothing for utterance '{self.utterance[row]}', "
                "so that there is nothing to save",
                "check the 'cost' of the exit table",
            )
        return replace(
            self,
            cost_blocks=self.cost_blocks / full,
            cost_branch=self.cost_branch / full,
            score_cost={name: cost / full for name, cost in self.score_cost.items()},
        )

    def score(self, name: str) -> Floats:
        """Return one score, [U, E]; TableError with what there is if there is none of that name."""
        if name not in self.scores:
            raise TableError(
                f"the exit table has no score '{name}'",
                closest(name, self.scores),
                f"its scores: {', '.join(self.scores) or 'none'}",
            )
        return self.scores[name]

    def doubts(self, name: str) -> Floats:
        """Return a score, [U, E], turned so that lower is surer; errors as `is_surer_low`."""
        return self.score(name) if self.is_surer_low(name) else -self.score(name)

    def is_surer_low(self, name: str) -> bool:
        """Tell which way a score points.

        Raises:
            TableError: there is no such score, or nobody has said which way it points.
        """
        self.score(name)
        known = SCORES[name].lower_is_surer if name in SCORES else None
        lower = self.lower_is_surer.get(name, known)
        if lower is None:
            raise TableError(
                f"it is not known whether a low '{name}' is sure or a high one",
                f"say it: --surer {name}=low or --surer {name}=high",
            )
        return lower

    def column(self, exit: int) -> int:
        """Return the column of an exit; TableError with what there is if there is no such exit."""
        found = np.flatnonzero(self.exits == exit)
        if not len(found):
            raise TableError(
                f"there is no exit {exit}",
                f"exits: {', '.join(map(str, self.exits))}",
            )
        return int(found[0])

    def where(self, keep: npt.NDArray[np.bool_]) -> ExitTable:
        """Return the utterances for which `keep` (bool[U]) holds."""
        rows = {
            column.name: getattr(self, column.name)[keep]
            for column in fields(self)
            if column.name not in _NOT_ROWS
        }
        return replace(
            self,
            scores={name: values[keep] for name, values in self.scores.items()},
            score_cost={name: values[keep] for name, values in self.score_cost.items()},
            lower_is_surer=self.lower_is_surer,
            **rows,
        )

    def reading(self, names: Iterable[str]) -> ExitTable:
        """Return the table as a policy sees and pays for it that reads these scores alone.

        Raises:
            TableError: there is no such score.
        """
        scores = {name: self.score(name) for name in names}
        if set(scores) == {UNIT_ENTROPY} and UNIT_ENTROPY in self.score_cost:
            # Units have branches of their own; the one for text runs only where it leaves.
            read = self.cost_blocks + self.cost_branch
            units = self.score_cost[UNIT_ENTROPY]
            return replace(self, scores=scores, score_cost={}, cost_blocks=read, cost_branch=units)
        dearer = [self.score_cost[name] for name in scores if name in self.score_cost]
        cost = sum(dearer, start=self.cost_branch)
        return replace(self, scores=scores, score_cost={}, cost_branch=cost)

    def among(self, exits: Sequence[int]) -> ExitTable:
        """Return the table of these exits alone, as a policy sees it that knows no others.

        Raises:
            TableError: there is no such exit.
        """
        columns = [self.column(exit) for exit in sorted(exits)]
        return replace(
            self,
            exits=self.exits[columns],
            errors=self.errors[:, columns],
            char_errors=self.char_errors[:, columns],
            cost_blocks=self.cost_blocks[:, columns],
            cost_branch=self.cost_branch[:, columns],
            scores={name: values[:, columns] for name, values in self.scores.items()},
            score_cost={name: values[:, columns] for name, values in self.score_cost.items()},
            text=self.text[:, columns],
        )

    def of_split(self, split: str) -> ExitTable:
        """Return the utterances of one split; TableError with what there is if it has none."""
        keep = self.split == split
        if not keep.any():
            raise TableError(
                f"the exit table has no utterance of split '{split}'",
                f"its splits: {', '.join(np.unique(self.split))}",
            )
        return self.where(keep)


def joined(tables: Sequence[ExitTable]) -> ExitTable:
    """Return the utterances of several tables, which have the same exits and scores, as one."""
    first = tables[0]
    if any(
        not np.array_equal(table.exits, first.exits)
        or table.scores.keys() != first.scores.keys()
        or table.score_cost.keys() != first.score_cost.keys()
        for table in tables
    ):
        raise TableError("exit tables with different exits or scores cannot be joined")
    rows = {
        column.name: np.concatenate([getattr(table, column.name) for table in tables])
        for column in fields(first)
        if column.name not in _NOT_ROWS
    }
    return replace(
        first,
        scores={name: np.concatenate([t.scores[name] for t in tables]) for name in first.scores},
        score_cost={
            name: np.concatenate([t.score_cost[name] for t in tables]) for name in first.score_cost
        },
        lower_is_surer=first.lower_is_surer,
        **rows,
    )
