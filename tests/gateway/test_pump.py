"""Where machines meet the event loop: woken in time, and not for nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from firmware.pump import Pump
from tests.virtual import VirtualLoop


class _Clock:
    """A machine that is due when it was told to be, and notes when it was woken."""

    def __init__(self) -> None:
        self.deadline: float | None = None
        self.woken: list[float] = []

    def feed(self, due: float | None, _now: float) -> list[str]:
        self.deadline = due
        return []

    def tick(self, now: float) -> list[str]:
        self.woken.append(now)
        self.deadline = None
        return []


def _told(*orders: tuple[float, float | None], until: float = 60.0) -> list[float]:
    """When the machine is woken that is told at each time when it is due; s from the beginning."""
    loop = VirtualLoop()
    asyncio.set_event_loop(loop)
    machine, began = _Clock(), loop.time()

    async def live() -> None:
        pump: Pump[float | None, str] = Pump(machine, lambda _: None)
        for at, due in orders:
            feed: Callable[[float | None], None] = pump.feed
            loop.call_at(began + at, feed, None if due is None else began + due)
        await asyncio.sleep(until)
        pump.close()

    try:
        loop.run_until_complete(live())
    finally:
        asyncio.set_event_loop(None)
        loop.close()
    return [at - began for at in machine.woken]


def test_a_machine_is_woken_at_its_deadline() -> None:
    assert _told((1.0, 5.0)) == [5.0]


def test_a_deadline_that_comes_nearer_counts() -> None:
    assert _told((1.0, 30.0), (2.0, 4.0)) == [4.0]


def test_a_deadline_that_has_moved_away_wakes_nobody_before() -> None:
    assert _told((1.0, 3.0), (2.0, 34.0)) == [34.0]
    assert _told((1.0, 3.0), (2.0, None)) == []


def test_after_a_deadline_that_was_given_up_there_may_be_another() -> None:
    assert _told((1.0, 3.0), (2.0, None), (2.5, 8.0), (9.0, 10.0)) == [8.0, 10.0]
