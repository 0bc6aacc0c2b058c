"""Connections on real sockets: rows A11 and C09, default deny, lesson 64."""

from __future__ import annotations

import asyncio
import os
import resource
import socket
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from typing import Any, Self

import pytest

from firmware.sip.events import Address, Transport
from firmware.transport import sockets
from firmware.transport.connections import MOST_THEIRS
from firmware.transport.rtp_ports import RtpPorts
from firmware.transport.sockets import NoSocketError
from tests.transport.party import HOST, MESSAGE, OK, PATIENCE, Party, descriptors, free_port

Story = Callable[[], Coroutine[Any, Any, None]]


def run(story: Story) -> None:
    """Run a test that waits for sockets; it has its time."""
    asyncio.run(asyncio.wait_for(story(), 2 * PATIENCE))


class Visitor:
    """Somebody who connects to a party, and is gone at the end."""

    def __init__(self, at: Address) -> None:
        self._at = at
        self.reader: asyncio.StreamReader
        self.writer: asyncio.StreamWriter

    async def __aenter__(self) -> Self:
        opening = asyncio.open_connection(self._at.host, self._at.port)
        self.reader, self.writer = await asyncio.wait_for(opening, PATIENCE)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.close()
        with suppress(ConnectionError):
            await self.writer.wait_closed()

    async def hears_to_the_end(self) -> bytes:
        return await asyncio.wait_for(self.reader.read(), PATIENCE)


@pytest.mark.parametrize("host", [HOST, "::1"])
def test_a_request_goes_out_by_a_connection_and_its_answer_comes_back_by_it(host: str) -> None:
    async def story() -> None:
        async with Party(host=host) as anna, Party(host=host) as ben:
            anna.wire.send(MESSAGE, ben.at)
            data, source = await ben.next("received")
            assert data == MESSAGE
            assert (source.host, source.transport) == (host, Transport.TCP)
            ben.wire.send(OK, replace(source, port=1))
            data, back = await anna.next("received")
            assert (data, back) == (OK, ben.at)

    run(story)


def test_a_stranger_is_sent_away_before_he_says_a_word() -> None:
    """Default deny: no answer at all, and he is counted."""

    async def story() -> None:
        async with Party(admits=lambda _peer: False) as house:
            async with Visitor(house.at) as stranger:
                assert await stranger.hears_to_the_end() == b""
            peer, why = await house.next("refused")
            assert (peer.host, why) == (HOST, "connection: not one of our servers")
            assert house.silent("received")

    run(story)


def test_a11_of_a_hundred_idle_connections_sixteen_are_held() -> None:
    async def story() -> None:
        async with Party() as house, AsyncExitStack() as stack:
            visitors = [await stack.enter_async_context(Visitor(house.at)) for _ in range(100)]
            for _ in range(100 - MOST_THEIRS):
                _, why = await house.next("refused")
                assert why == "connection: too many connections"
            assert house.silent("refused")
            visitors[0].writer.write(MESSAGE)
            assert (await house.next("received"))[0] == MESSAGE

    run(story)


def test_a_datagram_gateway_takes_no_connection_and_opens_one_when_it_must() -> None:
    """The port is closed for TCP; a large request goes out by TCP all the same (18.1.1)."""

    async def story() -> None:
        async with Party(Transport.UDP) as house, Party() as server:
            with pytest.raises(ConnectionRefusedError):
                await Visitor(house.at).__aenter__()
            house.wire.send(MESSAGE, server.at)
            assert (await server.next("received"))[0] == MESSAGE

    run(story)


def test_c09_a_connection_that_the_server_closes_is_opened_again() -> None:
    async def story() -> None:
        server = Party()
        async with Party() as house:
            async with server:
                house.wire.send(MESSAGE, server.at)
                await server.next("received")
                assert await house.next("standing") == (server.at, "")
            assert (await house.next("failed"))[0] == server.at
            async with server:
                assert await house.next("reconnected") == (server.at,)
                house.wire.send(OK, server.at)
                assert (await server.next("received"))[0] == OK

    run(story)


def test_c09_nobody_there_is_told_in_words() -> None:
    async def story() -> None:
        async with Party() as house:
            nobody = Address(HOST, free_port(HOST), Transport.TCP)
            house.wire.send(MESSAGE, nobody)
            assert await house.next("failed") == (
                nobody,
                f"nobody takes TCP connections at {nobody}",
            )

    run(story)


def test_nonsense_is_told_refused_and_the_connection_closed() -> None:
    """A04 on a stream: 400, then the end."""

    async def story() -> None:
        async with Party() as house, Visitor(house.at) as visitor:
            visitor.writer.write(MESSAGE.replace(b": 0", b": -1"))
            _, source, why, status = await house.next("garbled")
            assert status == 400
            assert "Content-Length" in why
            house.wire.send(OK, source)
            assert await visitor.hears_to_the_end() == OK

    run(story)


def test_without_a_file_descriptor_left_no_way_and_no_listener_is_had_and_that_is_said() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    hoard: list[int] = []
    resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors() + 4, hard))
    try:
        _hoards(hoard)
        for opened in (sockets.towards, sockets.datagrams, sockets.listening):
            with pytest.raises(NoSocketError, match="Too many open files"):
                opened(Address(HOST, 0))
    finally:
        for number in hoard:
            os.close(number)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert sockets.towards(Address(HOST, 5060)) == HOST


def test_without_a_file_descriptor_left_the_gateway_lives_on() -> None:
    """EMFILE: what is to be sent fails in words, who knocks waits, and then all goes on."""

    async def story() -> None:
        async with Party() as house, Party() as server, Visitor(house.at) as standing:
            soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
            hoard: list[int] = []
            visitor = socket.socket()
            visitor.setblocking(False)
            resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors() + 4, hard))
            try:
                _hoards(hoard)
                await asyncio.get_running_loop().sock_connect(visitor, (HOST, house.at.port))
                visitor.send(MESSAGE)
                house.wire.send(MESSAGE, server.at)
                _, reason = await house.next("failed")
                assert "no file descriptor left" in reason
                standing.writer.write(OK)
                assert (await house.next("received"))[0] == OK
            finally:
                for number in hoard:
                    os.close(number)
                resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            assert (await house.next("received"))[0] == MESSAGE
            visitor.close()

    run(story)


def _hoards(hoard: list[int]) -> None:
    """Take every descriptor that is left."""
    while True:
        try:
            hoard.append(os.dup(0))
        except OSError:
            return


def test_l64_connections_that_fail_leave_no_descriptor_behind() -> None:
    async def story() -> None:
        async with Party() as house:
            before = descriptors()
            for port in range(1, 41):
                nobody = Address(HOST, port, Transport.TCP)
                house.wire.send(MESSAGE, nobody)
                await house.next("failed")
            assert descriptors() == before

    run(story)


def test_every_socket_of_signalling_carries_its_mark() -> None:
    """AF31; RTP has EF. IPv6 has another name for it."""
    for host, level, option in (
        (HOST, socket.IPPROTO_IP, socket.IP_TOS),
        ("::1", socket.IPPROTO_IPV6, socket.IPV6_TCLASS),
    ):
        local = Address(host, free_port(host))
        for sock in (
            sockets.datagrams(local),
            sockets.listening(local),
            sockets.connecting(local, host),
        ):
            assert sock.getsockopt(level, option) == sockets.AF31
            sock.close()
        for voice in RtpPorts(lambda: 0.0).lend(host, range(40000, 50000)):
            assert voice.getsockopt(level, option) == sockets.EF
            voice.close()
