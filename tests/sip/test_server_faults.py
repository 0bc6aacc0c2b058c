"""Servers that fall silent and come back: rows C01 and C05 of the fault matrix."""

from __future__ import annotations

import random
from collections import Counter
from heapq import heapify, heapreplace

from firmware.sip.events import RegisterStatus
from firmware.sip.retry import back_off
from firmware.sip.servers import Life
from tests.sip.pair import ONE, TWO, Pair

HOURS_DEAD = 8
DEVICES = 10_000


def begun(seconds: float) -> Pair:
    """Both lines are registered; the same dice each time."""
    pair = Pair()
    pair.starts()
    pair.waits(seconds)
    return pair


def test_a_server_that_falls_silent_in_the_middle_of_a_refresh_is_left() -> None:
    """C01: the refresh goes out and is not answered; the standby gets a REGISTER of its own.

    The binding stays good meanwhile (REG-11), and never is a line told to two servers at once:
    what it has at the dead one nobody can use, and nobody refreshes.
    """
    rehearsal = begun(31.0)
    asked = len(rehearsal.registers_at)
    while len(rehearsal.registers_at) == asked:
        rehearsal.waits(1.0)
    due = rehearsal.registers_at[-1][0]
    pair = begun(due - 1.0)
    pair.dies(ONE)
    pair.waits(1.2)
    at, where, refresh = pair.registers_at[-1]
    assert (at, where) == (due, ONE)
    assert pair.agent.servers(pair.now)[0].life is Life.ALIVE
    took = pair.waits_until(Life.DEAD, 1)
    assert took <= 95.1
    assert pair.agent.registration(1).status in {
        RegisterStatus.REGISTERED,
        RegisterStatus.REGISTERING,
    }
    pair.waits(35.0)
    for line in (1, 2):
        state = pair.agent.registration(line)
        assert (state.status, state.registrar) == (RegisterStatus.REGISTERED, "192.0.2.11:5060")
    there = [request for _, target, request in pair.registers_at if target == TWO]
    assert refresh.via.branch not in {request.via.branch for request in there}
    moved = next(at for at, target, _ in pair.registers_at if target == TWO)
    pair.waits(4000.0)
    late = [r for at, target, r in pair.registers_at if target == ONE and at > moved + 32.0]
    assert [r for r in late if r.expires] == [], "one binding a line"


def test_ten_thousand_devices_do_not_come_back_in_step() -> None:
    """C05, carrier 5.6: after 8 h of silence the attempts are spread evenly over the half hour.

    They all lost their server within one heartbeat, so nothing but chance pulls them apart
    (RFC 5626 section 4.5). Counted is what the server sees in each minute once it is back.
    """
    dice = random.Random(5)  # noqa: S311  reproducible on purpose
    back = HOURS_DEAD * 3600.0
    due = [(dice.random() * 30.0, 0) for _ in range(DEVICES)]
    heapify(due)
    arrivals: Counter[int] = Counter()
    while due[0][0] < back + 900.0:
        at, failures = due[0]
        if at >= back:
            arrivals[int((at - back) // 60)] += 1
        heapreplace(due, (at + back_off(failures + 1, 30.0, dice), failures + 1))
    mean = sum(arrivals.values()) / len(arrivals)
    assert len(arrivals) == 15
    assert max(arrivals.values()) <= 1.5 * mean
    assert 30.0 * max(arrivals.values()) / 60.0 < DEVICES, "no minute sees them all"
    assert DEVICES / 30 <= mean <= DEVICES / 15, "each comes once in 15 to 30 minutes"
