"""The driver of the Silvertel Ag1171 and the R-Tone KS0835F: four wires on one FXS port.

The module feeds, rings and tells the hook; cadence, debounce and ring trip are made here,
tones, digits and caller ID above. It waits for nothing: what is due later is done in
`poll`, which is asked for by `wake`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from drivers.ag1171_duty import trim
from drivers.ag1171_hook import HookFilter
from drivers.ag1171_ring import HIGHEST_HZ, LOWEST_HZ, Ringer, Trip
from drivers.ag1171_wires import SlicWires, switch_off
from drivers.errors import BringUpError, ChipError, LinefeedRefusedError
from drivers.line_test import RingSource
from drivers.slic import (
    Calibration,
    Capability,
    HookChanged,
    Linefeed,
    LineSettings,
    RingSpec,
    Slic,
    SlicEvent,
    Steps,
    Telemetry,
)

SETTLE = 0.200
"""Seconds from power-up until SHK can be believed."""
PAUSE_DEBOUNCE = 0.040
"""Seconds in the pauses of ringing: a bell that comes to rest is nobody who answers."""
SAME = 1e-6
STRANGE = 1.0
"""An edge whose stamp is farther from now than this was stamped by another clock."""
REVERSED = {Linefeed.REVERSE_ACTIVE, Linefeed.REVERSE_ON_HOOK_TRANSMISSION}
FED = REVERSED | {Linefeed.FORWARD_ACTIVE, Linefeed.FORWARD_ON_HOOK_TRANSMISSION}
FIXED_IMPEDANCE = "600"
OPEN_RING_V, RING_BATTERY_V = 65.0, 72.0
"""RMS without a bell, and the battery while it rings (data sheets V1.6 and V1.0)."""
RING_OHMS = 600.0
"""Not in the sheets: 65 V without a bell are about 60 V into one telephone."""
MOST_REN = 3.0
"""40 V RMS and more are left for three tone ringers, or two mechanical bells."""


@dataclass(frozen=True, slots=True)
class ModuleValues:
    """What the designer of a card chose, and which of the two parts it carries."""

    idle: bool = True
    """Level of F/R at rest: high on the Ag1171, low on the KS0835F (its sheet is of two minds)."""
    oht_resistor: bool = False
    """The 20 kOhm between tip and ring is fitted: audio reaches a telephone that is on-hook."""
    hook_debounce: float = 0.010
    """Seconds that SHK has to stand in normal feed."""
    trip_debounce: float = 0.010
    """Seconds that it has to be high in a burst of ringing."""


class Ag1171(Slic):
    """One subscriber loop behind one module.

    Args:
        wires: of the module.
        port: number of the port.
        values: of the card.
        clock: monotonic seconds; the same that stamps the edges of `wires`.

    Attributes:
        false_trips: how often a ring trip turned out to be none.
    """

    def __init__(
        self,
        wires: SlicWires,
        *,
        port: int,
        clock: Callable[[], float],
        values: ModuleValues | None = None,
    ) -> None:
        self.port = port
        self.chip = ""
        self.unbalanced = False
        self.notes: list[str] = []
        self.false_trips = 0
        self._values = values or ModuleValues()
        self.capabilities = Capability.REVERSAL
        if self._values.oht_resistor:
            self.capabilities |= Capability.ON_HOOK_TRANSMISSION
        self._wires = wires
        self._clock = clock
        self._hook = HookFilter()
        self._ringer = Ringer(
            wires, idle=self._values.idle, trip_debounce=self._values.trip_debounce
        )
        self._mode = Linefeed.OPEN
        self._powered_at = 0.0
        self._alarm: float | None = None
        """When `wake` was asked to call last."""
        self._ring: RingSpec | None = None
        self._trim = 0.0
        self._burst = 0

    # bring-up

    def bring_up(self, settings: LineSettings) -> Steps:
        """Feed the line, and wait until SHK can be believed; see `Slic.bring_up`.

        Nothing on the four wires says whether a module is there at all.

        Raises:
            BringUpError: ringing is asked for that the module cannot bear.
        """
        try:
            trim(settings.ring.cadence_ms)
        except ValueError as error:
            raise BringUpError(str(error), port=self.port, step="ringing") from error
        self.notes = _notes(settings)
        self._ring = None
        self._ringer.cut(self._clock())
        switch_off(self._wires, idle=self._values.idle)
        self._feed(Linefeed.FORWARD_ACTIVE)
        self._hook.restart(self._clock())
        yield SETTLE
        self.chip = "Ag1171"

    def balance(self) -> Steps:
        """Nothing is calibrated: see `Slic.balance`."""
        yield from ()

    def recall(self, calibration: Calibration) -> None:
        """Nothing is measured: see `Slic.recall`."""

    def shut_down(self) -> None:
        """No ring voltage, and no feed if PD is wired."""
        self._ring = None
        self._mode = Linefeed.OPEN
        switch_off(self._wires, idle=self._values.idle)
        self._ringer.cut(self._clock())

    def check(self) -> None:
        """Nothing can be asked of the module: what hangs is ended by `poll`."""

    # battery

    def set_linefeed(self, mode: Linefeed) -> None:
        """Feed the line, forward or reversed, or power the module down (`OPEN`).

        Without PD an open line stays fed. The polarity changes when a burst that was going on
        has ended, 15 ms later.

        Raises:
            LinefeedRefusedError: the module has no such state.
        """
        if mode is not Linefeed.OPEN and mode not in FED:
            raise LinefeedRefusedError(f"an Ag1171 has no {mode.name}", port=self.port)
        now = self._clock()
        self._ring = None
        if mode is Linefeed.OPEN:
            self._mode = mode
            switch_off(self._wires, idle=self._values.idle)
            self._ringer.cut(now)
            self._hook.restart(now, off_hook=self._hook.off_hook)
            return
        self._ringer.rest(now)
        self._feed(mode)
        self._arm(now)

    def _feed(self, mode: Linefeed) -> None:
        if self._mode is Linefeed.OPEN:
            self._powered_at = self._clock()
            self._wires.power(True)
        self._mode = mode
        self._set_polarity()

    def _set_polarity(self) -> None:
        """F/R may leave its rest only while RM is low."""
        if self._ringer.at_rest and self._mode in FED:
            self._wires.reverse(self._values.idle is not (self._mode in REVERSED))

    @property
    def linefeed(self) -> Linefeed:
        """What was ordered: the module does not tell."""
        return Linefeed.RINGING if self._ringer.sounding else self._mode

    # ringing

    def start_ringing(self, ring: RingSpec) -> None:
        """Ring, first burst at once; see `Slic.start_ringing`.

        The frequency is moved into 20 to 25 Hz; the voltage is the module's own. A burst ends
        by itself, and is shortened or left out where RM would be high for too long.

        Raises:
            ChipError: the cadence rings for more than a third of the time.
        """
        try:
            self._trim = trim(ring.cadence_ms)
        except ValueError as error:
            raise ChipError(f"ringing: {error}", port=self.port) from error
        now = self._clock()
        self._ringer.rest(now)
        self._feed(Linefeed.FORWARD_ACTIVE)
        self._ring, self._burst = ring, 0
        self._begin_burst(now, ring)

    def rings_at(self, hz: float) -> float:
        """The slopes of the ring voltage are fixed: between 20 and 25 Hz."""
        return min(max(hz, LOWEST_HZ), HIGHEST_HZ)

    def can_ring(self, ring: RingSpec) -> bool:
        """A cadence with more than a third of ringing overheats the module."""
        try:
            trim(ring.cadence_ms)
        except ValueError:
            return False
        return True

    def keeps_cadence(self, ring: RingSpec) -> bool:  # noqa: ARG002 - no cadence at all
        """The module has no timers."""
        return False

    def ring_burst(self, on: bool) -> None:
        """Switch the ring voltage of a cadence made above; no effect when not ringing."""
        if self._ring is None:
            return
        now = self._clock()
        if on:
            self._burst += 1
            self._begin_burst(now, self._ring)
        else:
            self._ringer.rest(now)
            self._arm(now)

    def _begin_burst(self, now: float, ring: RingSpec) -> None:
        bursts = ring.cadence_ms[::2]
        seconds = bursts[self._burst % len(bursts)] / 1000 - self._trim
        self._ringer.burst(now, self.rings_at(ring.hz), seconds)
        self._arm(now)

    def stop_ringing(self, mode: Linefeed = Linefeed.FORWARD_ACTIVE) -> None:
        """Take the ring voltage off; RM follows 15 ms later. See `Slic.stop_ringing`."""
        self.set_linefeed(mode)

    # supervision

    @property
    def off_hook(self) -> bool:
        """The debounced level that was told last."""
        return self._hook.off_hook

    def poll(self) -> list[SlicEvent]:
        """Take the edges of SHK, do what is due, and report; see `Slic.poll`."""
        if self._mode is Linefeed.OPEN:
            return []
        return self._look(self._clock())

    def _look(self, now: float) -> list[SlicEvent]:
        for at, level in self._wires.edges():
            self._hook.feed(level, at if abs(at - now) < STRANGE else now)
        self._hook.feed(self._wires.shk, now)  # the level is the truth, edges may be lost
        events = self._judge(now, settled=now + SAME >= self._powered_at + SETTLE)
        self._arm(now)
        return events

    def _judge(self, now: float, *, settled: bool) -> list[SlicEvent]:
        """What SHK says, by what the line is doing."""
        rested, high_since = self._ringer.at_rest, self._hook.high_since() if settled else None
        match self._ringer.tick(now, high_since):
            case Trip.TRUE:
                self._ring, known = None, self._hook.off_hook
                self._hook.restart(now, off_hook=True)
                return [] if known else [HookChanged(True, ring_trip=True, at=high_since)]
            case Trip.FALSE:
                self.false_trips += 1
        if not self._ringer.at_rest:
            return []
        if not rested:  # what was seen while RM was high is not what happened on the line
            self._hook.restart(now, off_hook=self._hook.off_hook)
            self._hook.feed(self._wires.shk, now)
            self._set_polarity()
        change = self._hook.tick(now, self._debounce) if settled else None
        if change is None:
            return []
        tripped, self._ring = self._ring is not None and change.off_hook, None
        return [HookChanged(change.off_hook, ring_trip=tripped, at=change.at)]

    @property
    def _debounce(self) -> float:
        return self._values.hook_debounce if self._ring is None else PAUSE_DEBOUNCE

    def _arm(self, now: float) -> None:
        """Ask for a poll when something is due, unless one has been asked for already."""
        due = self._hook.due(self._debounce) if self._ringer.at_rest else self._ringer.due
        if now + SAME < (settled := self._powered_at + SETTLE):
            due = settled if due is None or self._ringer.at_rest else min(settled, due)
        coming = self._alarm is not None and now + SAME < self._alarm
        if due is None or (coming and self._alarm is not None and self._alarm <= due + SAME):
            return
        self._alarm = due
        if self.wake:
            self.wake(max(0.0, due - now))

    # coding and tones

    def play_tone(self, frequencies: Sequence[float], level_dbm0: float) -> None:  # noqa: ARG002
        """Refuse.

        Raises:
            ChipError: there are no oscillators.
        """
        raise ChipError("an Ag1171 makes no tones", port=self.port)

    def stop_tone(self) -> None:
        """There is none."""

    # test

    def telemetry(self) -> Telemetry:
        """What is known: nothing is measured."""
        return Telemetry(linefeed=self.linefeed, off_hook=self.off_hook)

    def ring_source(self, ring: RingSpec) -> RingSource:
        """The module's own voltage, whatever is asked for; see `Slic.ring_source`."""
        return RingSource(
            hz=self.rings_at(ring.hz),
            vrms=OPEN_RING_V,
            peak_v=RING_BATTERY_V,
            ohms=RING_OHMS,
            battery_v=RING_BATTERY_V,
            headroom_v=0.0,
            most_ma=None,
            bias_ma=0.0,
            most_ren=MOST_REN,
            shape="trapezoid",
        )


def _notes(settings: LineSettings) -> list[str]:
    """What differs from the wish, for the operator."""
    notes = []
    hz = settings.ring.hz
    if not LOWEST_HZ <= hz <= HIGHEST_HZ:
        used = min(max(hz, LOWEST_HZ), HIGHEST_HZ)
        notes.append(f"an Ag1171 rings with 20 to 25 Hz: {used:g} Hz in place of {hz:g}")
    if settings.impedance != FIXED_IMPEDANCE:
        notes.append(f"impedance {settings.impedance} is not in an Ag1171: 600 ohm used")
    if settings.hybrid_db:
        notes.append("the hybrid of an Ag1171 is fixed")
    return notes
