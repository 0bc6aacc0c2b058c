"""The voice that the media process has kept, fetched for a console, one request at a time."""

from __future__ import annotations

from collections.abc import Callable

from firmware.media import messages as media
from firmware.media.tape import Packet

WHILE_TRACING = 16 << 20
"""Octets of voice to keep between `trace start` and `trace stop`."""


class Taping:
    """The last request for voice, and what has come of it.

    Args:
        tell: hands a command to the media process; while there is none it is lost.
    """

    def __init__(self, tell: Callable[[media.Command], None]) -> None:
        self._tell = tell
        self._packets: list[Packet] = []
        self.complete = False
        """All that was asked for has come."""

    def fetch(self, call: int) -> None:
        """Ask for the voice of a call, or for all (0); what was fetched before is forgotten."""
        self.forget()
        self._tell(media.Fetch(call=call))

    def taped(self, report: media.Taped) -> None:
        """Take a part of it."""
        if not report.packets:
            self.complete = True
        elif not self.complete:
            self._packets += report.packets

    def part(self, start: int, count: int) -> list[Packet]:
        """Up to so many packets, from number `start` on."""
        return self._packets[start : start + count]

    def keep(self, octets: int) -> None:
        """Let the media process keep so many octets from now on."""
        self._tell(media.Keep(octets=octets))

    def forget(self) -> None:
        """Drop what was fetched: it has been read."""
        self._packets, self.complete = [], False
