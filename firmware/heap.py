"""The collector of cycles: kept away from calls, and let in where there is little to look through.

What calls, registrations and messages are made of never refers to itself in a circle, so counting
references frees it (tests/gateway/test_heap.py). The collector, left alone, would look through
all of it every few seconds: after ten seconds at 500 calls a second for half a second, in which
nobody is answered, and lines that have long been free refuse calls as busy. So it does not start
by itself. It is called once a minute, for what may come in circles from elsewhere, such as errors
with their tracebacks; and in a rush, when there is much to look through, not even then.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc

EVERY = 60.0
"""s from one look to the next."""
LITTLE = 20_000
"""Objects that came since the last look and are still there, through which it takes a hundredth of
a second; a call that is over leaves 135 for half a minute."""
BACKSTOP = 3_000_000
"""The same, at which the collector starts after all: more than all calls and transactions that are
remembered at a time are made of."""


def settle() -> None:
    """What is there now stays, and is not looked through again; what nobody needs goes."""
    gc.unfreeze()  # of a gateway before this one
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)  # what the start needed goes back
    gc.freeze()
    gc.set_threshold(BACKSTOP)


def sweep() -> bool:
    """Take away what refers to itself in circles, unless there is too much to look through.

    Returns:
        whether it was looked for.
    """
    if gc.get_count()[0] > LITTLE:
        return False
    gc.collect()
    return True


async def swept() -> None:
    """Sweep for ever, now and then."""
    while True:
        await asyncio.sleep(EVERY)
        sweep()
