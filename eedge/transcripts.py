"""What was said in a sound file, as a line for people and as a record for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge.recogniser import Result, Transcript


def record(name: str, heard: Transcript, point: str | None) -> dict[str, object]:
    """Return a file's line of JSON; `segments` stands there only if the sound was cut."""
    found = {"audio": name, **_fields(heard), "point": point}
    if len(heard.pieces) > 1:
        found["segments"] = [{"start_s": piece.start_s, **_fields(piece)} for piece in heard.pieces]
    return found


def _fields(heard: Transcript | Result) -> dict[str, object]:
    blocks = heard.blocks
    return {
        "text": heard.text,
        "exit": heard.exit,
        "blocks": int(blocks) if blocks == int(blocks) else round(blocks, 3),
        "duration_s": heard.duration_s,
        "latency_ms": round(1e3 * heard.latency_s, 3),
        "loading_ms": round(1e3 * heard.loading_s, 3),
        "rtf": round(heard.latency_s / heard.duration_s, 6),
        "score": heard.score,
    }


def lines(name: str, heard: Transcript, state: str = "") -> list[str]:
    """Return what people see of a file: a line, and one for each piece if the sound was cut.

    `state` stands between the times and the name: what the device was like.
    """
    if len(heard.pieces) == 1:
        return [_line(heard, state, name, heard.text)]
    blank = " " * len(state)
    return [
        _line(heard, state, name, f"{len(heard.pieces)} pieces:"),
        *(
            _line(piece, blank, f"from {piece.start_s:.1f} s".rjust(len(name)), piece.text)
            for piece in heard.pieces
        ),
    ]


def _line(heard: Transcript | Result, state: str, place: str, text: str) -> str:
    latency = f"{1e3 * heard.latency_s:8.1f} ms  RTF {heard.latency_s / heard.duration_s:.4f}"
    return f"exit {heard.exit:2}  {latency}{state}  {place}  {text}".rstrip()
