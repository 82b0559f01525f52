"""Whether a bundle fits a microcontroller: what it takes of flash and of memory, item by item.

The least that a program there needs: all files of one length lie in memory, because the flash
cannot be read in place; they run one after the other in one arena, and what passes between them is
kept outside of it. What the vendor's SDK takes for itself is not known here and not counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from boards.board import Board, Figure, Room
from edge.arenas import Arenas
from edge.bundle import Bundle
from edge.compiled import Compiled
from edge.contents import contents
from edge.errors import DoesNotFitError
from edge.littlefs import FOLDER_BLOCKS, blocks_of, file_blocks
from edge.wire.frame import LONGEST_ENCODED

FOLDER = "bundle"
"""Where the bundle lies on a microcontroller."""

_SAMPLE_BYTES = 2
_FLOAT_BYTES = 4
_SMALLER = "an encoder with fewer or narrower blocks"
_COMPILED = "compiled, it works in the chip's memory: convert for coral-usb, then eedge compile"
_EXITS_KEPT = 2
"""Log-probabilities of an exit and of the one before: some scores compare the two."""


@dataclass(frozen=True)
class Item:
    """What takes `size` bytes, and how that is known; None if it is not."""

    name: str
    size: int | None
    source: str


@dataclass(frozen=True)
class Account:
    """Items of one kind of memory, its `limit`, and what helps if they are more."""

    name: str
    limit: Figure
    items: tuple[Item, ...]
    tries: tuple[str, ...]

    @property
    def size(self) -> int:
        """Bytes of all items whose size is known."""
        return sum(item.size or 0 for item in self.items)

    @property
    def excess(self) -> int:
        """Bytes that are too many; 0 if it fits."""
        return max(0, self.size - int(self.limit.value))

    @property
    def is_known(self) -> bool:
        """Whether the size of every item is known."""
        return all(item.size is not None for item in self.items)


@dataclass(frozen=True)
class Budget:
    """What a bundle takes of a board, at the `length` (encoder frames) that takes most memory."""

    board: str
    length: int
    storage: Account
    memory: Account

    def check(self) -> None:
        """Refuse what does not fit.

        Raises:
            DoesNotFitError: saying by how much, and what helps.
        """
        for account in (self.storage, self.memory):
            if account.excess:
                largest = max(account.items, key=lambda item: item.size or 0)
                raise DoesNotFitError(
                    f"the bundle does not fit {self.board}: {account.size:,} bytes of "
                    f"{account.name} are needed, {int(account.limit.value):,} are there: "
                    f"{account.excess:,} too many; most takes: {largest.name}, "
                    f"{largest.size or 0:,}",
                    *account.tries,
                    f"see what takes how much: eedge explain BUNDLE --board {self.board}",
                )


def budget_of(
    bundle: Bundle,
    board: Board,
    arenas: Arenas | None,
    program_bytes: int | None = None,
) -> Budget | None:
    """Say what a bundle takes of a board; None for a board that is no microcontroller.

    Args:
        bundle: of which everything is flashed.
        board: whose `room` counts.
        arenas: what was measured of the bundle, if it was.
        program_bytes: size of the program's file, if it is known.

    Raises:
        BundleError: what the bundle says of compiled files is damaged.
    """
    if board.room is None:
        return None
    compiled = Compiled.of(bundle)
    lengths = bundle.manifest.buckets
    accounts = {
        length: Account(
            "memory",
            board.room.memory_bytes,
            _memory(bundle, arenas, compiled, length),
            (_shorter(lengths), _SMALLER, "" if compiled else _COMPILED),
        )
        for length in lengths
    }
    length = max(accounts, key=lambda one: accounts[one].size)
    storage = Account(
        "flash",
        board.room.storage_bytes,
        _storage(bundle, board.room, program_bytes),
        (_SMALLER, _shorter(lengths) if compiled and len(lengths) > 1 else ""),
    )
    return Budget(board.name, length, storage, accounts[length])


def _storage(bundle: Bundle, room: Room, program_bytes: int | None) -> tuple[Item, ...]:
    block = int(room.storage_block_bytes.value)
    files = {f"{FOLDER}/{path}": _size(bundle, path) for path in contents(bundle)}
    in_folders = block * blocks_of(dict.fromkeys(files, 0), block)
    whole = block * blocks_of(files, block)
    in_blocks = f"whole blocks of {block:,}"
    if program_bytes is None:
        core = int(room.core_bytes.value)
        program = Item("eedge's core", block * file_blocks(core, block), "without the SDK's part")
    else:
        program = Item("the program", block * file_blocks(program_bytes, block), in_blocks)
    return (
        Item(f"{len(files)} files of the bundle", whole - in_folders, in_blocks),
        Item("folders", in_folders, f"{FOLDER_BLOCKS} blocks each"),
        program,
    )


def _memory(
    bundle: Bundle, arenas: Arenas | None, compiled: Compiled | None, length: int
) -> tuple[Item, ...]:
    manifest = bundle.manifest
    sound_s = manifest.framing.longest(length) * manifest.features.hop_s
    return (
        _files(bundle, arenas, compiled, length),
        _arena(arenas, compiled, length),
        Item("between files", 2 * length * manifest.dim, "frames before and after a block, int8"),
        Item(
            "sound",
            round(sound_s * manifest.sample_rate) * _SAMPLE_BYTES,
            f"{sound_s:.2f} s of 16 bits",
        ),
        Item(
            "log-probabilities",
            _EXITS_KEPT * length * manifest.vocabulary * _FLOAT_BYTES,
            f"of {_EXITS_KEPT} exits, float32",
        ),
        Item("messages", 2 * (LONGEST_ENCODED + 1), "the longest, received and sent"),
    )


def _files(bundle: Bundle, arenas: Arenas | None, compiled: Compiled | None, length: int) -> Item:
    sizes = bundle.manifest.files
    if compiled is not None:
        made = [lengths[length].file for lengths in compiled.files.values() if length in lengths]
        return Item("files of one length", sum(sizes[name].size for name in made), "compiled")
    if arenas is not None:
        held = sum(arenas.files[name][length].file_bytes for name in bundle.manifest.models)
        return Item("files of one length", held, f"as taken out for {length} frames")
    held = sum(sizes[name].size for name in bundle.manifest.models)
    return Item("files", held, "with all their lengths")


def _arena(arenas: Arenas | None, compiled: Compiled | None, length: int) -> Item:
    """Return the arena: as large as that file needs which needs most."""
    if compiled is not None:
        made = [lengths[length] for lengths in compiled.files.values() if length in lengths]
        computed = [one.activation_bytes for one in made]
        return _largest(computed, "computed: what goes into compiled files and comes out")
    if arenas is None:
        return Item("arena", None, "not measured: that needs eedge[micro] where it is converted")
    found = [lengths[length].arena_bytes for lengths in arenas.files.values()]
    return _largest(found, f"measured by {arenas.interpreter}, before compiling")


def _largest(sizes: Sequence[int | None], source: str) -> Item:
    known = [size for size in sizes if size is not None]
    if len(known) < len(sizes):
        source = f"{source}; not known of {len(sizes) - len(known)} files"
    return Item("arena", max(known, default=None), source)


def _size(bundle: Bundle, path: str) -> int:
    entry = bundle.manifest.files.get(path)
    return entry.size if entry else (bundle.path / path).stat().st_size


def _shorter(lengths: Sequence[int]) -> str:
    shorter = lengths[:-1] or (max(1, lengths[-1] // 2),)
    return f"fewer or shorter lengths: eedge convert --buckets {','.join(map(str, shorter))}"
