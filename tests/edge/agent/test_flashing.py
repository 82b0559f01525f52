"""Flashing as the agent sees it: any messages, in any order, from anybody."""

from __future__ import annotations

import hashlib
import itertools
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boards.board import load_board
from edge import sealed
from edge.agent.session import Session
from edge.agent.shelf import Shelf
from edge.bundle import Bundle
from edge.contents import contents
from edge.manifest import MANIFEST
from edge.slots import Slots
from edge.wire import Message, encode
from edge.wire.messages import (
    Ack,
    Begin,
    File,
    Hello,
    ListFiles,
    Load,
    Loaded,
    Put,
    PutChunk,
    Refused,
    Rollback,
    SetPoint,
    Slot,
    Switch,
    Verify,
)
from tests.flashable import make_bundle

HOST = load_board("host")
Ask = Callable[..., list[Message]]


def conversation(slots: Path) -> Ask:
    """Return what sends messages to a new agent, and returns its answers."""
    session = Session(Shelf(None, Slots(slots, HOST)), HOST)
    numbers = itertools.count()

    def ask(*messages: Message) -> list[Message]:
        frames = [encode(message, next(numbers)) for message in messages]
        return [answer for frame in frames for answer in session.answer(frame)]

    ask(Hello(1, 1, 4096, 0, 7, "test", ""))
    return ask


def files(bundle: Bundle) -> list[Message]:
    """Everything that is sent of a bundle, its files in one chunk each if they are small."""
    sent: list[Message] = []
    for path in contents(bundle):
        data = (bundle.path / path).read_bytes()
        sent.append(Put(len(data), hashlib.sha256(data).digest(), path))
        parts = range(0, len(data), 4000)
        sent += [PutChunk(first, data[first : first + 4000]) for first in parts]
    return sent


def beginning(bundle: Bundle) -> Begin:
    sizes = [(bundle.path / path).stat().st_size for path in contents(bundle)]
    return Begin(bytes.fromhex(bundle.identity), len(sizes), sum(sizes), "a bundle")


def flashed(bundle: Bundle) -> list[Message]:
    identity = bytes.fromhex(bundle.identity)
    return [beginning(bundle), *files(bundle), Verify(identity), Switch(identity)]


def test_an_agent_without_a_bundle_is_flashed_and_runs_it(tmp_path: Path) -> None:
    ask = conversation(tmp_path / "slots")
    bundle = make_bundle(tmp_path / "1.eedge")
    (refused,) = ask(Load("", ""))
    assert isinstance(refused, Refused)
    assert refused.what == "no bundle has been flashed yet"
    (slot,) = ask(ListFiles(0))
    assert isinstance(slot, Slot)
    assert (slot.identity, slot.files) == (bytes(32), 0)
    assert {type(answer) for answer in ask(*flashed(bundle))} == {Ack}
    slot, *listed = ask(ListFiles(0))
    assert isinstance(slot, Slot)
    assert slot.identity.hex() == bundle.identity
    assert slot.files == len(listed) == len(contents(bundle))
    for index, file in enumerate(listed):
        assert isinstance(file, File)
        assert file.index == index
        data = (bundle.path / file.path).read_bytes()
        assert (file.size, file.sha256) == (len(data), hashlib.sha256(data).digest())
    (loaded,) = ask(Load("", ""))
    assert isinstance(loaded, Loaded)
    assert loaded.identity.hex() == bundle.identity


def test_nothing_is_loaded_after_a_switch(tmp_path: Path) -> None:
    ask = conversation(tmp_path / "slots")
    first, second = (make_bundle(tmp_path / f"{seed}.eedge", seed) for seed in (1, 2))
    ask(*flashed(first))
    for change in (flashed(second), [Rollback()]):
        assert isinstance(ask(Load("", ""))[0], Loaded)
        assert isinstance(ask(SetPoint("full", 0))[0], Ack)
        assert {type(answer) for answer in ask(*change)} == {Ack}
        (refused,) = ask(SetPoint("full", 0))
        assert isinstance(refused, Refused)
        assert refused.what == "no bundle is loaded"


def test_another_host_begins_anew(tmp_path: Path) -> None:
    ask = conversation(tmp_path / "slots")
    bundle = make_bundle(tmp_path / "1.eedge")
    begin, put, *_ = flashed(bundle)
    assert isinstance(ask(begin, put)[-1], Ack)
    *_, refused = ask(Hello(1, 1, 4096, 0, 8, "another", ""), put)
    assert isinstance(refused, Refused)
    assert refused.tries == "send Begin first"
    assert {type(answer) for answer in ask(*flashed(bundle))} == {Ack}


