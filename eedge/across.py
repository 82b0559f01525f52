"""What `eedge run` keeps from one utterance to the next: a watch for drift, and adapting."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Self

import click

from boards.errors import UsageError

if TYPE_CHECKING:
    from edge.adapting import Adapting
    from edge.bundle import Bundle
    from edge.calibration import Calibration, OperatingPoint
    from edge.drift import Monitors
    from edge.policy import Policy


class Across:
    """The policy of a run: watched for drift, and adapting where that is wanted.

    Args:
        bundle: what is run.
        chosen: the operating point to run at, with its calibration; None where there is none.
        policy: what to run at then.
        adapt: where adapting keeps what it learns; None to treat each utterance by itself.

    Raises:
        UsageError: `adapt` names a file, and there is no point that can be adapted.
        AdaptingError: what is in that file cannot be gone on with.
    """

    def __init__(
        self,
        bundle: Bundle,
        chosen: tuple[Calibration, OperatingPoint] | None,
        policy: Policy,
        adapt: Path | None,
    ) -> None:
        from edge.drift import Watched, to_watch

        self.policy = policy
        self._adapting: Adapting | None = None
        self._keep: Callable[[], None] | None = None
        self._monitors: Monitors | None = None
        self._warned = False
        if chosen is None:
            if adapt is not None:
                raise UsageError(
                    "--adapt needs an operating point with a threshold",
                    "name one: --point",
                    "eedge calibrate fits them",
                )
            return
        calibration, point = chosen
        if adapt is not None:
            self._adapt(bundle, calibration, point, adapt)
        watches = to_watch(calibration, point.rule, bundle.exits)
        if watches:
            self.policy = watched = Watched(self.policy, watches)
            self._monitors = watched.monitors

    def _adapt(
        self, bundle: Bundle, calibration: Calibration, point: OperatingPoint, path: Path
    ) -> None:
        from edge.adapting import Scope
        from edge.bandit_state import BanditState, resume

        scope = Scope.of(calibration, point.name, bundle.exits)
        adapting = resume(scope, bundle.identity, calibration.board, path)
        self._adapting = self.policy = adapting
        self._keep = lambda: BanditState.of(adapting, bundle.identity, calibration.board).write(
            path
        )
        click.echo(
            f"eedge: adapting: each result depends on the utterances before it, in {path}",
            err=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Write what was learnt; raises `AdaptingError` if it cannot be written."""
        if self._keep is not None:
            self._keep()

    def fields(self) -> dict[str, object]:
        """Return what stands in the record of the file that was just run.

        `thresholds`: that of each piece that was not silent, None for full depth; `drift`: what
        the monitors hold.
        """
        fields: dict[str, object] = {}
        if self._adapting is not None:
            fields["thresholds"] = self._adapting.used()
        if self._monitors is not None:
            verdict = self._monitors.verdict
            fields["drift"] = {"drifted": verdict.drifted, "evidence": round(verdict.evidence, 3)}
        return fields

    def begin(self) -> None:
        """Begin a file: what a file before it left behind that broke off is not its own."""
        if self._adapting is not None:
            self._adapting.used()

    def warn(self) -> None:
        """Say on stderr, once, that the speech has drifted, if it has."""
        from edge.drift import TRIES, WHAT

        if self._monitors is None or self._warned or not self._monitors.verdict.drifted:
            return
        self._warned = True
        click.echo(f"eedge: warning: {WHAT}", err=True)
        click.echo("Things to try:", err=True)
        for hint in TRIES:
            click.echo(f"  - {hint}", err=True)
