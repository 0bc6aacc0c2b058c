"""The driver of the Si3210, Si3210M, Si3215 and Si3215M: one chip on one FXS port.

Not for several threads at once: a port is driven from one thread.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from drivers.bus import SpiRegisters
from drivers.errors import (
    ChipError,
    ChipResetError,
    DriverError,
    LinefeedRefusedError,
)
from drivers.line_test import Measuring, RingSource
from drivers.si321x_alarms import Alarms
from drivers.si321x_bringup import BringUp
from drivers.si321x_calibration import balance, quieten
from drivers.si321x_chip import Chip
from drivers.si321x_identity import CAPABILITIES, Family
from drivers.si321x_line_test import LineMeasurement
from drivers.si321x_memory import Memory
from drivers.si321x_plan import LOOP_DEBOUNCE, PAUSE_DEBOUNCE, timed
from drivers.si321x_proof import Proof
from drivers.si321x_registers import SAVED, LineEvent, OtherEvent
from drivers.si321x_ring import RingGenerator
from drivers.si321x_signals import Signals
from drivers.si321x_supervision import Supervision
from drivers.si321x_tables import BoardValues
from drivers.si321x_telemetry import telemetry
from drivers.slic import (
    Calibration,
    Capability,
    ChipReset,
    Linefeed,
    LineSettings,
    RingSpec,
    Slic,
    SlicEvent,
    Steps,
    Telemetry,
)

LOOKS = 2
"""At register 64, before it is believed to be 0: a bad moment of the bus opens no line."""
SETTLE = 20
"""Looks at the linefeed state until it must have followed; about 2 ms on a Raspberry Pi."""
REVERSED = {
    Linefeed.REVERSE_ACTIVE,
    Linefeed.REVERSE_ON_HOOK_TRANSMISSION,
}


class Si321x(Slic):
    """One subscriber loop behind one Si321x."""

    def __init__(self, bus: SpiRegisters, *, values: BoardValues | None = None) -> None:
        self.port = bus.port
        self.chip = ""
        self.capabilities = CAPABILITIES[Family.SI3215]
        self.notes: list[str] = []
        self.unbalanced = False
        self._values = values or BoardValues()
        self._chip = Chip(bus)
        self._direct = self._chip.direct
        self._memory = Memory()
        self._proof = Proof(self._chip)
        self._wanted = Linefeed.OPEN
        self._generator = RingGenerator(self._chip, self._values.ren)
        self._ringing = False
        self._debounce = LOOP_DEBOUNCE
        self._supervision = Supervision(self._direct)
        self._alarms = Alarms(self.port)
        self._signals = Signals(self._chip)
        self._found: list[SlicEvent] = []

    # bring-up

    def bring_up(self, settings: LineSettings) -> Steps:
        """Take the chip from reset to an idle, fed line; see `Slic.bring_up`.

        The first time the chip has to be fresh from `Card.reset`; a later attempt takes it as
        it is, since the reset is shared by all ports of the card.

        After `check` has found that the chip lost its registers, the calibration it had is
        written back in place of a new one, which takes a tenth of the time; no reset is
        needed for that.
        """
        work = BringUp(self._chip, settings, self._values)
        self._wanted = Linefeed.OPEN
        self._ringing = False
        self._debounce = LOOP_DEBOUNCE
        yield from self._memory.start(work)
        self.unbalanced = self._memory.unbalanced
        identity = self._chip.known
        assert work.plan is not None
        self.chip = str(identity)
        self.capabilities = CAPABILITIES[identity.family]
        self.notes = work.notes
        self._proof.slot_start = work.plan.slot_start
        self._proof.hybrid = work.plan.hybrid
        self._generator.holds(work.plan.ring)
        self._wanted = Linefeed.FORWARD_ACTIVE
        self._supervision.restart()
        self._alarms.restart()
        self._signals.restart()
        self._found.clear()

    def balance(self) -> Steps:
        """Make up for the longitudinal balance that an off-hook telephone put off.

        For an idle line with `unbalanced` set; it is not fed for about half a second.

        Raises:
            BringUpError: the calibration does not end.
        """
        quieten(self._chip)
        balanced = yield from balance(self._chip)
        self.unbalanced = self._memory.unbalanced = not balanced
        self._direct.line_latches = LineEvent(0xFF)
        self._direct.line_enable = LineEvent(0xFF)
        self._direct.linefeed = self._wanted
        if balanced:
            self._memory.keep(
                self.chip, {address: self._chip.bus.read(address) for address in SAVED}
            )

    def shut_down(self) -> None:
        """Open the line and stop the battery; a chip that is gone is left alone."""
        self._wanted = Linefeed.OPEN
        self._ringing = False
        with suppress(DriverError):
            quieten(self._chip)
            self._chip.switch_off()

    def check(self) -> None:
        """Look whether the chip still has its state; see `Slic.check`."""
        with self._remembering():
            self._proof.check(self._wanted)
        if self._wanted is Linefeed.OPEN or any(self._direct.line_state for _ in range(LOOKS)):
            self._alarms.healthy()
            return
        alarm = self._alarms.another()
        if not alarm.gave_up:
            self._ringing = False
            if self._wanted is Linefeed.RINGING:
                self._wanted = Linefeed.FORWARD_ACTIVE
            self._direct.linefeed = self._wanted
            self._debounce_loop(LOOP_DEBOUNCE)
        raise alarm

    def _believe(self, heard: list[SlicEvent]) -> None:
        """Before anybody acts on it: is this the chip, and does the bus carry bytes at all?"""
        if self._chip.bus.chained:
            with self._remembering():
                self._proof.keep_step(self._wanted)
            self._supervision.confirm(heard)
        elif not self._proof.answers():
            self._supervision.unsay(heard)
            raise self._proof.strange()

    @property
    def restorable(self) -> bool:
        """It has lost its registers, and can be given them again without a reset of its card."""
        return self._memory.lost and self._proof.reachable

    @property
    def calibration(self) -> Calibration | None:
        """See `Slic.calibration`."""
        return self._memory.calibration

    def recall(self, calibration: Calibration) -> None:
        """See `Slic.recall`."""
        self._memory.recall(calibration)

    @contextmanager
    def _remembering(self) -> Iterator[None]:
        """A chip that has lost its registers is told of, and may get its calibration back."""
        try:
            yield
        except ChipResetError:
            self._memory.lost = True
            self._found = [ChipReset()]
            raise

    # battery

    def set_linefeed(self, mode: Linefeed) -> None:
        """Put the loop into `mode`; see `Slic.set_linefeed`.

        The polarity changes only from a fed, quiet line (the chip wants it so): the way to
        a reversed mode leads through the forward one.
        """
        if mode in REVERSED and self._wanted not in REVERSED:
            self._enter(Linefeed.FORWARD_ACTIVE)
        self._enter(mode)

    def _enter(self, mode: Linefeed) -> None:
        self._ringing = mode is Linefeed.RINGING
        self._wanted = mode
        self._direct.linefeed = mode
        if not self._ringing:
            self._debounce_loop(LOOP_DEBOUNCE)
        actual = self._settle(mode)
        if actual is not mode:
            raise LinefeedRefusedError(
                f"register 64: wanted {mode.name}, is {actual.name}", port=self.port
            )

    def _settle(self, mode: Linefeed = Linefeed.FORWARD_ACTIVE) -> Linefeed:
        for _ in range(SETTLE):
            actual = self._direct.linefeed_actual
            if actual is mode:
                break
        return actual

    @property
    def linefeed(self) -> Linefeed:
        """LFS: during a hardware cadence RINGING in the burst, on-hook transmission between."""
        return self._direct.linefeed_actual

    # ringing

    def start_ringing(self, ring: RingSpec) -> None:
        """Ring, first burst at once; see `Slic.start_ringing`.

        Raises:
            ChipError: the chip cannot ring like this.
            LinefeedRefusedError: the line did not go over to ringing.
        """
        wanted = self._generator.plan(ring)
        self.stop_tone()  # oscillator 2 shares the ring generator's hardware
        if self._wanted is not Linefeed.FORWARD_ACTIVE:
            self.set_linefeed(Linefeed.FORWARD_ACTIVE)  # settings may change only there
        self._generator.load(wanted)
        self._supervision.forget_trip()
        # the chip has a longer debounce for the pauses of its own cadence only
        self._debounce_loop(LOOP_DEBOUNCE if self.keeps_cadence(ring) else PAUSE_DEBOUNCE)
        self._enter(Linefeed.RINGING)

    def keeps_cadence(self, ring: RingSpec) -> bool:
        """Whether the timers make it: no end, or one on/off pair of at most 8.19 s each."""
        return timed(ring) or len(ring.cadence_ms) == 1

    def ring_burst(self, on: bool) -> None:
        """Switch the ring voltage of a cadence made above; no effect when not ringing."""
        if not self._ringing:
            return
        mode = Linefeed.RINGING if on else Linefeed.FORWARD_ON_HOOK_TRANSMISSION
        self._wanted = mode
        self._direct.linefeed = mode

    def stop_ringing(self, mode: Linefeed = Linefeed.FORWARD_ACTIVE) -> None:
        """Take the ring voltage off; see `Slic.stop_ringing`.

        Raises:
            LinefeedRefusedError: the chip still rings, or went elsewhere.
        """
        self.set_linefeed(mode)  # the cadence stops with LF; its timers can stay as they are

    # supervision

    def _debounce_loop(self, code: int) -> None:
        if code != self._debounce:
            self._debounce = code
            self._direct.loop_debounce = code

    @property
    def off_hook(self) -> bool:
        """Read from the chip: RTP in a ring burst, LCR otherwise."""
        return self._supervision.level

    def glance(self) -> bool:
        """Read one register; see `Slic.glance`."""
        return bool(self._found) or self._supervision.glance()

    def poll(self) -> list[SlicEvent]:
        """Serve the latches, then read the level; see `Slic.poll`.

        An idle poll moves eight bytes, on a chain twelve. A telephone that is lifted during
        ringing is fed before this returns.

        Raises:
            ChipError: the chip does not answer.
        """
        events, self._found = self._found, []
        heard = self._supervision.poll(ringing=self._ringing)
        if heard:
            self._believe(heard)
        events += heard
        if self._ringing and self._supervision.off_hook:
            # the chip has gone active by itself (AORD), but LF still asks for ringing
            self._ringing = False
            self._wanted = Linefeed.FORWARD_ACTIVE
            self._direct.linefeed = Linefeed.FORWARD_ACTIVE
            self._debounce_loop(LOOP_DEBOUNCE)
            self._settle()
        return events

    def listen_dtmf(self, on: bool) -> None:
        """Have the chip's decoder report `DtmfDigit`; off after `bring_up`.

        Raises:
            ChipError: this chip has no decoder.
        """
        if Capability.HARDWARE_DTMF not in self.capabilities:
            raise ChipError(f"{self.chip or 'this chip'} decodes no DTMF", port=self.port)
        self._direct.other_enable = OtherEvent.DTMF if on else OtherEvent(0)

    # coding and tones

    def play_tone(self, frequencies: Sequence[float], level_dbm0: float) -> None:
        """Let the telephone hear one or two frequencies; see `Slic.play_tone`.

        Raises:
            ChipError: the line rings, or the oscillators cannot make the tone.
        """
        if self._ringing:
            raise ChipError("no tones during ringing", port=self.port)
        self._signals.play(frequencies, level_dbm0)

    def stop_tone(self) -> None:
        self._signals.stop()

    def meter(self, hz: float, vrms: float, seconds: float) -> None:
        """Send one metering pulse; see `Slic.meter`.

        Raises:
            ChipError: the line rings, or this chip sends no such pulse.
        """
        if self._ringing:
            raise ChipError("no metering during ringing", port=self.port)
        self._signals.meter(hz, vrms, seconds)

    # test

    def measure_line(self, hz: float, *, off_hook: bool | None = None) -> Measuring:
        """Test the loop; see `Slic.measure_line` and drivers/si321x_line_test.py."""
        before = self._wanted
        test = LineMeasurement(self._chip, self._enter, hz, off_hook)
        self._generator.holds(None)  # its words are overwritten by the test
        self.stop_tone()
        try:
            return (yield from test.run())
        finally:
            with suppress(DriverError):
                self.set_linefeed(before)

    def ring_source(self, ring: RingSpec) -> RingSource:
        """What ringing so means in volts; see `Slic.ring_source`."""
        return self._generator.source(ring)

    def telemetry(self) -> Telemetry:
        """Measure the loop; see `Slic.telemetry`."""
        return telemetry(self._direct, off_hook=self.off_hook, power_alarms=self._alarms.total)
