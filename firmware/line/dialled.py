"""What has been dialled so far, and what follows: wait, call, refuse, or begin anew."""

from __future__ import annotations

from dataclasses import dataclass

from firmware.causes import Cause, Code, cause
from firmware.line.digitmap import Match, Verdict, Wait
from firmware.line.options import LineOptions
from firmware.line.states import Timer

LONGEST_NUMBER = 64
"""Digits; nothing dialled by hand is longer."""


@dataclass(frozen=True, slots=True)
class Await:
    """More digits may come; this timer runs meanwhile."""

    timer: Timer


@dataclass(frozen=True, slots=True)
class Complete:
    """Call this number."""

    number: str


@dataclass(frozen=True, slots=True)
class Refused:
    """These digits can never become a number that may be called."""

    cause: Cause


class Anew:
    """A code was dialled: the number comes next, after another dial tone."""


Outcome = Await | Complete | Refused | Anew


class Dialled:
    """The digits of one attempt.

    Args:
        options: of the line.
    """

    def __init__(self, options: LineOptions) -> None:
        self._options = options
        self.digits = ""
        """The digits so far, or of the last attempt."""
        self.withheld: bool | None = None
        """Whether to hide our number in this call, as a code says; None: as the line is set."""

    def forget(self) -> None:
        """Drop the digits: another attempt begins, or none."""
        self.digits, self.withheld = "", None

    def add(self, digit: str) -> Outcome:
        """Take one more digit."""
        before, self.digits = self.digits, self.digits + digit
        wish = self._options.codes.meant(self.digits)
        if wish is not None and self.withheld is None:
            self.digits, self.withheld = "", wish
            return Anew()
        verdict = self._match()
        if verdict.match is Match.NONE and self._code_begun:
            return Await(Timer.LONG)
        if digit == "#" and before and verdict.match is Match.NONE and self._options.hash_ends:
            self.digits = before
            return self._over()
        if verdict.match is Match.NONE or len(self.digits) >= LONGEST_NUMBER:
            return self._over()
        if verdict.wait is None:
            return Complete(self.digits)
        return Await(Timer.SHORT if verdict.wait is Wait.SHORT else Timer.LONG)

    def calls_for_help(self, digit: str) -> bool:
        """Take a digit where only emergency numbers may be dialled; True: it is one now."""
        self.digits = (self.digits + digit)[:LONGEST_NUMBER]
        return self.digits in self._options.emergency

    def pause(self, timer: Timer) -> Complete | Refused:
        """Say what follows when no digit came in time."""
        if self._match().match is Match.FULL:
            return Complete(self.digits)
        return self.too_late(timer)

    def too_late(self, timer: Timer) -> Refused:
        """Say what follows when no digit came in time and the number is not complete."""
        seconds = f"{self.seconds(timer):g}"
        digits = self.digits or "no digit"
        why = cause(Code.LOCAL_TIMEOUT, timer=timer.value, seconds=seconds, digits=digits)
        return Refused(why)

    def seconds(self, timer: Timer) -> float:
        """Seconds for which one of the timers of dialling runs."""
        match timer:
            case Timer.FIRST_DIGIT:
                return self._options.start_timer
            case Timer.SHORT:
                return self._options.short_timer
        return self._options.long_timer

    def _over(self) -> Complete | Refused:
        """End dialling: call if the number is complete."""
        if self._match().match in {Match.FULL, Match.UNAMBIGUOUS}:
            return Complete(self.digits)
        return Refused(cause(Code.LOCAL_DIGITMAP, digits=self.digits))

    @property
    def _code_begun(self) -> bool:
        return self.withheld is None and self._options.codes.begun(self.digits)

    def _match(self) -> Verdict:
        return self._options.digit_map.match(self.digits, self._options.emergency)
