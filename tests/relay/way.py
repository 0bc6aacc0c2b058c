"""What becomes of each datagram on a bad way: a pure function of a seed.

Loss follows a Gilbert model: a way that is bad loses everything, one that is good nothing.
So losses come in runs of a mean length, and 1 makes them random. Delay varies, but what was
sent later does not arrive earlier: a queue does not overtake. What overtakes is chosen apart.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Faults:
    """How bad it is; the default is a wire. Times in milliseconds, shares from 0 to 1."""

    loss: float = 0.0
    run: float = 1.0
    """Mean length of a run of losses, in packets."""
    delay_ms: float = 0.0
    """That every packet takes."""
    jitter_ms: float = 0.0
    """More of it, at random."""
    law: Literal["even", "tailed"] = "even"
    """Of the jitter: between 0 and `jitter_ms`; or exponential, with that mean."""
    spike: float = 0.0
    """Share of packets at which the way stands still."""
    spike_ms: float = 200.0
    """For so long; then everything that waited comes at once."""
    duplicate: float = 0.0
    reorder: float = 0.0
    """Share of packets that are overtaken."""
    reorder_ms: float = 50.0
    """By what was sent within so long after them."""


class Way:
    """One direction.

    Args:
        faults: how bad it is.
        seed: the same seed has the same fate for the same sequence of packets.
    """

    def __init__(self, faults: Faults, seed: int) -> None:
        self._faults = faults
        self._dice = random.Random(seed)  # noqa: S311 - to be repeated, not to be secret
        self._bad = False
        self._last = 0.0
        """When the last packet of the queue arrives, in seconds."""
        self.lost = self.doubled = self.overtaken = 0

    def arrivals(self, now: float) -> tuple[float, ...]:
        """When a packet sent at `now` (seconds) arrives: never, once or twice."""
        faults, dice = self._faults, self._dice
        loses, delay, overtaken, doubles = (
            self._loses(), self._delay(), dice.random() < faults.reorder,
            dice.random() < faults.duplicate,
        )  # fmt: skip
        if loses:
            self.lost += 1
            return ()
        if overtaken:
            self.overtaken += 1
            at = now + (delay + faults.reorder_ms) / 1000
        else:
            at = self._last = max(self._last, now + delay / 1000)
        if doubles:
            self.doubled += 1
            return at, at
        return (at,)

    def _loses(self) -> bool:
        faults = self._faults
        if faults.loss <= 0:
            return False
        # leaving a bad stretch has probability 1/run; entering one keeps the share of loss
        leave = 1 / faults.run
        enter = leave * faults.loss / (1 - faults.loss) if faults.loss < 1 else 1.0
        if faults.run <= 1:
            self._bad = self._dice.random() < faults.loss
        else:
            self._bad = self._dice.random() < (1 - leave if self._bad else enter)
        return self._bad

    def _delay(self) -> float:
        faults, dice = self._faults, self._dice
        jitter = dice.random() if faults.law == "even" else dice.expovariate(1.0)
        spike = faults.spike_ms if dice.random() < faults.spike else 0.0
        return faults.delay_ms + faults.jitter_ms * jitter + spike
