"""Keep Python's collector of reference cycles away from calls.

Calls, registrations and messages never refer to themselves in a circle, so counting references
frees them (tests/gateway/test_heap.py). If the collector were left alone, it would look through
all of them every few seconds. After ten seconds at 500 calls a second that takes half a second, in
which nobody is answered and free lines refuse calls as busy. So it does not start by itself. It is
called once a minute, for cycles that come from elsewhere, such as errors with their tracebacks;
and not even then while there is much to look through.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc

EVERY = 60.0
"""Seconds from one sweep to the next."""
LITTLE = 20_000
"""Objects that came since the last look and are still there, through which it takes a hundredth of
a second; a call that is over leaves 135 for half a minute."""
BACKSTOP = 3_000_000
"""The same, at which the collector starts after all: more than all calls and transactions that are
remembered at a time are made of."""


def settle() -> None:
    """Keep what is there now out of all later sweeps, after taking away what nobody needs."""
    gc.unfreeze()  # of a gateway before this one
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)  # what the start needed goes back
    gc.freeze()
    gc.set_threshold(BACKSTOP)


def sweep() -> bool:
    """Free what refers to itself in circles, unless there is too much to look through.

    Returns:
        whether it was looked for.
    """
    if gc.get_count()[0] > LITTLE:
        return False
    gc.collect()
    return True


async def swept() -> None:
    """Sweep for ever, every `EVERY` seconds."""
    while True:
        await asyncio.sleep(EVERY)
        sweep()
