"""The registers of the Si321x family, as its data sheets name and number them.

Sources: Si3215 Rev 0.92, Si3230 Rev 0.96 (the numbers of the Si3210). What is not
declared here is reserved and never touched. "Si3210 only" fields read 0 on the Si3215.
"""

from __future__ import annotations

from enum import IntEnum, IntFlag

from drivers.registers import Field, Latches, Pair, ReadOnly, RegisterFile, Word, WordFile
from drivers.slic import Linefeed


class PcmFormat(IntEnum):
    A_LAW = 0b00
    MU_LAW = 0b01
    LINEAR = 0b11


class PcmMode(IntFlag):
    """Register 1."""

    ENABLE = 0x20
    MU_LAW = 0x08
    WIDE = 0x04
    GCI = 0x02
    EARLY_RELEASE = 0x01
    """DTX is let go half a clock early (TRI): no contention with the next timeslot."""


class PowerDown(IntFlag):
    """Register 14."""

    METERING_ON = 0x20
    CONVERTER_OFF = 0x10
    MONITOR_OFF = 0x08
    BIAS_OFF = 0x02
    SLIC_OFF = 0x01


class TimerEvent(IntFlag):
    """Registers 18 and 21."""

    METERING_IDLE = 0x80
    METERING_ACTIVE = 0x40
    RING_IDLE = 0x20
    RING_ACTIVE = 0x10
    TONE_2_IDLE = 0x08
    TONE_2_ACTIVE = 0x04
    TONE_1_IDLE = 0x02
    TONE_1_ACTIVE = 0x01


class LineEvent(IntFlag):
    """Registers 19 and 22."""

    Q6 = 0x80
    Q5 = 0x40
    Q4 = 0x20
    Q3 = 0x10
    Q2 = 0x08
    Q1 = 0x04
    LOOP_CLOSURE = 0x02
    """The loop has been closed or opened."""
    RING_TRIP = 0x01


OVERHEATED = (
    LineEvent.Q1 | LineEvent.Q2 | LineEvent.Q3 | LineEvent.Q4 | LineEvent.Q5 | LineEvent.Q6
)


class OtherEvent(IntFlag):
    """Registers 20 and 23."""

    HOOK_IN_CALIBRATION = 0x04
    """The hook moved during the common-mode calibration (Si3210 only)."""
    INDIRECT_SERVED = 0x02
    DTMF = 0x01
    """Si3210 only."""


class Oscillator(IntFlag):
    """Registers 32 and 33."""

    ACTIVE_TIMER = 0x10
    INACTIVE_TIMER = 0x08
    ENABLE = 0x04
    TO_LINE = 0x02
    TO_HIGHWAY = 0x01


class RingControl(IntFlag):
    """Register 34; the read-only bits RSS, RDAC and ROE are fields of their own."""

    ACTIVE_TIMER = 0x10
    INACTIVE_TIMER = 0x08
    OFFSET = 0x02
    TRAPEZOID = 0x01


class Metering(IntFlag):
    """Register 35 of the Si3210."""

    SOUNDING = 0x80
    ACTIVE_TIMER = 0x10
    INACTIVE_TIMER = 0x08
    ENABLE = 0x04


class BatteryFeed(IntFlag):
    """Register 66."""

    WIDE_OVERHEAD = 0x10
    RINGING_BATTERY = 0x08
    TRACK = 0x01


class Automatic(IntFlag):
    """Register 67: what the chip does by itself."""

    MANUAL_COMMON = 0x40
    MANUAL_DIFFERENTIAL = 0x20
    SPEED_UP = 0x10
    BATTERY_SWITCH = 0x08
    ACTIVE_ON_RING_TRIP = 0x04
    ACTIVE_ON_LOOP_CLOSURE = 0x02
    OPEN_ON_ALARM = 0x01


class Calibrate1(IntFlag):
    """Register 96; reads 0 when all that was asked for is done."""

    START = 0x40
    QUICK = 0x20
    RING_GAIN = 0x10
    TIP_GAIN = 0x08
    DIFFERENTIAL = 0x04
    COMMON_MODE = 0x02
    CURRENT_LIMIT = 0x01


