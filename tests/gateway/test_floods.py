"""Noise from the network: counted, bounded in memory, and no picture is spoilt by it."""

from __future__ import annotations

import pytest

from firmware.sip.events import Address
from tests.gateway.faulty import FaultyWorld
from tests.sbc import GATEWAY, SBC
from tests.world import World

STRANGER = Address("203.0.113.9", 5060)
PING = (
    "OPTIONS sip:101@10.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK{n}\r\n"
    "From: <sip:x@y>;tag=1\r\nTo: <sip:101@10.0.0.1>\r\nCall-ID: {n}\r\nCSeq: 1 OPTIONS\r\n"
    "Subject: {long}\r\nContent-Length: 0\r\n\r\n"
)


def _floods(world: World, count: int, *, source: Address = STRANGER, data: bytes = b"") -> None:
    arrive = world.network._wires[GATEWAY]  # no tap: that expects SIP
    for n in range(count):
        arrive(data or PING.format(n=n, long="a" * 60000).encode(), source)
    world.waits(0.1)


def test_strangers_get_no_answer_and_each_datagram_is_counted() -> None:
    with World(exchange=True).registers() as world:
        _floods(world, 300)
        assert world.gateway.dropped == 300
        assert [name for name in world.wire() if name.startswith(">")] == []


def test_the_log_has_a_line_a_minute_about_strangers(caplog: pytest.LogCaptureFixture) -> None:
    """Faults 5.1: a counter and one line a minute, with how many there were meanwhile."""
    with World(exchange=True).registers() as world, caplog.at_level("WARNING"):
        for count in (300, 200, 5):
            _floods(world, count)
            world.sleeps(40.0)
        lines = [r for r in caplog.records if r.getMessage() == "dropped"]
        assert [r.__dict__["facts"]["count"] for r in lines] == [1, 500]
        assert world.gateway.dropped == 505


def test_strangers_do_not_push_calls_out_of_the_trace() -> None:
    with FaultyWorld() as world:
        world.registers()
        world.talks()
        before = world.gateway.trace.count
        _floods(world, 10000)
        assert world.gateway.trace.count - before < 50
        assert "INVITE" in world.picture


def test_noise_from_the_server_does_not_push_calls_out_of_the_trace() -> None:
    with World(exchange=True).registers() as world:
        before = world.gateway.trace.count
        _floods(world, 10000, source=SBC, data=b"\x00\xff noise")
        assert world.gateway.dropped == 10000
        assert world.gateway.trace.count - before < 50


def test_a_long_message_is_not_kept_whole() -> None:
    with World(exchange=True).registers() as world:
        _floods(world, 1)
        assert max(len(mark.detail) for mark in world.marks) < 10000
