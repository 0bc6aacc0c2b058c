"""UDPTL: packets of a fax, each with those before it once more (T.38 section 9.1).

A datagram has a sequence number, the newest packet (IFP), and then either some of the packets
before it, newest first, or parities of them (FEC). We send the former; of a peer that sends
the latter only the newest packet is used. Lengths and choices are ASN.1 PER, aligned.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

Packet = tuple[int, bytes]
"""Sequence number and IFP."""

SPAN = 1 << 16
LARGEST = 1500
"""Octets of a datagram: more crosses no Ethernet in one piece."""
REPEATED = 3
"""Packets before the newest that are sent once more: three lost in a row do no harm."""
STRAYS = 8
"""Old packets in a row after which the peer is believed to have begun anew."""
_MOST_AGAIN = 16
_LONG = 0x80
_FRAGMENTED = 0xC0
_PARITY = 0x80


@dataclass(frozen=True, slots=True)
class Datagram:
    """One that was read.

    Attributes:
        again: the packets before it, newest first; empty where there are parities instead.
    """

    sequence: int
    ifp: bytes
    again: tuple[bytes, ...] = ()


def read(data: bytes) -> Datagram | None:
    """What a datagram brings; None: it is none of UDPTL."""
    try:
        sequence = data[0] << 8 | data[1]
        at, ifp = _open_type(data, 2)
        parities, at = data[at] & _PARITY, at + 1
        if parities:
            at, _ = _open_type(data, at)  # how many packets they are of
        at, count = _length(data, at)
        if count > _MOST_AGAIN:
            return None
        again = []
        for _ in range(count):
            at, earlier = _open_type(data, at)
            again.append(earlier)
    except (IndexError, ValueError):
        return None
    if at != len(data) or not ifp:
        return None
    return Datagram(sequence, ifp, () if parities else tuple(again))


def written(sequence: int, ifp: bytes, again: tuple[bytes, ...]) -> bytes:
    """A datagram; `again` newest first."""
    return b"".join(
        (
            bytes((sequence >> 8 & 0xFF, sequence & 0xFF)),
            _sized(ifp),
            bytes((0, len(again))),
            *map(_sized, again),
        )
    )


def _sized(ifp: bytes) -> bytes:
    size = len(ifp)
    if size < _LONG:
        return bytes((size,)) + ifp
    return bytes((_LONG | size >> 8, size & 0xFF)) + ifp


def _length(data: bytes, at: int) -> tuple[int, int]:
    """Where it goes on, and the length (X.691 section 10.9.3).

    Raises:
        ValueError: a fragment, which no packet of a fax is.
        IndexError: the datagram ends before.
    """
    first = data[at]
    if first < _LONG:
        return at + 1, first
    if first >= _FRAGMENTED:
        raise ValueError("fragmented")
    return at + 2, (first & 0x3F) << 8 | data[at + 1]


def _open_type(data: bytes, at: int) -> tuple[int, bytes]:
    at, size = _length(data, at)
    if at + size > len(data):
        raise ValueError("cut off")
    return at + size, data[at : at + size]


class Sender:
    """Numbers our packets and repeats them.

    Args:
        largest: octets of a datagram that the peer takes.
        repeated: packets before the newest that go along, as many as there is room for.
    """

    def __init__(self, largest: int = LARGEST, repeated: int = REPEATED) -> None:
        self._largest = min(largest, LARGEST)
        self._before: deque[bytes] = deque(maxlen=repeated)
        self._sequence = 0

    def datagram(self, ifp: bytes) -> bytes:
        """The next packet with those before it."""
        room = self._largest - len(_sized(ifp)) - 4
        again: list[bytes] = []
        for earlier in self._before:
            room -= len(_sized(earlier))
            if room < 0:
                break
            again.append(earlier)
        data = written(self._sequence, ifp, tuple(again))
        self._before.appendleft(ifp)
        self._sequence = (self._sequence + 1) % SPAN
        return data


class Receiver:
    """Puts the peer's packets in order, each once, those that were repeated in their places.

    Attributes:
        received: datagrams that brought something new.
        recovered: packets that came only as a repetition.
        lost: packets that never came.
    """

    def __init__(self) -> None:
        self.received = self.recovered = self.lost = 0
        self._next: int | None = None
        self._strays = 0

    def feed(self, datagram: Datagram) -> Iterator[Packet]:
        """The packets that this one makes known, oldest first."""
        again = tuple(takewhile(len, datagram.again))  # some fill up with nothing at first
        ahead = self._ahead(datagram.sequence, len(again))
        if ahead is None:
            return
        self.received += 1
        back = min(ahead, len(again))
        self.recovered += back
        self.lost += ahead - back
        for distance in range(back, 0, -1):
            yield (datagram.sequence - distance) % SPAN, again[distance - 1]
        yield datagram.sequence, datagram.ifp

    def _ahead(self, sequence: int, repeated: int) -> int | None:
        """How many packets are missing before this one; None: it is an old one."""
        expected = self._next
        # Before its first datagram nothing is missing but what is repeated in it.
        ahead = repeated if expected is None else (sequence - expected) % SPAN
        if ahead >= SPAN // 2:
            self._strays += 1
            if self._strays < STRAYS:
                return None
            ahead = 0
        self._strays = 0
        self._next = (sequence + 1) % SPAN
        return ahead
