"""The loop of a world: virtual time, and turns that cost a good deal less than asyncio's.

Nothing is waited for but timers, so a turn is who is runnable, or the next instant at which
somebody is. Timers that are due at the same instant are called in the order in which they
were set, so that a world depends on nothing but its seed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import Context
from heapq import heapify, heappop, heappush
from typing import Any

from tests.virtual import VirtualLoop

SAME = 1e-6
"""Seconds: virtual time is exact, but floats are not."""
MOST_TURNS = 100_000
"""At one instant; more, and nothing ever comes of it."""
MOST_GIVEN_UP = 100
"""Timers that nobody wants any more may wait for their time, while they are not too many."""


class WorldLoop(VirtualLoop):
    """As the loop of the flow tests, and quicker."""

    def __init__(self) -> None:
        super().__init__()
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._ever = 0
        self._given_up = 0
        self._turns = 0
        """At this instant."""
        self._stopping: bool

    @property
    def timers(self) -> list[asyncio.TimerHandle]:
        """Those that run."""
        return [handle for _, _, handle in self._timers if not handle.cancelled()]

    def call_at(  # type: ignore[override]  # without asyncio's variadic generics
        self,
        when: float,
        callback: Callable[..., object],
        *args: Any,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        self._ever += 1
        heappush(self._timers, (when, self._ever, handle))
        return handle

    def call_later(  # type: ignore[override]  # the same
        self,
        delay: float,
        callback: Callable[..., object],
        *args: Any,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        return self.call_at(self.now + delay, callback, *args, context=context)

    def _timer_handle_cancelled(self, _handle: asyncio.TimerHandle) -> None:
        """asyncio says that a timer is given up (or one that has been called already)."""
        self._given_up += 1
        if self._given_up > MOST_GIVEN_UP and 2 * self._given_up > len(self._timers):
            self._timers = [timer for timer in self._timers if not timer[2].cancelled()]
            heapify(self._timers)
            self._given_up = 0

    def _run_once(self) -> None:
        """One turn."""
        ready = self._ready
        if not ready and not self._stopping:
            self._waits()
        self._turns += 1
        if self._turns > MOST_TURNS:
            self._turns = 0
            raise RuntimeError(f"endless: {MOST_TURNS} turns, and it is still {self.now:.6f} s")
        timers, until = self._timers, self.now + SAME
        while timers and timers[0][0] < until:
            when, _, handle = heappop(timers)
            self.now = max(self.now, when)  # who finds that it is too early would wait for ever
            ready.append(handle)
        for _ in range(len(ready)):
            due = ready.popleft()
            assert isinstance(due, asyncio.Handle)
            if not due.cancelled():
                due._run()

    def _waits(self) -> None:
        """Nobody is runnable: let time move to the next timer, if the instant is really over."""
        timers = self._timers
        while timers and timers[0][2].cancelled():
            heappop(timers)
        if not timers:
            raise RuntimeError("deadlock: nothing is scheduled and nobody is runnable")
        if timers[0][0] > self.now:
            self.at_rest()
            if not self._ready:
                self.now = max(self.now, self._timers[0][0])
                self._turns = 0
