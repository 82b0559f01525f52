"""Policies and guarantees in words."""

from __future__ import annotations

from collections.abc import Sequence

from calibration.table import ExitTable
from edge.calibration import Guarantee
from edge.rules import FixedRule, LearntRule, Rule, ThresholdRule


def policy(rule: Rule, table: ExitTable) -> str:
    """Return what a rule does, in a sentence."""
    match rule:
        case FixedRule(exit=exit):
            deepest = exit == table.exits[-1]
            return f"Run every utterance to exit {exit}{', the last' if deepest else ''}."
        case ThresholdRule(score=score, threshold=threshold, exits=exits):
            *early, last = exits or table.exits.tolist()
            side = "at most" if table.is_surer_low(score) else "at least"
            return (
                f"Leave at {_first_of(early)} where {score} is {side} {threshold:.4g}, "
                f"at the latest at exit {last}."
            )
        case LearntRule(signs=signs, exits=weights, last=last, price=price):
            return (
                f"Leave at {_first_of([each.exit for each in weights])} where going on is not "
                f"expected to win back more word errors than it is worth, at the latest at exit "
                f"{last}. That is learnt from {', '.join(sign.name for sign in signs)}; "
                f"a second counts as {price:.3g} word errors."
            )
    settings = rule.model_dump(exclude={"kind"}, exclude_none=True)
    return f"{rule.kind}: {', '.join(f'{name} {value}' for name, value in settings.items())}."


def guarantee(promise: Guarantee) -> str:
    """Return what is promised, and what that rests on."""
    return (
        f"With probability {1 - promise.delta:.0%}, no more than {promise.epsilon:g} points of WER "
        f"over full depth, on speech like that of the calibration. Tested on "
        f"{promise.utterances:,} utterances that it was not fitted on; of an utterance's word "
        f"errors over full depth, at most {promise.most_counted} count."
    )


def _first_of(exits: Sequence[int]) -> str:
    if len(exits) == 1:
        return f"exit {exits[0]}"
    return f"the first of exits {', '.join(map(str, exits))}"
