"""The last packets of voice, kept in memory for whoever asks afterwards what was heard.

Bounded in octets, whatever the number of calls; the oldest go first. Nothing is written down.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import NamedTuple

APIECE = 160
"""Octets that the interpreter needs for each packet, besides its own."""
PART = 40_000
"""Octets that are handed over together: they fit into one message."""

_Noted = tuple[int, bool, bytes]
"""Call, outward or not, octets: as in `Packet`, which takes three times as long to make."""
_data = itemgetter(2)


class Packet(NamedTuple):
    """One datagram of RTP."""

    call: int
    at: float
    """Time of the period in which it was sent or found, in seconds since 1970."""
    outward: bool
    data: bytes


class Tape:
    """The packets of all calls, in the order in which they came and went.

    Args:
        most: octets; 0: nothing is kept.
        clock: seconds since 1970.
    """

    def __init__(self, most: int, clock: Callable[[], float]) -> None:
        self._most = most
        self.clock = clock
        self._now: list[_Noted] = []
        """Packets of the present period."""
        self._periods: deque[tuple[float, int, tuple[_Noted, ...]]] = deque()
        """Each period: its time, its octets, and its packets."""
        self._octets = 0

    def limit(self, most: int) -> None:
        """Keep no more than so many octets from now on."""
        self._most = most
        self.turn()

    def keeper(self, call: int) -> Callable[[bool, bytes], None]:
        """What a call tells of its packets: outward or not, and the octets."""
        note = self._now.append

        def keep(outward: bool, data: bytes) -> None:
            note((call, outward, data))

        return keep

    def turn(self) -> None:
        """End a period: give its packets their time, and forget the oldest periods."""
        now, periods = self._now, self._periods
        if now and self._most:
            octets = len(now) * APIECE + sum(map(len, map(_data, now)))
            periods.append((self.clock(), octets, tuple(now)))
            self._octets += octets
        now.clear()  # the list itself stays: the calls append to it
        while self._octets > self._most:
            self._octets -= periods.popleft()[1]

    def parts(self, call: int) -> Iterator[tuple[Packet, ...]]:
        """What there is of a call, or of all (0), in parts that can be handed over."""
        self.turn()
        part: list[Packet] = []
        size = 0
        for packet in self._packets():
            if call not in {0, packet.call}:
                continue
            if size + len(packet.data) > PART:
                yield tuple(part)
                part, size = [], 0
            part.append(packet)
            size += len(packet.data) + 20  # what goes around it
        if part:
            yield tuple(part)

    def _packets(self) -> Iterator[Packet]:
        for at, _, noted in self._periods:
            for call, outward, data in noted:
                yield Packet(call, at, outward, data)
