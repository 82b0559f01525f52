"""Rows, ratios and agreement, from hand-made turns."""

import pytest

from convert.bench.conditions import Machine
from convert.bench.engines.engine import Inside
from convert.bench.markdown import markdown
from convert.bench.report import Conditions, Report, agreement, make_rows, ratios, savings
from convert.bench.timing import Turn

TEXTS = ("yes", "no")


def turns(ms: tuple[float, float], inside: Inside | None = None) -> list[Turn]:
    return [Turn(1e-3 * each, text, inside) for each, text in zip(ms, TEXTS, strict=True)]


SPLIT = Inside(frontend_s=1e-3, blocks_s=4e-3, branches_s=1e-3, blocks=12, exits=12)
EARLY = Inside(frontend_s=1e-3, blocks_s=2e-3, branches_s=1e-3, blocks=6, exits=6)
TURNS = {
    "pytorch": turns((20, 40)),
    "onnxruntime-int8": [Turn(16e-3, "yes", None), Turn(16e-3, "on", None)],
    "single": turns((8, 10), Inside(whole_s=6e-3)),
    "eedge-run": turns((18, 20), Inside(blocks_s=6e-3, loading_s=9e-3, blocks=12, exits=12)),
    "full": turns((9, 11), SPLIT),
    "wer+0.5": turns((6, 6), EARLY),
}
LOG_MEL = turns((2, 3))
DECIDING = {"wer+0.5": 3e-6}
ROWS = make_rows(TURNS, LOG_MEL, dict.fromkeys(TURNS, 100.0), 4.0, 1, DECIDING)
BY_ENGINE = {row.engine: row for row in ROWS}


def test_a_row_is_a_mean_over_the_utterances() -> None:
    pytorch = BY_ENGINE["pytorch"]
    assert (pytorch.ms, pytorch.rtf, pytorch.speedup) == (30.0, 0.015, 1.0)
    assert BY_ENGINE["full"].speedup == 3.0
    assert {row.log_mel_ms for row in ROWS} == {2.5}


@pytest.mark.parametrize("engine", ["single", "eedge-run", "full", "wer+0.5"])
def test_every_millisecond_of_tflite_is_accounted_for_once(engine: str) -> None:
    row = BY_ENGINE[engine]
    parts = (row.log_mel_ms, row.interpreter_ms, row.loading_ms, row.outside_ms)
    assert sum(part or 0.0 for part in parts) == pytest.approx(row.ms)
    assert row.outside_share == pytest.approx((row.outside_ms or 0.0) / row.ms, abs=1e-4)


def test_the_interpreters_time_is_divided_where_the_encoder_is() -> None:
    full, single = BY_ENGINE["full"], BY_ENGINE["single"]
    assert (full.frontend_ms, full.blocks_ms, full.branches_ms) == (1.0, 4.0, 1.0)
    assert (full.interpreter_ms, full.outside_ms, full.blocks, full.exit) == (6.0, 1.5, 12, 12)
    assert (single.interpreter_ms, single.frontend_ms, single.blocks) == (6.0, None, None)
    assert BY_ENGINE["pytorch"].outside_ms is None


def test_ratios_are_those_of_times() -> None:
    assert ratios(ROWS) == {
        "pytorch_over_full": 3.0,
        "onnxruntime_int8_over_full": 1.6,
        "split_over_single": 1.1111,
        "full_over_wer+0.5": 1.6667,
    }


def test_ratios_are_of_one_thread() -> None:
    more = make_rows(
        {name: turns((1, 1)) for name in TURNS}, LOG_MEL, dict.fromkeys(TURNS, 1.0), 4.0, 2, {}
    )
    assert ratios([*ROWS, *more]) == ratios(ROWS)


def test_a_decision_is_weighed_against_a_block() -> None:
    early = BY_ENGINE["wer+0.5"]
    # Six blocks take 2 ms.
    assert (early.deciding_us, early.deciding_share) == (3.0, 0.009)
    assert BY_ENGINE["full"].deciding_us is None


def test_saved_blocks_count_as_much_as_their_utterance_takes() -> None:
    # Half of the blocks of both; 12 of 20 ms.
    assert savings(TURNS).keys() == {"wer+0.5"}
    saved = savings(TURNS)["wer+0.5"]
    assert (saved.blocks, saved.time) == (0.5, 0.4)
    lazy = [TURNS["wer+0.5"][0], TURNS["full"][1]]
    # Half of the blocks of the first, which takes 9 of the 20 ms.
    assert savings({**TURNS, "wer+0.5": lazy})["wer+0.5"].blocks == 0.225


def test_without_onnx_runtime_its_ratio_is_absent() -> None:
    rows = [row for row in ROWS if row.engine != "onnxruntime-int8"]
    assert ratios(rows).keys() == {"pytorch_over_full", "split_over_single", "full_over_wer+0.5"}


def test_agreement_counts_equal_texts_of_engines_that_run_every_block() -> None:
    found = {one.engines: (one.same, one.share) for one in agreement(TURNS)}
    assert len(found) == 6
    assert found["pytorch", "full"] == (2, 1.0)
    assert found["pytorch", "onnxruntime-int8"] == (1, 0.5)


def test_the_report_is_markdown_with_its_conditions_and_a_whole_table() -> None:
    machine = Machine(
        date="2026-01-01T00:00:00+00:00",
        cpu="Some CPU",
        cores=2,
        system="Linux",
        load=0.25,
        python="3.11.7",
        versions={"numpy": "2.4.6"},
    )
    conditions = Conditions(
        machine=machine,
        others={1: 0.02, 2: 0.5},
        bundle="small.eedge",
        identity="ab" * 32,
        recipe="dynamic-int8",
        checkpoint="small",
        data="test.jsonl",
        utterances=2,
        seconds=4.0,
        rounds=3,
        method="median",
    )
    report = Report(
        conditions=conditions,
        rows=tuple(ROWS),
        ratios=ratios(ROWS),
        savings=savings(TURNS),
        agreement=agreement(TURNS),
        notes=("the machine is busy",),
    )
    lines = markdown(report).splitlines()
    table = [line for line in lines if line.startswith("|")]
    assert len(table) == 2 + len(ROWS)
    assert len({(len(line), line.count("|")) for line in table}) == 1
    text = "\n".join(lines)
    assert "Some CPU, 2 cores, Linux, load 0.25 at the start" in text
    assert "wer+0.5 saves 40.0 % of the time, where its blocks would save 50.0 %" in text
    assert "used by others while timing: 0.02, 0.5 cores" in text
    assert "small.eedge abababababab, dynamic-int8" in text
    assert "2 utterances, 4.0 s of sound; 3 rounds" in text
    assert "- same text by pytorch and onnxruntime-int8: 1 of 2" in lines
    assert "- note: the machine is busy" in lines
