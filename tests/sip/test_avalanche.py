"""Thousands of gateways after a power failure, or when their server comes back (fault C05)."""

from __future__ import annotations

import heapq
import random
from collections import Counter
from statistics import fmean

from firmware.sip import retry
from firmware.sip.compose import Composer
from firmware.sip.events import Server
from firmware.sip.heartbeat import Heartbeat
from tests.sip.bench import LOCAL
from tests.sip.test_heartbeat import CALM

GATEWAYS = 4000
HOUR = 3600.0


def peak(times: list[float], first: float, last: float, width: float) -> float:
    """The fullest stretch of so many seconds, as a multiple of the mean one."""
    bins = Counter(int((at - first) // width) for at in times if first <= at < last)
    count = int((last - first) // width)
    return max(bins.values()) / fmean(bins[n] for n in range(count))


def test_a_dead_registrar_is_asked_by_all_of_them_evenly() -> None:
    """C05, REG-17: eight hours dead; no minute of the last four has half as many again."""
    dice = random.Random(1)  # noqa: S311  reproducible on purpose
    due = [(dice.random() * 10.0, n) for n in range(GATEWAYS)]
    heapq.heapify(due)
    failures = [0] * GATEWAYS
    times: list[float] = []
    while due[0][0] < 8 * HOUR:
        at, n = heapq.heappop(due)
        times.append(at)
        failures[n] += 1
        heapq.heappush(due, (at + 32.0 + retry.back_off(failures[n], 30.0, dice), n))
    assert peak(times, 4 * HOUR, 8 * HOUR, 60.0) <= 1.5
    rate = sum(1 for at in times if at >= 4 * HOUR) / (4 * HOUR)
    assert rate <= GATEWAYS / 900.0, "three a second of four thousand"


def test_those_who_started_together_do_not_ask_together() -> None:
    """C05, L6: whoever comes back to life is not found by all in the same second."""
    phases = []
    for n in range(GATEWAYS):
        dice = random.Random(n)  # noqa: S311  reproducible on purpose
        beat = Heartbeat(Server("sbc1"), CALM, Composer(LOCAL, "tipring", dice))
        beat.start(0.0)
        assert beat.deadline is not None
        phases.append(beat.deadline)
    assert peak(phases, 0.0, CALM.heartbeat_s, 1.0) <= 1.5


def test_refreshes_of_those_who_registered_together_drift_apart() -> None:
    """REG-10: chance in every wait; after ten days nothing is left of the common beginning."""
    dice = random.Random(1)  # noqa: S311  reproducible on purpose
    times = []
    for _ in range(GATEWAYS // 4):
        at = 0.0
        while at < 242 * HOUR:
            at += retry.refresh_wait(3600.0, dice)
            times.append(at)
    assert peak(times, 240 * HOUR, 241.5 * HOUR, 300.0) <= 1.5
