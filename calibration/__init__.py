"""From labelled speech to operating points: measure every exit, compare, fit, report."""
