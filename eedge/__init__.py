"""The command line: one file per command in `eedge/commands`, no logic of its own."""

__version__ = "0.1.0"
