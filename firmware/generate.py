"""`python -m firmware.generate`: write what both sides must agree on, from the Python definitions.

The messages, the names of scores and signs, and every constant that both sides must agree on come
from here, so that none can be changed on one side alone. The files are kept in the repository, for
whoever builds the firmware without Python; a test holds them against what is written here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from edge import features, learnt, ngrams, posteriors, recogniser
from edge.scores import SCORES, change
from edge.signs import SIGNS
from edge.tokens import BLANK
from edge.wire import MESSAGES, Message, frame
from edge.wire.coding import layout
from edge.wire.fields import Kind
from firmware import generate_boards
from firmware_host.governor import Limits, battery, demand, governor, heat

FIRMWARE = Path(__file__).resolve().parent

_C_TYPES = {
    "u8": "uint8_t",
    "u16": "uint16_t",
    "u32": "uint32_t",
    "u64": "uint64_t",
    "f32": "float",
    "f32 or NaN": "float",
    "hash": "const uint8_t *",
    "text": "struct ee_text",
    "data": "struct ee_data",
}
_KINDS = {name: "EE_" + name.upper().replace(" ", "_") for name in _C_TYPES}
_SIZED = re.compile(r"(text|data) ≤ (\d+)")


def header() -> str:
    """Return the content of `generated.h`."""
    most_exits = max(most for message in MESSAGES.values() for most in _short_data(message))
    constants: dict[str, object] = {
        "EE_WIRE_VERSION": frame.VERSION,
        "EE_WIRE_VERSIONS": frame.VERSIONS[-1],
        "EE_MAX_BODY": frame.MAX_BODY,
        "EE_LONGEST_ENCODED": frame.LONGEST_ENCODED,
        "EE_BLANK": BLANK,
        "EE_MOST_EXITS": most_exits,
        "EE_SUM_TOLERANCE": posteriors._TOLERANCE,
        "EE_NEARLY": change.NEARLY,
        "EE_NGRAMS_VERSION": ngrams._VERSION,
        "EE_NGRAMS_FACTOR": f"UINT64_C(0x{ngrams._FACTOR:X})",
        "EE_NGRAMS_LONGEST": ngrams._LONGEST,
        "EE_NGRAMS_LEAST_BITS": ngrams._LEAST_BITS,
        "EE_NGRAMS_MOST_BITS": ngrams._MOST_BITS,
        "EE_REACH": learnt.REACH,
        "EE_SILENCE": recogniser.SILENCE,
        "EE_PREEMPHASIS": float(features._PREEMPHASIS),
        "EE_ENERGY_FLOOR": float(features._FLOOR),
        **_governor_constants(),
    }
    lines = [
        _NOTE,
        "#ifndef EE_GENERATED_H",
        "#define EE_GENERATED_H",
        "",
        "#include <stdbool.h>",
        "#include <stddef.h>",
        "#include <stdint.h>",
        "",
        *(f"#define {name} {_number(value)}" for name, value in constants.items()),
        "",
        "/* UTF-8 that lies elsewhere, without a 0 at its end. */",
        "struct ee_text {\n    const char *bytes;\n    uint16_t size;\n};",
        "",
        "struct ee_data {\n    const uint8_t *bytes;\n    uint16_t size;\n};",
        "",
        *_enumeration("ee_type", {_type(one): f"0x{one.code:02X}" for one in MESSAGES.values()}),
        *(line for message in MESSAGES.values() for line in _structure(message)),
        *_union(),
        *_enumeration("ee_kind", dict.fromkeys(_KINDS.values())),
        "/* Where a field lies in its message's structure; `most` is of texts and data. */",
        "struct ee_field {\n    uint8_t kind;\n    uint16_t most;\n    uint16_t offset;\n};",
        "",
        "struct ee_layout {\n    uint8_t type;\n    uint8_t count;\n"
        "    const struct ee_field *fields;\n};",
        "",
        f"#define EE_LAYOUTS {len(MESSAGES)}",
        "extern const struct ee_layout ee_layouts[EE_LAYOUTS];",
        "",
        *_enumeration("ee_score", {_score(name): None for name in (*SCORES, *SIGNS)}),
        f"#define EE_SCORES {len(SCORES)}",
        f"#define EE_VALUES {len(SCORES) + len(SIGNS)}",
        "",
        "/* A score, or a sign behind them; `surest` is NaN where the encoder decides. */",
        "struct ee_score_info {\n    const char *name;\n    bool lower_is_surer;\n"
        "    double surest;\n};",
        "",
        "extern const struct ee_score_info ee_scores[EE_VALUES];",
        "",
        "/* Temperatures in degrees Celsius, times in seconds, battery in percent. */",
        "struct ee_limits {",
        *(f"    double {name};" for name in Limits.__dataclass_fields__),
        "};",
        "",
        "extern const struct ee_limits ee_usual_limits;",
        "",
        "#endif",
    ]
    return "\n".join(lines) + "\n"


def source() -> str:
    """Return the content of `generated.c`."""
    lines = [_NOTE, '#include "generated.h"', "", "#include <math.h>", ""]
    for message in MESSAGES.values():
        fields = list(layout(message))
        if not fields:
            continue
        lines.append(f"static const struct ee_field {_name(message)}_fields[] = {{")
        for name, kind in fields:
            word, most = _kind(kind)
            place = f"offsetof(struct ee_{_name(message)}, {name})"
            lines.append(f"    {{{_KINDS[word]}, {most}, {place}}},")
        lines += ["};", ""]
    lines.append("const struct ee_layout ee_layouts[EE_LAYOUTS] = {")
    for message in MESSAGES.values():
        count = sum(1 for _ in layout(message))
        fields_name = f"{_name(message)}_fields" if count else "NULL"
        lines.append(f"    {{{_type(message)}, {count}, {fields_name}}},")
    lines += ["};", "", "const struct ee_score_info ee_scores[EE_VALUES] = {"]
    for score in SCORES.values():
        lower = "true" if score.lower_is_surer else "false"
        surest = "NAN" if score.surest is None else _number(score.surest)
        lines.append(f'    {{"{score.name}", {lower}, {surest}}},')
    lines += [f'    {{"{sign}", false, NAN}},' for sign in SIGNS]
    lines += ["};", "", "const struct ee_limits ee_usual_limits = {"]
    lines += [f"    .{name} = {_number(float(value))}," for name, value in vars(Limits()).items()]
    lines += ["};"]
    return "\n".join(lines) + "\n"


_NOTE = "/* Written by `python -m firmware.generate` from the Python definitions. */"


def _governor_constants() -> dict[str, object]:
    return {
        "EE_HEAT_SMOOTH": heat._SMOOTH,
        "EE_HEAT_CALM": heat._CALM,
        "EE_HEAT_BLOCK": heat._BLOCK,
        "EE_HEAT_FORGET": heat._FORGET,
        "EE_HEAT_GONE": heat._GONE,
        "EE_USUAL_GAIN": heat.USUAL[0],
        "EE_USUAL_RATE": heat.USUAL[1],
        "EE_TRUST_GAIN": heat.TRUST[0],
        "EE_TRUST_RATE": heat.TRUST[1],
        "EE_LEAST_GAIN": heat.GAINS[0],
        "EE_MOST_GAIN": heat.GAINS[1],
        "EE_LEAST_RATE": heat.RATES[0],
        "EE_MOST_RATE": heat.RATES[1],
        "EE_BATTERY_SOONEST": battery._SOONEST,
        "EE_BATTERY_IDLE": battery.IDLE,
        "EE_DEMAND_SOON": demand._SOON,
        "EE_DEMAND_LATELY": demand._LATELY,
        "EE_REACTION": governor._REACTION,
        "EE_WARM_UP": governor._WARM_UP,
        "EE_ODD": governor._ODD,
        "EE_BURSTS": governor._BURSTS,
        "EE_CHANGE": governor._CHANGE,
        "EE_COLDEST": governor._CELSIUS.start,
        "EE_HOTTEST": governor._CELSIUS.stop,
        "EE_MOST_PERCENT": governor._PERCENT.stop,
        "EE_MOST_SLOWDOWN": governor._SLOWDOWN.stop,
    }


def _short_data(message: type[Message]) -> Iterator[int]:
    """Yield how many exits a message can name."""
    for name, kind in layout(message):
        if name == "exits":
            yield _kind(kind)[1]


def _kind(kind: Kind) -> tuple[str, int]:
    """Return the word for a kind, and the most bytes of it."""
    sized = _SIZED.fullmatch(kind.name)
    return (sized[1], int(sized[2])) if sized else (kind.name, 0)


def _name(message: type[Message]) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", message.__name__).lower()


def _type(message: type[Message]) -> str:
    return f"EE_{_name(message).upper()}"


def _score(name: str) -> str:
    return f"EE_{name.upper()}"


def _structure(message: type[Message]) -> Iterable[str]:
    fields = list(layout(message))
    if not fields:
        return
    yield f"struct ee_{_name(message)} {{"
    for name, kind in fields:
        c_type = _C_TYPES[_kind(kind)[0]]
        yield f"    {c_type}{'' if c_type.endswith('*') else ' '}{name};"
    yield "};"
    yield ""


def _union() -> Iterable[str]:
    yield "union ee_message {"
    for message in MESSAGES.values():
        if any(True for _ in layout(message)):
            # Behind the name, for `switch` is a word of C.
            yield f"    struct ee_{_name(message)} {_name(message)}_;"
    yield "};"
    yield ""


def _enumeration(name: str, values: dict[str, str | None]) -> Iterable[str]:
    yield f"enum {name} {{"
    for each, value in values.items():
        yield f"    {each}," if value is None else f"    {each} = {value},"
    yield "};"
    yield ""


def _number(value: object) -> str:
    """Spell a number so that C reads the same one, bit by bit."""
    if isinstance(value, float):
        return repr(value)
    return str(value)


def files() -> dict[Path, str]:
    """Return the content of each file that is generated."""
    return {
        FIRMWARE / "core" / "generated.h": header(),
        FIRMWARE / "core" / "generated.c": source(),
        FIRMWARE / "agent" / "boards.c": generate_boards.source(_NOTE),
    }


def main() -> None:
    """Write them."""
    for path, content in files().items():
        path.write_text(content)


if __name__ == "__main__":
    main()
