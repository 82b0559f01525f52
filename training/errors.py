"""Failures of training that a user can cause."""

from boards.errors import EedgeError


class RecipeError(EedgeError):
    """A recipe file cannot be used."""


class CheckpointError(EedgeError):
    """A checkpoint folder is missing, damaged, or of another kind."""


class TrainingError(EedgeError):
    """A training run cannot start or go on."""
