"""What a port's settings become in the registers of the chip that was found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from drivers.line_test import RingSource
from drivers.registers import Field
from drivers.si321x_identity import TONE_CLOCK_HZ, Family, Identity
from drivers.si321x_registers import (
    Automatic,
    BatteryFeed,
    Direct,
    Enhancement,
    PcmMode,
    RingControl,
)
from drivers.si321x_tables import (
    BIAS_MA,
    MOST_RING_MA,
    RING_HEADROOM_V,
    SOURCE_OHMS,
    BoardValues,
    RingWords,
    battery_code,
    fsk_words,
    gain_words,
    hybrid_code,
    loop_current_code,
    metering_words,
    offset_word,
    ring_trip_values,
    ring_words,
    timer_word,
    tone_words,
    volts_of_dbm,
)
from drivers.slic import LineSettings, RingSpec

LAWS = {"PCMA": PcmMode(0), "PCMU": PcmMode.MU_LAW}
IMPEDANCES = {
    # name: code on the Si3210, code on the Si3215; None: this chip cannot, 600 ohm instead
    "600": (0b000, 0b000),
    "900": (0b001, 0b001),
    "600+2.16": (0b010, None),
    "japan": (None, 0b010),
    "900+2.16": (0b011, 0b011),
    "ctr21": (0b100, 0b100),
    "au": (0b101, 0b101),  # and New Zealand #1
    "za": (0b110, 0b110),  # Slovakia, Slovenia, South Africa
    "nz": (0b111, None),
    "uk": (0b111, 0b100),
    "china": (None, 0b111),
}
"""Two-wire impedances by name (TISS, register 10)."""
NEEDS_RESISTOR = {(Family.SI3215, 0b010), (Family.SI3215, 0b011)}
SYNTHESIS = 0x08
METERING_HYBRID = 0x30
"""Register 11: metering pulses are taken off as they come (HYBP 0 dB)."""
BATTERY_LOW = 0x10
OPEN_CIRCUIT = 0x20
COMMON_MODE = 0x02
BIAS = 0x61
TRIP_THRESHOLD = 0x3600
LOOP_DEBOUNCE = 0x08
"""10 ms: passes dial pulses of 20 a second with margin."""
PAUSE_DEBOUNCE = 0x54
"""105 ms: a bell that comes to rest between two bursts is nobody who answers."""
AUTOMATIC = (
    Automatic.SPEED_UP
    | Automatic.ACTIVE_ON_RING_TRIP
    | Automatic.ACTIVE_ON_LOOP_CLOSURE
    | Automatic.OPEN_ON_ALARM
)
ENHANCEMENT = (
    Enhancement.CURRENT_BOOST
    | Enhancement.FSK
    | Enhancement.FAST_CONVERTER
    | Enhancement.SWITCH_DEBOUNCE
    | Enhancement.QUIET_CONVERTER
    | Enhancement.HYSTERESIS
)
CONVERTER = {False: (0xFF, 0x19), True: (0x60, 0x38)}
"""Registers 92 and 93 by "transformer converter"."""
DTMF_WORDS = {
    "row_0": 0x55C2,
    "row_1": 0x51E6,
    "row_2": 0x4B85,
    "row_3": 0x4937,
    "columns": 0x3333,
    "forward_twist": 0x0202,
    "reverse_twist": 0x0202,
    "row_relative": 0x0198,
    "column_relative": 0x0198,
    "row_harmonic": 0x0611,
    "column_harmonic": 0x0202,
    "least_power": 0x00E5,
    "dtmf_gain": 0x0A1C,
}
SUPERVISION_WORDS = {
    "loop_threshold": 0x1000,  # 10.16 mA; with the lower one 8.89 mA: hysteresis
    "loop_threshold_low": 0x0E00,
    "trip_threshold": TRIP_THRESHOLD,  # 34.29 mA
    "common_low": 0x1000,  # 12 V
    "common_high": 0x0200,  # 1.5 V
    "alarm_q1_q2": 0x07C0,  # 0.47 W
    "alarm_q3_q4": 0x2600,  # 0.275 W
    "alarm_q5_q6": 0x1B80,  # 1.67 W
    "loop_filter": 0x8000,  # fastest
    "thermal_q1_q2": 0x008C,  # 0.29 s
    "thermal_q3_q4": 0x0100,  # 0.16 s
    "thermal_q5_q6": 0x0010,  # 2.56 s
    "ring_common_mode": 0x0000,
    "overhead": 0x0C00,  # 9 V
}
LINEFEED_CHIP_WORDS = {
    # with the Si3201 all transistors share one package
    "alarm_q1_q2": 0x0FF0,
    "alarm_q3_q4": 0x7F80,
    "alarm_q5_q6": 0x0FF0,
    "thermal_q1_q2": 0x0010,
    "thermal_q3_q4": 0x0010,
    "thermal_q5_q6": 0x0010,
}


@dataclass(frozen=True, slots=True)
class RingPlan:
    """A ring signal and its cadence in the registers."""

    words: RingWords
    offset: int
    trip_filter: int
    trip_debounce: int
    battery: int
    control: RingControl
    on: int
    off: int

    @classmethod
    def of(cls, ring: RingSpec, ren: float = 0.0) -> RingPlan:
        """Translate what the country profile wants, for a card that rings so many bells.

        Raises:
            ValueError: the chip cannot ring like this.
        """
        offset = offset_word(ring.offset_v)
        words = ring_words(ring.hz, ring.vrms, offset_v=ring.offset_v, ren=ren)
        trip_filter, trip_debounce = ring_trip_values(ring.hz)
        control = RingControl.TRAPEZOID if words.trapezoid else RingControl(0)
        if offset:
            control |= RingControl.OFFSET
        on = off = 0
        if timed(ring):
            on, off = (timer_word(ms) for ms in ring.cadence_ms)
            control |= RingControl.ACTIVE_TIMER | RingControl.INACTIVE_TIMER
        battery = battery_code(words.peak_v + ring.offset_v)
        return cls(words, offset, trip_filter, trip_debounce, battery, control, on, off)

    def indirect(self) -> dict[str, int]:
        return {
            "ring": self.words.coefficient,
            "ring_amplitude": self.words.amplitude,
            "ring_phase": self.words.phase,
            "ring_offset": self.offset,
            "trip_filter": self.trip_filter,
        }


def ring_source(ring: RingSpec, plan: RingPlan, ren: float) -> RingSource:
    """The same in volts, for whoever wants to know which bells it moves."""
    return RingSource(
        hz=ring.hz,
        vrms=ring.vrms,
        peak_v=plan.words.peak_v + ring.offset_v,
        ohms=SOURCE_OHMS,
        battery_v=plan.battery * 1.5,
        headroom_v=RING_HEADROOM_V,
        most_ma=MOST_RING_MA,
        bias_ma=BIAS_MA,
        most_ren=ren,
        shape="trapezoid" if plan.words.trapezoid else "sine",
    )


def timed(ring: RingSpec) -> bool:
    """Whether the chip's timers can make the cadence: one pair of at most 8.19 s each."""
    return len(ring.cadence_ms) == 2 and max(ring.cadence_ms) < 8192


