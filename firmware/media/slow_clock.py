"""A far end whose clock is slow: when a silent frame is best played twice to make up for it.

Its packets come later and later, until one comes a period too late. Where that has happened twice,
far enough apart to be no jitter, it will happen again as long after; so shortly before, in a pause
of talk, a frame is played twice, and nobody hears it. Until then nothing waits for that: the frame
put in is used up soon, and the delay is what it would be without it.
"""

from __future__ import annotations

APART = 1000
"""Ticks (20 s) between two such slips, at the least: 1000 ppm, more than any two clocks differ."""
_EARLY = 0.75
"""Part of the time between two slips after which a pause is waited for."""


class SlowClock:
    """Of one sender; all times in ticks of the receiver."""

    def __init__(self) -> None:
        self._slipped: int | None = None
        self._every = 0
        """Between two slips; 0: there were no two yet."""
        self._thin = False

    @property
    def known(self) -> bool:
        """That it is slow."""
        return self._every > 0

    def slipped(self, now: int) -> None:
        """A frame came a period too late, and none was lost: a slow clock, or jitter."""
        before, self._slipped = self._slipped, now
        apart = 0 if before is None else now - before
        self._every = apart if apart >= APART else 0
        self._thin = True

    def forget(self) -> None:
        """More waits than is needed: it is not slow."""
        self._slipped, self._every, self._thin = None, 0, False

    def owes(self, now: int, *, thin: bool) -> bool:
        """Whether a frame is to be put in at the next silence.

        Args:
            now: of a look at what waits, every few seconds.
            thin: since the last look there was a time when only what is due waited.
        """
        if not self._every or self._slipped is None:
            return False
        if (
            thin and not self._thin
        ):  # the frame that was put in is used up: a slip that no one heard
            self._every = max(APART, now - self._slipped)
            self._slipped = now
        self._thin = thin
        return thin and now - self._slipped >= _EARLY * self._every
