"""TFLite files side by side in one buffer: what is in them, and numbers that they count anew.

Field numbers are those of TFLite's schema (`tensorflow/compiler/mlir/lite/schema/schema.fbs`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from edge.flatbuffer import ALIGNMENT, Buffer, Positions

IDENTIFIER = b"TFL3"

# Of tables Model, SignatureDef, TensorMap, OperatorCode, Buffer, SubGraph, Tensor, Operator.
CODES, SUBGRAPHS, BUFFERS, SIGNATURES = 1, 2, 4, 7
SIGNATURE_INPUTS, SIGNATURE_OUTPUTS, KEY, SUBGRAPH = 0, 1, 2, 4
ARGUMENT, ARGUMENT_TENSOR = 0, 1
_OLD_CODE, _CUSTOM_CODE, _CODE_VERSION, _CODE = 0, 1, 2, 3
_BUFFER_DATA, _BUFFER_OFFSET, _BUFFER_SIZE = 0, 1, 2
TENSORS, INPUTS, OUTPUTS, OPERATORS, NAME = 0, 1, 2, 3, 4
_SHAPE, _TYPE, _TENSOR_BUFFER, _EXTERNAL_BUFFER = 0, 1, 2, 10
_OPERATOR_INPUTS, _OPERATOR_OUTPUTS, _INTERMEDIATES, _LARGE_OPTIONS = 1, 2, 8, 9

_LARGEST_RANK = 8

OperatorCode = tuple[int, int, int, str]


@dataclass(frozen=True)
class Argument:
    """An input or output of a signature: its name, and where that lies; its tensor's number."""

    name: str
    place: int
    tensor: int


def argument_order(name: str) -> tuple[bool, int, str]:
    """Order the names of inputs as the exported function's arguments.

    Where these have no names, the converter calls them args_0, args_1 …; where they have, the
    mask comes last.
    """
    number = re.search(r"\d+$", name)
    return "mask" in name, int(number.group()) if number else 0, name


