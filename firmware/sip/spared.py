"""Servers at which no line registers for a while: they ask for it, and there is no other.

503 with Retry-After means that a server takes no requests for so long, whoever sends them (RFC
3261 section 21.5.4). Where there is another server that one is used (`firmware.sip.failover`).
"""

from __future__ import annotations

from firmware.sip import retry
from firmware.sip.events import Server
from firmware.sip.targets import Way
from firmware.sip.tokens import Dice


class Spared:
    """Who is spared, and until when.

    Args:
        dice: for a little more than was asked for, so that not all come back at once.
    """

    def __init__(self, dice: Dice) -> None:
        self._dice = dice
        self._until: dict[Server, float] = {}
        self._why: dict[Server, str] = {}

    @property
    def deadline(self) -> float | None:
        """When the first of them may be asked again, in monotonic seconds; None: all may."""
        return min(self._until.values(), default=None)

    @property
    def problem(self) -> str:
        """Why nobody can register, in words; empty: not because of this."""
        return "; ".join(self._why.values())

    def why(self, server: Server) -> str:
        """Why lines do not register there now; empty: they may."""
        return self._why.get(server, "")

    def spare(self, server: Server, seconds: int, why: str, now: float) -> None:
        """Note that a server asks for so many seconds; what it has asked for before stands."""
        wait = retry.as_asked(seconds, self._dice)
        if now + wait > self._until.get(server, now):
            self._until[server] = now + wait
            self._why[server] = f"{why}, to be left alone for {round(wait)} s"

    def tick(self, now: float) -> bool:
        """Forget what is over; whether there was anything."""
        over = [server for server, until in self._until.items() if until <= now]
        for server in over:
            del self._until[server], self._why[server]
        return bool(over)

    def without(self, ways: tuple[Way, ...]) -> tuple[Way, ...]:
        """The ways that lead to none of them."""
        if not self._until:
            return ways
        return tuple([way for way in ways if way.server not in self._until])
