"""The round trips of the last 24 hours, summed up hour by hour (HB-10)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from firmware.sip.servers import RoundTrips

HOUR = 3600.0
HOURS = 24


@dataclass(slots=True)
class _Hour:
    """What came of the OPTIONS of one hour."""

    number: int
    answered: int = 0
    lost: int = 0
    total: float = 0.0
    least: float = float("inf")
    most: float = 0.0


class Record:
    """Counts round trips by the hour; hours older than a day are forgotten."""

    def __init__(self) -> None:
        self._hours: deque[_Hour] = deque()
        self._last: float | None = None
        self._unanswered = 0

    def answered(self, seconds: float, now: float) -> None:
        """Count an answer that came after so many seconds."""
        hour = self._hour(now)
        hour.answered += 1
        hour.total += seconds
        hour.least, hour.most = min(hour.least, seconds), max(hour.most, seconds)
        self._last = seconds
        self._unanswered = 0

    def missed(self, now: float) -> None:
        """Count a question without a good answer."""
        self._hour(now).lost += 1
        self._unanswered += 1

    def sum(self, now: float) -> RoundTrips:
        """The sum of the last 24 hours."""
        self._forget(now)
        answered = sum(hour.answered for hour in self._hours)
        lost = sum(hour.lost for hour in self._hours)
        if not answered:
            return RoundTrips(lost, lost, self._last, unanswered=self._unanswered)
        return RoundTrips(
            answered + lost,
            lost,
            self._last,
            min(hour.least for hour in self._hours),
            sum(hour.total for hour in self._hours) / answered,
            max(hour.most for hour in self._hours),
            self._unanswered,
        )

    def _hour(self, now: float) -> _Hour:
        self._forget(now)
        number = int(now // HOUR)
        if not self._hours or self._hours[-1].number != number:
            self._hours.append(_Hour(number))
        return self._hours[-1]

    def _forget(self, now: float) -> None:
        oldest = int(now // HOUR) - HOURS
        while self._hours and self._hours[0].number <= oldest:
            self._hours.popleft()
