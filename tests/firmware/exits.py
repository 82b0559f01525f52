"""The core's scores and policies, called from Python beside `edge.step` and `edge.policy`."""

from __future__ import annotations

import ctypes
import random
from collections.abc import Sequence
from ctypes import POINTER, Structure, byref, c_bool, c_double, c_float, c_size_t, c_uint8, c_uint16
from pathlib import Path

import numpy as np
import numpy.typing as npt

from edge.facts import Facts
from edge.learnt import LearntExit, Sign
from edge.library import Tensor
from edge.ngrams import SeenNgrams
from edge.scores import SCORES
from edge.signs import SIGNS
from edge.step import Step

VALUES = (*SCORES, *SIGNS)
GO_ON, LEAVE, BROKEN = range(3)
KINDS = ("fixed", "threshold", "patience", "side", "trend", "range", "learnt")
TRANSFORMS = ("none", "log", "logit")

_Floats, _Symbols = POINTER(c_float), POINTER(c_uint16)


class Posteriors(Structure):
    _fields_ = [
        ("frames", c_size_t),
        ("symbols", c_size_t),
        ("log_probs", _Floats),
        ("probs", _Floats),
        ("highest", _Floats),
        ("likeliest", _Symbols),
    ]


class _Workspace(Structure):
    _fields_ = [
        ("log_probs", _Floats),
        ("probs", _Floats),
        ("highest", _Floats),
        ("likeliest", _Symbols),
    ]


class _Facts(Structure):
    _fields_ = [("duration_s", c_double), ("level", c_double), ("level_spread", c_double)]


class Reading(Structure):
    pass


Reading._fields_ = [
    ("previous", POINTER(Reading)),
    ("exit", c_uint8),
    ("values", c_double * len(VALUES)),
]


class _Memory(Structure):
    _fields_ = [("symbols", _Symbols * 2), ("counts", c_size_t * 2), ("row", _Symbols)]


class Ngrams(Structure):
    """`struct ee_ngrams`, and the content that it lies in."""

    _fields_ = [("seen", POINTER(c_uint8)), ("order", c_uint8), ("bits", c_uint8)]

    @classmethod
    def opened(cls, core: ctypes.CDLL, content: bytes) -> Ngrams | None:
        """Return the table that a file holds, or None if it holds none."""
        core.ee_ngrams_open.restype = c_bool
        ngrams = cls()
        ngrams.content = (c_uint8 * len(content)).from_buffer_copy(content)
        size = c_size_t(len(content))
        return ngrams if core.ee_ngrams_open(byref(ngrams), ngrams.content, size) else None


class _Sign(Structure):
    _fields_ = [("score", c_uint8), ("transform", c_uint8), ("floor", c_double)]


class _Weights(Structure):
    _fields_ = [
        ("exit", c_uint8),
        ("bias", c_double),
        *((name, POINTER(c_double)) for name in ("mean", "scale", "linear", "square")),
    ]


