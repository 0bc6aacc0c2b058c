"""The line test of a Si321x: what its monitor converters say under several feeds.

Open for foreign voltage; fed in both polarities for leaks, since the current of each transistor
can be read; a weak feed and a strong one for a handset against a short; the ring generator for
bells, so softly that none is heard. Six to eight bits and 10 to 20 %: indicative only.

A bell is a capacitor on the line (8 uF a REN). Feeding one wire with the other released would
wait seconds for it: 150 kilohms have to charge it. So both wires are fed, and every change of
voltage is given the time that it takes through the bell.

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
from drivers.si321x_leaks import SEEN_MA, Leaks, Sample, leaks, ohms
from drivers.si321x_plan import OPEN_CIRCUIT
from drivers.si321x_registers import LineEvent, RingControl
from drivers.si321x_tables import REN_OHMS, SOURCE_OHMS, loop_current_code, sine_ring
from drivers.si321x_telemetry import SENSE_V
from drivers.slic import Linefeed

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
RELEASED_SIEMENS = 1 / 150e3
"""From a wire that is not driven to ground (data sheet, linefeed states)."""
STAIRS = (20, 26, OPEN_CIRCUIT)
"""Codes of register 72 that leaks are measured with: 30 to 48 V."""
STAIR = 0.350
"""Seconds on each: the capacitors of the bells have taken what they take (55 ms)."""
THIRDS, THIRD = 3, 1 / 150
"""Readings of one voltage: a period of the mains apart by thirds, it drops out of their mean."""
LOOP_READINGS, LOOP_EVERY = 8, 0.003
WEAK_OPEN, STRONG_MA = 6, 29
"""A weak feed of a closed loop: 9 V; a strong one: the next current limit but two."""
LOOP_OHMS = 5000
"""Above this a closed loop is a leak."""
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
        closed = yield from self._see_hook(SETTLE if self._off_hook is not None else STAIR)
        if self._off_hook not in {None, closed}:
            return LineReadings(closed=closed, moved=True)
        yield from self._discharge()
        tip, ring = yield from self._unfed()
        found = LineReadings(tip, ring, closed=closed)
        if found.foreign:
            return found
        forward = yield from self._stairs(Linefeed.FORWARD_ACTIVE)
        if self._direct.loop_closed is not closed:
            return replace(found, moved=True)
        yield from self._discharge()
        reverse = yield from self._stairs(Linefeed.REVERSE_ACTIVE)
        yield from self._discharge()
        self._enter(Linefeed.OPEN)  # the hysteresis of loop closure forgets a grounded wire
        yield SETTLE
        if (yield from self._see_hook(STAIR)) is not closed:
            return replace(found, moved=True)
        found = _with_leaks(found, leaks([*forward, *reverse]))
        if (found.tip_ring_ohms or 0) < LOOP_OHMS:
            found = yield from self._joined(found)
        elif (leak := _beside_bells(found)) is not None:
            ren = yield from self._bells(leak)
            found = replace(found, ren=ren)
        again = yield from self._see_hook(STAIR)
        return replace(found, moved=True, ren=None) if again is not closed else found

    def _discharge(self) -> Generator[float, None, None]:
        """Bring both wires together, softly: a bell that is turned round at once is heard."""
        self._direct.open_circuit = 0
        yield DISCHARGE

    def _see_hook(self, settle: float) -> Generator[float, None, bool]:
        self._direct.loop_current = self._limit
        self._direct.open_circuit = OPEN_CIRCUIT
        self._enter(Linefeed.FORWARD_ACTIVE)
        yield settle
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

    def _stairs(self, mode: Linefeed) -> Generator[float, None, list[Sample]]:
        """Feed both wires with rising voltage, and see what each draws."""
        self._enter(mode)
        samples = []
        for code in STAIRS:
            self._direct.open_circuit = code
            yield STAIR
            samples.append((yield from self._sample()))
        self._see_alarm(mode)
        return samples

    def _sample(self) -> Generator[float, None, Sample]:
        direct, readings = self._direct, []
        for _ in range(THIRDS):
            readings.append(
                (
                    direct.tip * SENSE_V,
                    direct.ring * SENSE_V,
                    direct.current_q1 * UPPER_MA - direct.current_q6 * LOWER_MA,
                    direct.current_q5 * LOWER_MA - direct.current_q2 * UPPER_MA,
                )
            )
            yield THIRD
        return Sample(*(sum(column) / THIRDS for column in zip(*readings, strict=True)))

    def _joined(self, found: LineReadings) -> Measuring:
        """A closed loop: one wire feeds both, so what they lose to ground is lost together."""
        direct = self._direct
        self._enter(Linefeed.FORWARD_ACTIVE)
        weak = yield from self._loop(WEAK_OPEN, self._limit)
        strong = yield from self._loop(OPEN_CIRCUIT, loop_current_code(STRONG_MA))
        direct.loop_current = self._limit
        self._enter(Linefeed.TIP_OPEN)
        yield SETTLE
        fed = yield from self._sample()
        self._see_alarm(Linefeed.TIP_OPEN)
        lost_ma = fed.ring_ma - fed.tip_v * RELEASED_SIEMENS * 1000
        siemens = lost_ma / max(fed.ring_v, 0.1) / 1000 if lost_ma > SEEN_MA else 0.0
        return replace(
            found,
            loop=(weak, strong),
            tip_ground_ohms=None,
            ring_ground_ohms=None,
            pair_ground_ohms=ohms(siemens),
        )

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


def _with_leaks(found: LineReadings, seen: Leaks) -> LineReadings:
    return replace(
        found,
        tip_ring_ohms=ohms(seen.tip_ring),
        tip_ground_ohms=ohms(seen.tip_ground),
        ring_ground_ohms=ohms(seen.ring_ground),
        tip_ground_v=0.0 - seen.tip_leads_to_v,
        ring_ground_v=0.0 - seen.ring_leads_to_v,
    )
