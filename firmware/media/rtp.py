"""RTP headers, and what RFC 3550 says a receiver should know about a source."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from struct import Struct

from firmware.media.losses import Losses

HEADER = Struct(">BBHII")
"""Version and flags, marker and payload type, sequence number, timestamp, SSRC (5.1)."""
VERSION = 0x80
"""First octet of an ordinary header: version 2, no padding, no extension, no CSRC."""
MARKER = 0x80
RTCP_TYPES = range(192, 224)
"""Second octet of what is RTCP, where it shares a port with RTP (RFC 5761 section 4)."""

MAX_DROPOUT = 3000
MAX_MISORDER = 100
_REMEMBERED = 128
"""Packets before the newest of which is known whether they came: more than a second of them."""
_MEMORY = (1 << _REMEMBERED) - 1
_SETTLED = 16
"""A packet that is so far behind the newest and has not come is lost."""
_NOT_YET = -1
_CALMED = 15 / 16
"""Of the jitter is left by a packet that has none."""


class RtpSender:
    """Sequence number, timestamp and SSRC of what we send (RFC 3550 section 5.1).

    Args:
        entropy: gives so many random octets; all three begin at random.
    """

    def __init__(self, entropy: Callable[[int], bytes]) -> None:
        seed = entropy(10)
        self.sequence = int.from_bytes(seed[:2], "big") & 0x7FFF
        """Begins low: who decrypts counts its cycles, and may miss the first packets."""
        self.timestamp = int.from_bytes(seed[2:6], "big")
        """Of the first sample of the period at hand: counts captured samples, sent or not."""
        self.ssrc = int.from_bytes(seed[6:], "big")

    def packet(self, payload_type: int, payload: bytes, *, marker: bool = False) -> bytes:
        """The next packet, at the present timestamp."""
        return self.next(payload_type | MARKER if marker else payload_type, payload)

    def next(self, kind: int, payload: bytes) -> bytes:
        """The same; `kind` is the second octet, marker and payload type."""
        sequence = self.sequence
        self.sequence = (sequence + 1) & 0xFFFF
        return HEADER.pack(VERSION, kind, sequence, self.timestamp, self.ssrc) + payload

    def packet_at(
        self, timestamp: int, payload_type: int, payload: bytes, *, marker: bool = False
    ) -> bytes:
        """The next packet, at a timestamp of its own (RFC 4733 section 2.2.1)."""
        present, self.timestamp = self.timestamp, timestamp
        packet = self.packet(payload_type, payload, marker=marker)
        self.timestamp = present
        return packet

    def advance(self, samples: int) -> None:
        """So many samples were captured."""
        self.timestamp = (self.timestamp + samples) & 0xFFFFFFFF


def payload_span(datagram: bytes | bytearray | memoryview, size: int) -> tuple[int, int] | None:
    """Where the payload lies in a datagram with CSRCs, an extension or padding.

    Returns:
        Start and end, or None if the datagram is not RTP version 2 or contradicts itself.
    """
    if size < HEADER.size or datagram[0] & 0xC0 != VERSION:
        return None
    start, end = HEADER.size + 4 * (datagram[0] & 0x0F), size
    if datagram[0] & 0x10:  # extension: its length in words is in its second half-word
        if start + 4 > size:
            return None
        start += 4 + 4 * int.from_bytes(datagram[start + 2 : start + 4], "big")
    if datagram[0] & 0x20:  # padding: the last octet counts itself
        padding = datagram[size - 1]
        if padding == 0:
            return None
        end -= padding
    return (start, end) if start <= end else None


class Arrival(Enum):
    """What a packet is in the order of its source."""

    NEWEST = "newest"
    """Newer than all before it."""
    REORDERED = "reordered"
    """Older than the newest, not seen before."""
    DUPLICATE = "duplicate"
    DOUBTFUL = "doubtful"
    """A jump that the next packet must confirm (RFC 3550 A.1)."""
    RESTARTED = "restarted"
    """The first of a source, of a new SSRC, or of a confirmed jump."""


class Source:
    """Order, loss and jitter of what we receive (RFC 3550 A.1, A.3, A.8).

    There is no probation: packets of other addresses never come here.
    """

    def __init__(self) -> None:
        self.ssrc = _NOT_YET
        self._received = 0
        self.duplicate = 0
        self.reordered = 0
        self.restarts = 0
        """SSRC changes and confirmed jumps."""
        self._followed = 0
        """Packets that came after the newest, one by one, and are not yet counted in what
        follows: that is done when somebody looks."""
        self._newest = 0
        self._seen = 0
        """Bit n: the packet n before the newest has come."""
        self._cycles_and_newest = 0
        self._base = 0
        self._received_before = 0
        self._lost_before = 0
        self._doubtful = _NOT_YET
        self._transit: int | None = None
        self._jitter = 0.0
        self.losses = Losses()
        """What was missed, together or one by one, as of the last `review`."""
        self._reviewed = 0
        """The last packet, with its cycles, that `losses` was told of."""
        self._discarded: set[int] = set()
        """Of those not yet reviewed: came, but too late to be played."""

    def followed(self, timestamp: int, at: int) -> None:
        """Take the packet right after the newest; of nearly all packets nothing else is done.

        None before it may be doubtful. Otherwise it is as `arrived` and `timed`.
        """
        self._followed += 1
        if (at - timestamp) & 0xFFFFFFFF == self._transit:
            self._jitter *= _CALMED
        else:
            self.timed(timestamp, at)

    def _count_followed(self) -> None:
        more, self._followed = self._followed, 0
        self._received += more
        self._newest = (self._newest + more) & 0xFFFF
        self._cycles_and_newest += more
        self._seen = ((self._seen + 1 << more) - 1) & _MEMORY

    def arrived(self, ssrc: int, sequence: int) -> Arrival:
        """Put a packet into the order of its source."""
        if self._followed:
            self._count_followed()
        if ssrc != self.ssrc:
            return self._restart(ssrc, sequence)
        step = (sequence - self._newest) & 0xFFFF
        if 0 < step < MAX_DROPOUT:
            self._newest = sequence
            self._cycles_and_newest += step
            if step < _REMEMBERED:
                self._seen = (self._seen << step | 1) & _MEMORY
            else:
                self._leap(step)
            self._doubtful = _NOT_YET
            self._received += 1
            return Arrival.NEWEST
        age = 0x10000 - step if step else 0
        if age <= MAX_MISORDER:
            return self._older(age)
        if sequence == self._doubtful:
            return self._restart(ssrc, sequence)
        self._doubtful = (sequence + 1) & 0xFFFF
        return Arrival.DOUBTFUL

    def _older(self, age: int) -> Arrival:
        if self._seen >> age & 1:
            self.duplicate += 1
            return Arrival.DUPLICATE
        self._seen |= 1 << age
        self._received += 1
        self.reordered += 1
        return Arrival.REORDERED

    def _restart(self, ssrc: int, sequence: int) -> Arrival:
        if self.ssrc != _NOT_YET:
            self.restarts += 1
            self.review(settled=0)
        self._lost_before = self.lost
        self._received_before = self._received
        self._received += 1
        self.ssrc = ssrc
        self._newest = self._base = self._cycles_and_newest = sequence
        self._reviewed = sequence - 1
        self._discarded.clear()
        self._seen = 1
        self._doubtful = _NOT_YET
        self._transit = None
        return Arrival.RESTARTED

    def _leap(self, step: int) -> None:
        """The newest packet is further ahead than is remembered."""
        newest = self._cycles_and_newest
        self._cycles_and_newest -= step
        self.review(settled=0)
        self._cycles_and_newest = newest
        self.losses.missed(step - 1)
        self._reviewed = newest - 1
        self._seen = 1

    def discarded(self, sequence: int) -> None:
        """A packet that came is too late to be played: to the ear it is lost."""
        number = self.highest - (self._newest - sequence & 0xFFFF)
        if number > self._reviewed:
            self._discarded.add(number)

    def review(self, settled: int = _SETTLED) -> None:
        """Tell `losses` of all but the last `settled` packets; at least once a second."""
        newest = self.highest
        last = newest - settled
        first = max(self._reviewed + 1, newest - _REMEMBERED + 1)
        count = last - first + 1
        if count <= 0 or self.ssrc == _NOT_YET:
            return
        self._reviewed = last
        every = (1 << count) - 1
        if self._seen >> settled & every == every and not self._discarded:
            self.losses.came(count)
            return
        for number in range(first, last + 1):
            if self._seen >> (newest - number) & 1 and number not in self._discarded:
                self.losses.came(1)
            else:
                self.losses.missed()
        self._discarded = {number for number in self._discarded if number > last}

    def timed(self, timestamp: int, at: int) -> None:
        """Take a packet into the interarrival jitter; both in samples (A.8)."""
        transit = (at - timestamp) & 0xFFFFFFFF
        if self._transit is not None:
            change = abs(transit - self._transit)
            if change < 8000:  # a gap of a second is a pause of the sender, not jitter
                self._jitter += (change - self._jitter) / 16
        self._transit = transit

    @property
    def lost(self) -> int:
        """Expected and not received (A.3); what is late is lost until it comes."""
        if self.ssrc == _NOT_YET:
            return 0
        return self._lost_before + max(0, self.expected - self.received_of_it)

    @property
    def received(self) -> int:
        """Distinct packets."""
        return self._received + self._followed

    @property
    def highest(self) -> int:
        """Highest sequence number of this SSRC, with its cycles above it (A.1)."""
        if self._followed:
            self._count_followed()
        return self._cycles_and_newest

    @property
    def expected(self) -> int:
        """Packets that this SSRC has sent so far, as its sequence numbers say."""
        return self.highest - self._base + 1

    @property
    def received_of_it(self) -> int:
        """Distinct packets of this SSRC."""
        return self.received - self._received_before

    @property
    def jitter(self) -> float:
        """Interarrival jitter in samples."""
        return self._jitter
