"""Digits as RTP telephone-events (RFC 4733): a sender and a receiver, both pure machines.

Time is counted in units of the events' clock for the sender, of which a period has `step`, and
in ticks of 20 ms for the receiver.
"""

from __future__ import annotations

from collections import deque
from struct import Struct
from typing import NamedTuple

PAYLOAD = Struct(">BBH")
"""Event; end bit, reserved bit and volume; duration (section 2.3)."""
DIGITS = "0123456789*#ABCD"
"""The digit of each event code (section 3.2, table 3)."""
FLASH = "!"
"""Hook flash: event 16 of RFC 2833, which later registries left out and gateways still use."""
_CODES = DIGITS + FLASH
END = 0x80
VOLUME = 10
"""Of our events: -10 dBm0."""
LONGEST = 0xFFFF
"""Of one segment (8.19 s of 8000 Hz); a longer event goes on in another (2.5.1.3)."""
_STEP = 160
_SHORTEST = 2
"""Periods on the wire at the least: 40 ms."""
_END_PACKETS = 3
_SILENT_TICKS = 9
"""Three packet intervals of 50 ms and some: the end was lost (2.5.2.2)."""
_REMEMBERED = 8


class EventPacket(NamedTuple):
    """One packet to send in place of voice."""

    timestamp: int
    """Start of the event (or of its segment), not of this period."""
    payload: bytes
    marker: bool


class _Key:
    """A key that is held, or was released already while the one before it was being sent."""

    __slots__ = ("code", "held", "samples")

    def __init__(self, code: int) -> None:
        self.code = code
        self.held = True
        self.samples = 0
        """How long it was held."""


class EventSender:
    """One key after the other; `packets` once each period while `busy`."""

    def __init__(self) -> None:
        self.step = _STEP
        """Of the events' clock, in a period."""
        self.ratio = 1
        """Of the packets' clock, where it is a faster one."""
        self._keys: deque[_Key] = deque()
        self._timestamp = 0
        """Of the segment."""
        self._duration = 0
        """In the segment."""
        self._sent = 0
        """In all."""
        self._ends = 0
        """Packets with the end bit so far."""
        self.busy = False
        """An event is being sent: no voice goes out."""

    def press(self, digit: str) -> None:
        """A key goes down; one that is still down is released."""
        self.release()
        self._keys.append(_Key(_CODES.index(digit)))
        self.busy = True
        if digit == FLASH:  # it is over when it is known
            self.release()

    def release(self) -> None:
        """The key is up again."""
        if self._keys:
            self._keys[-1].held = False

    def packets(self, timestamp: int) -> list[EventPacket]:
        """What to send in this period, whose first sample has this RTP timestamp.

        One packet, or two where a long event goes over into its next segment.
        """
        for held in self._keys:
            if held.held:
                held.samples += self.step
        key, marker, before = self._keys[0], self._sent == 0, []
        if self._ends:
            self._ends += 1
        else:
            if marker:
                self._timestamp = timestamp
            self._sent += self.step
            self._duration += self.step
            if self._duration > LONGEST:
                before.append(self._packet(key, LONGEST))
                self._timestamp = (self._timestamp + LONGEST * self.ratio) & 0xFFFFFFFF
                self._duration -= LONGEST
            if not key.held and self._sent >= max(key.samples, _SHORTEST * self.step):
                self._ends = 1
        now = self._packet(key, self._duration, marker=marker)
        if self._ends == _END_PACKETS:
            self._keys.popleft()
            self.busy = bool(self._keys)
            self._sent = self._duration = self._ends = 0
        return [*before, now]

    def _packet(self, key: _Key, duration: int, *, marker: bool = False) -> EventPacket:
        flags = VOLUME | END if self._ends else VOLUME
        return EventPacket(self._timestamp, PAYLOAD.pack(key.code, flags, duration), marker)


class EventReceiver:
    """Exactly one digit an event, whatever is lost, doubled or overtaken.

    A digit is told with the first packet seen of its event, which need not be its first.
    Events are told apart by SSRC, timestamp and code; the marker only separates two events
    that a peer sends under one timestamp.
    """

    def __init__(self) -> None:
        self.step = _STEP
        self.ratio = 1
        """As the sender's."""
        self._key: tuple[int, int, int] | None = None
        """SSRC, timestamp and code of the event at hand, or of the last."""
        self._known: deque[tuple[int, int, int]] = deque(maxlen=_REMEMBERED)
        self.active = False
        """An event goes on."""
        self._since = 0
        self._end_sequence = -1
        """Of the first packet with the end bit."""
        self._last_sequence = 0
        self._last_duration = 0

    def tick(self) -> None:
        """A period has passed; an event of which nothing more comes is over."""
        if self.active:
            self._since += 1
            if self._since > _SILENT_TICKS:
                self.active = False

    def feed(
        self,
        payload: bytes,
        *,
        ssrc: int,
        timestamp: int,
        sequence: int,
        marker: bool,
        newest: bool,
    ) -> str | None:
        """A packet of the negotiated payload type, not a duplicate.

        `newest`: none after it has come before it.

        Returns:
            The digit, if this packet is the first seen of its event.
        """
        if len(payload) < PAYLOAD.size:
            return None
        code, flags, duration = PAYLOAD.unpack_from(payload)
        if code >= len(DIGITS):  # hook flash, fax tones: none of our business
            return None
        end = bool(flags & END)
        key = (ssrc, timestamp, code)
        new = True
        if end and self._ends_the_last(key, sequence, duration):
            new = False
        elif key in self._known:
            new = marker and newest and not self.active
        elif self.active and self._is_next_segment(key):
            self._known.append(key)
            new = False
        if newest or key == self._key or self._key is None:
            self._go_on(key, sequence, duration, end=end, newest=newest)
        if new:
            self._known.append(key)
            return DIGITS[code]
        return None

    def _is_next_segment(self, key: tuple[int, int, int]) -> bool:
        """Whether a long event goes on in `key` (section 2.5.1.3)."""
        last = self._key
        if last is None or last[0] != key[0] or last[2] != key[2]:
            return False
        return (key[1] - last[1]) & 0xFFFFFFFF == LONGEST * self.ratio

    def _ends_the_last(self, key: tuple[int, int, int], sequence: int, duration: int) -> bool:
        """Whether an end packet under a timestamp not seen before ends the event at hand.

        Some peers move the timestamp in their end packets. Then no more packets lie between
        than the event has grown; with another press of the key in between there are more.
        """
        last = self._key
        if last is None or last[0] != key[0] or last[2] != key[2]:
            return False
        if self.active:
            packets = (sequence - self._last_sequence) & 0xFFFF
            grown = max(0, duration - self._last_duration)
            return packets * self.step <= grown + _END_PACKETS * self.step
        return self._end_sequence >= 0 and (sequence - self._end_sequence) & 0xFFFF < _END_PACKETS

    def _go_on(
        self, key: tuple[int, int, int], sequence: int, duration: int, *, end: bool, newest: bool
    ) -> None:
        """Remember where the event at hand stands."""
        self._since = 0
        same = key == self._key
        if end:
            if self.active or self._end_sequence < 0 or not same:
                self._end_sequence = sequence
            self.active = False
        elif newest or not same:  # an update overtaken by its own end does not begin it again
            self.active = True
            self._end_sequence = -1
        if newest or not same:
            self._key = key
            self._last_sequence, self._last_duration = sequence, duration