@dataclass(frozen=True, slots=True)
class Plan:
    """All values of one port, found before anything is switched on.

    Raises:
        ValueError: from the constructor's helpers, for settings the chip cannot follow.
    """

    indirect: dict[str, int]
    """Indirect words by name, with the filters at their final values."""
    converter_period: int
    converter_off_time: int
    feed: tuple[tuple[Field[Any], int], ...]
    """Battery and DC feed, written before the converter starts."""
    line: tuple[tuple[Field[Any], int, int], ...]
    """PCM, audio, detection: field, value, and bits that need not read back."""
    ring: RingPlan
    hybrid: int
    """Register 11."""
    slot_start: int
    """Of the port's timeslot, in periods of PCLK: registers 2 to 5."""
    notes: tuple[str, ...]
    """What differs from the wish, for the operator."""


def plan(settings: LineSettings, identity: Identity, values: BoardValues) -> Plan:
    """Translate a port's settings for the chip that was found.

    Raises:
        ValueError: a value is out of the chip's range, or a name is unknown.
    """
    if settings.law not in LAWS:
        raise ValueError(f"companding {settings.law!r} is not one of {', '.join(LAWS)}")
    ring = RingPlan.of(settings.ring, values.ren)
    impedance, notes = impedance_code(settings.impedance, identity, values)
    receive_step, _ = gain_words(settings.rx_gain_db)
    transmit_step, _ = gain_words(settings.tx_gain_db)
    start = 1 + 8 * settings.timeslot
    current = loop_current_code(settings.loop_current_ma)
    hybrid = METERING_HYBRID | hybrid_code(settings.hybrid_db)
    period, off_time = CONVERTER[identity.transformer]
    return Plan(
        indirect=_words(settings, identity.family, values, ring),
        converter_period=period if values.converter_period is None else values.converter_period,
        converter_off_time=(
            off_time if values.converter_off_time is None else values.converter_off_time
        ),
        feed=(
            (Direct.battery_high, ring.battery),
            (Direct.battery_low, BATTERY_LOW),
            (Direct.open_circuit, OPEN_CIRCUIT),
            (Direct.common_mode, COMMON_MODE),
            (Direct.loop_current, current),
        ),
        line=(
            # bit 7 of register 1 names the family
            (Direct.pcm_mode, LAWS[settings.law] | PcmMode.EARLY_RELEASE, 0x80),
            (Direct.transmit_start, start, 0),
            (Direct.receive_start, start, 0),
            (Direct.ring_pause_debounce, PAUSE_DEBOUNCE, 0),
            # "reads zero", though the printed reset value is one
            (Direct.automatic, AUTOMATIC, Automatic.BATTERY_SWITCH),
            (Direct.loop_debounce, LOOP_DEBOUNCE, 0),
            (Direct.trip_debounce, ring.trip_debounce, 0),
            (Direct.bias, BIAS, 0),
            (Direct.loop_current, current, 0),
            (Direct.open_circuit, OPEN_CIRCUIT, 0),
            (Direct.common_mode, COMMON_MODE, 0),
            (Direct.audio_gain, transmit_step << 2 | receive_step, 0),
            (Direct.impedance, SYNTHESIS | impedance, 0),
            (Direct.hybrid, hybrid, 0),
        ),
        ring=ring,
        hybrid=hybrid,
        slot_start=start,
        notes=notes,
    )


