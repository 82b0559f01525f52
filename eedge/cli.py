"""The `eedge` command: finds a command, runs it, and says how it ended.

Statuses: 0 done, 1 an expected failure or a gate not met, 2 wrong usage, 130 interrupted.
"""

from __future__ import annotations

import importlib
import io
import os
import sys
from collections.abc import Sequence
from typing import NamedTuple

import click

from boards.errors import EedgeError
from eedge import __version__, failures
from eedge.output import print_error

_INTERRUPTED = 130


class Entry(NamedTuple):
    """A command in the list: its help in one line, and the extra that holds what it imports."""

    help: str
    extra: str | None = None


COMMANDS: dict[str, Entry] = {
    "train": Entry("Train an encoder with exits.", extra="train"),
    "convert": Entry("Convert a checkpoint, block by block, to a bundle.", extra="convert"),
    "compile": Entry("Compile a bundle's files for the Edge TPU."),
    "explain": Entry("Say which operators an accelerator takes, and what helps."),
    "calibrate": Entry("Fit operating points for a board, and compare them."),
    "run": Entry("Recognise what is said, in sound files or on a device."),
    "evaluate": Entry("Measure word errors and latency on labelled speech."),
    "noise": Entry("Measure how noise and rooms change depth and word errors."),
    "report": Entry("Write a page on what a calibration found.", extra="report"),
    "bench": Entry(
        "Compare a bundle's speed and memory with other ways to run it.", extra="convert"
    ),
    "demo": Entry("Go the whole way with the shipped encoder and speech.", extra="bench"),
    "doctor": Entry("Find out what is wrong with a board at this machine."),
    "devices": Entry("List what is attached, and say what it needs to be of use."),
    "sign": Entry("Sign a bundle, or make a key to sign with.", extra="sign"),
    "flash": Entry("Put a bundle on one or more devices."),
    "monitor": Entry("Show what a device says, line by line."),
    "simulate": Entry("Show what the governor would make of a day.", extra="report"),
    "boards": Entry("List the kinds of device, or show one of them."),
}
"""Each command NAME is the click command called `command` in `eedge/commands/NAME.py`.

The help stands here as well, so that `eedge --help` need not import what the commands import.
"""


class LazyGroup(click.Group):
    """A group that imports a command's file only when that command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order in which a user comes to need them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command, or return None if there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"eedge.commands.{cmd_name}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, with a suggestion for a name that is nearly right."""
        try:
            return super().resolve_command(ctx, args)
        except click.NoSuchCommand as error:
            raise click.NoSuchCommand(args[0], possibilities=COMMANDS, ctx=ctx) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> object:
        """Run the command, explaining what to install if a package of its extra is missing."""
        try:
            return super().invoke(ctx)
        except ModuleNotFoundError as error:
            name = ctx.invoked_subcommand
            extra = COMMANDS[name].extra if name in COMMANDS else None
            failure = failures.missing_extra(error, f"eedge {name}", extra)
            if failure is None:
                raise
            raise failure from error


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="'eedge COMMAND --help' shows a command's options.",
)
@click.version_option(__version__, prog_name="eedge", message="%(prog)s %(version)s")
def group() -> None:
    """Early-exit speech recognition for small devices.

    Train an encoder with exits, convert it block by block, calibrate it for a board, and run it
    no deeper than each utterance needs.
    """


def main(args: Sequence[str] | None = None) -> int:
    """Run `eedge` with `args` (the process's own if None) and return its exit status."""
    args = list(sys.argv[1:] if args is None else args) or ["--help"]
    # The interpreter and PyTorch have threads of their own, which --threads counts; NumPy's BLAS
    # would take every core for the small matrices that are left to it, and slow those down.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A file name need not be text; printing it must not fail.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        return _run(args.copy())
    except KeyboardInterrupt:
        click.echo("eedge: interrupted", err=True)
        return _INTERRUPTED
    except BrokenPipeError:
        # The reader has gone, as in `eedge … | head`: nobody is left to tell.
        _settle_stdout()
        return 1
    except (EedgeError, click.ClickException, OSError) as error:
        failure = failures.explain(error)
        if failure is None:
            raise
        _settle_stdout()
        # Looked for here because wrong options are an error before any option is parsed.
        print_error(failure, as_json="--json" in args)
        return failure.status


def _run(args: list[str]) -> int:
    try:
        with group.make_context("eedge", args) as context:
            group.invoke(context)
    except click.exceptions.Exit as finished:
        return finished.exit_code
    finally:
        _flush_stdout()
    return 0


def _settle_stdout() -> None:
    """Drop what stdout holds if it cannot be written: Python would try again at exit."""
    try:
        _flush_stdout()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _flush_stdout() -> None:
    click.echo(nl=False)  # Unlike sys.stdout.flush, does nothing where stdout is closed.
