"""How much may be lost: what operating points are fitted for."""

BUDGETS = (0.0, 0.1, 0.25, 0.5, 1.0)
"""WER points over full depth."""
LEAST_BUDGET = 5.0
"""WER points for the least point, which is for a board that is hot or nearly empty."""
