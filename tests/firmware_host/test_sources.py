"""Where utterances come from: a folder, and what is said into a microphone."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import pytest

from boards.errors import UsageError
from edge.audio import Samples
from firmware_host.inbox import Inbox
from firmware_host.microphone import BLOCK_S, MicrophoneError, Utterances, listening

RATE = 16_000


def taken(inbox: Inbox, seconds: float) -> list[str]:
    until, found = time.monotonic() + seconds, []
    while time.monotonic() < until:
        path = inbox.take()
        if path is None:
            time.sleep(0.02)
        else:
            found.append(path.name)
    return found


@pytest.mark.slow
def test_a_file_is_taken_once_and_not_before_it_is_whole(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_text("a")
    (tmp_path / ".hidden.wav").write_text("h")
    (tmp_path / "b.wav.part").write_text("b")
    (tmp_path / "folder").mkdir()
    inbox = Inbox(tmp_path)
    with (tmp_path / "growing.wav").open("w") as growing:
        found = []
        for _ in range(4):
            growing.write("more")
            growing.flush()
            found += taken(inbox, 0.3)
    assert found == ["a.wav"]
    assert taken(inbox, 1.2) == ["growing.wav"]
    (tmp_path / "a.wav").unlink()
    assert taken(inbox, 0.5) == []
    (tmp_path / "a.wav").write_text("another")
    assert taken(inbox, 1.2) == ["a.wav"]


def test_only_a_folder_can_be_watched(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no folder"):
        Inbox(tmp_path / "nowhere")


def said(samples: Samples, longest_s: float = 10.0) -> list[float]:
    """Return how long the utterances are that are found, in seconds."""
    utterances = Utterances(RATE, longest_s)
    step = round(BLOCK_S * RATE)
    blocks = [samples[at : at + step] for at in range(0, len(samples) - step, step)]
    found = (utterances.take(block) for block in blocks)
    return [round(len(one) / RATE, 1) for one in found if one is not None]


def noise(seconds: float, loudness: float) -> Samples:
    generator = np.random.default_rng(1)
    return generator.normal(0, loudness, round(seconds * RATE)).astype(np.float32)


def test_an_utterance_begins_before_it_is_loud_and_ends_with_a_pause() -> None:
    quiet, speech, click = noise(1.0, 0.002), noise(1.5, 0.1), noise(0.06, 0.3)
    assert said(np.concatenate([quiet, speech, quiet, speech, quiet])) == [2.4, 2.4]
    assert said(np.concatenate([quiet, click, quiet])) == []
    assert said(quiet) == []


def test_who_does_not_pause_is_cut_at_the_longest_that_can_be_run() -> None:
    found = said(np.concatenate([noise(1.0, 0.002), noise(7.0, 0.1)]), longest_s=3.0)
    assert found[:2] == pytest.approx([3.0, 3.0], abs=0.1)
    assert max(found) <= 3.0


def test_without_its_package_there_is_no_microphone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with pytest.raises(MicrophoneError, match="needs the package 'sounddevice'"), listening(RATE):
        pass
