"""A hook contact in virtual time, for the tests of the decoder."""

from __future__ import annotations

from firmware.line.events import Digit, Seized
from firmware.line.hook import FedAgain, HookDecoder, HookEvent, HookLevel, HookWindows, InCall
from firmware.profiles import load

CN = load("cn").hook
US = load("us").hook


def dialled(digit: str) -> list[HookEvent]:
    """What is heard of one digit of a dial."""
    return [Seized(), Digit(digit, pulse=True)]


class Contact:
    """A hook contact that moves in virtual time; `heard` is what the decoder made of it."""

    def __init__(self, windows: HookWindows = CN, *, ticks: bool = True) -> None:
        self.now = 100.0
        self.decoder = HookDecoder(windows)
        self.heard: list[HookEvent] = []
        self.ticks = ticks

    def level(self, *, off_hook: bool, ring_trip: bool = False) -> None:
        level = HookLevel(off_hook, self.now, ring_trip)
        self.heard += self.decoder.feed(level, self.now)

    def wait(self, seconds: float) -> None:
        until = self.now + seconds
        while self.ticks and (due := self.decoder.deadline) is not None and due <= until:
            self.heard += self.decoder.tick(due)
            assert self.decoder.deadline is None or self.decoder.deadline > due
        self.now = until

    def look(self) -> list[HookEvent]:
        self.heard += self.decoder.tick(self.now)
        heard, self.heard = self.heard, []
        return heard

    def lift(self) -> None:
        self.level(off_hook=True)
        self.wait(0.5)
        self.look()

    def is_fed_again(self) -> None:
        self.heard += self.decoder.feed(FedAgain(self.now), self.now)

    def call(self) -> None:
        self.decoder.feed(InCall(on=True), self.now)

    def opens(self, seconds: float) -> None:
        self.level(off_hook=False)
        self.wait(seconds)
        self.level(off_hook=True)

    def dial(self, digit: str, rate: float, broken: float) -> None:
        period = 1 / rate
        for _ in range(int(digit) or 10):
            self.opens(period * broken)
            self.wait(period * (1 - broken))
