"""The line test of a Si321x: what its monitor converters say under several feeds.

Method after the fact sheet's section on line tests: open for foreign voltage, TIP OPEN and
RING OPEN for leaks, two current limits for a handset against a short, the ring generator for
bells, so softly that none is heard. Six to eight bits and 10 to 20 %: indicative only.

No voltage is put on the line that it does not carry in service: 48 V at the most, and the
current limits are those of the feed.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace
from math import inf, sqrt

from drivers.errors import LinefeedRefusedError
from drivers.line_test import LineReadings, LoopPoint, Measuring, WireVoltage, wire_voltage
from drivers.si321x_chip import Chip
from drivers.si321x_leaks import Drawn, Sample, drawn, leaks, ohms
from drivers.si321x_plan import OPEN_CIRCUIT
from drivers.si321x_registers import LineEvent, RingControl
from drivers.si321x_tables import REN_OHMS, SOURCE_OHMS, loop_current_code, sine_ring
from drivers.slic import Linefeed

SENSE_V = 0.376
UPPER_MA, LOWER_MA = 0.319, 0.316
"""A step of Q1 and Q2, and of Q5 and Q6 (registers 84, 85, 88, 89)."""
OPEN_END_V = 95.5
"""The monitor's scale ends at 95.88 V."""
DISCHARGE = 0.3
"""Seconds with both wires at the common-mode voltage: the capacitor of the bell forgets 48 V."""
SETTLE = 0.060
"""From a change of the feed until its current can be believed, the chip's debounce included."""
SAMPLES, EVERY = 72, 0.0027
"""Readings of alternating voltage; the interval is no part of a period of any mains."""
SWEEP = range(OPEN_CIRCUIT, 0, -2)
"""Codes of register 72: from 48 V down, in steps of 3 V."""
SWEEP_SETTLE = 0.010
THIRDS, THIRD = 3, 1 / 150
"""Readings of one voltage: a period of the mains apart by thirds, it drops out of their mean."""
LOOP_READINGS, LOOP_EVERY = 8, 0.003
WEAK_OPEN, STRONG_MA = 6, 29
"""A weak feed of a closed loop: 9 V; a strong one: the next current limit but two."""
LOOP_OHMS = 5000
"""Above this a closed loop is a leak."""
LEAST_LOOP_MA = 2.0
QUIET_OPEN, QUIET_PEAK_V = 4, 20.0
"""Register 72 (6 V) and ring peak while bells are counted: 14 V RMS move none."""
LEAST_BESIDE_BELLS = 10e3
"""Ohms of a leak beside which bells can still be counted."""
SWING = 0.150
BELL_READINGS = 160


