"""What is typed at a monitor."""

from __future__ import annotations

import pytest

from firmware_host.monitor.keys import Action, Keys


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        (b"ls\r", [b"ls\r"]),
        (b"\x1d", [Action.QUIT]),
        (b"\x03", [Action.HINT]),
        (b"a\x03b", [b"a", Action.HINT, b"b"]),
        (b"\x14p", [Action.MENU, Action.PAUSE]),
        (b"\x14T", [Action.MENU, Action.TIMES]),
        (b"\x14q", [Action.MENU, Action.TELEMETRY]),
        (b"\x14x", [Action.MENU, Action.QUIT]),
        (b"\x14c", [Action.MENU, b"\x03"]),
        (b"\x14\x14", [Action.MENU, b"\x14"]),
        (b"\x14\x1d", [Action.MENU, b"\x1d"]),
        (b"\x14?x", [Action.MENU, Action.HINT, b"x"]),
        ("ü".encode(), ["ü".encode()]),
    ],
    ids=str,
)
def test_few_keys_are_for_the_monitor_and_all_others_for_the_device(typed, found):
    assert Keys().take(typed) == found


def test_the_menu_is_open_until_a_key_comes():
    keys = Keys()
    assert keys.take(b"\x14") == [Action.MENU]
    assert keys.take(b"") == []
    assert keys.take(b"x") == [Action.QUIT]
