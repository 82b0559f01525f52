"""The figures of a benchmark: rows, ratios, agreement, and the conditions that go with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

from pydantic import BaseModel, ConfigDict

from convert.bench.conditions import Machine
from convert.bench.engines.engine import Inside
from convert.bench.timing import Turn

PYTORCH, PYTORCH_INT8, ONNX = "pytorch", "pytorch-int8", "onnxruntime-int8"
SINGLE, FULL, RUN = "single", "full", "eedge-run"
"""Names of the rows; those of operating points are the points' own.

All lengths stay loaded, but in `eedge-run`: full depth as `eedge run` does it, in little memory.
"""

_COMPARED = (PYTORCH, PYTORCH_INT8, ONNX, SINGLE, FULL)


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True)


class Conditions(_Section):
    """What was run, on what and how.

    `others` are the cores that other processes used meanwhile, by number of threads; `identity`
    is the bundle's, `seconds` are of sound.
    """

    machine: Machine
    others: dict[int, float]
    bundle: str
    identity: str
    recipe: str
    checkpoint: str
    data: str
    utterances: int
    seconds: float
    rounds: int
    method: str


class Row(_Section):
    """One engine with one number of threads; times are means per utterance in ms.

    `rtf` is time over duration of the sound, `speedup` is PyTorch's time over this one's with as
    many threads, `peak_mb` is 10^6 bytes of resident memory, `log_mel_ms` is timed by itself and
    the same for all.

    The rest is known for TFLite only: the time in its interpreter, by part where there are parts;
    `loading_ms`, before a length can be run; `outside_ms`, which is all other time, and its share.
    `blocks` were counted as they ran, `exit` is where utterances left, both on average;
    `deciding_share` is what one decision takes, once its scores are there, over a block's time.
    """

    engine: str
    threads: int
    ms: float
    rtf: float
    speedup: float
    peak_mb: float
    log_mel_ms: float
    interpreter_ms: float | None = None
    frontend_ms: float | None = None
    blocks_ms: float | None = None
    branches_ms: float | None = None
    loading_ms: float | None = None
    outside_ms: float | None = None
    outside_share: float | None = None
    blocks: float | None = None
    exit: float | None = None
    deciding_us: float | None = None
    deciding_share: float | None = None


class Agreement(_Section):
    """How many utterances got the same text from two engines."""

    engines: tuple[str, str]
    same: int
    share: float


class Saving(_Section):
    """What an operating point saves of the time of full depth, as shares.

    `time` was measured; `blocks` is what there would be to save if every block that was not run
    took its share of its utterance's time with it.
    """

    blocks: float
    time: float


class Report(_Section):
    """All that a benchmark found. `ratios` and `savings` are of the fewest threads."""

    conditions: Conditions
    rows: tuple[Row, ...]
    ratios: dict[str, float]
    savings: dict[str, Saving]
    agreement: tuple[Agreement, ...]
    notes: tuple[str, ...]


def make_rows(
    turns: Mapping[str, Sequence[Turn]],
    log_mel: Sequence[Turn],
    peaks: Mapping[str, float],
    sound_s: float,
    threads: int,
    deciding: Mapping[str, float],
) -> list[Row]:
    """Return a row for every engine of `turns`, from one turn for each utterance.

    Args:
        turns: by engine, PyTorch among them.
        log_mel: the turns of computing features alone.
        peaks: by engine, in megabytes.
        sound_s: seconds of all utterances together.
        threads: of all engines.
        deciding: by operating point, seconds for one decision.
    """
    pytorch_s, log_mel_s = _seconds(turns[PYTORCH]), _seconds(log_mel)
    rows = []
    for engine, of_engine in turns.items():
        seconds = _seconds(of_engine)
        row = Row(
            engine=engine,
            threads=threads,
            ms=_ms(seconds, of_engine),
            rtf=round(seconds / sound_s, 6),
            speedup=round(pytorch_s / seconds, 3),
            peak_mb=round(peaks[engine], 1),
            log_mel_ms=_ms(log_mel_s, of_engine),
        )
        row = row.model_copy(update=_breakdown(of_engine, seconds, log_mel_s))
        rows.append(_with_deciding(row, deciding.get(engine)))
    return rows


def _with_deciding(row: Row, seconds: float | None) -> Row:
    if seconds is None or not row.blocks or not row.blocks_ms:
        return row
    share = 1e3 * seconds / (row.blocks_ms / row.blocks)
    return row.model_copy(
        update={"deciding_us": round(1e6 * seconds, 2), "deciding_share": round(share, 5)}
    )


def _breakdown(turns: Sequence[Turn], seconds: float, log_mel_s: float) -> dict[str, float]:
    counted = [turn.inside for turn in turns if turn.inside is not None]
    if not counted:
        return {}
    inside = sum(counted, Inside())
    outside = seconds - log_mel_s - inside.seconds - inside.loading_s
    fields = {
        "interpreter_ms": _ms(inside.seconds, turns),
        "loading_ms": _ms(inside.loading_s, turns),
        "outside_ms": _ms(outside, turns),
        "outside_share": round(outside / seconds, 4),
    }
    if inside.whole_s:
        return fields
    return fields | {
        "frontend_ms": _ms(inside.frontend_s, turns),
        "blocks_ms": _ms(inside.blocks_s, turns),
        "branches_ms": _ms(inside.branches_s, turns),
        "blocks": round(inside.blocks / len(turns), 3),
        "exit": round(inside.exits / len(turns), 3),
    }


def _seconds(turns: Sequence[Turn]) -> float:
    return sum(turn.seconds for turn in turns)


def _ms(seconds: float, turns: Sequence[Turn]) -> float:
    """Milliseconds per utterance."""
    return round(1e3 * seconds / len(turns), 4)


def ratios(rows: Sequence[Row]) -> dict[str, float]:
    """Return how the times compare with one thread, or the fewest that were measured.

    `pytorch_over_full`, `pytorch_int8_over_full`, `onnxruntime_int8_over_full`,
    `split_over_single` (what splitting costs: full depth by parts over the single file), and
    `full_over_POINT` for every operating point.
    """
    fewest = min(row.threads for row in rows)
    ms = {row.engine: row.ms for row in rows if row.threads == fewest}
    full = ms[FULL]
    found = {
        f"{engine.replace('-', '_')}_over_full": ms[engine] / full
        for engine in (PYTORCH, PYTORCH_INT8, ONNX)
        if engine in ms
    }
    found["split_over_single"] = full / ms[SINGLE]
    points = [engine for engine in ms if engine not in (*_COMPARED, RUN)]
    found |= {f"full_over_{point}": full / ms[point] for point in points}
    return {name: round(value, 4) for name, value in found.items()}


def savings(turns: Mapping[str, Sequence[Turn]]) -> dict[str, Saving]:
    """Return what each operating point saves of full depth."""
    full = turns[FULL]
    found = {}
    for point in turns:
        if point in (*_COMPARED, RUN):
            continue
        pairs = list(zip(full, turns[point], strict=True))
        spared = sum(all_.seconds * (1 - _blocks(some) / _blocks(all_)) for all_, some in pairs)
        found[point] = Saving(
            blocks=round(spared / _seconds(full), 4),
            time=round(1 - _seconds(turns[point]) / _seconds(full), 4),
        )
    return found


def _blocks(turn: Turn) -> int:
    assert turn.inside is not None  # Ours counts its blocks.
    return turn.inside.blocks


def agreement(turns: Mapping[str, Sequence[Turn]]) -> tuple[Agreement, ...]:
    """Compare the texts of all pairs of engines that run every block."""
    compared = [engine for engine in _COMPARED if engine in turns]
    found = []
    for pair in combinations(compared, 2):
        texts = zip(*([turn.text for turn in turns[engine]] for engine in pair), strict=True)
        same = sum(one == other for one, other in texts)
        share = round(same / len(turns[pair[0]]), 4)
        found.append(Agreement(engines=pair, same=same, share=share))
    return tuple(found)