def _words(
    settings: LineSettings, family: Family, values: BoardValues, ring: RingPlan
) -> dict[str, int]:
    """The indirect registers, by name."""
    words = dict(_generators(family)) | SUPERVISION_WORDS | ring.indirect()
    if family is Family.SI3210:
        words |= DTMF_WORDS
    if not values.discrete_linefeed:
        words |= LINEFEED_CHIP_WORDS
    _, receive = gain_words(settings.rx_gain_db)
    _, transmit = gain_words(settings.tx_gain_db)
    # the low four bits of a gain word are not used by the chip
    return words | {"receive_gain": receive & ~0xF, "transmit_gain": transmit & ~0xF}


def impedance_code(
    name: str, identity: Identity, values: BoardValues
) -> tuple[int, tuple[str, ...]]:
    """Find the code of an impedance, and a note if this chip has to use 600 ohm instead.

    Raises:
        ValueError: no such name.
    """
    if name not in IMPEDANCES:
        raise ValueError(f"impedance {name!r} is not one of {', '.join(IMPEDANCES)}")
    code = IMPEDANCES[name][identity.family]
    if code is None:
        return 0, (f"impedance {name} is not in a {identity.part}: 600 ohm used",)
    if (identity.family, code) in NEEDS_RESISTOR and not values.impedance_resistor:
        return 0, (f"impedance {name} needs R_ZREF on the card: 600 ohm used",)
    return code, ()


def _generators(family: Family) -> Iterator[tuple[str, int]]:
    """Words of the tone, metering and FSK generators; silent until they are told to start."""
    coefficient, _ = tone_words(450, -10, TONE_CLOCK_HZ[family])
    for tone in ("tone_1", "tone_2"):
        yield tone, coefficient
        yield f"{tone}_amplitude", 0
        yield f"{tone}_phase", 0
    fsk = fsk_words(mark_hz=1200, space_hz=2200, vrms=volts_of_dbm(-13.5))
    yield "space_amplitude", fsk.space_amplitude
    yield "space", fsk.space
    yield "mark_amplitude", fsk.mark_amplitude
    yield "mark", fsk.mark
    yield "space_to_mark", fsk.space_to_mark
    yield "mark_to_space", fsk.mark_to_space
    if family is Family.SI3210:
        metering, amplitude = metering_words(12_000, 0.5)
        yield "metering", metering
        yield "metering_amplitude", amplitude
        yield "metering_ramp", 0x1561


BATTERY_FEED = BatteryFeed.TRACK
