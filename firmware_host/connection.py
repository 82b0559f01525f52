"""An agent behind a link that may break: what is asked of it is asked until it is answered."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from edge.wire import Message, Text
from edge.wire.messages import Hello
from firmware_host.agent import Agent
from firmware_host.errors import LinkError
from firmware_host.links.base import Stream

_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 10.0
"""Seconds before a link that broke is tried again; twice as long each time."""
PATIENCE = 600.0
"""Seconds after which a link that stays broken is given up."""

Answer = TypeVar("Answer")


class Connection:
    """Keeps an agent at hand, on a new stream whenever the one before it broke.

    Args:
        connect: opens a stream, at the other end of which an agent answers or comes to.
        begin: called when an agent has said Hello, and whether it is one that knows nothing.
        aside: takes what comes unasked.
        notice: is told in words when the link breaks and when it is there again.
        patience: seconds that a link may stay broken.
    """

    def __init__(
        self,
        connect: Callable[[], Stream],
        begin: Callable[[Agent, Hello, bool], None],
        aside: Callable[[Message | Text], None] = lambda _: None,
        notice: Callable[[str], None] = lambda _: None,
        patience: float = PATIENCE,
    ) -> None:
        self._connect, self._begin = connect, begin
        self._aside, self._notice, self._patience = aside, notice, patience
        self._stream: Stream | None = None
        self._agent: Agent | None = None
        self._mine: int | None = None
        self._theirs: int | None = None

    def ask(self, what: Callable[[Agent], Answer]) -> Answer:
        """Return what `what` returns; it is called again, from its beginning, if the link breaks.

        Nothing is done twice by that: an agent says again what it has done under a number.

        Raises:
            LinkError: it cannot be reached for the first time, or not for as long as there is
                patience.
            AgentRefusedError: the device will not.
        """
        lost: float | None = None
        pause = _FIRST_PAUSE
        while True:
            try:
                answer = what(self._agent or self._connected())
            except LinkError as error:
                self.close()
                now = time.monotonic()
                if self._theirs is None or (lost is not None and now - lost > self._patience):
                    raise
                if lost is None:
                    lost = now
                    self._notice(f"{error.what}; trying again")
                time.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
                continue
            if lost is not None:
                self._notice("connected again")
            return answer

    def close(self) -> None:
        """Give the link up; asking again opens another."""
        self._agent = None
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _connected(self) -> Agent:
        self._stream = self._connect()
        agent = Agent(self._stream, self._aside, self._mine)
        self._mine = agent.session
        hello = agent.greet()
        self._begin(agent, hello, hello.session != self._theirs)
        self._theirs, self._agent = hello.session, agent
        return agent
