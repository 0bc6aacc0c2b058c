"""Datagrams that do not arrive: what the network says of them is heard (fault row A17)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from firmware.sip.events import Address, Transport
from tests.transport.party import MESSAGE, OK, Party, free_port


def run(test: Callable[[Party, Party], Awaitable[None]], host: str = "127.0.0.1") -> None:
    async def within() -> None:
        async with Party(Transport.UDP, host) as a, Party(Transport.UDP, host) as b:
            await test(a, b)

    asyncio.run(within())


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_port_where_nobody_listens_is_told_with_the_message(host: str) -> None:
    """A17: ICMP port unreachable, for IPv4 and IPv6; the socket lives on."""

    async def test(a: Party, b: Party) -> None:
        nobody = Address(host, free_port(host))
        a.wire.send(MESSAGE, nobody)
        data, target, why = await a.next("undelivered")
        assert (data, target, why) == (MESSAGE, nobody, "Connection refused")
        a.wire.send(OK, b.at)
        heard, source = await b.next("received")
        assert (heard, source.port) == (OK, a.at.port)
        b.wire.send(MESSAGE, a.at)
        assert (await a.next("received"))[0] == MESSAGE

    run(test, host)


def test_the_failure_of_one_costs_no_other_its_message() -> None:
    """A17: the kernel tells an old failure to whoever sends next; that one goes out too."""

    async def test(a: Party, b: Party) -> None:
        nobody = Address("127.0.0.1", free_port("127.0.0.1"))
        for _ in range(20):
            a.wire.send(MESSAGE, nobody)
            a.wire.send(OK, b.at)
        for _ in range(20):
            assert (await b.next("received"))[0] == OK
        for _ in range(20):
            assert (await a.next("undelivered"))[1] == nobody

    run(test)


def test_what_the_kernel_refuses_at_once_is_that_message_alone() -> None:
    """A17: EMSGSIZE."""

    async def test(a: Party, b: Party) -> None:
        a.wire.send(b"x" * 70000, b.at)
        data, target, why = await a.next("undelivered")
        assert (len(data), target, why) == (70000, b.at, "Message too long")
        assert a.silent("failed")

    run(test)
