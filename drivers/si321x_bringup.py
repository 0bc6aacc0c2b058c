"""The start-up of the Si321x, from reset to an idle, fed line.

The sequence is that of the vendor's application note AN35. It waits by yielding seconds,
so that ports start side by side and tests run it in virtual time. Whatever fails, or
whoever stops half-way, leaves the line open and the converter off.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from drivers.errors import DriverError
from drivers.si321x_calibration import (
    GAINS,
    GENERAL,
    OFFSETS,
    balance,
    calibrate,
    calibrate_converter,
    match_gains,
    on_hook,
    quieten,
)
from drivers.si321x_calibration import STEP_GENERAL as CALIBRATION
from drivers.si321x_chip import Chip, finals, flushed, until
from drivers.si321x_identity import Family
from drivers.si321x_plan import AUTOMATIC, BATTERY_FEED, ENHANCEMENT, OPEN_CIRCUIT, Plan, plan
from drivers.si321x_registers import (
    SAVED,
    SCRATCH,
    Automatic,
    Calibrate2,
    Direct,
    Enhancement,
    LineEvent,
    OtherEvent,
    PcmMode,
    PowerDown,
    TimerEvent,
)
from drivers.si321x_tables import BoardValues, battery_reading
from drivers.slic import Linefeed, LineSettings, Steps

SETTINGS = "settings"
WORDS = "indirect registers"
FOREIGN = "foreign voltage"
CONVERTER = "DC-DC converter"
REGISTERS = "registers"
FEED = "line feed"

FOREIGN_LIMIT = 0x11
"""6.4 V on a wire that nobody feeds."""
CONVERTER_TRIES = 3
CONVERTER_TIME = 0.5
CONVERTER_REST = 2.0
LEAK_TIME = 0.5
LEAK_READING = 0x06
"""2.3 V: a battery that falls so low within `LEAK_TIME` is being drained."""
FEED_SETTLE = 0.05
FEED_TIME = 0.5
FEED_TOLERANCE = 8
"""12 V of 48: less is the chip's accuracy, more a fault."""


