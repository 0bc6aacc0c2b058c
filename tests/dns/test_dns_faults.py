"""A name service that is wrong, forged, looped or hostile (fault row A16, security 5.1)."""

from __future__ import annotations

import pytest

from firmware.dns import LookUpError, Resolver
from firmware.net import IpNetwork, NetworkError
from firmware.sip.events import Address, Resolved, Server
from firmware.sip.targets import MOST_WAYS, REFRESH, Targets
from tests.dns.test_dns import HOSTS, Clock, run
from tests.dns.zone import Zone


def test_an_alias_is_followed() -> None:
    records = HOSTS | {("alias.example.net", "CNAME"): ["one.example.net."]}

    async def test(_zone: Zone, resolver: Resolver, _clock: Clock) -> None:
        found = await resolver.resolve("alias.example.net", 5060)
        assert found == (Address("192.0.2.10", 5060),)

    run(records, test)


def test_a_loop_of_aliases_is_no_address_and_no_hang() -> None:
    """A16."""
    loop = {
        ("a.example.net", "CNAME"): ["b.example.net."],
        ("b.example.net", "CNAME"): ["a.example.net."],
    }

    async def test(_zone: Zone, resolver: Resolver, _clock: Clock) -> None:
        with pytest.raises(LookUpError):
            await resolver.resolve("a.example.net", 5060)

    run(loop, test, patience=0.5)


def test_a_server_failure_is_not_an_unknown_name() -> None:
    """A16: SERVFAIL; said as what it is, and what was known before is kept."""

    async def test(zone: Zone, resolver: Resolver, clock: Clock) -> None:
        await resolver.resolve("one.example.net", 5060)
        zone.refuses = {"A", "AAAA"}
        clock.now += 1000
        assert await resolver.resolve("one.example.net", 5060) == (Address("192.0.2.10", 5060),)
        with pytest.raises(LookUpError, match="no name server answers"):
            await resolver.resolve("two.example.net", 5060)

    run(HOSTS, test, patience=0.3)


def test_an_answer_with_another_id_is_not_believed() -> None:
    """A16: the id is guessed wrong; rather no answer than that one."""

    async def test(zone: Zone, resolver: Resolver, _clock: Clock) -> None:
        zone.forges = "203.0.113.66"
        try:
            found = await resolver.resolve("one.example.net", 5060)
        except LookUpError:
            return
        assert found == (Address("192.0.2.10", 5060),)

    run(HOSTS, test, patience=0.5)


NOBODY = "0.0.0.0"  # noqa: S104 - an answer, nothing is bound


def test_what_is_refused_of_an_answer_is_not_had_by_the_c_library_either() -> None:
    """Faults 5.1; to the C library this name is an address, whatever name servers say of it."""
    records = HOSTS | {("127.1", "A"): [NOBODY]}

    async def test(_zone: Zone, resolver: Resolver, _clock: Clock) -> None:
        with pytest.raises(NetworkError, match=f"127.1: {NOBODY} can be no server"):
            await IpNetwork(resolver).resolve("127.1", 5060)

    run(records, test)


@pytest.mark.parametrize("address", ["127.0.0.1", NOBODY, "224.0.0.1", "255.255.255.255"])
def test_no_answer_makes_a_server_of_this_machine_or_of_everybody(address: str) -> None:
    """Faults 5.1: neither loopback nor multicast nor nothing."""

    async def test(zone: Zone, resolver: Resolver, clock: Clock) -> None:
        with pytest.raises(LookUpError, match=f"bad.example.net: {address} can be no server"):
            await resolver.resolve("bad.example.net", 5060)
        zone.records = {("bad.example.net", "A"): [address, "192.0.2.9"]}
        clock.now += 1
        assert await resolver.resolve("bad.example.net", 5060) == (Address("192.0.2.9", 5060),)

    run({("bad.example.net", "A"): [address]}, test)


def test_of_two_hundred_addresses_four_are_used() -> None:
    """A16."""
    many = [f"192.0.2.{n}" for n in range(1, 201)]

    async def test(_zone: Zone, resolver: Resolver, _clock: Clock) -> None:
        found = await resolver.resolve("many.example.net", 5060)
        assert len(found) == 200
        targets = Targets((Server("many.example.net"),))
        targets.start(0.0)
        targets.feed(Resolved("many.example.net", 5060, found), 0.1)
        assert len(targets.ways()) == MOST_WAYS

    run({("many.example.net", "A"): many}, test)


def test_a_server_that_moves_is_found_within_its_ttl_and_a_minute() -> None:
    """Carrier 5.5: records are refreshed as their TTL says; asking the cache costs nothing."""

    async def test(zone: Zone, resolver: Resolver, clock: Clock) -> None:
        targets = Targets((Server("one.example.net"),))
        began = clock.now
        asks = targets.start(clock.now)
        zone.ttl = 300
        moved = ("192.0.2.77", 5060)
        while clock.now < began + 1000:
            for ask in asks:
                found = await resolver.resolve(ask.host, ask.port)
                targets.feed(Resolved(ask.host, ask.port, found), clock.now)
            if [way.address for way in targets.ways()] == [Address(*moved)]:
                break
            zone.records = {("one.example.net", "A"): [moved[0]]}
            due = targets.deadline
            assert due is not None
            clock.now = due
            asks = targets.tick(due)
        assert 300 <= clock.now - began <= 300 + REFRESH
        assert len(zone.asked) == 4, "twice A and AAAA, however often the cache was asked"

    run(HOSTS, test)
