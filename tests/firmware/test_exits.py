"""Scores, policies and greedy CTC in C: the same values, decisions and text as Python's."""

from __future__ import annotations

import ctypes
import math
import random
from ctypes import byref, c_size_t
from typing import get_args

import numpy as np
import pytest

from edge.learnt import LearntExit, Sign
from edge.policy import Agreement, FixedExit, Learnt, Patience, Policy, Threshold, Window
from edge.policy.base import value_at
from edge.policy.capped import Capped
from edge.policy.window import WindowKind
from edge.scores import SCORES
from edge.step import Step
from edge.tokens import Tokens
from tests.firmware import exits as c

CLOSE = 2e-6
"""Of a score and its size: exp in float32 differs by a unit in the last place between libraries."""
NEAR = 1e-5
"""From a threshold: closer than that, the last place decides."""

MISSING = ("nbest_posterior", "unit_entropy_nats")
COMPUTED = [name for name in c.VALUES if name not in MISSING]
COUNTED = {"edit_rate", "stable_exits", "nearly_stable_exits", "unseen_ngrams"}
"""Scores made of whole numbers, which have no last place."""
WINDOWS: tuple[WindowKind, ...] = get_args(WindowKind)


def same_values(core: ctypes.CDLL, seed: int, count: int) -> None:
    rng = random.Random(seed)
    for _ in range(count):
        utterance = c.Utterance(rng, exits=(2, 4, 6, 9))
        reader = c.Exits(core, utterance)
        for step in utterance.steps():
            assert reader.read(2 ** len(c.VALUES) - 1)
            assert reader.symbols() == step.symbols
            found = reader.values()
            for name in COMPUTED:
                expected = step.score(name)
                assert found[name] == pytest.approx(expected, rel=CLOSE, abs=CLOSE), name


def some_policy(rng: random.Random, utterance: c.Utterance) -> tuple[Policy, c.Policy]:
    """Return the same policy in both languages."""
    exits, last = utterance.exits, utterance.exits[-1]
    allowed = sorted(rng.sample(exits, rng.randint(1, len(exits))))
    steps = utterance.steps()

    def threshold(score: str) -> float:
        """One that is met at some exit, or nearly."""
        value = rng.choice(steps).score(score) + rng.gauss(0, 0.03)
        surest = SCORES[score].surest
        return value if surest is None or SCORES[score].can_reach(value) else surest

    score = rng.choice([name for name in SCORES if name not in MISSING])
    theirs = c.Policy(deepest=allowed[-1], score=c.VALUES.index(score)).allow(allowed)
    theirs.kind = rng.randrange(len(c.KINDS))
    ours: Policy
    match c.KINDS[theirs.kind]:
        case "fixed":
            theirs.score = c.VALUES.index("entropy_nats")
            ours = FixedExit(allowed[-1], exits)
        case "threshold" if rng.random() < 0.3:
            theirs.score = c.VALUES.index("edit_rate")
            theirs.threshold = rng.choice([0.0, 0.1, 0.5])
            ours = Agreement(theirs.threshold, allowed)
        case "threshold":
            theirs.threshold = threshold(score)
            ours = Threshold(score, theirs.threshold, allowed)
        case "patience":
            theirs.deepest, theirs.score = last, c.VALUES.index("edit_rate")
            theirs.length, theirs.spread = rng.randint(1, 2), rng.choice([0.0, 0.05, 0.5])
            ours = Patience(theirs.length, exits, theirs.spread)
        case "learnt":
            theirs.deepest = last
            names = rng.sample([name for name in c.VALUES if name not in MISSING], 3)
            signs = [
                Sign(name=name, transform=rng.choice(c.TRANSFORMS), floor=0.01) for name in names
            ]
            theirs.score = c.VALUES.index(names[0])
            weights = [
                LearntExit(
                    exit=exit,
                    mean=tuple(rng.gauss(0, 1) for _ in range(6)),
                    scale=tuple(rng.uniform(0.2, 3) for _ in range(6)),
                    bias=rng.gauss(0, 1),
                    linear=tuple(rng.gauss(0, 1) for _ in range(6)),
                    square=tuple(rng.gauss(0, 1) for _ in range(3)),
                )
                for exit in allowed
                if exit != last
            ]
            theirs.learn(signs, weights)
            theirs.exits[:] = [0] * 8
            theirs.allow([weight.exit for weight in weights])
            ours = Learnt(signs, weights, last)
        case kind:
            window = WINDOWS[WINDOWS.index(kind)]
            low, high = sorted(threshold(score) for _ in range(2))
            softer = 0.05 + high if SCORES[score].lower_is_surer else low - 0.05
            theirs.threshold = low if SCORES[score].lower_is_surer else high
            theirs.side, theirs.length = softer, rng.randint(2, 4)
            theirs.spread = rng.choice([0.05, 1.0])
            ours = Window(
                score,
                theirs.threshold,
                softer,
                theirs.length,
                window,
                allowed,
                theirs.spread,
            )
    return ours, theirs


def margin(ours: Policy, steps: list[Step]) -> float:
    """Return how near the last place of a score came to deciding."""
    near = math.inf
    for step in steps:
        match ours:
            case Learnt() if step.exit in ours._weights:
                near = min(near, abs(ours.regret(step)))
            case _ if ours.score in COUNTED:
                continue
            case Threshold():
                near = min(near, abs(value_at(step, ours.score) - ours.threshold))
            case Window():
                value = value_at(step, ours.score)
                near = min(near, abs(value - ours.threshold), abs(value - ours.side))
                if step.previous is not None:
                    change = abs(value - value_at(step.previous, ours.score))
                    near = min(near, abs(change - ours.spread), change)
    return near