class Parts:
    """Files, and what is wanted of each of them, by position in `buffer`.

    Args:
        files: TFLite models.
        signature: the signature of each that is wanted.

    `signatures` has a table for each file. `subgraphs` has those of each file that are to be kept,
    one unless operators may call some by their number, and `numbers` which of them is the
    signature's; `tensors` and `operators` are of one subgraph after the other. `codes` are each
    file's operator codes, with their tables.

    Raises:
        KeyError: a file has no such signature; the arguments are those that it has.
        ValueError, IndexError, UnicodeDecodeError: a file is no TFLite model, or not as it must be
            to stand beside others.
    """

    def __init__(self, files: Collection[bytes], signature: str) -> None:
        content, places, ends = bytearray(ALIGNMENT), [], []
        for file in files:
            if file[4:8] != IDENTIFIER:
                raise ValueError("it is no TFLite model")
            places.append(len(content))
            content += file
            ends.append(len(content))
            content += bytes(-len(file) % ALIGNMENT)
        self.buffer = buffer = Buffer(content)
        self._places, self._ends = np.array(places), np.array(ends)
        roots = buffer.follow(self._places)
        lists = buffer.follow(buffer.fields(roots, (CODES, SUBGRAPHS, BUFFERS, SIGNATURES)))
        codes, subgraphs, self.buffers, signatures = map(buffer.vectors, lists)
        self._check_data()
        self._choose(signatures, subgraphs, signature)
        self.codes = self._read_codes(codes)
        lists = buffer.follow(buffer.fields(np.concatenate(self.subgraphs), (TENSORS, OPERATORS)))
        self.tensors, self.operators = map(buffer.vectors, lists)
        self._check_options()
        self._renumber_buffers()

    def _check_data(self) -> None:
        """Make sure that no file is cut off: its weights would be those of the next one."""
        counts = [len(buffers) for buffers in self.buffers]
        data, offset, size = self.buffer.fields(
            np.concatenate(self.buffers), (_BUFFER_DATA, _BUFFER_OFFSET, _BUFFER_SIZE)
        )
        vectors = self.buffer.follow(data)
        inside = vectors + self.buffer.read("<u4", vectors)
        behind = np.repeat(self._places, counts) + self.buffer.read("<u8", offset)
        behind += self.buffer.read("<u8", size)
        if (np.maximum(inside, behind) > np.repeat(self._ends, counts)).any():
            raise ValueError("it is cut off")

    def _choose(
        self, signatures: list[Positions], subgraphs: list[Positions], signature: str
    ) -> None:
        """Find each file's signature and subgraph.

        Subgraphs that belong to no signature may be called by an operator, by their number: then
        all stay, which is possible only where nothing stands before them.
        """
        self.signatures, self.numbers = np.zeros_like(self._places), np.zeros_like(self._places)
        self.subgraphs: list[Positions] = []
        for file, (tables, graphs) in enumerate(zip(signatures, subgraphs, strict=True)):
            keys, numbers = self.buffer.fields(tables, (KEY, SUBGRAPH))
            names = self.buffer.texts(self.buffer.follow(keys))
            if not names:
                raise ValueError("it has no signatures")
            if signature not in names:
                raise KeyError(*names)
            wanted = names.index(signature)
            number = self.buffer.read("<u4", numbers)[wanted]
            if len(graphs) == len(names):
                self.subgraphs.append(graphs[[number]])
            elif len(subgraphs) == 1:
                self.subgraphs.append(graphs)
                self.numbers[file] = number
            else:
                raise ValueError("it has subgraphs that operators may call by their number")
            self.signatures[file] = tables[wanted]

    def _read_codes(self, tables: list[Positions]) -> list[list[tuple[OperatorCode, int]]]:
        every = np.concatenate(tables)
        old, version, code, custom = self.buffer.fields(
            every, (_OLD_CODE, _CODE_VERSION, _CODE, _CUSTOM_CODE)
        )
        columns = (
            self.buffer.read("<u1", old).tolist(),
            self.buffer.read("<i4", version).tolist(),
            self.buffer.read("<i4", code).tolist(),
            self.buffer.texts(self.buffer.follow(custom)),
        )
        codes = zip(zip(*columns, strict=True), every.tolist(), strict=True)
        return [list(islice(codes, len(of_file))) for of_file in tables]

    def _check_options(self) -> None:
        (large,) = self.buffer.fields(np.concatenate(self.operators), (_LARGE_OPTIONS,))
        if large.any():
            raise ValueError("it has options of an operator behind its tables")

    def _renumber_buffers(self) -> None:
        """Count each file's buffers on from those of the files before; 0 is everywhere empty."""
        counts = np.array([len(buffers) for buffers in self.buffers])
        first = np.repeat(counts.cumsum() - counts, [len(graphs) for graphs in self.subgraphs])
        added = np.repeat(first, [len(tensors) for tensors in self.tensors])
        numbers, external = self.buffer.fields(
            np.concatenate(self.tensors), (_TENSOR_BUFFER, _EXTERNAL_BUFFER)
        )
        if self.buffer.read("<u4", external).any():
            raise ValueError("it has weights in another file")
        used = self.buffer.read("<u4", numbers) > 0
        self.buffer.add("<u4", numbers[used], added[used])

    def arguments(self, file: int, field: int) -> list[Argument]:
        """Return a signature's inputs or outputs, inputs in the order of the exported function."""
        lists = self.buffer.follow(self.buffer.fields(self.signatures[[file]], (field,)))
        (tables,) = self.buffer.vectors(lists[0])
        names, tensors = self.buffer.fields(tables, (ARGUMENT, ARGUMENT_TENSOR))
        places = self.buffer.follow(names)
        found = map(
            Argument,
            self.buffer.texts(places),
            places.tolist(),
            self.buffer.read("<u4", tensors).tolist(),
        )
        return sorted(found, key=lambda argument: argument_order(argument.name))

    def chain(self, files: Sequence[int]) -> Argument:
        """Let each file read what the one before puts out, and return the output of the last.

        Their tensors are counted on, as one list. The first of a file's inputs becomes the output
        of the file before; the others are those of the first file that have the same name.
        """
        first, *later = files
        given = {one.name: one.tensor for one in self.arguments(first, SIGNATURE_INPUTS)}
        (output,) = self.arguments(first, SIGNATURE_OUTPUTS)
        kind, count = self._kind(first, output.tensor), len(self.tensors[first])
        for file in later:
            hidden, *others = self.arguments(file, SIGNATURE_INPUTS)
            if self._kind(file, hidden.tensor) != kind or any(o.name not in given for o in others):
                raise ValueError("it does not take what the one before it puts out")
            numbers = count + np.arange(len(self.tensors[file]))
            numbers[hidden.tensor] = output.tensor
            for other in others:
                numbers[other.tensor] = given[other.name]
            self._renumber_tensors(file, numbers)
            (own,) = self.arguments(file, SIGNATURE_OUTPUTS)
            kind, count = self._kind(file, own.tensor), count + len(numbers)
            output = replace(own, tensor=int(numbers[own.tensor]))
        return output

    def _kind(self, file: int, tensor: int) -> list[int]:
        """Return a tensor's type and shape."""
        kind, shape = self.buffer.fields(self.tensors[file][[tensor]], (_TYPE, _SHAPE))
        sizes = self.buffer.elements(self.buffer.follow(shape))
        return [*self.buffer.read("<u1", kind).tolist(), *self.buffer.read("<i4", sizes).tolist()]

    def _renumber_tensors(self, file: int, numbers: Positions) -> None:
        """Change the numbers by which a file's operators, and its outputs, name tensors."""
        operators = (_OPERATOR_INPUTS, _OPERATOR_OUTPUTS, _INTERMEDIATES)
        lists = self.buffer.fields(self.operators[file], operators).ravel()
        outputs = self.buffer.fields(self.subgraphs[file], (OUTPUTS,)).ravel()
        # A list may belong to several operators, and is changed once.
        vectors = np.unique(self.buffer.follow(np.concatenate((lists, outputs))))
        elements = self.buffer.elements(vectors[vectors > 0])
        old = self.buffer.read("<i4", elements)
        used = old >= 0  # −1 is an input that was left out.
        self.buffer.write("<i4", elements[used], numbers[old[used]])

    def working_size(self) -> int:
        """Return the bytes of all tensors, in float32, of that subgraph which has most.

        They work in the same memory one after the other, each in less than this, as it needs not
        all of its tensors at a time.
        """
        (fields,) = self.buffer.fields(np.concatenate(self.tensors), (_SHAPE,))
        shapes = self.buffer.follow(fields)
        ranks = self.buffer.read("<u4", shapes)
        sizes = np.full(len(shapes), np.dtype(np.float32).itemsize)
        for axis in range(min(_LARGEST_RANK, ranks.max(initial=0))):
            has = ranks > axis
            sizes[has] *= self.buffer.read("<i4", shapes[has] + 4 * (1 + axis))
        ends = np.cumsum([len(tensors) for tensors in self.tensors])
        return max(int(of_graph.sum()) for of_graph in np.split(sizes, ends[:-1]))

    def move_data(self, head: int) -> None:
        """Count data that lies behind a file's tables from the beginning of the whole."""
        (offsets,) = self.buffer.fields(np.concatenate(self.buffers), (_BUFFER_OFFSET,))
        used = self.buffer.read("<u8", offsets) > 1
        added = head + np.repeat(self._places, [len(buffers) for buffers in self.buffers])
        self.buffer.add("<u8", offsets[used], added[used])
