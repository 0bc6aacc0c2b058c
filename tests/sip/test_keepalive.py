"""The way through a NAT is kept open where lines are bound by datagrams (sip 7.2, C06, L17)."""

from __future__ import annotations

from itertools import pairwise

from firmware.sip.events import Address, Transport
from firmware.sip.keepalive import KeepAlive

HERE, THERE = Address("192.0.2.10", 5060), Address("192.0.2.11", 5060)


def sent(keeper: KeepAlive, bound: set[Address], until: float, begin: float = 0.0) -> list[float]:
    """When an empty line goes to `HERE`, if somebody looks every five seconds."""
    looks = [begin + 5.0 * n for n in range(int((until - begin) / 5.0))]
    return [at for at in looks if HERE in keeper.due(bound, at)]


def test_it_goes_out_every_24_to_29_seconds() -> None:
    """C06, L17: whatever the registration and the heartbeat do."""
    times = sent(KeepAlive(24.0), {HERE, THERE}, 3600.0)
    assert len(times) > 120
    assert all(24.0 <= b - a <= 29.0 for a, b in pairwise([0.0, *times]))


def test_a_connection_is_kept_alive_by_itself() -> None:
    """RFC 5626 section 4.4.1: it has pings that are answered."""
    by_tcp = Address(HERE.host, HERE.port, Transport.TCP)
    assert KeepAlive(24.0).due({by_tcp}, 0.0) == []
    keeper = KeepAlive(24.0)
    assert [keeper.due({by_tcp}, at) for at in (0.0, 30.0, 60.0)] == [[], [], []]


def test_who_is_left_hears_nothing_more_and_begins_anew() -> None:
    keeper = KeepAlive(24.0)
    assert sent(keeper, {HERE}, 30.0) == [25.0]
    assert sent(keeper, {THERE}, 100.0, 30.0) == []
    assert sent(keeper, {HERE}, 200.0, 100.0) == [125.0, 150.0, 175.0]


def test_it_can_be_switched_off() -> None:
    assert sent(KeepAlive(0.0), {HERE}, 600.0) == []
