"""An agent that outlives its link: the next one finds it as it was."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from firmware_host.agent import Agent
from firmware_host.errors import LinkLostError
from firmware_host.links import Stream
from firmware_host.links.local import LocalLink

RATE = 16_000
SOUND = (np.random.default_rng(4).standard_normal(RATE // 2) * 3000).astype("<i2").tobytes()


@pytest.fixture
def start(copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Stream]:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))

    def start(*options: str) -> Stream:
        line = [sys.executable, "-m", "edge.agent.stay", str(copy), "--idle", "1.0", *options]
        return LocalLink().stream(line)

    return start


@pytest.mark.slow
def test_it_is_found_as_it_was_and_has_run_what_it_has_run(start, tmp_path):
    first = start()
    agent = Agent(first)
    hello = agent.greet()
    agent.load()
    heard = agent.run(1, SOUND, RATE)
    first.close()

    second = start()
    again = Agent(second, session=agent.session)
    assert again.greet().session == hello.session
    assert again.run(1, SOUND, RATE) == heard, "said again, and not run again"

    # A link that is broken may not know it: who comes takes its place.
    third = start()
    assert Agent(third, session=agent.session).greet().session == hello.session
    with pytest.raises(LinkLostError):
        again.listen(10.0)
    second.close()
    third.close()

    until = time.monotonic() + 10
    while list(tmp_path.glob("eedge/*.sock")) and time.monotonic() < until:
        time.sleep(0.1)
    assert not list(tmp_path.glob("eedge/*.sock")), "it ends when nobody comes"


@pytest.mark.slow
def test_an_agent_that_does_not_start_says_why(start):
    stream = start("--board", "hots")
    with pytest.raises(LinkLostError):
        stream.read(20.0)
    stream.close()
    line = [sys.executable, "-m", "edge.agent.stay", "x.eedge", "--board", "hots"]
    done = LocalLink().run(line)
    assert done.status == 2
    assert b"there is no board 'hots'" in done.stderr
