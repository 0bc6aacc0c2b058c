"""How a machine made of two tables walks through them.

TRANSITIONS says where an input leads and what it makes the machine do, RUNNING says which
timers run in which state. Entering another state stops the timers that it does not list
and starts those not yet running; staying in a state changes no timer.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Generic, TypeVar

from firmware.machine import Timers

S = TypeVar("S", bound=Enum)
I = TypeVar("I", bound=Enum)  # noqa: E741 - S, I, D as the columns of the tables
D = TypeVar("D", bound=Enum)


class Walk(Generic[S, I, D]):
    """Where a machine stands in its tables, and which of its timers run.

    Attributes:
        state: where it stands.
        deadline: when its next timer is due; None: none runs.

    Args:
        transitions: (state, input) to (next state, what to do).
        running: the timers of each state, which are inputs themselves.
        seconds: how long each timer runs; one that is not listed never runs, which is how a
            reliable transport silences retransmissions.
        state: where the walk begins; its timers start with `begin`.
    """

    def __init__(
        self,
        transitions: Mapping[tuple[S, I], tuple[S, tuple[D, ...]]],
        running: Mapping[S, tuple[I, ...]],
        seconds: Mapping[I, float],
        state: S,
    ) -> None:
        self.state = state
        self.deadline: float | None = None
        self._transitions = transitions
        self._running = running
        self._seconds = seconds
        self._timers: Timers[I] = Timers()

    def begin(self, now: float) -> None:
        self._enter(self.state, now)

    def step(self, what: I, now: float) -> tuple[D, ...]:
        """Take one input; a pair that no table lists is a stray, and nothing is done."""
        found = self._transitions.get((self.state, what))
        if found is None:
            return ()
        after, actions = found
        if after is not self.state:
            self._enter(after, now)
        return actions

    def restart(self, timer: I, at: float) -> None:
        self._timers.start(timer, at)
        self.deadline = self._timers.next

    def pop_due(self, now: float) -> I | None:
        """Take the earliest timer due at `now`, if any."""
        if self.deadline is None or self.deadline > now:
            return None
        timer = self._timers.pop_due(now)
        self.deadline = self._timers.next
        return timer

    def _enter(self, state: S, now: float) -> None:
        self.state = state
        running, timers = self._running[state], self._timers
        timers.keep(running)
        for timer in running:
            if timer in self._seconds:
                timers.start_if_idle(timer, now + self._seconds[timer])
        self.deadline = timers.next
