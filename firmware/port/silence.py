"""A call in which no voice comes: when it has been silent for too long to be one (C17).

Counted are packets, not sounds: who is quiet still sends them, of voice or, where silence is
suppressed, of RTCP. While nothing is expected (the far end holds us, nobody talks) nothing is
missed.
"""

from __future__ import annotations

from dataclasses import dataclass

from firmware.machine import Timers


@dataclass(frozen=True, slots=True)
class Expected:
    """Voice of the far end is due in this call; 0: in none."""

    call: int


@dataclass(frozen=True, slots=True)
class Counted:
    """So many packets have come so far in the call."""

    packets: int


@dataclass(frozen=True, slots=True)
class NoVoice:
    """None has come for too long."""

    call: int
    seconds: float


class Silence:
    """Watches one port; a `Machine[Expected | Counted, NoVoice]`.

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
