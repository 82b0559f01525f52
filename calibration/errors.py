"""What can go wrong with the speech, the tables and the fits of a calibration."""

from boards.errors import EedgeError


class TableError(EedgeError):
    """An exit table is damaged or incomplete, or says nothing that could be used."""