class Calibrate2(IntFlag):
    """Register 97; written before register 96."""

    MONITOR_1 = 0x10
    MONITOR_2 = 0x08
    DAC = 0x04
    ADC = 0x02
    BALANCE = 0x01


class Enhancement(IntFlag):
    """Register 108."""

    CURRENT_BOOST = 0x80
    FSK = 0x40
    FAST_CONVERTER = 0x20
    EXTERNAL_IMPEDANCE = 0x10
    SWITCH_DEBOUNCE = 0x08
    """On the Si3215 reserved, reads 0."""
    VOLTAGE_CLOSURE = 0x04
    QUIET_CONVERTER = 0x02
    HYSTERESIS = 0x01


class Direct(RegisterFile):
    """The direct registers."""

    # 0 to 15: what it is, PCM, audio, power
    daisy_chain = Field(0, 7, 7, bool)
    part = ReadOnly(0, 5, 4, int)
    revision = ReadOnly(0, 3, 0, int)
    si3215_family = ReadOnly(1, 7, 7, bool)
    pcm_format = Field(1, 4, 3, PcmFormat)
    pcm_mode = Field(1, 7, 0, PcmMode)
    transmit_start = Pair(2, bits=10)
    receive_start = Pair(4, bits=10)
    part_si3215 = ReadOnly(6, 7, 5, int)
    loop_back = Field(8, 7, 0, int)
    audio_gain = Field(9, 7, 0, int)
    transmit_gain = Field(9, 3, 2, int)
    receive_gain = Field(9, 1, 0, int)
    impedance = Field(10, 7, 0, int)
    hybrid = Field(11, 7, 0, int)
    power_down = Field(14, 7, 0, PowerDown)
    manual_power = Field(15, 7, 0, int)
    # 18 to 31: interrupts, DTMF, indirect access
    timer_latches = Latches(18, TimerEvent)
    line_latches = Latches(19, LineEvent)
    other_latches = Latches(20, OtherEvent)
    timer_enable = Field(21, 7, 0, TimerEvent)
    line_enable = Field(22, 7, 0, LineEvent)
    other_enable = Field(23, 7, 0, OtherEvent)
    dtmf_present = ReadOnly(24, 4, 4, bool)
    dtmf_digit = ReadOnly(24, 3, 0, int)
    indirect_address = Field(30, 7, 0, int)
    # 32 to 52: oscillators and timers
    tone_1 = Field(32, 7, 0, Oscillator)
    tone_2 = Field(33, 7, 0, Oscillator)
    ring_control = Field(34, 7, 0, RingControl)
    ring_signal = ReadOnly(34, 7, 7, bool)
    ring_on_line = ReadOnly(34, 5, 5, bool)
    metering = Field(35, 7, 0, Metering)
    tone_1_active = Pair(36)
    tone_1_inactive = Pair(38)
    tone_2_active = Pair(40)
    tone_2_inactive = Pair(42)
    metering_active = Pair(44)
    metering_inactive = Pair(46)
    ring_active = Pair(48)
    ring_inactive = Pair(50)
    fsk_bit = Field(52, 0, 0, int)
    # 63 to 75: line feed and detection
    ring_pause_debounce = Field(63, 7, 0, int)
    line_state = ReadOnly(64, 7, 0, int)
    linefeed = Field(64, 2, 0, Linefeed, alone=True)
    linefeed_actual = ReadOnly(64, 6, 4, Linefeed)
    bias = Field(65, 7, 0, int)
    battery_feed = Field(66, 7, 0, BatteryFeed)
    automatic = Field(67, 7, 0, Automatic)
    hook = ReadOnly(68, 7, 0, int)
    ring_trip = ReadOnly(68, 1, 1, bool)
    loop_closed = ReadOnly(68, 0, 0, bool)
    loop_debounce = Field(69, 7, 0, int)
    trip_debounce = Field(70, 7, 0, int)
    loop_current = Field(71, 7, 0, int)
    open_circuit = Field(72, 7, 0, int)
    common_mode = Field(73, 7, 0, int)
    battery_high = Field(74, 7, 0, int)
    battery_low = Field(75, 7, 0, int)
    # 76 to 94: measurement, DC-DC converter
    power_pointer = Field(76, 2, 0, int, alone=True)
    power = ReadOnly(77, 7, 0, int)
    loop_voltage = ReadOnly(78, 6, 0, int)
    loop_amperage = ReadOnly(79, 6, 0, int)
    tip = ReadOnly(80, 7, 0, int)
    ring = ReadOnly(81, 7, 0, int)
    battery = ReadOnly(82, 7, 0, int)
    current_q1 = ReadOnly(84, 7, 0, int)
    current_q2 = ReadOnly(85, 7, 0, int)
    current_q5 = ReadOnly(88, 7, 0, int)
    current_q6 = ReadOnly(89, 7, 0, int)
    converter_period = Field(92, 7, 0, int)
    converter_calibrating = ReadOnly(93, 7, 7, bool)
    converter_transformer = ReadOnly(93, 5, 5, bool)
    converter_delay = Field(93, 7, 0, int)
    # 96 to 108: calibration and enhancement
    calibrate_1 = Field(96, 7, 0, Calibrate1)
    calibrate_2 = Field(97, 7, 0, Calibrate2)
    ring_gain = Field(98, 7, 0, int)
    tip_gain = Field(99, 7, 0, int)
    balance = Field(106, 7, 0, int)
    converter_peak = Field(107, 7, 0, int)
    enhancement = Field(108, 7, 0, Enhancement)


