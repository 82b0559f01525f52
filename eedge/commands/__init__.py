"""One file per command, loaded when it is called; see `COMMANDS` in `eedge/cli.py`."""
