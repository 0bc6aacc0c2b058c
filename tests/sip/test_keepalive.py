"""The way through a NAT is kept open where lines are bound by datagrams (sip 7.2, C06, L17)."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from firmware.sip.events import Address, Transport
from firmware.sip.keepalive import KeepAlive

HERE, THERE = Address("192.0.2.10", 5060), Address("192.0.2.11", 5060)


def keeper(every: float = 24.0, seed: int = 1) -> KeepAlive:
    return KeepAlive(every, random.Random(seed))  # noqa: S311  reproducible on purpose


def sent(keeper: KeepAlive, bound: set[Address], until: float, begin: float = 0.0) -> list[float]:
    """When an empty line goes to `HERE`, if somebody looks when it says so."""
    times, now = list[float](), begin
    while now < until:
        if HERE in keeper.due(bound, now):
            times.append(now)
        due = keeper.deadline
        now = now + 5.0 if due is None else min(due, now + 5.0)
    return times


def test_it_goes_out_every_24_to_29_seconds() -> None:
    """C06, L17, RFC 5626 section 4.4.2: whatever the registration and the heartbeat do."""
    times = sent(keeper(), {HERE, THERE}, 3600.0)
    pauses = [b - a for a, b in pairwise([0.0, *times])]
    assert all(24.0 <= pause <= 29.0 for pause in pauses)
    assert sum(pauses) / len(pauses) == pytest.approx(26.5, abs=0.5), "at random"
    assert max(pauses) - min(pauses) > 4.0


def test_two_gateways_that_begin_together_do_not_go_on_together() -> None:
    """C05."""
    a, b = (sent(keeper(seed=seed), {HERE}, 600.0) for seed in (1, 2))
    assert not set(a) & set(b)


def test_a_connection_is_kept_alive_by_itself() -> None:
    """RFC 5626 section 4.4.1: it has pings that are answered."""
    by_tcp = Address(HERE.host, HERE.port, Transport.TCP)
    idle = keeper()
    assert [idle.due({by_tcp}, at) for at in (0.0, 30.0, 60.0)] == [[], [], []]
    assert idle.deadline is None


def test_who_is_left_hears_nothing_more_and_begins_anew() -> None:
    kept = keeper()
    assert len(sent(kept, {HERE}, 30.0)) == 1
    assert sent(kept, {THERE}, 100.0, 30.0) == []
    again = sent(kept, {HERE}, 200.0, 100.0)
    assert 124.0 <= again[0] <= 129.0
    assert len(again) == 3


def test_it_can_be_switched_off() -> None:
    off = keeper(0.0)
    assert sent(off, {HERE}, 600.0) == []
    assert off.deadline is None
