"""Not all at once: REGISTERs that many lines begin together go out one after another (REG-23)."""

from __future__ import annotations


class Pace:
    """Hands out slots.

    Args:
        rate: so many a second; 0: at once.
    """

    def __init__(self, rate: float) -> None:
        self._step = 1 / rate if rate > 0 else 0.0
        self._next = float("-inf")

    def slot(self, now: float, after_s: float = 0.0) -> float:
        """Take the next free slot; returns how many seconds from now it is.

        Args:
            now: monotonic seconds.
            after_s: it may not be sooner than this.
        """
        at = max(now + after_s, self._next)
        self._next = at + self._step
        return at - now
