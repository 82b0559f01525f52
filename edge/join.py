"""Join the parts of an encoder into one TFLite model for one length, without decoding them.

Three things speak for it. XNNPACK packs the weights of every signature as soon as a model is
opened: a block exported for eight lengths would take the memory of eight blocks, whichever length
is run, and there is no option against it. Each interpreter works in memory of its own, so that a
block in an interpreter of its own finds the caches filled with what others left; joined parts work
one after the other in the same memory. And blocks between which there is no exit are run at once,
without handing anything over through Python.

A new model is written before the files, which lists of each only what is wanted. Of the files, all
that changes is the numbers by which they name buffers, tensors and operator codes, as each counts
its own from 0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count

import numpy as np

from edge.flatbuffer import Field, Head, Inside, Later, Number, Positions
from edge.parts import (
    ARGUMENT,
    ARGUMENT_TENSOR,
    BUFFERS,
    CODES,
    IDENTIFIER,
    INPUTS,
    KEY,
    NAME,
    OPERATORS,
    OUTPUTS,
    SIGNATURE_INPUTS,
    SIGNATURE_OUTPUTS,
    SIGNATURES,
    SUBGRAPH,
    SUBGRAPHS,
    TENSORS,
    Parts,
)

_VERSION = 3
_MODEL_VERSION = 0
_OPCODE_INDEX = 0
_OPERATOR_TYPES = (3, 6, 11)
_OPERATOR_REFERENCES = (1, 2, 4, 5, 7, 8, 12)


@dataclass(frozen=True)
class Model:
    """A TFLite model, and how many bytes its signatures work in: an estimate, rather too high."""

    content: bytes
    working_size: int


def join(chains: Mapping[str, Sequence[bytes]], signature: str) -> Model:
    """Return a model that has one signature for each chain of files, under the name given to it.

    Args:
        chains: TFLite models by name; each of a chain reads what the one before puts out, and is
            given the first one's other inputs.
        signature: the signature of each file that is wanted; others and metadata are left out.

    Raises:
        KeyError: a file has no such signature; the arguments are those that it has.
        ValueError: a file is no TFLite model, or cannot be joined with others.
    """
    files = list(chain.from_iterable(chains.values()))
    try:
        parts = Parts(files, signature)
        head = _Writer(parts, chains).write()
        parts.move_data(len(head))
    except (IndexError, UnicodeDecodeError) as error:
        raise ValueError("it is no TFLite model") from error
    return Model(b"".join((head, parts.buffer.content)), parts.working_size())


class _Writer:
    """Writes what goes before the files: the model's lists, and what cannot be changed in place."""

    def __init__(self, parts: Parts, chains: Mapping[str, Sequence[bytes]]) -> None:
        self._parts = parts
        self._buffer = parts.buffer
        self._head = Head(IDENTIFIER)
        self._codes, self._numbers = self._number_codes()
        files = count()
        self._chains = {name: [next(files) for _ in contents] for name, contents in chains.items()}

    def _number_codes(self) -> tuple[list[int], list[list[int]]]:
        """Return the tables of all operator codes, and each file's codes by their new number.

        It is that which they have in most files, if that can be.
        """
        of_files = [tuple(code for code, _ in of_file) for of_file in self._parts.codes]
        commonest, _ = Counter(of_files).most_common(1)[0]
        tables = dict(chain.from_iterable(self._parts.codes))
        every = dict.fromkeys(chain(commonest, *of_files))
        numbers = {code: number for number, code in enumerate(every)}
        renumbered = [[numbers[code] for code in of_file] for of_file in of_files]
        return [tables[code] for code in every], renumbered

    def write(self) -> bytes:
        head, parts = self._head, self._parts
        later = dict.fromkeys((CODES, SUBGRAPHS, BUFFERS, SIGNATURES), Later())
        model = head.table(0, {_MODEL_VERSION: Number("I", _VERSION), **later})
        head.vector(model[BUFFERS], np.concatenate(parts.buffers))
        signatures = head.slots(model[SIGNATURES], len(self._chains))
        if len(parts.codes) == 1:
            (name,), (codes,) = self._chains, parts.codes
            head.vector(model[CODES], np.array([table for _, table in codes]))
            head.vector(model[SUBGRAPHS], parts.subgraphs[0])
            self._write_signature(signatures[0], name, [0], int(parts.numbers[0]))
            return head.finish()
        head.vector(model[CODES], np.array(self._codes))
        subgraphs = head.slots(model[SUBGRAPHS], len(self._chains))
        for number, (name, files) in enumerate(self._chains.items()):
            self._write_signature(signatures[number], name, files, number)
            self._write_subgraph(subgraphs[number], files)
        return head.finish()

    def _write_signature(self, slot: int, name: str, files: list[int], subgraph: int) -> None:
        lists = (SIGNATURE_INPUTS, SIGNATURE_OUTPUTS)
        first = self._parts.signatures[[files[0]]]
        inputs, outputs = self._buffer.follow(self._buffer.fields(first, lists)).ravel().tolist()
        fields: dict[int, Field] = {
            SIGNATURE_INPUTS: Inside(inputs),
            SIGNATURE_OUTPUTS: Later() if len(files) > 1 else Inside(outputs),
            KEY: Later(),
            SUBGRAPH: Number("I", subgraph),
        }
        written = self._head.table(slot, fields)
        self._head.text(written[KEY], name)
        if len(files) > 1:
            output = self._parts.chain(files)
            (place,) = self._head.slots(written[SIGNATURE_OUTPUTS], 1)
            tensor = Number("I", output.tensor)
            self._head.table(place, {ARGUMENT: Inside(output.place), ARGUMENT_TENSOR: tensor})

    def _write_subgraph(self, slot: int, files: list[int]) -> None:
        """Refer to a file's subgraph, or write one anew.

        That is for files that are a chain, and where the codes of a file's operators have other
        numbers: one that is 0 is left out of an operator's table, so it cannot be changed there.
        """
        same = all(self._numbers[file] == list(range(len(self._numbers[file]))) for file in files)
        (first,), (last,) = self._parts.subgraphs[files[0]], self._parts.subgraphs[files[-1]]
        if same and len(files) == 1:
            self._head.refer_inside(slot, int(first))
            return
        (inputs,) = self._references(np.array([first]), (INPUTS, NAME))
        (outputs,) = self._references(np.array([last]), (OUTPUTS,))
        new: dict[int, Field] = dict.fromkeys((TENSORS, OPERATORS), Later())
        written = self._head.table(slot, {**inputs, **outputs, **new})
        self._head.vector(
            written[TENSORS], np.concatenate([self._parts.tensors[file] for file in files])
        )
        operators = np.concatenate([self._parts.operators[file] for file in files])
        if same:
            self._head.vector(written[OPERATORS], operators)
            return
        slots = iter(self._head.slots(written[OPERATORS], len(operators)))
        for file in files:
            self._write_operators(slots, file)

    def _write_operators(self, slots: Iterator[int], file: int) -> None:
        operators = self._parts.operators[file]
        (old,) = self._buffer.fields(operators, (_OPCODE_INDEX,))
        new = np.array(self._numbers[file])[self._buffer.read("<u4", old)].tolist()
        types = self._buffer.read("<u1", self._buffer.fields(operators, _OPERATOR_TYPES))
        references = self._references(operators, _OPERATOR_REFERENCES)
        for code, of_operator, fields in zip(new, types.T.tolist(), references, strict=True):
            numbers = zip(_OPERATOR_TYPES, of_operator, strict=True)
            kinds: dict[int, Field] = {
                number: Number("B", value) for number, value in numbers if value
            }
            self._head.table(next(slots), {_OPCODE_INDEX: Number("I", code), **kinds, **fields})

    def _references(self, tables: Positions, numbers: Sequence[int]) -> list[dict[int, Field]]:
        """Return those of some fields of each table that refer to something."""
        places = self._buffer.follow(self._buffer.fields(tables, numbers)).T.tolist()
        return [
            {number: Inside(place) for number, place in zip(numbers, row, strict=True) if place}
            for row in places
        ]