def same_decisions(core: ctypes.CDLL, seed: int, count: int) -> None:
    rng = random.Random(seed)
    early = undecided = 0
    core.ee_policy_cap.restype = ctypes.c_bool
    for _ in range(count):
        utterance = c.Utterance(rng, exits=(2, 3, 5, 8, 12))
        ours, theirs = some_policy(rng, utterance)
        most = rng.choice([0] * 5 + [4, 40])
        if most:
            ours = Capped(ours, most, utterance.exits)
            every = (ctypes.c_uint8 * 5)(*utterance.exits)
            assert core.ee_policy_cap(byref(theirs), most, every, c_size_t(5))
        steps = utterance.steps()
        left = next(step for step in steps if ours.leaves(step))
        inner = ours._policy if isinstance(ours, Capped) else ours
        if margin(inner, steps[: steps.index(left) + 1]) < NEAR:
            undecided += 1
            continue
        reader = c.Exits(core, utterance)
        assert reader.leaves_at(theirs) == (c.LEAVE, left.exit)
        assert reader.symbols() == left.symbols
        assert reader.values()[ours.score] == pytest.approx(
            left.score(ours.score), rel=CLOSE, abs=CLOSE
        )
        early += left.exit < utterance.exits[-1]
    assert early > 0.3 * count
    assert undecided < 0.05 * count


def same_texts(core: ctypes.CDLL, seed: int, count: int) -> None:
    rng = random.Random(seed)
    core.ee_text_of.restype = c_size_t
    for _ in range(count):
        symbols = ["<blank>", *{rng.choice(["", "▁"]) + word for word in some_words(rng)}]
        tokens = Tokens(symbols)
        ids = [rng.randrange(len(symbols)) for _ in range(rng.randint(0, 30))]
        spelled = [symbol.encode() for symbol in symbols]
        starts = (ctypes.c_uint32 * (len(symbols) + 1))()
        for at, symbol in enumerate(spelled):
            starts[at + 1] = starts[at] + len(symbol)
        table = _Tokens(b"".join(spelled), starts, len(symbols))
        room = rng.choice([400, 400, 5])
        text = ctypes.create_string_buffer(room)
        given = (ctypes.c_uint16 * len(ids))(*ids)
        size = core.ee_text_of(byref(table), given, c_size_t(len(ids)), text, c_size_t(room))
        expected = tokens.text(ids).encode()
        assert size == len(expected)
        assert text.raw[:size] == expected[:room]


class _Tokens(ctypes.Structure):
    _fields_ = [
        ("bytes", ctypes.c_char_p),
        ("starts", ctypes.POINTER(ctypes.c_uint32)),
        ("count", c_size_t),
    ]


def some_words(rng: random.Random) -> list[str]:
    return ["".join(rng.choices("abé▁ß", k=rng.randint(1, 4))) for _ in range(rng.randint(1, 8))]


def test_scores_and_symbols_are_the_same(core):
    same_values(core, seed=1, count=150)


def test_policies_leave_at_the_same_exit(core):
    same_decisions(core, seed=2, count=300)


def test_texts_are_the_same(core):
    same_texts(core, seed=3, count=500)


@pytest.mark.slow
def test_ten_thousand_decisions_and_texts_agree(core):
    same_decisions(core, seed=4, count=10_000)
    same_texts(core, seed=5, count=10_000)


def test_every_score_is_computed_or_named_as_missing(core):
    core.ee_scores_missing.restype = ctypes.c_uint32
    missing = core.ee_scores_missing()
    named = {name for at, name in enumerate(c.VALUES) if missing >> at & 1}
    # Units have their score where a branch names them.
    assert named == set(MISSING) - {"unit_entropy_nats"}


@pytest.mark.parametrize("broken", [np.nan, np.inf, -np.inf])
def test_an_output_that_is_no_distribution_is_never_read_as_go_on(core, broken):
    utterance = c.Utterance(random.Random(1), exits=(2, 4))
    utterance.logits[0][-1] = broken
    policy = c.Policy(kind=1, deepest=4, score=0, threshold=0.5).allow((2, 4))
    assert c.Exits(core, utterance).leaves_at(policy) == (c.BROKEN, 2)


@pytest.mark.parametrize("kind", range(1, len(c.KINDS)))
def test_a_score_that_is_nan_is_never_read_as_go_on(core, kind):
    nothing = c.Reading(exit=2)
    nothing.values[:] = [math.nan] * len(c.VALUES)
    policy = c.Policy(kind=kind, deepest=4, length=2).allow((2, 4))
    weights = LearntExit(exit=2, mean=(0, 0), scale=(1, 1), bias=0, linear=(0, 0), square=(0,))
    policy.learn([Sign(name=c.VALUES[0])], [weights])
    assert core.ee_decide(byref(policy), byref(nothing)) == c.BROKEN


@pytest.mark.parametrize("score", SCORES.values(), ids=lambda score: score.name)
@pytest.mark.parametrize("threshold", [-1.0, 0.0, 0.5, 1.0, 1.5, math.nan])
def test_a_threshold_that_never_fires_is_found_alike(core, score, threshold):
    core.ee_can_reach.argtypes = [ctypes.c_uint8, ctypes.c_double]
    core.ee_can_reach.restype = ctypes.c_bool
    expected = not math.isnan(threshold) and score.can_reach(threshold)
    assert core.ee_can_reach(c.VALUES.index(score.name), threshold) == expected
