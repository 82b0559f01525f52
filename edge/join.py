"""Join the parts of an encoder into one TFLite model for one length, without decoding them.

Two things speak for it. XNNPACK packs the weights of every signature as soon as a model is opened:
a block exported for eight lengths would take the memory of eight blocks, whichever length is run,
and there is no option against it. And each interpreter works in memory of its own, so that a block
in an interpreter of its own finds the caches filled with what others left; joined blocks work one
after the other in the same memory.

A new model is written before the files, which lists of each only what is wanted. Of the files, all
that changes is the numbers by which they refer to buffers and operator codes, as each counts its
own from 0. Field numbers are those of TFLite's schema
(`tensorflow/compiler/mlir/lite/schema/schema.fbs`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np

from edge.flatbuffer import ALIGNMENT, Buffer, Field, Head, Inside, Later, Number, Positions

_LARGEST_RANK = 8
_IDENTIFIER, _VERSION = b"TFL3", 3

# Fields of the tables named.
_MODEL_VERSION, _CODES, _SUBGRAPHS, _BUFFERS, _SIGNATURES = 0, 1, 2, 4, 7
_SIGNATURE_INPUTS, _SIGNATURE_OUTPUTS, _KEY, _SUBGRAPH = 0, 1, 2, 4
_OLD_CODE, _CUSTOM_CODE, _CODE_VERSION, _CODE = 0, 1, 2, 3
_BUFFER_DATA, _BUFFER_OFFSET, _BUFFER_SIZE = 0, 1, 2
_TENSORS, _INPUTS, _OUTPUTS, _OPERATORS, _NAME = 0, 1, 2, 3, 4
_SHAPE, _TENSOR_BUFFER, _TENSOR_EXTERNAL_BUFFER = 0, 2, 10
_OPCODE_INDEX, _LARGE_OPTIONS = 0, 9
_OPERATOR_TYPES = (3, 6, 11)
_OPERATOR_REFERENCES = (1, 2, 4, 5, 7, 8, 12)

_OperatorCode = tuple[int, int, int, str]


@dataclass(frozen=True)
class Model:
    """A TFLite model, and how many bytes its signatures work in: an estimate, rather too high."""

    content: bytes
    working_size: int


def join(files: Mapping[str, bytes], signature: str) -> Model:
    """Return a model that has one signature for each file, under the name given to the file.

    Args:
        files: TFLite models by name.
        signature: the signature of each that is wanted; others and metadata are left out.

    Raises:
        KeyError: a file has no such signature; the arguments are those that it has.
        ValueError: a file is no TFLite model, or cannot be joined with others.
    """
    try:
        buffer, places, ends = _lay_out(files.values())
        parts = _Parts(buffer, places, ends, signature)
        head = parts.head(list(files))
        parts.move_data(len(head))
    except (IndexError, UnicodeDecodeError) as error:
        raise ValueError("it is no TFLite model") from error
    return Model(b"".join((head, buffer.content)), parts.working_size())


def _lay_out(files: Collection[bytes]) -> tuple[Buffer, Positions, Positions]:
    """Put files behind one another, after zeros as `Buffer` wants them; return where they lie."""
    content, places, ends = bytearray(ALIGNMENT), [], []
    for file in files:
        if file[4:8] != _IDENTIFIER:
            raise ValueError("it is no TFLite model")
        places.append(len(content))
        content += file
        ends.append(len(content))
        content += bytes(-len(file) % ALIGNMENT)
    return Buffer(content), np.array(places), np.array(ends)


class _Parts:
    """What is wanted of each file, by position in the buffer."""

    def __init__(self, buffer: Buffer, places: Positions, ends: Positions, signature: str) -> None:
        self._buffer = buffer
        self._places, self._ends = places, ends
        roots = buffer.follow(places)
        vectors = buffer.follow(buffer.fields(roots, (_CODES, _SUBGRAPHS, _BUFFERS, _SIGNATURES)))
        codes, subgraphs, self._buffers, signatures = map(buffer.vectors, vectors)
        self._check_data()
        self._choose(signatures, subgraphs, signature)
        self._codes = self._read_codes(codes)
        (tensors,) = buffer.fields(np.concatenate(self._subgraphs), (_TENSORS,))
        self._tensors = buffer.vectors(buffer.follow(tensors))
        self._renumber_buffers()

    def _check_data(self) -> None:
        """Make sure that no file is cut off: its weights would be those of the next one."""
        buffer = self._buffer
        counts = [len(buffers) for buffers in self._buffers]
        data, offset, size = buffer.fields(
            np.concatenate(self._buffers), (_BUFFER_DATA, _BUFFER_OFFSET, _BUFFER_SIZE)
        )
        vectors = buffer.follow(data)
        inside = vectors + buffer.read("<u4", vectors)
        behind = np.repeat(self._places, counts) + buffer.read("<u8", offset)
        behind += buffer.read("<u8", size)
        if (np.maximum(inside, behind) > np.repeat(self._ends, counts)).any():
            raise ValueError("it is cut off")

    def _choose(
        self, signatures: list[Positions], subgraphs: list[Positions], signature: str
    ) -> None:
        """Find the wanted signature of each file, its subgraph's number, and subgraphs to keep.

        Those that belong to no signature may be called by an operator, by their number: then all
        stay, which is possible only where nothing stands before them.
        """
        self._signatures, self._numbers = np.zeros_like(self._places), np.zeros_like(self._places)
        self._subgraphs: list[Positions] = []
        for file, (tables, graphs) in enumerate(zip(signatures, subgraphs, strict=True)):
            keys, numbers = self._buffer.fields(tables, (_KEY, _SUBGRAPH))
            names = self._buffer.texts(self._buffer.follow(keys))
            if not names:
                raise ValueError("it has no signatures")
            if signature not in names:
                raise KeyError(*names)
            wanted = names.index(signature)
            number = self._buffer.read("<u4", numbers)[wanted]
            if len(graphs) == len(names):
                self._subgraphs.append(graphs[[number]])
            elif len(subgraphs) == 1:
                self._subgraphs.append(graphs)
                self._numbers[file] = number
            else:
                raise ValueError("it has subgraphs that operators may call by their number")
            self._signatures[file] = tables[wanted]

    def _read_codes(self, tables: list[Positions]) -> list[list[tuple[_OperatorCode, int]]]:
        """Return each file's operator codes, in order, with the position of their table."""
        every = np.concatenate(tables)
        old, version, code, custom = self._buffer.fields(
            every, (_OLD_CODE, _CODE_VERSION, _CODE, _CUSTOM_CODE)
        )
        columns = (
            self._buffer.read("<u1", old).tolist(),
            self._buffer.read("<i4", version).tolist(),
            self._buffer.read("<i4", code).tolist(),
            self._buffer.texts(self._buffer.follow(custom)),
        )
        codes = zip(zip(*columns, strict=True), every.tolist(), strict=True)
        return [list(islice(codes, len(of_file))) for of_file in tables]

    def _renumber_buffers(self) -> None:
        """Count each file's buffers on from those of the files before; 0 is everywhere empty."""
        counts = np.array([len(buffers) for buffers in self._buffers])
        first = np.repeat(counts.cumsum() - counts, [len(graphs) for graphs in self._subgraphs])
        added = np.repeat(first, [len(tensors) for tensors in self._tensors])
        numbers, external = self._buffer.fields(
            np.concatenate(self._tensors), (_TENSOR_BUFFER, _TENSOR_EXTERNAL_BUFFER)
        )
        if self._buffer.read("<u4", external).any():
            raise ValueError("it has weights in another file")
        used = self._buffer.read("<u4", numbers) > 0
        self._buffer.add("<u4", numbers[used], added[used])

    def working_size(self) -> int:
        """Return the bytes of all tensors, in float32, of that part which has most.

        Parts work in the same memory one after the other, each in less than this, as it needs not
        all of its tensors at a time.
        """
        (fields,) = self._buffer.fields(np.concatenate(self._tensors), (_SHAPE,))
        shapes = self._buffer.follow(fields)
        ranks = self._buffer.read("<u4", shapes)
        sizes = np.full(len(shapes), np.dtype(np.float32).itemsize)
        for axis in range(min(_LARGEST_RANK, ranks.max(initial=0))):
            has = ranks > axis
            sizes[has] *= self._buffer.read("<i4", shapes[has] + 4 * (1 + axis))
        ends = np.cumsum([len(tensors) for tensors in self._tensors])
        return max(int(of_part.sum()) for of_part in np.split(sizes, ends[:-1]))

    def move_data(self, head: int) -> None:
        """Count data that lies behind a file's tables from the beginning of the whole."""
        (offsets,) = self._buffer.fields(np.concatenate(self._buffers), (_BUFFER_OFFSET,))
        used = self._buffer.read("<u8", offsets) > 1
        added = head + np.repeat(self._places, [len(buffers) for buffers in self._buffers])
        self._buffer.add("<u8", offsets[used], added[used])

    def head(self, names: Sequence[str]) -> bytes:
        """Return what goes before the files: the model's lists, and what had to be written anew."""
        tables = dict(chain.from_iterable(self._codes))
        codes = self._number_codes()
        head = Head(_IDENTIFIER)
        later = dict.fromkeys((_CODES, _SUBGRAPHS, _BUFFERS, _SIGNATURES), Later())
        model = head.table(0, {_MODEL_VERSION: Number("I", _VERSION), **later})
        head.vector(model[_CODES], np.array([tables[code] for code in codes]))
        head.vector(model[_BUFFERS], np.concatenate(self._buffers))
        self._write_signatures(head, model[_SIGNATURES], names)
        slots = iter(head.slots(model[_SUBGRAPHS], sum(map(len, self._subgraphs))))
        for graphs, of_file in zip(self._subgraphs, self._codes, strict=True):
            renumbered = [codes[code] for code, _ in of_file]
            for graph in graphs.tolist():
                self._write_subgraph(head, next(slots), graph, renumbered)
        return head.finish()

    def _number_codes(self) -> dict[_OperatorCode, int]:
        """Give each operator code a number: that which it has in most files, if that can be."""
        of_files = [tuple(code for code, _ in of_file) for of_file in self._codes]
        commonest, _ = Counter(of_files).most_common(1)[0]
        every = dict.fromkeys(chain(commonest, *of_files))
        return {code: number for number, code in enumerate(every)}

    def _write_signatures(self, head: Head, slot: int, names: Sequence[str]) -> None:
        lists = (_SIGNATURE_INPUTS, _SIGNATURE_OUTPUTS)
        inputs, outputs = self._buffer.follow(self._buffer.fields(self._signatures, lists))
        counts = np.array([len(graphs) for graphs in self._subgraphs])
        subgraphs = counts.cumsum() - counts + self._numbers
        for file, (place, name) in enumerate(zip(head.slots(slot, len(names)), names, strict=True)):
            fields: dict[int, Field] = {
                _SIGNATURE_INPUTS: Inside(int(inputs[file])),
                _SIGNATURE_OUTPUTS: Inside(int(outputs[file])),
                _KEY: Later(),
                _SUBGRAPH: Number("I", int(subgraphs[file])),
            }
            head.text(head.table(place, fields)[_KEY], name)

    def _write_subgraph(self, head: Head, slot: int, graph: int, codes: list[int]) -> None:
        """Refer to a subgraph, or write it anew if its operators' codes have other numbers.

        A number that is 0 is left out of an operator's table, so there is nowhere to change it.
        """
        if codes == list(range(len(codes))):
            head.refer_inside(slot, graph)
            return
        (fields,) = self._references(np.array([graph]), (_TENSORS, _INPUTS, _OUTPUTS, _NAME))
        written = head.table(slot, {**fields, _OPERATORS: Later()})
        (vector,) = self._buffer.fields(np.array([graph]), (_OPERATORS,))
        (operators,) = self._buffer.vectors(self._buffer.follow(vector))
        large, old = self._buffer.fields(operators, (_LARGE_OPTIONS, _OPCODE_INDEX))
        if large.any():
            raise ValueError("it has options of an operator behind its tables")
        new = np.array(codes)[self._buffer.read("<u4", old)].tolist()
        types = self._buffer.read("<u1", self._buffer.fields(operators, _OPERATOR_TYPES))
        rows = zip(
            head.slots(written[_OPERATORS], len(operators)),
            new,
            types.T.tolist(),
            self._references(operators, _OPERATOR_REFERENCES),
            strict=True,
        )
        for place, code, of_operator, references in rows:
            numbers = zip(_OPERATOR_TYPES, of_operator, strict=True)
            bytes_ = {number: Number("B", value) for number, value in numbers if value}
            head.table(place, {_OPCODE_INDEX: Number("I", code), **bytes_, **references})

    def _references(self, tables: Positions, numbers: Sequence[int]) -> list[dict[int, Field]]:
        """Return those of some fields of each table that refer to something."""
        places = self._buffer.follow(self._buffer.fields(tables, numbers)).T.tolist()
        return [
            {number: Inside(place) for number, place in zip(numbers, row, strict=True) if place}
            for row in places
        ]
