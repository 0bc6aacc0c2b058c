"""Supervision on the Si321x: latches served, hook level read, changes told."""

from __future__ import annotations

from drivers.errors import ChipError
from drivers.si321x_registers import OVERHEATED, Direct, LineEvent, OtherEvent, TimerEvent
from drivers.slic import DtmfDigit, HookChanged, PowerAlarm, SlicEvent

DIGITS = "D1234567890*#ABC"
"""The digit of each code of register 24."""
ROUNDS = 4
"""How often new latches are looked for while old ones are served."""
TRIP_HOLD = 10
"""Idle polls for which a ring trip counts as off-hook although no loop closure is seen
yet: its debounce (10 ms) starts only when the ring voltage is off."""
LOOP_CLOSED = 0x01
OFF_HOOK = 0x03
"""RTP in a ring burst, LCR otherwise: either says off-hook."""
DECLARED = 0x07
"""Bits of register 68; the others are 0 unless no chip answers."""


class Supervision:
    """What was last told about the hook, and what is latched now.

    Attributes:
        off_hook: the level last told.
    """

    def __init__(self, direct: Direct) -> None:
        self.off_hook = False
        self._direct = direct
        self._hold = 0
        self._seen = LineEvent(0)
        self._digits: list[SlicEvent] = []

    def restart(self) -> None:
        """Begin again with an idle line."""
        self.off_hook = False
        self._hold = 0

    def forget_trip(self) -> None:
        """Forget an old ring trip: a new ringing begins."""
        self._hold = 0

    @property
    def level(self) -> bool:
        """Whether the chip sees a telephone off-hook, now.

        Raises:
            ChipError: no chip answers.
        """
        return bool(self._hook() & OFF_HOOK)

    def glance(self) -> bool:
        """Whether the level is not the one last told; a latch would assert the interrupt.

        Raises:
            ChipError: no chip answers.
        """
        return self._hold > 0 or bool(self._hook() & OFF_HOOK) is not self.off_hook

    def poll(self, *, ringing: bool) -> list[SlicEvent]:
        """Serve the latches, then read the level: data sheet, interrupts.

        Raises:
            ChipError: no chip answers.
        """
        self._seen = LineEvent(0)
        self._digits = []
        quiet = False
        for _ in range(ROUNDS):
            quiet = not self._serve()
            if quiet:
                break
        hook = self._hook()
        events = self._digits
        if hot := self._seen & OVERHEATED:
            names = (f"Q{n}" for n in range(1, 7) if LineEvent[f"Q{n}"] in hot)
            events.append(PowerAlarm(tuple(names)))
        off_hook = self._judge(hook, quiet=quiet)
        if off_hook is not self.off_hook:
            self.off_hook = off_hook
            tripped = off_hook and (ringing or self._hold > 0)
            events.append(HookChanged(off_hook, ring_trip=tripped))
        return events

    def unsay(self, heard: list[SlicEvent]) -> None:
        """What was heard is not believed; if it was true it will be heard again."""
        for event in heard:
            if isinstance(event, HookChanged):
                self.off_hook = not event.off_hook

    def confirm(self, heard: list[SlicEvent]) -> None:
        """Look twice more: on a chain a chip that has lost step spoils every other answer.

        Raises:
            ChipError: the hook is not what was heard; nothing has been told then.
        """
        for event in heard:
            if not isinstance(event, HookChanged) or event.ring_trip:
                continue
            if {self.level, self.level} != {event.off_hook}:
                self.unsay([event])
                raise ChipError(
                    "register 68 says two things: the chain may have lost step",
                    port=self._direct.bus.port,
                )

    def _serve(self) -> bool:
        """Clear exactly what is latched; returns whether anything was."""
        direct = self._direct
        timers, line, other = direct.timer_latches, direct.line_latches, direct.other_latches
        if timers == 0xFF and line == 0xFF and other == 0xFF:
            raise ChipError("registers 18 to 20 read 0xff: no chip answers", port=direct.bus.port)
        if timers:
            direct.timer_latches = TimerEvent(timers)
        if line:
            direct.line_latches = LineEvent(line)
            self._seen |= line
        if other:
            direct.other_latches = OtherEvent(other)
            if OtherEvent.DTMF in other and direct.dtmf_present:
                self._digits.append(DtmfDigit(DIGITS[direct.dtmf_digit]))
        return bool(timers or line or other)

    def _hook(self) -> int:
        hook = self._direct.hook
        if hook & ~DECLARED:
            raise ChipError(
                f"register 68 reads {hook:#04x}: no chip answers", port=self._direct.bus.port
            )
        return hook

    def _judge(self, hook: int, *, quiet: bool) -> bool:
        if LineEvent.RING_TRIP in self._seen:
            self._hold = TRIP_HOLD
        elif hook & LOOP_CLOSED:
            self._hold = 0
        elif self._hold and quiet:
            self._hold -= 1
        return bool(hook & OFF_HOOK) or self._hold > 0