class Policy(Structure):
    """`struct ee_policy`."""

    _fields_ = [
        ("kind", ctypes.c_int),
        ("deepest", c_uint8),
        ("score", c_uint8),
        ("length", c_uint8),
        ("threshold", c_double),
        ("side", c_double),
        ("spread", c_double),
        ("exits", ctypes.c_uint32 * 8),
        ("signs", POINTER(_Sign)),
        ("sign_count", c_size_t),
        ("weights", POINTER(_Weights)),
        ("weight_count", c_size_t),
    ]

    def allow(self, exits: Sequence[int]) -> Policy:
        for exit in exits:
            self.exits[exit // 32] |= 1 << exit % 32
        return self

    def learn(self, signs: Sequence[Sign], weights: Sequence[LearntExit]) -> Policy:
        self.signs = (_Sign * len(signs))(
            *(
                _Sign(VALUES.index(sign.name), TRANSFORMS.index(sign.transform), sign.floor)
                for sign in signs
            )
        )
        self.sign_count = len(signs)
        self.weights = (_Weights * len(weights))(
            *(
                _Weights(
                    of_exit.exit,
                    of_exit.bias,
                    *(
                        (c_double * len(numbers))(*numbers)
                        for numbers in (of_exit.mean, of_exit.scale, of_exit.linear, of_exit.square)
                    ),
                )
                for of_exit in weights
            )
        )
        self.weight_count = len(weights)
        return self


class _Branch:
    """Puts out logits that are known beforehand."""

    path = Path("branch")

    def __init__(self, logits: npt.NDArray[np.float32]) -> None:
        self._logits = logits

    def run(self, signature: str, *inputs: Tensor) -> Tensor:
        return self._logits[np.newaxis]


class Utterance:
    """Exits with random logits, each a little surer than the one before."""

    def __init__(self, rng: random.Random, exits: Sequence[int]) -> None:
        numbers = np.random.default_rng(rng.getrandbits(32))
        frames, symbols = rng.randint(1, 60), rng.choice([2, 3, 29, 40])
        truth = numbers.normal(0, 1, (frames, symbols)) * rng.choice([0.5, 2, 8])
        truth[:, 0] += rng.choice([0, 2, 9])
        self.exits = tuple(exits)
        self.logits: list[npt.NDArray[np.float32]] = []
        for depth in range(len(exits)):
            noise = numbers.normal(0, rng.choice([0.1, 1]) * 2.0**-depth, truth.shape)
            self.logits.append(((truth + noise) * (1 + depth / 3)).astype(np.float32))
        if rng.random() < 0.05:
            self.logits[-1][0, 1:] = -np.inf
        heard = [rng.choices(range(1, symbols), k=8) for _ in range(40)]
        self.ngrams = SeenNgrams.of(heard, order=rng.randint(1, 3))
        self.facts = Facts(rng.uniform(0.1, 15), rng.uniform(-60, 0), rng.uniform(0, 8))

    def steps(self) -> list[Step]:
        """Return the exits as Python has them."""
        steps: list[Step] = []
        for exit, logits in zip(self.exits, self.logits, strict=True):
            hidden = np.zeros((1, len(logits), 1), np.float32)
            before = steps[-1] if steps else None
            steps.append(
                Step(
                    exit,
                    len(logits),
                    hidden,
                    hidden,
                    _Branch(logits),
                    self.facts,
                    before,
                    ngrams=self.ngrams,
                )
            )
        return steps


class Exits:
    """Reads an utterance's exits one by one, in C."""

    def __init__(self, core: ctypes.CDLL, utterance: Utterance) -> None:
        self._core, self._utterance = core, utterance
        core.ee_posteriors_of.restype = c_bool
        self._frames, self._symbols = utterance.logits[0].shape
        cells = self._frames * self._symbols
        self._workspace = _Workspace(
            (c_float * cells)(),
            (c_float * cells)(),
            (c_float * self._frames)(),
            (c_uint16 * self._frames)(),
        )
        room = c_uint16 * (self._frames + 1)
        self._memory = _Memory((_Symbols * 2)(room(), room()), (c_size_t * 2)(), room())
        ngrams = Ngrams.opened(core, utterance.ngrams.content())
        assert ngrams is not None
        self._ngrams = ngrams
        self.readings: list[Reading] = []

    def skip(self) -> None:
        """Step over an exit that need not be read."""
        reading = Reading(exit=self._utterance.exits[len(self.readings)])
        reading.values[:] = [float("nan")] * len(VALUES)
        self._append(reading)

    def read(self, scores: int) -> bool:
        """Read the next exit; False if its output is no distribution."""
        at = len(self.readings)
        reading = Reading(exit=self._utterance.exits[at])
        logits = np.ascontiguousarray(self._utterance.logits[at])
        posteriors, facts = Posteriors(), self._utterance.facts
        whole = self._core.ee_posteriors_of(
            byref(posteriors),
            byref(self._workspace),
            logits.ctypes.data_as(_Floats),
            c_size_t(self._frames),
            c_size_t(self._symbols),
            c_bool(True),
        )
        self._append(reading)
        if whole:
            self._core.ee_read(
                byref(reading),
                ctypes.c_uint32(scores),
                byref(posteriors),
                None,
                byref(self._ngrams),
                byref(_Facts(facts.duration_s, facts.level or 0.0, facts.level_spread)),
                byref(self._memory),
            )
        return bool(whole)

    def symbols(self) -> tuple[int, ...]:
        """Return the symbols of the exit that was read last."""
        return tuple(self._memory.symbols[1][: self._memory.counts[1]])

    def values(self) -> dict[str, float]:
        """Return its values, by their names."""
        return dict(zip(VALUES, self.readings[-1].values, strict=True))

    def leaves_at(self, policy: Policy) -> tuple[int, int]:
        """Run until the policy leaves: return the decision, and at which exit."""
        self._core.ee_policy_scores.restype = ctypes.c_uint32
        self._core.ee_policy_needs.restype = c_bool
        scores = self._core.ee_policy_scores(byref(policy))
        for exit in self._utterance.exits:
            if not self._core.ee_policy_needs(byref(policy), c_uint8(exit)):
                self.skip()
            elif not self.read(scores):
                return BROKEN, exit
            decision = self._core.ee_decide(byref(policy), byref(self.readings[-1]))
            if decision != GO_ON:
                break
        return decision, exit

    def _append(self, reading: Reading) -> None:
        if self.readings:
            reading.previous = ctypes.pointer(self.readings[-1])
        self.readings.append(reading)
