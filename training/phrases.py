"""Texts for synthetic speech, drawn from a small grammar (`grammar.toml`).

A stable hash of a text decides its split, so that what is drawn for training can never be a
sentence of the calibration or test speech, whatever the seed.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path
from random import Random
from typing import Literal, get_args

Split = Literal["train", "cal", "test"]
Domain = Literal["spelled", "numbers", "commands", "sentences"]
SPLITS: tuple[Split, ...] = get_args(Split)
DOMAINS: tuple[Domain, ...] = get_args(Domain)
DIGITS = frozenset(
    ("zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
)

_SLOT = re.compile(r"\{(spell:)?(\w+)\}")
_TEXT = re.compile(r"[a-z']+( [a-z']+)*")


@dataclass(frozen=True)
class Grammar:
    """Rules by name; each is a tuple of templates, each as likely as the others."""

    rules: dict[str, tuple[str, ...]]

    @classmethod
    def read(cls, path: Path) -> Grammar:
        """Read the tables `domains`, `rules` (lists) and `words` (blank-separated) of a TOML."""
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
        rules = {name: tuple(ways) for name, ways in (tables["domains"] | tables["rules"]).items()}
        words = {name: tuple(text.split()) for name, text in tables["words"].items()}
        return cls(rules | words)

    def draw(self, rule: str, random: Random) -> str:
        """One text of `rule`, its slots filled by further draws."""

        def fill(slot: re.Match[str]) -> str:
            drawn = self.draw(slot[2], random)
            return " ".join(drawn) if slot[1] else drawn

        return _SLOT.sub(fill, random.choice(self.rules[rule]))


@cache
def grammar() -> Grammar:
    """The grammar that stands beside this file."""
    return Grammar.read(Path(__file__).with_name("grammar.toml"))


def is_plain(text: str) -> bool:
    """Whether `text` has only words of a-z and the apostrophe, with single blanks between."""
    return _TEXT.fullmatch(text) is not None


def split_of(text: str) -> Split | None:
    """The split that alone may hold `text`; None where every split may.

    Free are texts of one or two words and strings of up to three digits: there are too few of
    them to be kept apart. Of the others, 80 % are for training and 10 % each for the rest.
    """
    words = text.split()
    if len(words) <= 2 or (len(words) == 3 and DIGITS.issuperset(words)):
        return None
    share = int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") % 10
    return "train" if share < 8 else "cal" if share == 8 else "test"


def allowed(text: str, split: Split) -> bool:
    """Whether the speech of `split` may say `text`."""
    return split_of(text) in (None, split)


def phrase(domain: Domain, split: Split, random: Random) -> str:
    """A text of `domain` that `split` may hold, drawn again until one is."""
    while True:
        text = grammar().draw(domain, random)
        if allowed(text, split):
            return text
