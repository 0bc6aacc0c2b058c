"""Keep the way through a NAT open for those who call us (RFC 5626 section 4.4, sip 7.2, C06).

A NAT forgets a way by datagrams half a minute after the last, and then nobody can call: OPTIONS
every 30 s come too late, a registration that lasts an hour anyway. So wherever a line is bound by
UDP, an empty line goes there every 24 to 29 s. Nobody answers it; connections have their pings.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from firmware.sip.address import Address

NOTHING: Final = b"\r\n\r\n"
"""What is sent."""
SPREAD: Final = 5.0
"""s later at the most: as often as somebody looks."""


class KeepAlive:
    """Says where an empty line is due.

    Args:
        every: seconds from one to the next, and up to `SPREAD` more; 0: there are none.
    """

    def __init__(self, every: float) -> None:
        self._every = every
        self._sent_at: dict[Address, float] = {}

    def due(self, bound: Iterable[Address], now: float) -> list[Address]:
        """Look, every five seconds or oftener.

        Args:
            bound: where lines are registered.
            now: monotonic seconds.
        """
        if not self._every:
            return []
        wanted = {place for place in bound if not place.transport.reliable}
        for gone in self._sent_at.keys() - wanted:
            del self._sent_at[gone]
        due = [p for p in wanted if now - self._sent_at.setdefault(p, now) >= self._every]
        for place in due:
            self._sent_at[place] = now
        return sorted(due, key=str)
