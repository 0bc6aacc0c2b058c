"""What will happen when, on a card whose time is told to it.

Nothing in the simulated hardware reads a clock. Whoever owns the card says how far time
has come; what people and contacts are going to do until then is carried out in order,
each at its own instant.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True, order=True)
class Planned:
    """One thing that is going to happen, unless it is given up before."""

    when: float
    """Seconds on the card's time."""
    order: int
    action: Callable[[], None] | None = field(compare=False)
    """None once it has happened or was given up."""

    def give_up(self) -> None:
        self.action = None


class Timeline:
    """The card's time, and the things planned on it."""

    def __init__(self) -> None:
        self.now = 0.0
        """Seconds since the card was switched on."""
        self._plans: list[Planned] = []
        self._made = 0

    def plan(self, when: float, action: Callable[[], None]) -> Planned:
        """Carry `action` out at `when`; what lies in the past happens at the next `run`."""
        self._made += 1
        planned = Planned(when, self._made, action)
        heapq.heappush(self._plans, planned)
        return planned

    @property
    def next(self) -> float | None:
        """When the next thing is due."""
        while self._plans and self._plans[0].action is None:
            heapq.heappop(self._plans)
        return self._plans[0].when if self._plans else None

    def run(self, to: float) -> None:
        """Let time pass up to `to`; it never goes back."""
        while (due := self.next) is not None and due <= to:
            planned = heapq.heappop(self._plans)
            self.now = max(self.now, due)
            action, planned.action = planned.action, None
            if action is not None:
                action()
        self.now = max(self.now, to)
