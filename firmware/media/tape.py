"""The last packets of voice, kept in memory for whoever asks afterwards what was heard.

Bounded in octets, whatever the number of calls; the oldest go first. Nothing is written down.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from itertools import starmap
from typing import NamedTuple

APIECE = 160
"""Octets that the interpreter needs besides for each packet."""
PART = 40_000
"""Octets handed over together: what fits into one message to the other process."""


class Packet(NamedTuple):
    """One datagram of RTP."""

    call: int
    at: float
    """Seconds since 1970: of the period in which it was sent or found."""
    outward: bool
    data: bytes


class Tape:
    """All calls' packets, in the order of their coming and going.

    Args:
        most: octets; 0: nothing is kept.
        clock: seconds since 1970.
    """

    def __init__(self, most: int, clock: Callable[[], float]) -> None:
        self._most = most
        self.clock = clock
        self._packets: deque[tuple[int, float, bool, bytes]] = deque()
        """As in `Packet`, which takes three times as long to make: this is done for each."""
        self._octets = 0

    def limit(self, most: int) -> None:
        """Keep so many octets from now on."""
        self._most = most
        self._forget()

    def keeper(self, call: int) -> Callable[[bool, bytes], None]:
        """What a call tells of its packets: outward or not, and the octets."""
        kept, clock = self._packets, self.clock

        def keep(outward: bool, data: bytes) -> None:
            if self._most:
                kept.append((call, clock(), outward, data))
                self._octets += len(data) + APIECE
                if self._octets > self._most:
                    self._forget()

        return keep

    def parts(self, call: int) -> Iterator[tuple[Packet, ...]]:
        """What there is of a call, or of all (0), in parts that can be handed over."""
        part: list[Packet] = []
        size = 0
        for packet in starmap(Packet, self._packets):
            if call not in {0, packet.call}:
                continue
            if size + len(packet.data) > PART:
                yield tuple(part)
                part, size = [], 0
            part.append(packet)
            size += len(packet.data) + 20  # what goes around it
        if part:
            yield tuple(part)

    def _forget(self) -> None:
        while self._octets > self._most:
            self._octets -= len(self._packets.popleft()[-1]) + APIECE
