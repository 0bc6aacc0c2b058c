"""What dialling would do: a line of its own is dialled at, so nothing is told twice.

The line machine is the one that serves the telephones; here it has no telephone, no voice
and no network, and its clock stands still between digits.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from firmware.causes import Cause
from firmware.explain.live import Live
from firmware.explain.verdict import DialStep, DialTest
from firmware.line.digitmap import DigitMap, Match, Verdict
from firmware.line.events import (
    Digit,
    Effect,
    OffHook,
    PlaceCall,
    RegistrationChanged,
    ReportEnd,
)
from firmware.line.line import Line
from firmware.line.options import LineOptions
from firmware.line.states import State
from firmware.sip.identity import ANONYMOUS
from firmware.text import span

NOW = 0.0
SETTINGS = {"T": "first_digit", "S": "short", "L": "long"}
"""The keys of [dialling] by timer."""


def where_set(options: LineOptions, timer: str) -> str:
    """Where the value of timer T, S or L comes from."""
    own = options.digit_map.timers
    in_map = {"T": own.start, "S": own.short, "L": own.long}[timer] is not None
    return "the header of the digit map" if in_map else f"[dialling] {SETTINGS[timer]}"


def nearest(
    digit_map: DigitMap, digits: str, at_once: Collection[str] = ()
) -> tuple[str, tuple[str, ...]]:
    """The longest beginning of `digits` that fits something, and what it fits.

    Returns:
        The beginning, empty if nothing begins so, and the patterns that it could become.
    """
    for length in range(len(digits), 0, -1):
        verdict = digit_map.match(digits[:length], at_once)
        if verdict.match is not Match.NONE:
            return digits[:length], verdict.patterns
    return "", ()


def why_no_fit(options: LineOptions, digits: str) -> str:
    """Say how far a number that was refused fits the digit map."""
    begun, patterns = nearest(options.digit_map, digits, options.emergency)
    if not begun:
        every = " | ".join(pattern.text for pattern in options.digit_map.patterns)
        return f"No pattern begins with {digits[:1]}. The digit map is: {every}"
    names = " | ".join(patterns)
    if begun == digits:
        return f"It is too short: {names} wants more digits."
    return f"Nearest pattern: {names}. It fits up to {begun}; {digits[len(begun)]} does not."


@dataclass
class _Dialling:
    """A line with nobody at it."""

    options: LineOptions
    registration: RegistrationChanged
    called: str = field(default="", init=False)
    withheld: bool | None = field(default=None, init=False)
    why: Cause | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.line = Line(self.options)
        self.line.feed(self.registration, NOW)
        self.note(self.line.feed(OffHook(NOW), NOW))

    @property
    def over(self) -> bool:
        """It is decided; but a line that may not call can still call for help."""
        barred = self.line.state is State.BARRED and not self.called
        return not barred and bool(self.called or self.why)

    @property
    def wait(self) -> float | None:
        return None if self.line.deadline is None else self.line.deadline - NOW

    def note(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case PlaceCall(number, withheld):
                    self.called, self.withheld, self.why = number, withheld, None
                case ReportEnd(why):
                    self.why = why

    def dial(self, digit: str) -> DialStep:
        before = self.line.state
        self.note(self.line.feed(Digit(digit), NOW))
        dialled = self.line.digits
        verdict = self._verdict(dialled)
        effect = "sent" if self.called else "refused" if self.why else "waits"
        if before is State.BARRED and not self.called:
            effect = "ignored"
        waits = effect == "waits"
        return DialStep(
            digit=digit,
            dialled=dialled,
            match=verdict.match.value,
            patterns=verdict.patterns,
            timer=verdict.wait.value if waits and verdict.wait else "",
            seconds=self.wait if waits else None,
            effect=effect,
        )

    def _verdict(self, dialled: str) -> Verdict:
        return self.options.digit_map.match(dialled, self.options.emergency)

    def wait_out(self) -> None:
        """Nothing more is dialled."""
        if self.line.deadline is not None:
            self.note(self.line.tick(self.line.deadline))


def dial_test(live: Live, registration: RegistrationChanged, digits: str) -> DialTest:
    """Dial `digits` at a line like that of the port, and say what happens.

    Args:
        live: how the port stands; it has been started.
        registration: what its line knows of its registration.
        digits: 0-9, A-D, ``*`` and ``#``; not empty.
    """
    assert live.options is not None, "a port that was not started has no line"
    dialling = _Dialling(live.options, registration)
    lifted = _lifted(dialling, live.options)
    steps: list[DialStep] = []
    for digit in digits:
        if dialling.over:
            break
        steps.append(dialling.dial(digit))
    wait = 0.0 if dialling.over else dialling.wait
    if not dialling.over and dialling.line.state is not State.BARRED:
        dialling.wait_out()
    number, why = dialling.called, dialling.why
    left_over = digits[len(steps) :]
    home, naming = live.in_use, live.naming
    withheld = live.withholds if dialling.withheld is None else dialling.withheld
    caller = ANONYMOUS.uri if withheld else naming.uri(live.port.number)
    return DialTest(
        card=live.port.card,
        port=live.port.port,
        digits=digits,
        lifted=lifted,
        steps=tuple(steps),
        outcome=_outcome(live.options, number, why, steps, wait),
        number=number,
        sent_after_s=wait if number else None,
        cause=why.code.value if why else "",
        request_uri=naming.uri(number) if number else "",
        from_uri=caller if number else "",
        server=(home.address or home.server) if number and home else "",
        left_over=left_over,
    )


def _lifted(dialling: _Dialling, options: LineOptions) -> str:
    if dialling.called:
        return f"hotline: calls {dialling.called} at once, nothing can be dialled"
    if dialling.why:
        return f"{dialling.why.tone.value} tone: {dialling.why.sentence}"
    seconds = dialling.wait
    if options.hotline:
        return f"dial tone; the hotline calls {options.hotline} after {span(seconds)}"
    if seconds is None:
        return "dial tone; there is no timer T"
    return f"dial tone; timer T runs, {seconds:g} s ({where_set(options, 'T')})"


def _outcome(
    options: LineOptions, number: str, why: Cause | None, steps: list[DialStep],
    wait: float | None,
) -> str:  # fmt: skip
    if why is not None:
        after = f" {wait:g} s later" if wait else ""
        told = f"Not sent{after}: {why.sentence} Heard: {why.tone.value} tone."
        dialled = dict(why.facts).get("digits", "")
        return (
            f"{told} {why_no_fit(options, dialled)}"
            if why.code.value == "LOCAL_DIGITMAP"
            else told
        )
    if number and wait:
        timer = steps[-1].timer
        return (
            f"Sent as {number} after timer {timer}, {wait:g} s ({where_set(options, timer)}), "
            "because more digits could follow."
        )
    if number and steps and steps[-1].digit == "#" and not number.endswith("#"):
        return f"Sent as {number} at once: # ends dialling."
    if number in options.emergency:
        return f"Sent as {number} at once: an emergency number."
    if number and not steps:
        return f"Sent as {number} at once: the hotline."
    return f"Sent as {number} at once: nothing longer fits."