class BringUp:
    """One start-up of one chip.

    Attributes:
        plan: the values it was given.
        saved: calibration registers by address, to write back after a power glitch.
        unbalanced: a telephone was off-hook, the longitudinal balance is still to be done.
        notes: what the operator should know, in words.
    """

    def __init__(self, chip: Chip, settings: LineSettings, values: BoardValues) -> None:
        self.chip = chip
        self.settings = settings
        self.values = values
        self.plan: Plan | None = None
        self.saved: dict[int, int] = {}
        self.unbalanced = False
        self.notes: list[str] = []
        self._complete = False

    def run(self, *, fresh: bool) -> Steps:
        """Do everything, calibration and all; `fresh`: the chip comes from reset.

        Raises:
            BringUpError: a check failed; names step, register and value.
            BusError: nothing could be transferred.
        """
        try:
            self.chip.identify(fresh=fresh)
            yield from self._prepare()
            yield from self._raise_battery()
            if self.values.leakage_test:
                yield from self._look_for_leakage()
            yield from self._calibrate()
            self._save()
            yield from self._go_live()
            yield from self._see_feed()
            self._complete = True
        finally:
            self._leave_safe()

    def restore(self, saved: Mapping[int, int], *, look: bool = False) -> Steps:
        """Load a chip that has lost its registers, with the calibration it had.

        Args:
            saved: calibration registers by address.
            look: whether the line must show its voltage before it is believed.

        Raises:
            BringUpError: a check failed; then the chip needs a reset and the whole start-up.
        """
        try:
            yield from self._prepare()
            yield from self._raise_battery()
            for address, value in saved.items():
                self.chip.bus.write(address, value)  # register 96 reads 0: starts nothing
            self.saved = dict(saved)
            yield from self._go_live()
            if look:
                yield from self._see_feed()
            self._complete = True
        finally:
            self._leave_safe()

    # before the battery

    def _prepare(self) -> Steps:
        chip, direct = self.chip, self.chip.direct
        try:
            self.plan = wanted = plan(self.settings, chip.known, self.values)
        except ValueError as error:
            raise chip.fail(SETTINGS, str(error)) from error
        self.notes += wanted.notes
        chip.switch_off()
        yield from chip.load(flushed(wanted.indirect), step=WORDS)
        si3215 = chip.known.family is Family.SI3215
        unread = Enhancement.SWITCH_DEBOUNCE if si3215 else 0
        chip.verify(Direct.loop_back, 0, step=REGISTERS)
        chip.verify(Direct.enhancement, ENHANCEMENT, step=REGISTERS, ignoring=unread)
        switch = Automatic.BATTERY_SWITCH
        chip.verify(Direct.automatic, AUTOMATIC, step=REGISTERS, ignoring=switch)
        chip.verify(Direct.battery_feed, BATTERY_FEED, step=REGISTERS)
        direct.converter_period = wanted.converter_period
        direct.converter_delay = wanted.converter_off_time
        self._refuse_foreign_voltage()
        for field, value in wanted.feed:
            chip.verify(field, value, step=REGISTERS)

    def _refuse_foreign_voltage(self) -> None:
        direct = self.chip.direct
        for field, reading in ((Direct.tip, direct.tip), (Direct.ring, direct.ring)):
            if reading > FOREIGN_LIMIT:
                raise self.chip.fail(
                    FOREIGN,
                    f"register {field.address} reads {reading:#04x} ({reading * 0.376:.0f} V) "
                    "on an open line",
                )

    # battery

    def _raise_battery(self) -> Steps:
        assert self.plan is not None
        direct = self.chip.direct
        target = battery_reading(self.plan.ring.battery)
        for attempt in range(CONVERTER_TRIES):
            if attempt:
                yield CONVERTER_REST
            direct.power_down = PowerDown(0)
            up = yield from until(lambda: direct.battery >= target, CONVERTER_TIME)
            if up:
                return
            reading = direct.battery
            direct.power_down = PowerDown.CONVERTER_OFF
        raise self.chip.fail(
            CONVERTER,
            f"register 82 reads {reading:#04x} ({reading * 0.376:.0f} V) after "
            f"{CONVERTER_TIME} s, wants {target:#04x}; {CONVERTER_TRIES} tries",
        )

    def _look_for_leakage(self) -> Steps:
        direct = self.chip.direct
        direct.linefeed = Linefeed.OPEN
        direct.power_down = PowerDown.CONVERTER_OFF
        drained = yield from until(lambda: direct.battery < LEAK_READING, LEAK_TIME)
        if drained:
            self.notes.append("leakage: the battery collapses when the converter stops")
        yield from self._raise_battery()

    # calibration

    def _calibrate(self) -> Steps:
        assert self.plan is not None
        chip = self.chip
        sane = yield from calibrate_converter(chip, self.plan.converter_off_time)
        if not sane:
            self.notes.append("DC-DC calibration gave no sane result (register 107): default")
        quieten(chip)
        if chip.known.family is Family.SI3215 and self.values.discrete_linefeed:
            idle = yield from on_hook(chip)
            second = OFFSETS | Calibrate2.BALANCE if idle else OFFSETS
            yield from calibrate(chip, GENERAL | GAINS, second, step=CALIBRATION, seconds=2.0)
            self.unbalanced = not idle
        else:
            yield from calibrate(chip, GENERAL, OFFSETS, step=CALIBRATION)
            yield from match_gains(chip)
            balanced = yield from balance(chip)
            self.unbalanced = not balanced
        if self.unbalanced:
            self.notes.append("off-hook during start-up: longitudinal balance put off")

    def _save(self) -> None:
        self.saved = {address: self.chip.bus.read(address) for address in SAVED}

    # into service

    def _go_live(self) -> Steps:
        assert self.plan is not None
        chip, direct = self.chip, self.chip.direct
        if chip.known.family is Family.SI3210:
            yield from chip.flush(SCRATCH)
        yield from chip.load(finals(self.plan.indirect), step=WORDS)
        direct.timer_latches = TimerEvent(0xFF)
        direct.line_latches = LineEvent(0xFF)
        direct.other_latches = OtherEvent(0xFF)
        direct.timer_enable = TimerEvent(0)
        direct.line_enable = LineEvent(0xFF)
        direct.other_enable = OtherEvent(0)
        for field, value, unread in self.plan.line:
            chip.verify(field, value, step=REGISTERS, ignoring=unread)
        yield 0.0
        direct.pcm_mode = PcmMode(self.plan.line[0][1]) | PcmMode.ENABLE
        direct.linefeed = Linefeed.FORWARD_ACTIVE

    def _see_feed(self) -> Steps:
        """An on-hook line must show the open-circuit voltage, or current must flow."""
        direct = self.chip.direct

        def fed() -> bool:
            near = abs(direct.loop_voltage - OPEN_CIRCUIT) <= FEED_TOLERANCE
            return near or direct.loop_closed

        yield FEED_SETTLE
        if not (yield from until(fed, FEED_TIME)):
            reading = direct.loop_voltage
            raise self.chip.fail(
                FEED, f"register 78 reads {reading:#04x}, wants about {OPEN_CIRCUIT:#04x}"
            )

    def _leave_safe(self) -> None:
        if not self._complete:
            with suppress(DriverError):
                self.chip.switch_off()
