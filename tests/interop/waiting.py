"""Waiting for something outside this process: the only place where these tests let time pass."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

MOST = 45.0
"""Seconds that anything may take on a machine with other things to do."""
LOOK = 0.02
"""Seconds from one look to the next."""

_nap = threading.Event()


def until(
    what: str,
    look: Callable[[], T | None],
    when: Callable[[T], object] = bool,
    most: float = MOST,
) -> T:
    """Look again and again until there is something that will do, and return it.

    Args:
        what: it is called that when it does not come.
        look: returns what there is to see, perhaps nothing.
        when: whether that will do.
        most: seconds, a deadline of the whole.
    """
    end = time.monotonic() + most
    while (seen := look()) is None or not when(seen):
        assert time.monotonic() < end, f"not within {most:g} s: {what}; last seen: {seen!r}"
        pause(LOOK)
    return seen


def pause(seconds: float) -> None:
    """Let a person take that long: to speak, to listen, to press keys."""
    _nap.wait(seconds)
