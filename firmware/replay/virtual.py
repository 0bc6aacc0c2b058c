"""An asyncio loop whose time is virtual.

Nothing waits: when nobody is runnable, time jumps to the next timer. A deadlock (nothing
scheduled at all) is an error at once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any


class _Selector:
    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop

    def select(self, timeout: float | None) -> tuple[()]:
        if timeout is None:
            raise RuntimeError("deadlock: nothing is scheduled and nobody is runnable")
        if timeout > 0:
            self._loop.at_rest()
            if not self._loop.busy:
                self._loop.now += timeout
        return ()

    def get_map(self) -> dict[int, Any]:
        return {}

    def close(self) -> None: ...


class VirtualLoop(asyncio.BaseEventLoop):
    """Time is `now`; it moves only when everybody waits.

    Args:
        now: seconds, when it begins.

    Attributes:
        at_rest: called each time before time moves, when all that happens now has happened.
    """

    def __init__(self, now: float = 1000.0) -> None:
        super().__init__()
        self.now = now
        self.at_rest: Callable[[], None] = lambda: None
        self._clock_resolution = 1e-6  # virtual time is exact, but floats are not
        self._selector = _Selector(self)
        self._ready: deque[object]

    @property
    def busy(self) -> bool:
        """Somebody is runnable."""
        return bool(self._ready)

    def time(self) -> float:
        return self.now

    def _process_events(self, event_list: object) -> None: ...

    def _write_to_self(self) -> None: ...
