"""A line in virtual time, with the words of a person and of a network."""

from __future__ import annotations

from collections.abc import Sequence

from firmware.line.digitmap import DigitMap
from firmware.line.events import Digit, Effect, Event, OffHook, OnHook, Play, RegistrationChanged
from firmware.line.line import Line
from firmware.line.options import LineOptions
from firmware.tone import Tone

MAP = DigitMap.parse("8xxx|9xxx.|110x|*xx#")
OPTIONS = LineOptions(MAP, emergency=("110",))


class Telephone:
    """One line; `done` is what it has ordered since the last look."""

    def __init__(self, options: LineOptions = OPTIONS) -> None:
        self.now = 1000.0
        self.line = Line(options)
        self.done: list[Effect] = []

    def feed(self, *events: Event) -> None:
        for event in events:
            self.done += self.line.feed(event, self.now)

    def registers(self, *, registered: bool = True, alive: bool = True) -> None:
        self.feed(RegistrationChanged(registered, alive))

    def lifts(self) -> None:
        self.feed(OffHook(self.now))

    def hangs_up(self) -> None:
        self.feed(OnHook(self.now))

    def dials(self, digits: str, *, every: float = 0.1) -> None:
        for digit in digits:
            self.waits(every)
            self.feed(Digit(digit))

    def waits(self, seconds: float) -> None:
        until = self.now + seconds
        while (due := self.line.deadline) is not None and due <= until:
            assert due >= self.now, "no timer is started for a time that is past"
            self.now = due
            self.done += self.line.tick(due)
            assert self.line.deadline is None or self.line.deadline > due, "the pump would spin"
        self.now = until

    def look(self) -> Sequence[Effect]:
        done, self.done = self.done, []
        return done

    def hears(self, *tones: Tone) -> None:
        """Compare all tones since the last look, and forget them."""
        assert tuple(e.tone for e in self.look() if isinstance(e, Play)) == tones

    @property
    def row(self) -> str:
        """Status, peer and direction, as the status table folds them."""
        line = self.line
        return " ".join(filter(None, (line.status.value, line.peer, line.direction)))
