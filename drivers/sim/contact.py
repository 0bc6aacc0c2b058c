"""The hook contact of a telephone, and the hand that works it: to the millisecond."""

from __future__ import annotations

from collections.abc import Callable

from drivers.sim.timeline import Planned, Timeline

BOUNCE_S = 0.001
"""A bouncing contact changes about once a millisecond."""
BETWEEN_DIGITS_S = 0.8
"""Pause of a rotary dial between two digits: the finger has to wind it up."""


class Contact:
    """Hook switch and dial contact in series, as the line sees them.

    Movements are made one after the other: a digit waits until the one before is done.

    Args:
        timeline: the card's.
        switch: told of every change, at its instant.
    """

    def __init__(self, timeline: Timeline, switch: Callable[[bool], None]) -> None:
        self.closed = False
        self.bounce_ms = 0.0
        """How long the contact bounces whenever it closes."""
        self._timeline = timeline
        self._switch = switch
        self._plans: list[Planned] = []
        self._free_at = 0.0

    @property
    def free_at(self) -> float:
        """When the movements asked for so far are done."""
        return max(self._free_at, self._timeline.now)

    def close(self) -> None:
        """Put the handset off the hook, now; a movement that is going on is given up."""
        self._give_up()
        self._plan_close(self._timeline.now)

    def open(self) -> None:
        """Put the handset down, now; whatever was still to come is given up."""
        self._give_up()
        self._set(closed=False)

    def interrupt(self, seconds: float) -> None:
        """Open the contact for a moment: a hook-flash."""
        start = self.free_at
        self._plan_open(start)
        self._plan_close(start + seconds)

    def pulse(self, count: int, *, pps: float, ratio: float) -> None:
        """Send a train of breaks: one digit of a rotary dial.

        Args:
            count: breaks; 10 for the digit 0.
            pps: pulses a second.
            ratio: break to make.
        """
        turn = 1 / pps
        broken = turn * ratio / (1 + ratio)
        start = self.free_at
        for n in range(count):
            self._plan_open(start + n * turn)
            self._plan_close(start + n * turn + broken)
        self._free_at = start + count * turn + BETWEEN_DIGITS_S

    def wait(self, until: float) -> None:
        """Keep the hands off the contact until then."""
        self._free_at = max(self._free_at, until)

    def then(self, action: Callable[[], None]) -> float:
        """Do something else when the movements are done, and say when that will be.

        It is given up with them.
        """
        start = self.free_at
        if start <= self._timeline.now:
            action()
        else:
            self._keep(self._timeline.plan(start, action))
        return start

    def _plan_open(self, when: float) -> None:
        self._plan(when, closed=False)

    def _plan_close(self, when: float) -> None:
        """Close at `when`; a bouncing contact opens and closes until it rests."""
        for n in range(round(self.bounce_ms / 1000 / BOUNCE_S)):
            self._plan(when + n * BOUNCE_S, closed=n % 2 == 0)
        self._plan(when + self.bounce_ms / 1000, closed=True)

    def _plan(self, when: float, *, closed: bool) -> None:
        if when <= self._timeline.now:
            self._set(closed=closed)
        else:
            self._keep(self._timeline.plan(when, lambda: self._set(closed=closed)))
        self._free_at = max(self._free_at, when)

    def _keep(self, plan: Planned) -> None:
        self._plans = [each for each in self._plans if each.action is not None]
        self._plans.append(plan)

    def _give_up(self) -> None:
        for plan in self._plans:
            plan.give_up()
        self._plans.clear()
        self._free_at = self._timeline.now

    def _set(self, *, closed: bool) -> None:
        if closed is not self.closed:
            self.closed = closed
            self._switch(closed)
