"""The datagram socket of signalling on a real loop: floods in, a full kernel on the way out."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from firmware.sip.events import Address
from firmware.transport.udp import AT_ONCE, WAITING, Datagrams

pytestmark = pytest.mark.wire


class Narrow(socket.socket):
    """A socket whose kernel has no room for the first few datagrams."""

    refusals = 0

    def sendto(self, data: Any, *where: Any) -> int:
        if self.refusals:
            self.refusals -= 1
            raise BlockingIOError
        return super().sendto(data, *where)


def bound() -> Narrow:
    sock = Narrow(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setblocking(False)
    sock.bind(("127.0.0.1", 0))
    return sock


async def both(refusals: int, count: int) -> list[bytes]:
    """So many datagrams from one socket to another: what arrives."""
    here, there, came = bound(), bound(), list[bytes]()
    arrived = asyncio.Event()

    def received(data: bytes, source: Address) -> None:
        assert source.port == here.getsockname()[1]
        came.append(data)
        if len(came) == min(count, WAITING if refusals else count):
            arrived.set()

    def failed(_: bytes, target: Address, why: str) -> None:
        raise AssertionError(f"{target}: {why}")

    sender, listener = Datagrams(here, received, failed), Datagrams(there, received, failed)
    here.refusals = refusals
    target = Address("127.0.0.1", there.getsockname()[1])
    for number in range(count):
        sender.send(b"%d" % number, target)
    await asyncio.wait_for(arrived.wait(), 15)
    sender.close()
    listener.close()
    return came


def test_more_datagrams_than_are_read_at_once_all_come_in_order() -> None:
    count = 3 * AT_ONCE + 1
    assert asyncio.run(both(0, count)) == [b"%d" % n for n in range(count)]


def test_what_the_kernel_has_no_room_for_waits_and_keeps_its_order() -> None:
    assert asyncio.run(both(2, 20)) == [b"%d" % n for n in range(20)]


def test_only_so_much_waits_and_the_oldest_is_lost() -> None:
    count = WAITING + 10
    assert asyncio.run(both(1, count)) == [b"%d" % n for n in range(10, count)]


def test_a_target_that_cannot_be_reached_is_told_at_once() -> None:
    async def tries() -> list[str]:
        told = list[str]()
        datagrams = Datagrams(bound(), lambda *_: None, lambda _data, _to, why: told.append(why))
        datagrams.send(b"x" * 70000, Address("127.0.0.1", 9))
        datagrams.close()
        return told

    assert asyncio.run(tries()) == ["Message too long"]
