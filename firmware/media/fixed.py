"""The receive buffer of voice-band data: the delay stays, and nothing is made up.

A modem adapts itself to the way, and takes every change of it for a fault: a sample more or
less costs it a page. So this buffer waits long enough at first, and then gives out what came, at
its place; what did not come is silence. Only when two clocks have drifted apart by all that it
holds does it begin anew.
"""

from __future__ import annotations

from drivers.highway import IDLE, PERIOD, RATE
from firmware.media.comfort import ComfortNoise
from firmware.media.jitter import JitterBuffer

DELAY_MS = 80
"""What waits, if no more did before: jitter of that much does no harm (V.152 wants it fixed)."""
_WRAP = 0xFFFFFFFF
_HALF = 1 << 31


class FixedBuffer:
    """Stands in for a `JitterBuffer`, and goes on counting where that has ended.

    Args:
        law: of the payloads, which is that of the highway.
        before: the buffer until now: what waited there waits on here, and its delay stays if it
            is longer than ours.
        most_ms: what may wait, at the most.
    """

    def __init__(self, law: str, before: JitterBuffer | FixedBuffer, *, most_ms: int) -> None:
        self._silence = bytes((IDLE[law],))
        delay = round(max(DELAY_MS, before.delay_ms) * RATE / 1000)
        self._delay = -(-delay // PERIOD) * PERIOD
        self._most = max(2 * self._delay, most_ms * RATE // 1000)
        self._waiting: dict[int, bytes] = {}
        self._play: int | None = None
        """Timestamp of the next sample to play; None: the source has not begun."""
        self.late: int = before.late
        self.concealed: int = before.concealed
        self.underruns: int = before.underruns
        self.dropped: int = before.dropped
        self.inserted: int = before.inserted

    @property
    def delay_ms(self) -> float:
        """What waits now."""
        return sum(map(len, self._waiting.values())) * 1000 / RATE

    def restart(self) -> None:
        """The next packet is the first of a new source or after a jump."""
        self._waiting.clear()
        self._play = None

    def rest(self, noise: ComfortNoise | None = None) -> None:
        """The sender is silent by intention: so are we."""

    def follow(self, timestamp: int, payload: bytes) -> None:
        """The packet after the newest has come."""
        self.put(timestamp, payload)

    def put(
        self, timestamp: int, payload: bytes, *, newest: bool = True, marker: bool = False
    ) -> None:
        """A packet has come; what a `marker` says of pauses does not matter here."""
        del marker
        if not payload:
            return
        if self._play is None:
            self._play = (timestamp - self._delay) & _WRAP
        ahead = self._distance(timestamp)
        if ahead < 0 and not newest:
            self.late += 1
            return
        if ahead < 0 or ahead > self._most:  # the clocks, or the timestamps, are elsewhere now
            self.dropped += len(self._waiting)
            self.underruns += ahead < 0
            self._waiting.clear()
            self._play = (timestamp - self._delay) & _WRAP
        self._waiting[timestamp] = payload

    def _distance(self, timestamp: int) -> int:
        assert self._play is not None, "asked when something waits"
        return ((timestamp - self._play + _HALF) & _WRAP) - _HALF

    def pop(self) -> bytes:
        """The next period: 160 bytes, whatever came."""
        if self._play is None:
            return self._silence * PERIOD
        frame = self._waiting.pop(self._play, None)
        if frame is None or len(frame) != PERIOD:
            if frame is not None:
                self._waiting[self._play] = frame
            frame = self._gather()
        self._play = (self._play + PERIOD) & _WRAP
        return frame

    def _gather(self) -> bytes:
        """A period out of packets of any size; gaps are silence."""
        given = bytearray(self._silence * PERIOD)
        open_samples = PERIOD
        for timestamp in sorted(self._waiting, key=self._distance):
            at = self._distance(timestamp)
            if at >= PERIOD:
                break
            payload = self._waiting.pop(timestamp)[max(0, -at) :]
            at = max(0, at)
            taken, rest = payload[: PERIOD - at], payload[PERIOD - at :]
            given[at : at + len(taken)] = taken
            open_samples -= len(taken)
            if rest:
                self._waiting[(timestamp + len(payload) - len(rest)) & _WRAP] = rest
        self.concealed += max(0, open_samples) if self._waiting else 0
        return bytes(given)
