"""The log of a run: JSON lines in its folder, and short lines for whoever watches."""

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path


class RunLog:
    """Appends to `path`; `echo` gets each line for people."""

    def __init__(self, path: Path, echo: Callable[[str], None] = lambda line: None) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path, self.echo = path, echo

    def record(self, event: str, **values: object) -> None:
        """Append one event with its wall-clock time in Unix seconds."""
        row = {"time": round(time.time(), 1), "event": event, **values}
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")

    def stage(self, text: str) -> None:
        """Note the beginning or end of a part of the run."""
        self.record("stage", text=text)
        self.echo(text)

    def step(
        self, step: int, steps: int, losses: Mapping[str, float], rate: float, step_s: float
    ) -> None:
        """Note one step: its losses by name, in nats, the learning rate, seconds for each step."""
        rounded = {name: round(loss, 4) for name, loss in losses.items()}
        self.record("step", step=step, losses=rounded, rate=rate, step_s=round(step_s, 4))
        shown = " ".join(f"{name}:{loss:.2f}" for name, loss in losses.items())
        left = (steps - step) * step_s / 60
        self.echo(f"step {step}/{steps}  loss {shown}  {step_s:.2f} s/step  {left:.0f} min left")

    def progress(self, what: str) -> Callable[[int, int], None]:
        """Return a callback that notes every tenth of a long piece of work."""

        def report(done: int, total: int) -> None:
            if done * 10 // total != (done - 1) * 10 // total:
                self.echo(f"{what}: {done}/{total}")

        return report
