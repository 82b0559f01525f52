"""Policies: at an exit, leave or go on. One criterion a file.

`fixed` leaves at one exit, `threshold` where a score is sure enough, `patience` and `agreement`
where the text has stopped changing, `window` by the scores of several exits, `learnt` by all
that is known, weighed. `allowed` chooses
the exits that a policy may leave at.
"""

from edge.policy.agreement import Agreement
from edge.policy.base import Policy, check_exit, check_score
from edge.policy.fixed import FixedExit
from edge.policy.learnt import Learnt
from edge.policy.patience import Patience
from edge.policy.threshold import Threshold
from edge.policy.window import Window
from edge.scores import Scored

__all__ = [
    "Agreement",
    "FixedExit",
    "Learnt",
    "Patience",
    "Policy",
    "Scored",
    "Threshold",
    "Window",
    "check_exit",
    "check_score",
]
