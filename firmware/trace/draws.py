"""Chance that is remembered where it decides about time, so that a record can be replayed.

How long is waited before the next try, or at which moment of an interval a heartbeat begins, is
drawn (`random`, small `randrange`). What has to be unguessable (tags, tokens, keys) is drawn as
well, and is not remembered: what of it went over the wire stands in the messages.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from firmware.sip.tokens import Dice

KEPT = 512
"""Draws; older ones go."""
SMALL = 1000
"""Of fewer values than this a draw is a matter of time: hundredths of a second, seconds."""


class Draws:
    """Dice; some of what they show is remembered.

    Args:
        dice: drawn from.
        clock: monotonic seconds.
    """

    def __init__(self, dice: Dice, clock: Callable[[], float]) -> None:
        self._dice = dice
        self._clock = clock
        self.drawn: deque[tuple[float, float]] = deque(maxlen=KEPT)
        """When, and what."""

    def random(self) -> float:
        value = self._dice.random()
        self.drawn.append((self._clock(), value))
        return value

    def randrange(self, start: int, stop: int, /) -> int:
        value = self._dice.randrange(start, stop)
        if stop - start <= SMALL:
            self.drawn.append((self._clock(), value))
        return value

    def getrandbits(self, k: int, /) -> int:
        return self._dice.getrandbits(k)
