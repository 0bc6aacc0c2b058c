"""The loop of the worlds: time moves only when nobody is runnable, and it does move."""

from __future__ import annotations

import asyncio
import contextlib

from tests.simulation.loop import SAME, WorldLoop


def test_who_waits_until_an_instant_finds_that_it_has_come() -> None:
    """Timers of one instant run together, and none of them before its own time.

    A server that waits for an answer until a time, and looks at the clock, waited for ever.
    """
    loop = WorldLoop()
    never = asyncio.Event()
    until = loop.time() + 1.0 + SAME / 2

    async def waits() -> int:
        turns = 0
        while (left := until - loop.time()) > 0.0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(never.wait(), left)
            turns += 1
        return turns

    loop.call_later(1.0, lambda: None)  # another timer of that instant, a little earlier
    assert loop.run_until_complete(waits()) <= 2
    assert loop.time() >= until
    loop.close()
