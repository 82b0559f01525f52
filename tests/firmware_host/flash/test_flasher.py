"""A device is flashed over a real link, by a real agent."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from boards.board import load_board
from boards.errors import UsageError
from edge.bundle import Bundle
from edge.errors import BundleError
from edge.slots import Slots
from edge.wire.messages import Hello
from firmware_host.agent import Agent
from firmware_host.errors import (
    FlashError,
    FlashInterruptedError,
    NoAgentError,
    NoRoomError,
    NotCalibratedError,
    NotFlashableError,
    OtherBoardError,
    UnsignedError,
)
from firmware_host.flash import Flasher, Parcel, agent_line, flasher_for
from firmware_host.flash.checks import check_device, check_room
from firmware_host.flash.conversation import Listing
from firmware_host.links import open_link
from firmware_host.links.local import LocalLink
from firmware_host.links.shell import ShellLink
from tests.edge.calibrated import point, write_calibration
from tests.firmware_host.flash.agents import Forked

Make = Callable[..., Bundle]


def runs(slots: Path) -> str:
    """The identity of the bundle that a device would run, opened as for running."""
    current = Slots(slots, load_board("host")).current
    assert current is not None
    return Bundle.open(current).identity


def test_only_what_differs_is_sent(flasher: Flasher, slots: Path, make: Make) -> None:
    first, second = Parcel.of(make(1).path), Parcel.of(make(2).path)
    done = flasher.flash(first, trial=False)
    assert (done.outcome, done.board, done.files_sent) == ("flashed", "host", len(first.pieces))
    assert done.bytes_sent == done.bytes_total == first.size
    again = flasher.flash(first, trial=False)
    assert again.outcome == "unchanged"
    had = {piece.sha256 for piece in first.pieces}
    other = [piece for piece in second.pieces if piece.sha256 not in had]
    fresh = Flasher("fresh", lambda: Forked(slots))
    done = fresh.flash(second, trial=False)
    assert (done.files_sent, done.bytes_sent) == (len(other), sum(one.size for one in other))
    assert runs(slots) == second.identity.hex()
    assert fresh.roll_back().identity == first.identity.hex()
    assert runs(slots) == first.identity.hex()


def test_a_link_that_breaks_again_and_again_costs_little(slots: Path, make: Make) -> None:
    parcel = Parcel.of(make(1, size=100_000).path)
    notices: list[str] = []
    flasher = Flasher(
        "cut", lambda: Forked(slots, cut_at=300_000), at_once=16, notice=notices.append
    )
    done = flasher.flash(parcel, trial=False)
    assert done.reconnected >= 2
    assert done.bytes_sent < 1.2 * parcel.size + done.reconnected * 16 * 4000
    assert runs(slots) == parcel.identity.hex()
    assert "cut; trying again" in notices


def test_a_device_that_falls_over_at_the_same_place_is_given_up(slots: Path, make: Make) -> None:
    parcel = Parcel.of(make(1).path)
    connected: list[Forked] = []

    def connect() -> Forked:
        connected.append(Forked(slots, kill_at=12))
        return connected[-1]

    with pytest.raises(FlashInterruptedError):
        Flasher("falls", connect, tries=2).flash(parcel)
    assert 3 <= len(connected) <= 9


def test_a_link_that_stays_broken_is_given_up_with_what_to_do(slots: Path, make: Make) -> None:
    parcel = Parcel.of(make(1).path)
    flasher = Flasher("cut", lambda: Forked(slots, cut_at=2000), at_once=1, tries=1)
    with pytest.raises(FlashInterruptedError, match="interrupted: cut") as raised:
        flasher.flash(parcel)
    assert "goes on where it stopped" in raised.value.tries[0]


@pytest.mark.slow
def test_a_bundle_that_cannot_be_run_is_gone_back_from(
    flasher: Flasher,
    slots: Path,
    tmp_path: Path,
    tiny_paths: dict[str, Path],
    make: Make,
) -> None:
    path = tiny_paths["dynamic-int8"]
    tiny = Bundle.open(shutil.copytree(path, tmp_path / "tiny.eedge"))
    write_calibration(tiny, "host", [], [])
    assert flasher.flash(Parcel.of(tiny.path)).outcome == "flashed"
    with pytest.raises(FlashError, match=r"cannot be run: .* the one before it is run again"):
        flasher.flash(Parcel.of(make(1).path))
    assert runs(slots) == tiny.identity
    # Another calibration is another bundle to flash, and all else is there already.
    least = point("least", rule={"kind": "fixed", "exit": tiny.exits[0]})
    write_calibration(tiny, "host", [least], [])
    again = Flasher("again", lambda: Forked(slots))
    done = again.flash(Parcel.of(tiny.path))
    assert (done.outcome, done.files_sent) == ("flashed", 1)
    stream = Forked(slots)
    agent = Agent(stream)
    agent.greet()
    assert agent.load().points == "full\nleast"
    stream.close()


HELLO = Hello(1, 1, 4096, 0b0011, 7, "test", "host")


def said(**fields: object) -> Hello:
    return Hello(**{**vars(HELLO), **fields})


def test_what_does_not_fit_a_device_is_refused_before_anything_is_sent(make: Make) -> None:
    parcel = Parcel.of(make(1).path)
    check_device(HELLO, parcel, "host")
    with pytest.raises(NotFlashableError, match="cannot be flashed"):
        check_device(said(capabilities=0b101), parcel, None)
    with pytest.raises(OtherBoardError, match="is 'host', not 'raspberry-pi-5'"):
        check_device(HELLO, parcel, "raspberry-pi-5")
    with pytest.raises(NotCalibratedError, match="not calibrated for 'raspberry-pi-5'"):
        check_device(said(board="raspberry-pi-5"), parcel, None)
    with pytest.raises(OtherBoardError, match="converted for cpu, but 'coral-usb' runs edgetpu"):
        check_device(said(board="coral-usb"), parcel, None)
    with pytest.raises(UnsignedError, match="only what is signed"):
        check_device(said(capabilities=0b1011), parcel, None)
    empty = Listing(None, {}, parcel.size)
    check_room(parcel, [empty, empty, empty])
    small = Listing(None, {}, parcel.size - 1)
    with pytest.raises(NoRoomError, match=f"there is room for {parcel.size - 1:,}"):
        check_room(parcel, [small, empty, empty])


def test_a_bundle_that_is_damaged_or_leads_elsewhere_is_not_sent(make: Make) -> None:
    bundle = make(1)
    block = bundle.path / "block_01.tflite"
    content = block.read_bytes()
    block.write_bytes(content[:-1])
    with pytest.raises(BundleError, match="has 8999 bytes instead of 9000"):
        Parcel.of(bundle.path)
    elsewhere = bundle.path.parent / "elsewhere"
    elsewhere.write_bytes(content)
    block.unlink()
    block.symlink_to(elsewhere)
    with pytest.raises(BundleError, match="is a link"):
        Parcel.of(bundle.path)


def test_a_bundle_that_no_device_would_take_is_not_sent(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = make(1)
    files = len(Parcel.of(bundle.path).pieces)
    for name, most in [("MOST_FILES", files - 1), ("MOST_BYTES", 60_000), ("_LARGEST", 9000)]:
        with monkeypatch.context() as smaller:
            smaller.setattr(f"firmware_host.flash.parcel.{name}", most)
            with pytest.raises(BundleError, match=r"more than a device takes|are the most"):
                Parcel.of(bundle.path)


def test_an_agent_that_does_not_start_is_said_to_with_its_own_words(make: Make) -> None:
    parcel = Parcel.of(make(1).path)
    line = [sys.executable, "-m", "edge.agnt"]
    with pytest.raises(NoAgentError, match=r"no agent starts there: .*No module named edge.agnt"):
        flasher_for(LocalLink(), line).flash(parcel)


def test_what_starts_an_agent_is_known_but_for_phones() -> None:
    assert agent_line(open_link("serial:/dev/ttyACM0"), line="unused") == []
    assert agent_line(open_link("ssh:pi@garden"), "raspberry-pi-5") == [
        "python3", "-m", "edge.agent", "--slots", "~/.local/share/eedge/slots",
        "--board", "raspberry-pi-5",
    ]  # fmt: skip
    assert agent_line(open_link("local"), line="a 'b c'") == ["a", "b c"]
    with pytest.raises(UsageError, match="a phone has no Python"):
        agent_line(open_link("adb:123"))


def test_a_board_file_of_ones_own_is_brought_along(tmp_path: Path, repository: Path) -> None:
    path = tmp_path / "mine.toml"
    text = (repository / "boards/host.toml").read_text()
    there = tmp_path / "there"
    path.write_text(text.replace('"host"', '"mine"').replace("~/.local/share/eedge", str(there)))
    assert agent_line(LocalLink(), str(path))[-1] == str(path)

    class Elsewhere(ShellLink):
        """Another machine, but for being this one."""

    link = Elsewhere("elsewhere", lambda line: ["/bin/sh", "-c", line])
    line = agent_line(link, str(path))
    assert line[-1] == f"{there}/mine.toml"
    assert (there / "mine.toml").read_text() == path.read_text()
    stream = link.stream([sys.executable, *line[1:]])
    assert Agent(stream).greet().board == "mine"
    stream.close()
