"""End a call in which no voice has come for too long (C17).

Packets are counted, not sounds. A person who is quiet still sends packets: voice, or RTCP where
silence is suppressed. While no voice is due (the far end holds us, or nobody talks), none is
missed.
"""

from __future__ import annotations

from dataclasses import dataclass

from firmware.machine import Timers


@dataclass(frozen=True, slots=True)
class Expected:
    """Voice of the far end is due in this call (an input); 0: in no call."""

    call: int


@dataclass(frozen=True, slots=True)
class Counted:
    """How many packets have come so far in the call (an input)."""

    packets: int


@dataclass(frozen=True, slots=True)
class NoVoice:
    """No packet has come for too long (the output)."""

    call: int
    seconds: float


class Silence:
    """Watches the call of one port; a `Machine[Expected | Counted, NoVoice]`.

    Args:
        most: seconds without a packet; 0: nothing is watched.
    """

    def __init__(self, most: float) -> None:
        self._most = most
        self._call = 0
        self._packets = 0
        self._timers: Timers[int] = Timers()

    @property
    def deadline(self) -> float | None:
        return self._timers.next

    def feed(self, event: Expected | Counted, now: float) -> list[NoVoice]:
        match event:
            case Expected(call) if call and self._most:
                if call != self._call:
                    self._packets = 0
                self._call = call
                self._timers.start_if_idle(0, now + self._most)
            case Expected():
                self._timers.stop(0)
            case Counted(packets):
                if packets != self._packets and self.deadline is not None:
                    self._timers.start(0, now + self._most)
                self._packets = packets
        return []

    def tick(self, now: float) -> list[NoVoice]:
        if self._timers.pop_due(now) is None:
            return []
        return [NoVoice(self._call, self._most)]
