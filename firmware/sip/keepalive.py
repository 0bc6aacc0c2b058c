"""Keep the way through a NAT open for those who call us (RFC 5626 section 4.4, sip 7.2, C06).

A NAT forgets a way by datagrams half a minute after the last, and then nobody can call: OPTIONS
every 30 s come too late, a registration that lasts an hour anyway. So wherever a line is bound by
UDP, an empty line goes there every 24 to 29 s, at random: many that lost their current together
shall not go on together. Nobody answers it; connections have their pings.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from firmware.sip.address import Address
from firmware.sip.tokens import Dice

NOTHING: Final = b"\r\n\r\n"
"""The empty line that is sent."""
SPREAD: Final = 5.0
"""Most seconds that are added by chance (RFC 5626 section 4.4.2: from 24 to 29)."""


class KeepAlive:
    """Says where an empty line is due.

    Args:
        every: seconds from one to the next, and up to `SPREAD` more; 0: there are none.
        dice: for the rest of each pause.
    """

    def __init__(self, every: float, dice: Dice) -> None:
        self._every = every
        self._dice = dice
        self._due_at: dict[Address, float] = {}

    @property
    def deadline(self) -> float | None:
        """When the next is due; None: nobody is bound by datagrams, as far as we were told."""
        return min(self._due_at.values(), default=None)

    def due(self, bound: Iterable[Address], now: float) -> list[Address]:
        """Where an empty line is to go now.

        Args:
            bound: where lines are registered.
            now: monotonic seconds.
        """
        if not self._every:
            return []
        wanted = {place for place in bound if not place.transport.reliable}
        known = self._due_at
        due = sorted((p for p in wanted if known.get(p, now + 1.0) <= now), key=str)
        self._due_at = {p: known[p] for p in wanted & known.keys() if p not in due}
        for place in sorted(wanted - self._due_at.keys(), key=str):
            self._due_at[place] = now + self._every + SPREAD * self._chance()
        return due

    def _chance(self) -> float:
        """From 0 to 1; it decides nothing that another run would have to know (`Draws`)."""
        return self._dice.getrandbits(16) / 0xFFFF