SAVED = range(96, 108)
"""Registers that hold the calibration: the results, and the controls, which then read 0."""
GOLDEN = 0x33
"""Register 11 after reset, and always as we set it: the driver's proof of a sane bus."""


class Indirect(WordFile):
    """The indirect registers; addresses of the Si3210 and of the Si3215."""

    # DTMF decoder: shares of row and column, twist, relative limits, power
    row_0 = Word(0, None)
    row_1 = Word(1, None)
    row_2 = Word(2, None)
    row_3 = Word(3, None)
    columns = Word(4, None)
    forward_twist = Word(5, None)
    reverse_twist = Word(6, None)
    row_relative = Word(7, None)
    column_relative = Word(8, None)
    row_harmonic = Word(9, None)
    column_harmonic = Word(10, None)
    least_power = Word(11, None)
    dtmf_gain = Word(12, None)
    # generators: coefficient, amplitude, phase
    tone_1 = Word(13, 0)
    tone_1_amplitude = Word(14, 1)
    tone_1_phase = Word(15, 2)
    tone_2 = Word(16, 3)
    tone_2_amplitude = Word(17, 4)
    tone_2_phase = Word(18, 5)
    ring_offset = Word(19, 6)
    ring = Word(20, 7)
    ring_amplitude = Word(21, 8)
    ring_phase = Word(22, 9)
    metering_ramp = Word(23, None)
    metering_amplitude = Word(24, None)
    metering = Word(25, None)
    # audio and supervision
    receive_gain = Word(26, 13)
    transmit_gain = Word(27, 14)
    loop_threshold = Word(28, 15)
    trip_threshold = Word(29, 16)
    common_low = Word(30, 17)
    common_high = Word(31, 18)
    alarm_q1_q2 = Word(32, 19)
    alarm_q3_q4 = Word(33, 20)
    alarm_q5_q6 = Word(34, 21)
    loop_filter = Word(35, 22)
    trip_filter = Word(36, 23)
    thermal_q1_q2 = Word(37, 24)
    thermal_q3_q4 = Word(38, 25)
    thermal_q5_q6 = Word(39, 26)
    ring_common_mode = Word(40, 27)
    overhead = Word(41, 64)
    loop_threshold_low = Word(43, 66)
    # FSK generator
    space_amplitude = Word(99, 69)
    space = Word(100, 70)
    mark_amplitude = Word(101, 71)
    mark = Word(102, 72)
    space_to_mark = Word(103, 73)
    mark_to_space = Word(104, 74)


SCRATCH = (*range(88, 96), 97, *range(193, 212))
"""Accumulators of the Si3210 that are written 0 after calibration."""
FILTERS = ("loop_filter", "trip_filter", "thermal_q1_q2", "thermal_q3_q4", "thermal_q5_q6")
"""Words that stand at `FLUSH` during the start-up."""
FLUSH = 0x8000
