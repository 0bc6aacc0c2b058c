"""Values of the Si321x: what physical quantities become in its registers.

Pure functions. Formulas after the data sheets Si3215 Rev 0.92 and Si3230 Rev 0.96;
rounding is to the nearest step, where the sheets' own examples sometimes truncate.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, cos, pi, sqrt, tan

FULL_SCALE_V = 1.11
"""RMS voltage of a full-scale tone across a matched 600 ohm line: +3.1 dBm."""
RING_SCALE_V = 96.0
"""Peak voltage of a full-scale ring signal."""
RING_HEADROOM_V = 7.5
"""The battery must exceed the ring peak by so much, to drive 5 REN."""
OPEN_CIRCUIT_V = 48.0
"""Feed of an on-hook line."""
HIGHEST_PEAK_V = 87.0
"""Ring peak with full head-room below the highest battery, 94.5 V."""
MOST_RING_MA = 80.0
"""Peak current of the line feed while it rings."""
REN_OHMS = 6900.0
SOURCE_OHMS = 160.0
"""Resistance of the line feed, for direct current and for ringing."""
BIAS_MA = 2.0
LOUD_CREST = 1.25
"""Crest factor of the trapezoid that rings where a sine would need too high a peak."""
TIMER_S = 125e-6
LONGEST_MS = 8191
UNITY_GAIN = 0x4000
FSK_HZ = 24_000
METERING_HZ = 64_000


@dataclass(frozen=True, slots=True)
class BoardValues:
    """What the designer of a card chose; the defaults are those of tipring's cards."""

    converter_period: int | None = None
    """Register 92; None: the default of the chip found (M: transformer converter)."""
    converter_off_time: int | None = None
    """Register 93 without its calibration bit; None: as above."""
    discrete_linefeed: bool = True
    """Six transistors; False: the line-feed chip Si3201."""
    impedance_resistor: bool = False
    """R_ZREF is fitted, which the capacitive impedances of the Si3215 need."""
    ren: float = 5.0
    """Bells that the card is to ring: 3 from 5 V, 5 from 12 V."""
    leakage_test: bool = True
    """Watch the battery decay for half a second when the port starts."""


@dataclass(frozen=True, slots=True)
class RingWords:
    """A ring signal in the chip's terms."""

    coefficient: int
    """Frequency (RCO)."""
    amplitude: int
    """Amplitude (RNGX)."""
    phase: int
    """Initial phase of a sine, half period of a trapezoid (RNGY)."""
    trapezoid: bool
    peak_v: float


def volts_of_dbm(dbm: float) -> float:
    """RMS voltage of a level across 600 ohm."""
    return sqrt(0.6 * 10 ** (dbm / 10))


def tone_words(hz: float, dbm: float, sample_hz: int) -> tuple[int, int]:
    """Compute coefficient and amplitude (OSCn, OSCnX) of a tone.

    Args:
        hz: frequency of the tone.
        dbm: its level across a matched 600 ohm line.
        sample_hz: clock of the oscillators: 8000 (Si3210) or 16000 (Si3215).

    Raises:
        ValueError: louder than full scale, or not a voice frequency.
    """
    volts = volts_of_dbm(dbm)
    if volts > FULL_SCALE_V * 1.01:
        raise ValueError(f"{dbm} dBm is above full scale, +3.1 dBm")
    if not 0 < hz < 4000:
        raise ValueError(f"{hz} Hz is no voice frequency")
    amplitude = tan(pi * hz / sample_hz) / 4 * 0x7FFF * volts / FULL_SCALE_V
    return round(cos(2 * pi * hz / sample_hz) * 0x8000), round(amplitude)


def timer_word(ms: float) -> int:
    """Convert a duration for the cadence timers, 125 us a step.

    Raises:
        ValueError: longer than the timers count.
    """
    if not 0 <= ms <= LONGEST_MS:
        raise ValueError(f"{ms} ms is not in 0..{LONGEST_MS}")
    return round(ms / 1000 / TIMER_S)


def sine_ring(hz: float, peak_v: float) -> RingWords:
    """Compute a sinusoidal ring signal; the generator runs at 1 kHz."""
    if not 15 <= hz <= 100:
        raise ValueError(f"{hz} Hz is not in 15..100")
    angle = pi * hz / 1000
    amplitude = tan(angle) / 4 * 0x8000 * peak_v / RING_SCALE_V
    return RingWords(round(cos(2 * angle) * 0x8000), round(amplitude), 0, False, peak_v)


def trapezoid_ring(hz: float, peak_v: float, crest: float) -> RingWords:
    """Compute a trapezoidal ring signal; `crest` is peak over RMS, and sets the slopes."""
    period = 1 / hz
    rise = 0.75 * period * (1 - 1 / crest**2)
    return trapezoid_words(period, peak_v, rise)


def trapezoid_words(period_s: float, peak_v: float, rise_s: float) -> RingWords:
    amplitude = peak_v / RING_SCALE_V * 0x8000
    return RingWords(
        coefficient=round(2 * amplitude / (rise_s * 8000)),
        amplitude=round(amplitude),
        phase=round(period_s * 8000 / 2),
        trapezoid=True,
        peak_v=peak_v,
    )


def offset_word(volts: float) -> int:
    """ROFF: direct voltage under the ring voltage, 1.5 V a step.

    Raises:
        ValueError: no voltage of a ring signal.
    """
    if not 0 <= volts <= HIGHEST_PEAK_V:
        raise ValueError(f"an offset of {volts} V is not in 0..{HIGHEST_PEAK_V:.0f}")
    return round(volts / 1.5) << 9


def load_ma(peak_v: float, ren: float) -> float:
    """Peak current out of the line feed while it rings so many bells."""
    return peak_v * ren / REN_OHMS * 1000 + BIAS_MA


