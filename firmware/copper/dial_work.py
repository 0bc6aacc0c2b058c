"""The dial of a telephone on the bench: its digits are measured, and no call comes of them.

While it lasts the telephone does not belong to its line: the line rests as with the handset in
its place, who calls finds it busy, and the person hears dial tone until the first digit. It
ends with the handset put down, by its time, or when nobody asks for it any more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from firmware.errors import CommandError
from firmware.line import events as ln
from firmware.line.dial_meter import DialledDigit, DialMeter
from firmware.line.hook import HookDecoder, HookEvent, HookLevel
from firmware.line.line import Line
from firmware.line.states import State
from firmware.port.voice_path import MarkIt, VoicePath
from firmware.tone import Tone
from firmware.trace.marks import Lane

FREE = {State.IDLE, State.DIAL_TONE, State.LOCKOUT, State.RELEASED, State.HOWLER, State.BARRED}
"""No call would be harmed."""
FORGOTTEN = 5.0
"""Seconds without a look after which nobody wants to know any more."""
LONGEST = 600.0
EVERY = 0.05
"""Seconds from one look at the contact to the next."""


@dataclass
class DialTest:
    """One test, while it runs and afterwards."""

    number: int
    """Counted from 1, by port."""
    until: float
    off_hook: bool
    digits: list[DialledDigit] = field(default_factory=list)
    ended: str = ""
    """Why it is over; empty: it is not."""


class DialWork:
    """The test of one port's dial.

    Args:
        line: of the port.
        hook: the same.
        voice: what the telephone hears.
        feed: tells the line what happens.
        mark: on the ladder.
    """

    def __init__(
        self,
        line: Line,
        hook: HookDecoder,
        voice: VoicePath,
        feed: Callable[[ln.Event], None],
        mark: MarkIt,
    ) -> None:
        self._line = line
        self._hook = hook
        self._voice = voice
        self._feed = feed
        self._mark = mark
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._meter = DialMeter()
        self._asked = 0.0
        self.test: DialTest | None = None
        """The last one."""

    @property
    def going(self) -> bool:
        """The telephone does not belong to its line."""
        return self._timer is not None

    def begin(self, seconds: float) -> DialTest:
        """Begin a test.

        Raises:
            CommandError: not now; says why.
        """
        if self.going:
            raise CommandError("a test of this dial is running")
        if (state := self._line.state) not in FREE:
            raise CommandError(f"not tested: the line is {state.value}")
        if not 1 <= seconds <= LONGEST:
            raise CommandError(f"a dial is tested for 1 to {LONGEST:.0f} seconds")
        number = self.test.number + 1 if self.test else 1
        now = self._loop.time()
        self.test = DialTest(number, now + seconds, self._hook.off_hook)
        self._meter, self._asked = DialMeter(), now
        self._mark(Lane.HOUSE, "dial test", outward=False)
        self._wait()
        if self.test.off_hook:
            self._feed(ln.OnHook(now))
            self._invite()
        return self.test

    def _invite(self) -> None:
        """Let the person hear that the dial may turn."""
        self._voice.play(Tone.DIAL)
        self._voice.listen(on=True)

    def asked(self) -> None:
        """Somebody still wants to know."""
        self._asked = self._loop.time()

    def stop(self, why: str) -> None:
        """End the test, if there is one."""
        if self._timer is None or self.test is None:
            return
        self._timer.cancel()
        self._timer = None
        self.test.digits += self._meter.take(self._loop.time() + 1)
        self.test.ended = why
        self._voice.play(Tone.SILENCE)
        self._voice.listen(on=False)
        self._mark(Lane.HOUSE, "dial test ends", outward=False, detail=why)
        if self.test.off_hook:
            self._feed(ln.OffHook(self._loop.time()))

    def edge(self, level: HookLevel) -> None:
        """The hook contact has moved."""
        if self.going and self._hook.off_hook:
            self._meter.edge(off_hook=level.off_hook, at=level.at)

    def takes(self, event: HookEvent) -> bool:
        """What was made of the contact, or a key; true: the line is not to hear of it."""
        test = self.test
        if not self.going or test is None:
            return False
        match event:
            case ln.OffHook():
                test.off_hook = True
                self._invite()
            case ln.OnHook():
                test.off_hook = False
                self._voice.play(Tone.SILENCE)
                test.digits += self._meter.take(event.at)
                self._meter = DialMeter()
                if test.digits:
                    self.stop("the handset was put down")
            case ln.Seized():
                self._voice.play(Tone.SILENCE)
            case ln.Digit(value, pulse):
                self._voice.play(Tone.SILENCE)
                self._meter.heard(value, keyed=not pulse)
        return True

    def _look(self) -> None:
        now = self._loop.time()
        assert self.test is not None
        self.test.digits += self._meter.take(now)
        if now >= self.test.until:
            self.stop("its time is over")
        elif now - self._asked > FORGOTTEN:
            self.stop("nobody asks for it any more")
        else:
            self._wait()

    def _wait(self) -> None:
        self._timer = self._loop.call_later(EVERY, self._look)
