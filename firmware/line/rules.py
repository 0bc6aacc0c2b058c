"""What is dialled before a number, and what may not be dialled: rules beside the digit map.

A code for one call (withhold our number, show it) stands before the number and is taken off;
dialling then begins anew. Barring is looked at when a number is complete.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class Barred:
    """A beginning of numbers that are not called from here."""

    prefix: str
    where: str
    """The setting that says so, for the operator."""

    @property
    def rule(self) -> str:
        return f"{self.where} {self.prefix}"


@dataclass(frozen=True, slots=True)
class Codes:
    """Codes that can be dialled before a number; empty: there is no such code."""

    withhold: str = ""
    """Hides our number from the called party in this call (CLIR for one call)."""
    show: str = ""
    """Shows our number in this call, whatever the line's setting is."""

    def meant(self, digits: str) -> bool | None:
        """What a code that was just completed says of hiding our number; None: it is no code."""
        if not digits:
            return None
        return {self.show: False, self.withhold: True}.get(digits)

    def begun(self, digits: str) -> bool:
        """Whether these digits could become a code."""
        return any(code.startswith(digits) for code in (self.withhold, self.show) if code)


NONE = Codes()


class Haste:
    """Counts the calls of the last minute: a dialler, or a prank, costs money."""

    def __init__(self) -> None:
        self._placed: deque[float] = deque()

    def refuses(self, most: int, now: float) -> bool:
        """Whether one call more is too many now; if not, it is counted.

        Args:
            most: in any sixty seconds; 0: as many as can be dialled.
            now: monotonic seconds.
        """
        while self._placed and self._placed[0] <= now - MINUTE:
            self._placed.popleft()
        if 0 < most <= len(self._placed):
            return True
        if most:
            self._placed.append(now)
        return False


def barring(number: str, rules: Iterable[Barred]) -> Barred | None:
    """The rule that bars a number; None: no rule does."""
    return next((rule for rule in rules if number.startswith(rule.prefix)), None)
