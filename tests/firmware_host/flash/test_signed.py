"""A device that knows a key takes, and runs, only what is signed by it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from edge.bundle import Bundle
from edge.errors import SignatureError
from edge.signature import read_public_key
from edge.slots.check import check_bundle
from edge.slots.pointer import read
from firmware_host.agent import Agent
from firmware_host.errors import AgentRefusedError, UnsignedError
from firmware_host.flash import Flasher, Parcel
from firmware_host.signing import new_key, read_private_key, sign
from tests.edge.calibrated import point, write_calibration
from tests.firmware_host.flash.agents import HOST, Forked

pytest.importorskip("cryptography", reason="signing needs eedge[sign]")

Make = Callable[..., Bundle]


def test_only_what_is_signed_is_taken_and_run(slots: Path, tmp_path: Path, make: Make) -> None:
    mine, other = tmp_path / "mine", tmp_path / "other"
    trusted = read_public_key(new_key(mine))
    new_key(other)

    def flash(bundle: Bundle) -> str:
        flasher = Flasher("device", lambda: Forked(slots, key=trusted), 4)
        return flasher.flash(Parcel.of(bundle.path), trial=False).outcome

    first, second = make(1), make(2)
    with pytest.raises(UnsignedError, match="only what is signed"):
        flash(first)
    sign(first.path, read_private_key(mine))
    assert flash(first) == "flashed"
    sign(second.path, read_private_key(other))
    with pytest.raises(AgentRefusedError, match="signed by another key"):
        flash(second)
    sign(second.path, read_private_key(mine))
    write_calibration(second, "raspberry-pi-5", [], [])
    with pytest.raises(AgentRefusedError, match=r"calibration/raspberry-pi-5\.json is not signed"):
        flash(second)
    pointer = read(slots)
    assert pointer is not None
    assert pointer.current is not None
    current = slots / pointer.current
    assert check_bundle(current, HOST, trusted).identity == first.identity

    stream = Forked(slots, key=trusted)
    agent = Agent(stream)
    assert agent.greet().capabilities & 0b1000
    assert agent.load().points == "full"
    # Somebody calibrates on the device, without the key.
    least = point("least", rule={"kind": "fixed", "exit": 1})
    write_calibration(Bundle.open(current), "host", [least], [])
    with pytest.raises(AgentRefusedError, match=r"host\.json is not the one that was signed"):
        agent.load()
    stream.close()
    with pytest.raises(SignatureError):
        check_bundle(current, HOST, trusted)
    assert flash(first) == "flashed"