def test_an_agent_that_nobody_talks_to_keeps_nobody_from_flashing(tmp_path: Path) -> None:
    slots = tmp_path / "slots"
    first, second = (make_bundle(tmp_path / f"{seed}.eedge", seed) for seed in (1, 2))
    shelf = Shelf(None, Slots(slots, HOST))
    waiting, other = Session(shelf, HOST), conversation(slots)
    hello = encode(Hello(1, 1, 4096, 0, 7, "test", ""), 0)

    def ask(message: Message) -> Message:
        return next(waiting.answer(encode(message, 1)))

    list(waiting.answer(hello))
    other(*flashed(first))
    assert isinstance(ask(Load("", "")), Loaded)
    # The link breaks, and is there again: it runs on.
    waiting.host_left()
    list(waiting.answer(hello))
    assert isinstance(ask(SetPoint("full", 0)), Ack)
    # While somebody talks to it, it is flashed beside what it runs, and no further.
    assert {type(answer) for answer in other(*flashed(second))} == {Ack}
    assert isinstance(other(*flashed(first))[-1], Refused)
    waiting.host_left()
    assert {type(answer) for answer in other(*flashed(first))} == {Ack}
    list(waiting.answer(hello))
    refused = ask(SetPoint("full", 0))
    assert isinstance(refused, Refused)
    assert refused.what == "no bundle is loaded"


def test_slots_that_cannot_be_read_are_no_end_of_the_agent(tmp_path: Path) -> None:
    ask = conversation(tmp_path / "slots")
    ask(*flashed(make_bundle(tmp_path / "1.eedge")))
    shutil.rmtree(tmp_path / "slots/a")
    (refused,) = ask(Load("", ""))
    assert isinstance(refused, Refused)
    assert "cannot be read: No such file" in refused.what


@pytest.mark.parametrize("name", ["../../escaped", "/tmp/escaped", "a/../../b", ".hidden", "a//b"])
def test_a_manifest_that_names_what_lies_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    """By its paths, or as soon as the manifest is there; nothing is written elsewhere."""
    ask = conversation(tmp_path / "slots")
    bundle = make_bundle(tmp_path / "1.eedge")
    content = sealed.read(bundle.path / MANIFEST)
    listed = content["files"]
    assert isinstance(listed, dict)
    listed[name] = listed.pop("quality.json", listed["tokens.txt"])
    sealed.write(bundle.path / MANIFEST, content)
    data = (bundle.path / MANIFEST).read_bytes()
    digest = hashlib.sha256(data).digest()
    *_, last = ask(Begin(bytes(32), 2, 10_000, "x"), Put(len(data), digest, MANIFEST))
    assert isinstance(last, Ack)
    digest = hashlib.sha256(b"x").digest()
    read, named, sent = ask(PutChunk(0, data), Put(1, digest, name), PutChunk(0, b"x"))
    assert isinstance(read, Ack if name == ".hidden" else Refused)
    assert isinstance(named, Refused)
    assert isinstance(sent, Refused)
    assert not (tmp_path / "escaped").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1.eedge", "slots"]


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Message]]:
    """A device that runs one bundle, and all messages that flash another."""
    folder = tmp_path_factory.mktemp("known")
    first, second = (
        make_bundle(folder / f"{seed}.eedge", seed, size=100, changed=2) for seed in (1, 2)
    )
    conversation(folder / "slots")(*flashed(first))
    return folder / "slots", flashed(second)


HASHES = st.sampled_from([bytes(32), hashlib.sha256(b"x").digest()])
PATHS = st.sampled_from(["a", "a/b", "../a", "tokens.txt", "exits", "tokens.txt/x", "x.part", ""])
ODD = st.one_of(
    st.builds(ListFiles, st.integers(0, 255)),
    st.builds(Begin, HASHES, st.integers(0, 2000), st.integers(0, 1 << 40), st.just("")),
    st.builds(Put, st.sampled_from([0, 1, 4000, 1 << 31]), HASHES, PATHS),
    st.builds(PutChunk, st.sampled_from([0, 1, 4000, (1 << 32) - 1]), st.sampled_from([b"", b"x"])),
    st.builds(Verify, HASHES),
    st.builds(Switch, HASHES),
    st.just(Rollback()),
)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_whatever_is_sent_the_device_has_a_whole_bundle(
    known: tuple[Path, list[Message]], data: st.DataObject
) -> None:
    slots, right = known
    ask = conversation(slots)
    # Right ones left out, doubled and mixed with odd ones.
    drawn = data.draw(st.lists(st.one_of(st.sampled_from(right), ODD), max_size=12))
    start = data.draw(st.integers(0, len(right)))
    for answer in ask(*right[:start], *drawn, *right[start:]):
        assert isinstance(answer, Ack | Refused | Slot | File)
        if isinstance(answer, Refused):
            assert answer.what
    current = Slots(slots, HOST).current
    assert current is not None
    Bundle.open(current).calibration("host")
    assert sorted(path.name for path in slots.iterdir()) == ["a", "b", "current.json"]