def ring_words(hz: float, vrms: float, *, offset_v: float = 0.0, ren: float = 0.0) -> RingWords:
    """Choose a sine, or a trapezoid where the sine's peak would exceed the battery.

    Args:
        hz: frequency.
        vrms: loudness at the line circuit.
        offset_v: direct voltage under it, which the battery has to have as well.
        ren: bells that the card is to ring.

    Raises:
        ValueError: the chip cannot ring like this: the battery is too low, or its transistors
            too weak.
    """
    words = _ring_signal(hz, vrms, HIGHEST_PEAK_V - offset_v)
    if (current := load_ma(words.peak_v, ren)) > MOST_RING_MA:
        raise ValueError(
            f"{vrms} V RMS into {ren:g} REN is {current:.0f} mA, {MOST_RING_MA:.0f} mA may be"
        )
    return words


def _ring_signal(hz: float, vrms: float, highest_v: float) -> RingWords:
    peak = vrms * sqrt(2)
    if peak < OPEN_CIRCUIT_V:
        raise ValueError(f"{vrms} V RMS would be cut at the open-circuit voltage")
    if peak <= highest_v + 0.05:
        return sine_ring(hz, peak)
    if vrms * LOUD_CREST <= highest_v:
        return trapezoid_ring(hz, vrms * LOUD_CREST, LOUD_CREST)
    raise ValueError(f"{vrms} V RMS is above {highest_v / LOUD_CREST:.0f} V")


def battery_code(peak_v: float) -> int:
    """Register 74: the battery for a ring peak, 1.5 V a step; never below that of the feed."""
    return max(0x28, min(0x3F, ceil((peak_v + RING_HEADROOM_V - 0.05) / 1.5)))


def battery_reading(code: int) -> int:
    """Register 82 of a battery that has come up, 6 V below the target at the least."""
    return ceil((code * 1.5 - 6) / 0.376)


RING_TRIP = {
    16.667: (0x0200, 0x0F),
    20.0: (0x0320, 0x0B),
    25.0: (0x0350, 0x0A),  # between the neighbours: the sheets have no row for it
    30.0: (0x0380, 0x09),
    40.0: (0x0400, 0x07),
    50.0: (0x06A8, 0x05),
    60.0: (0x0800, 0x05),
}
"""Filter (NRTP) and debounce (register 70) of the ring-trip detector, by ring frequency."""


def ring_trip_values(hz: float) -> tuple[int, int]:
    """Filter and debounce of the nearest recommended ring frequency."""
    return RING_TRIP[min(RING_TRIP, key=lambda listed: abs(listed - hz))]


ANALOG_DB = {0b01: -3.5, 0b00: 0.0, 0b10: 3.5}
"""Analog gain steps of register 9."""


def gain_words(db: float) -> tuple[int, int]:
    """Split a gain into the analog step (ARX, ATX) and the digital word (DACG, ADCG).

    Raises:
        ValueError: outside -15.5 to +9.5 dB.
    """
    for step in (0b00, 0b01, 0b10):
        rest = db - ANALOG_DB[step]
        if -12 <= rest <= 6:
            return step, int(UNITY_GAIN * 10 ** (rest / 20))
    raise ValueError(f"{db} dB is not in -15.5..9.5")


HYBRID_DB = (4.08, 2.5, 1.16, 0.0, -1.02, -1.94, -2.77)
"""HYBA of register 11: what is taken off the sent voice, against half of what is received."""


def hybrid_code(db: float) -> int:
    """Code of the nearest hybrid setting.

    Raises:
        ValueError: outside of what the chip has.
    """
    if not HYBRID_DB[-1] - 0.05 <= db <= HYBRID_DB[0] + 0.05:
        raise ValueError(f"a hybrid of {db} dB is not in {HYBRID_DB[-1]}..{HYBRID_DB[0]}")
    return min(range(len(HYBRID_DB)), key=lambda code: abs(HYBRID_DB[code] - db))


def loop_current_code(ma: float) -> int:
    """Register 71: the current limit, 20 mA and 3 mA a step; the nearest one."""
    if not 18 <= ma <= 43:
        raise ValueError(f"{ma} mA is not in 20..41")
    return min(7, max(0, round((ma - 20) / 3)))


@dataclass(frozen=True, slots=True)
class FskWords:
    """Space (0) and mark (1) of the chip's FSK generator."""

    space_amplitude: int
    space: int
    mark_amplitude: int
    mark: int
    space_to_mark: int
    mark_to_space: int


def fsk_words(mark_hz: float, space_hz: float, vrms: float) -> FskWords:
    """Compute the FSK words; the generator runs at 24 kHz (registers 108 and 32)."""
    mark, space = (tan(pi * hz / FSK_HZ) / 4 * 0x7FFF for hz in (mark_hz, space_hz))
    return FskWords(
        space_amplitude=round(space * vrms / FULL_SCALE_V),
        space=round(cos(2 * pi * space_hz / FSK_HZ) * 0x8000),
        mark_amplitude=round(mark * vrms / FULL_SCALE_V),
        mark=round(cos(2 * pi * mark_hz / FSK_HZ) * 0x8000),
        space_to_mark=round(mark / space * 0x2000),
        mark_to_space=round(space / mark * 0x2000),
    )


def metering_words(hz: float, vrms: float) -> tuple[int, int]:
    """Coefficient and amplitude of metering pulses; 0.85 V is full scale, clock 64 kHz."""
    amplitude = tan(pi * hz / METERING_HZ) / 4 * 0x7FFF * vrms / 0.85
    return round(cos(2 * pi * hz / METERING_HZ) * 0x7FFF), round(amplitude)
