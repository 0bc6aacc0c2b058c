"""Ringing on an Ag1171: F/R toggled while RM is high, and the order in which they end.

Time is an argument. The order is that of the part (V1.6 sheet): RM rises with F/R at rest;
at the end F/R goes to rest first and RM falls 10 ms later, not after 500 ms. A handset that
is lifted in a burst shows as SHK high for a while; whether it was one is looked at again
with the ring voltage off.
"""

from __future__ import annotations

from enum import Enum, auto

from drivers.ag1171_duty import HOLD, Duty
from drivers.ag1171_wires import SlicWires

LOWEST_HZ, HIGHEST_HZ = 20.0, 25.0
"""The slopes of the ring voltage are set inside for these."""
LONGEST = 3.0
"""Longest burst in seconds, whatever was ordered."""
SHORTEST = 0.2
"""Seconds; a burst for which the duty cycle leaves less is left out."""
CONFIRM = 0.060
"""Seconds within which a handset that was lifted shows itself with RM low."""


class Trip(Enum):
    """Result of a ring trip: somebody lifted, or not."""

    TRUE = auto()
    FALSE = auto()


class _State(Enum):
    QUIET = auto()
    BURST = auto()
    ENDING = auto()
    """F/R is at rest, RM still high."""
    CONFIRMING = auto()
    """RM is low again, and SHK is looked at."""


class Ringer:
    """F/R and RM of one module.

    Args:
        wires: of the module.
        idle: the level of F/R at rest.
        trip_debounce: seconds that SHK has to be high to be believed.
    """

    def __init__(self, wires: SlicWires, *, idle: bool, trip_debounce: float) -> None:
        self._wires = wires
        self._idle = idle
        self._trip_debounce = trip_debounce
        self._state = _State.QUIET
        self._duty = Duty()
        self._hz = HIGHEST_HZ
        self._due: float | None = None
        self._until = 0.0
        """End of the burst."""
        self._tripped = False
        self._low = 0.0
        """When RM last fell."""

    @property
    def sounding(self) -> bool:
        """Ring voltage is on the line."""
        return self._state is _State.BURST

    @property
    def at_rest(self) -> bool:
        """RM is low and nothing is being looked at: SHK is as in normal feed."""
        return self._state is _State.QUIET

    @property
    def due(self) -> float | None:
        """When `tick` is due; None: nothing is."""
        return self._due

    def burst(self, now: float, hz: float, seconds: float) -> None:
        """Ring for so long, or shorter if the part could not bear it."""
        length = min(seconds, LONGEST - HOLD, self._duty.room(now))
        if length < SHORTEST:
            return
        self._hz, self._until = hz, now + length
        if self._state is _State.QUIET:  # else when that is over
            self._rise(now)

    def rest(self, now: float) -> None:
        """End the burst, if there is one; the ring voltage is gone on return."""
        self._tripped, self._until = False, now
        if self._state is _State.BURST:
            self._end(now)
        elif self._state is _State.CONFIRMING:
            self._state, self._due = _State.QUIET, None

    def cut(self, now: float) -> None:
        """Forget everything: the module has been switched off."""
        self._duty.falls(now)
        self._state, self._due, self._tripped = _State.QUIET, None, False

    def tick(self, now: float, high_since: float | None) -> Trip | None:
        """Do what is due.

        Args:
            now: the time.
            high_since: since when SHK is high; None: it is low.
        """
        steady = high_since is not None and now + 1e-6 >= high_since + self._trip_debounce
        match self._state:
            case _State.BURST if steady:
                self._tripped = True
                self._end(now)
            case _State.BURST if now >= self._until:
                self._end(now)
            case _State.BURST if high_since is not None:
                self._due = min(self._until, high_since + self._trip_debounce)
            case _State.BURST:
                self._due = self._until
            case _State.ENDING if self._past(now):
                self._fall(now)
            case _State.CONFIRMING:
                return self._confirm(now, high_since)
        return None

    def _past(self, now: float) -> bool:
        return self._due is not None and now + 1e-6 >= self._due

    def _rise(self, now: float) -> None:
        self._wires.ring_mode(True)
        self._wires.toggle(self._hz)
        self._duty.rises(now)
        self._state, self._due, self._tripped = _State.BURST, self._until, False

    def _end(self, now: float) -> None:
        self._wires.reverse(self._idle)
        self._state, self._due = _State.ENDING, now + HOLD

    def _fall(self, now: float) -> None:
        self._wires.ring_mode(False)
        self._duty.falls(now)
        if self._tripped:
            self._low = now
            self._state, self._due = _State.CONFIRMING, now + CONFIRM
        else:
            self._state, self._due = _State.QUIET, None

    def _confirm(self, now: float, high_since: float | None) -> Trip | None:
        """With RM low, SHK tells the truth."""
        if high_since is not None:
            believed = max(high_since, self._low) + self._trip_debounce
            if now + 1e-6 >= believed:
                self._state, self._due = _State.QUIET, None
                return Trip.TRUE
            self._due = min(believed, self._low + CONFIRM)
        else:
            self._due = self._low + CONFIRM
        if now + 1e-6 < self._low + CONFIRM:
            return None
        self._state, self._due = _State.QUIET, None
        if self._until - now >= SHORTEST:
            self._rise(now)
        return Trip.FALSE
