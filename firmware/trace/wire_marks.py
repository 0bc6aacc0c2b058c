"""Every message on the wire as a mark on the ladder of the line that it belongs to."""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol

from firmware.log import event as log_event
from firmware.port.port import Port
from firmware.signalling import Signalling
from firmware.sip.events import Address
from firmware.trace.marks import Lane, Mark, Trace
from firmware.trace.wiretap import KEPT, Sparingly, Whose, call_id_of, look, text_of

MARKED = 5
"""Datagrams of strangers, and dropped ones, that are shown a second; all are counted."""

LOGGED = 60.0
"""s from one line in the log about what was dropped to the next."""


class House(Protocol):
    """Who knows lines and calls."""

    trace: Trace
    signalling: Signalling
    loop: asyncio.AbstractEventLoop

    @property
    def ports(self) -> dict[int, Port]: ...
    def line_of(self, user: str) -> int:
        """The line that a user part means, a number or a Contact's token; 0: none."""


class WireMarks:
    """Marks what passes, without reading more of it than it must."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._whose = Whose(house.line_of)
        self._strangers, self._drops = Sparingly(MARKED), Sparingly(MARKED)
        self.dropped = 0
        """Datagrams that were refused or ignored."""
        self._logged, self._logs_at = 0, float("-inf")

    def passes(self, data: bytes, peer: Address, *, outward: bool) -> None:
        """A message comes or goes."""
        house, now = self._house, self._house.loop.time()
        if not outward and house.signalling.barred(peer) and not self._strangers.passes(now):
            return
        seen = look(data, outward=outward)
        if seen is None:
            return  # a keep-alive, or noise that the agent will count
        line = 0 if seen.heartbeat else self._whose.line(seen, data, outward=outward)
        new = seen.what == "INVITE" and not outward
        call = self._call_of(house.ports[line], data, new=new) if line in house.ports else 0
        lane = Lane.HEARTBEAT if seen.heartbeat else Lane.SIP
        kept = data[:KEPT]
        house.trace.record_later(
            lane,
            line,
            len(kept),
            lambda: Mark(
                at=now, port=line, lane=lane, outward=outward, what=seen.what,
                peer=str(peer), call=call, detail=text_of(kept),
            ),
        )  # fmt: skip

    def refused(self, source: Address, why: str) -> None:
        """What came from there was refused, or ignored."""
        self.dropped += 1
        self._told("dropped", f"{source}: {why}")
        now = self._house.loop.time()
        if now >= self._logs_at:
            count, self._logged = self.dropped - self._logged, self.dropped
            self._logs_at = now + LOGGED
            log_event("dropped", level=logging.WARNING, count=count, last=str(source), why=why)

    def undelivered(self, target: Address, why: str) -> None:
        """What was sent there does not arrive, as the system or a router says."""
        self._told("undelivered", f"{target} {why}")

    def _told(self, what: str, detail: str) -> None:
        now = self._house.loop.time()
        if self._drops.passes(now):
            self._house.trace.record(
                Mark(at=now, port=0, lane=Lane.HOUSE, outward=False, what=what, detail=detail)
            )

    def _call_of(self, port: Port, data: bytes, *, new: bool) -> int:
        """Which call of a port a message belongs to, if it can be more than one, or `new`."""
        if port.legs.two or new:
            return self._house.signalling.call_of(port.number, call_id_of(data))
        return port.leg.call if port.leg else 0
