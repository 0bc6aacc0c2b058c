"""Calibration of the Si321x: DC-DC converter, gains and offsets, longitudinal balance.

The chip has to be on-hook, with neither wire grounded. Order, codes and time-outs after
the vendor's application note AN35; the sheet promises an end within 600 ms each.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from drivers.registers import Field
from drivers.si321x_chip import Chip, until
from drivers.si321x_identity import Family
from drivers.si321x_registers import (
    Calibrate1,
    Calibrate2,
    Direct,
    LineEvent,
    OtherEvent,
    TimerEvent,
)
from drivers.slic import Linefeed, Steps

STEP_CONVERTER = "DC-DC calibration"
STEP_GENERAL = "calibration"
STEP_GAIN = "gain mismatch"
STEP_BALANCE = "longitudinal balance"

TIMEOUT = 0.8
SANE_PEAK = range(2, 14)
DEFAULT_PEAK = 0x08
DEFAULT_BALANCE = 0x20
START_CONVERTER = 0x80
GAIN_ACCUMULATORS = range(88, 94)
ATTEMPTS = 3

OFFSETS = Calibrate2.MONITOR_1 | Calibrate2.MONITOR_2 | Calibrate2.DAC | Calibrate2.ADC
GENERAL = (
    Calibrate1.START | Calibrate1.DIFFERENTIAL | Calibrate1.COMMON_MODE | Calibrate1.CURRENT_LIMIT
)
GAINS = Calibrate1.RING_GAIN | Calibrate1.TIP_GAIN

Flag = Generator[float, None, bool]
"""Steps that end in a yes or no."""


def calibrate_converter(chip: Chip, off_time: int) -> Flag:
    """Measure the converter's peak current; False: its result was not sane, default used.

    Raises:
        BringUpError: it does not end.
    """
    direct = chip.direct
    direct.converter_delay = START_CONVERTER | off_time
    ended = yield from until(lambda: not direct.converter_calibrating, 1.0)
    if not ended:
        value = direct.converter_delay
        raise chip.fail(STEP_CONVERTER, f"register 93 reads {value:#04x} after 1 s: bit 7 stays")
    if direct.converter_peak & 0x0F in SANE_PEAK:
        return True
    direct.converter_peak = DEFAULT_PEAK
    return False


def quieten(chip: Chip) -> None:
    """No interrupts and an open line."""
    chip.direct.timer_enable = TimerEvent(0)
    chip.direct.line_enable = LineEvent(0)
    chip.direct.other_enable = OtherEvent(0)
    chip.direct.linefeed = Linefeed.OPEN


def calibrate(
    chip: Chip, first: Calibrate1, second: Calibrate2, *, step: str, seconds: float = TIMEOUT
) -> Steps:
    """Run the chip's calibration engine.

    Raises:
        BringUpError: it does not end.
    """
    direct = chip.direct
    direct.calibrate_2 = second  # before register 96, which starts it
    direct.calibrate_1 = first
    ended = yield from until(lambda: not direct.calibrate_1, seconds)
    if not ended:
        value = direct.calibrate_1
        raise chip.fail(step, f"register 96 reads {value:#04x} after {seconds} s, wants 0")


def match_gains(chip: Chip) -> Steps:
    """Search the gain words at which the currents of Q5 and Q6 just vanish.

    Raises:
        BringUpError: a current never vanishes.
    """
    direct = chip.direct
    if chip.known.family is Family.SI3210:
        yield from chip.flush(GAIN_ACCUMULATORS)
    yield 0.010
    direct.ring_gain = 0x10
    direct.tip_gain = 0x10
    yield from _search(chip, Direct.ring_gain, Direct.current_q5, lambda: direct.current_q5)
    yield from _search(chip, Direct.tip_gain, Direct.current_q6, lambda: direct.current_q6)


def _search(chip: Chip, gain: Field[Any], current: Field[Any], read: Callable[[], int]) -> Steps:
    for value in range(0x1F, 0, -1):
        gain.__set__(chip.direct, value)
        yield 0.040
        if read() == 0:
            return
    raise chip.fail(
        STEP_GAIN,
        f"register {current.address} reads {read():#04x} with register {gain.address} at 1, "
        "wants 0",
    )


def on_hook(chip: Chip) -> Flag:
    """Feed the line for a quarter of a second and see whether a telephone takes current."""
    chip.direct.linefeed = Linefeed.FORWARD_ACTIVE
    yield 0.250
    idle = not chip.direct.loop_closed
    chip.direct.linefeed = Linefeed.OPEN
    return idle


def balance(chip: Chip) -> Flag:
    """Calibrate the longitudinal balance; False: a telephone is or went off-hook.

    The default then stands, and it should be tried again when the telephone is on-hook.

    Raises:
        BringUpError: the engine does not end.
    """
    watched = chip.known.family is Family.SI3210
    direct = chip.direct
    for _ in range(ATTEMPTS):
        if watched:
            direct.other_latches = OtherEvent.HOOK_IN_CALIBRATION
            direct.other_enable = OtherEvent.HOOK_IN_CALIBRATION
        idle = yield from on_hook(chip)
        if not idle:
            break
        yield from calibrate(chip, Calibrate1.START, Calibrate2.BALANCE, step=STEP_BALANCE)
        if not (watched and direct.other_latches & OtherEvent.HOOK_IN_CALIBRATION):
            return True
    if watched:
        direct.other_latches = OtherEvent.HOOK_IN_CALIBRATION
        direct.balance = DEFAULT_BALANCE
    return False
