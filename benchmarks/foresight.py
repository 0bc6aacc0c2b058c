"""The least delay that any receive buffer could have had, had it known all that would come.

A buffer gives a whole frame each period. It may wait as often and as long as it likes, and leave
out what it likes; both at instants that only somebody who knows the future can choose, and who
does not mind how it sounds. What such a one cannot reach nobody can.

For a price of a frame that is left out, the cheapest way to play a trace is found frame by frame
(dynamic programming over how far playing is behind). Each price says how much delay a given loss
cannot be better than (its Lagrangian), and the highest of those counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil, inf

PERIOD_MS = 20
PRICES_MS = (100, 300, 1000, 3000)
"""Of a frame that is left out, in milliseconds of delay of one frame."""
_EXACT = 1e-9
"""Periods: an instant is not later for being computed."""


def least_delay_ms(sent_ms: list[float], came_ms: Mapping[int, float], left_out: float) -> float:
    """The mean delay from sending to playing that no buffer falls below.

    Args:
        sent_ms: when each frame was sent.
        came_ms: when it came, by its number; those that were lost are not in it.
        left_out: share of what came that may be left out.
    """
    due = {number: ceil(at / PERIOD_MS - _EXACT) for number, at in came_ms.items()}
    return max(_cheapest(sent_ms, due, price) / len(due) - price * left_out for price in PRICES_MS)


def _cheapest(sent_ms: list[float], due: Mapping[int, int], price: float) -> float:
    """The least sum of delays and prices.

    What is known after each frame: for how many periods the next may be played beyond its own
    number, and what that has cost. Who may play sooner may as well wait, so of two ways the later
    counts only if it is cheaper.
    """
    soonest = min(period - number for number, period in due.items())
    ways = {soonest: 0.0}
    for number, sent in enumerate(sent_ms):
        period = due.get(number)
        found: dict[int, float] = {}
        for behind, cost in ways.items():
            sooner = max(soonest, behind - 1)
            without = cost if period is None else cost + price
            if without < found.get(sooner, inf):
                found[sooner] = without
            if period is not None:
                played = max(period, number + behind)
                whole = cost + played * PERIOD_MS - sent
                if whole < found.get(played - number, inf):
                    found[played - number] = whole
        ways, cheapest = {}, inf
        for behind in sorted(found):
            if found[behind] < cheapest:
                ways[behind] = cheapest = found[behind]
    return min(ways.values())
