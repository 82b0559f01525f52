"""What can go wrong on the device and is not a bug."""

from __future__ import annotations

from boards.errors import EedgeError


class AudioError(EedgeError):
    """A sound file is missing, empty, damaged, or holds what is not sound."""


class CorpusError(EedgeError):
    """A list of utterances, or a text in it, is not what it should be."""


class BundleError(EedgeError):
    """A bundle is missing, incomplete, damaged, or of a format that is not known here."""


class InterpreterError(EedgeError):
    """No TFLite interpreter is installed, or it cannot run what it was given."""


class ScoreError(EedgeError):
    """An exit's output is no distribution over symbols, so that it has no score."""


class CalibrationError(EedgeError):
    """A calibration is missing, damaged, or was fitted for something else."""


class AdaptingError(EedgeError):
    """What adapting has learnt cannot be kept, is damaged, or belongs to something else."""


class SignatureError(EedgeError):
    """A bundle is not signed by the key that is trusted, or a key cannot be read."""


class SlotError(EedgeError):
    """A bundle cannot be written beside the current one, or is not one to switch to."""


class DoesNotFitError(EedgeError):
    """A bundle needs more flash or memory than a microcontroller has."""


class WrongBoardError(EedgeError):
    """A bundle was made for another kind of device."""