class LineMeasurement:
    """One test of one line.

    Args:
        chip: in service.
        enter: puts the line into a linefeed mode, and raises if the chip does not follow.
        hz: the frequency that bells are counted with.
        off_hook: as the owner knows the handset; None: it does not.
    """

    def __init__(
        self, chip: Chip, enter: Callable[[Linefeed], None], hz: float, off_hook: bool | None
    ) -> None:
        self._direct = chip.direct
        self._words = chip.words
        self._enter = enter
        self._hz = hz
        self._off_hook = off_hook
        self._circuit = chip.direct.open_circuit
        self._limit = chip.direct.loop_current

    def run(self) -> Measuring:
        """Measure; the caller puts ring words and linefeed back, whatever has happened.

        Raises:
            ChipError: the chip does not follow, or does not answer.
        """
        self._direct.line_enable = LineEvent(0)  # nobody is told of what the test does
        try:
            found = yield from self._all()
        finally:
            self._direct.open_circuit = self._circuit
            self._direct.loop_current = self._limit
            self._direct.line_latches = LineEvent(0xFF)
            self._direct.line_enable = LineEvent(0xFF)
        return found

    def _all(self) -> Measuring:
        closed = yield from self._see_hook()
        if self._off_hook not in {None, closed}:
            return LineReadings(closed=closed, moved=True)
        self._direct.open_circuit = 0
        yield DISCHARGE
        tip, ring = yield from self._unfed()
        found = LineReadings(tip, ring, closed=closed)
        if found.foreign:
            return found
        by_ring = yield from self._sweep(Linefeed.TIP_OPEN)
        by_tip = yield from self._sweep(Linefeed.RING_OPEN)
        if (yield from self._see_hook()) is not closed:
            return replace(found, moved=True)
        around = yield from self._around()
        found = _with_leaks(found, by_tip, by_ring, around)
        if (found.tip_ring_ohms or 0) < LOOP_OHMS:
            weak = yield from self._loop(WEAK_OPEN, self._limit)
            strong = yield from self._loop(OPEN_CIRCUIT, loop_current_code(STRONG_MA))
            found = replace(found, loop=(weak, strong))
        elif (leak := _beside_bells(found)) is not None:
            ren = yield from self._bells(leak)
            found = replace(found, ren=ren)
        again = yield from self._see_hook()
        return replace(found, moved=True, ren=None) if again is not closed else found

    def _see_hook(self) -> Generator[float, None, bool]:
        self._direct.loop_current = self._limit
        self._direct.open_circuit = OPEN_CIRCUIT
        self._enter(Linefeed.FORWARD_ACTIVE)
        yield SETTLE
        return self._direct.loop_closed

    # foreign voltage

    def _unfed(self) -> Generator[float, None, tuple[WireVoltage, WireVoltage]]:
        self._enter(Linefeed.OPEN)
        yield SETTLE
        tip, ring = [], []
        for _ in range(SAMPLES):
            tip.append(self._direct.tip * SENSE_V)
            ring.append(self._direct.ring * SENSE_V)
            yield EVERY
        return (
            wire_voltage(tip, SENSE_V, OPEN_END_V),
            wire_voltage(ring, SENSE_V, OPEN_END_V),
        )

    # leaks

    def _sweep(self, mode: Linefeed) -> Generator[float, None, Drawn]:
        """Feed one wire with falling voltage; what it draws, and how the other follows."""
        direct, samples = self._direct, []
        direct.open_circuit = OPEN_CIRCUIT
        self._enter(mode)
        yield SETTLE
        for code in SWEEP:
            direct.open_circuit = code
            yield SWEEP_SETTLE
            readings = []
            for _ in range(THIRDS):
                readings.append(self._one_wire(mode))
                yield THIRD
            means = [sum(column) / THIRDS for column in zip(*readings, strict=True)]
            samples.append(Sample(*means))
        self._see_alarm(mode)
        return drawn(samples)

    def _one_wire(self, mode: Linefeed) -> tuple[float, float, float]:
        """Volts of the fed wire and of the released one, milliamperes of the former."""
        direct = self._direct
        if mode is Linefeed.TIP_OPEN:
            sunk = direct.current_q5 * LOWER_MA - direct.current_q2 * UPPER_MA
            return direct.ring * SENSE_V, direct.tip * SENSE_V, sunk
        sunk = direct.current_q6 * LOWER_MA - direct.current_q1 * UPPER_MA
        return direct.tip * SENSE_V, direct.ring * SENSE_V, sunk

    def _around(self) -> Generator[float, None, float]:
        """Resistance from tip to ring by the loop current, where that is large enough."""
        point = yield from self._loop(OPEN_CIRCUIT, self._limit)
        return point.ohms if point.milliamps >= LEAST_LOOP_MA else inf

    def _loop(self, circuit: int, limit: int) -> Generator[float, None, LoopPoint]:
        """The mean of some readings; the current is that out of tip."""
        direct = self._direct
        direct.open_circuit, direct.loop_current = circuit, limit
        yield SETTLE
        volts = current = 0.0
        for _ in range(LOOP_READINGS):
            volts += (direct.ring - direct.tip) * SENSE_V
            current += direct.current_q1 * UPPER_MA - direct.current_q6 * LOWER_MA
            yield LOOP_EVERY
        return LoopPoint(max(0.0, volts / LOOP_READINGS), max(0.0, current / LOOP_READINGS))

    # bells

    def _bells(self, leak: float) -> Generator[float, None, float]:
        """Ringer equivalences, from the alternating current that a soft ring signal drives."""
        direct, words = self._direct, self._words
        direct.open_circuit = QUIET_OPEN  # the peak must exceed it
        signal = sine_ring(self._hz, QUIET_PEAK_V)
        words.ring, words.ring_amplitude, words.ring_phase = (
            signal.coefficient, signal.amplitude, signal.phase,
        )  # fmt: skip
        words.ring_offset = 0
        direct.ring_control = RingControl(0)
        self._enter(Linefeed.RINGING)
        yield SWING
        readings = []
        for _ in range(BELL_READINGS):
            upper = (direct.current_q1 - direct.current_q2) * UPPER_MA
            lower = (direct.current_q5 - direct.current_q6) * LOWER_MA
            readings.append((upper + lower) / 2)
            yield EVERY
        if direct.linefeed_actual is not Linefeed.FORWARD_ACTIVE:  # a handset was lifted
            self._see_alarm(Linefeed.RINGING)
        self._enter(Linefeed.FORWARD_ACTIVE)
        return _equivalences(readings, leak)

    def _see_alarm(self, mode: Linefeed) -> None:
        """The line is still as it was put, or a transistor was too hot and the chip opened it."""
        if (actual := self._direct.linefeed_actual) is not mode:
            raise LinefeedRefusedError(
                f"register 64: left {mode.name} for {actual.name} by itself: a power alarm",
                port=self._direct.bus.port,
            )


def _beside_bells(found: LineReadings) -> float | None:
    """Siemens that draw ring current as bells do; None: too many to count bells beside them.

    Ringing is balanced: a way from one wire to ground gets half of it, and counts half.
    """
    leaks = found.tip_ring_ohms, found.tip_ground_ohms, found.ring_ground_ohms
    if found.closed or any(each is None or each < LEAST_BESIDE_BELLS for each in leaks):
        return None
    joined, tip, ring = (1 / (each or inf) for each in leaks)
    return joined + (tip + ring) / 4


def _equivalences(readings: list[float], leak: float) -> float:
    mean = sum(readings) / len(readings)
    square = sum((each - mean) ** 2 for each in readings) / len(readings)
    peak = sqrt(2 * max(0.0, square - LOWER_MA**2 / 12)) / 1000 - QUIET_PEAK_V * leak
    if peak <= 0:
        return 0.0
    impedance = QUIET_PEAK_V / peak - SOURCE_OHMS
    return REN_OHMS / max(impedance, 1.0)


def _with_leaks(found: LineReadings, tip: Drawn, ring: Drawn, around: float) -> LineReadings:
    seen = leaks(tip, ring, around)
    pair = seen.tip_ground + seen.ring_ground
    return replace(
        found,
        tip_ring_ohms=ohms(seen.tip_ring),
        tip_ground_ohms=None if seen.together else ohms(seen.tip_ground),
        ring_ground_ohms=None if seen.together else ohms(seen.ring_ground),
        pair_ground_ohms=ohms(pair) if seen.together else None,
        tip_ground_v=0.0 - seen.tip_leads_to_v,
        ring_ground_v=0.0 - seen.ring_leads_to_v,
    )
