"""The user agent: what the rest of the gateway talks to.

    agent = UserAgent(settings, dice)
    outputs = agent.start(now)
    outputs = agent.feed(Invite(agent.new_call(), line=1, number="8001", media=...), now)

It is a machine like all others; `firmware.sip.events` holds its inputs and outputs.
"""

from __future__ import annotations

from firmware.sip.events import AgentSettings, Input, Output, RegistrationState
from firmware.sip.tokens import Dice


class UserAgent:
    """All lines, all calls, all transactions of one signalling address."""

    def __init__(self, settings: AgentSettings, dice: Dice) -> None:
        self.settings = settings
        self._dice = dice
        self._last_call = 0

    @property
    def deadline(self) -> float | None:
        return None

    def start(self, now: float) -> list[Output]:
        """Begin: look the servers up and register every line."""
        del now
        return []

    def feed(self, event: Input, now: float) -> list[Output]:
        del event, now
        return []

    def tick(self, now: float) -> list[Output]:
        del now
        return []

    def new_call(self) -> int:
        """The number of the next call; calls that come in take theirs from here too."""
        self._last_call += 1
        return self._last_call

    def registration(self, line: int) -> RegistrationState:
        """How the binding of `line` stands."""
        del line
        return RegistrationState()
