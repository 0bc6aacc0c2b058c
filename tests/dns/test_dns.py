"""Names of servers (RFC 3263), asked of a name server on loopback."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from firmware.dns import Host, LookUpError, Resolver, Service, in_order
from firmware.net import IpNetwork
from firmware.sip.events import Address, Transport
from tests.dns.zone import Zone

HOSTS = {
    ("one.example.net", "A"): ["192.0.2.10"],
    ("two.example.net", "A"): ["192.0.2.11", "192.0.2.12"],
    ("two.example.net", "AAAA"): ["2001:db8::2"],
}
SRV = {
    ("_sip._udp.example.net", "SRV"): [
        "20 0 5062 two.example.net.",
        "10 0 5070 one.example.net.",
    ],
    ("example.net", "A"): ["192.0.2.99"],
}
NAPTR = {
    ("example.net", "NAPTR"): [
        '10 50 "s" "SIPS+D2T" "" _sips._tcp.example.net.',
        '20 50 "s" "SIP+D2U" "" _sip._udp.far.example.net.',
        '30 50 "s" "SIP+D2U" "" _sip._udp.example.net.',
    ],
    ("_sip._udp.far.example.net", "SRV"): ["0 0 5090 one.example.net."],
}
ONE = Address("192.0.2.10", 5070)
TWO = {
    Address("192.0.2.11", 5062),
    Address("192.0.2.12", 5062),
    Address("2001:db8::2", 5062),
}

Records = dict[tuple[str, str], list[str]]


class Clock:
    """Monotonic seconds that the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def run(
    records: Records,
    test: Callable[[Zone, Resolver, Clock], Awaitable[None]],
    patience: float = 5.0,
) -> None:
    async def within() -> None:
        async with Zone(records) as zone:
            clock = Clock()
            dice = random.Random(1)  # noqa: S311  reproducible on purpose
            await test(zone, Resolver(dice, clock, ["127.0.0.1"], zone.port, patience), clock)

    asyncio.run(within())


def test_a_name_with_a_port_is_a_host() -> None:
    """RFC 3263 section 4.2: a port means A and AAAA, nothing else."""

    async def test(zone: Zone, resolver: Resolver, _clock: Clock) -> None:
        *four, six = await resolver.resolve("Two.Example.net", 5080)
        assert set(four) == {Address("192.0.2.11", 5080), Address("192.0.2.12", 5080)}
        assert six == Address("2001:db8::2", 5080)
        assert zone.asked == ["two.example.net A", "two.example.net AAAA"]

    run(HOSTS, test)


def test_a_name_without_a_port_is_a_service() -> None:
    """SRV: the hosts by priority, each with its port and all its addresses."""

    async def test(zone: Zone, resolver: Resolver, _clock: Clock) -> None:
        first, *others = await resolver.resolve("example.net", 0)
        assert first == ONE
        assert set(others) == TWO
        assert zone.asked[:2] == ["example.net NAPTR", "_sip._udp.example.net SRV"]

    run(HOSTS | SRV, test)


def test_naptr_says_where_the_service_is() -> None:
    """Section 4.1: the first by order and preference that is SIP over UDP."""

    async def test(_zone: Zone, resolver: Resolver, _clock: Clock) -> None:
        assert await resolver.resolve("example.net", 0) == (Address("192.0.2.10", 5090),)

    run(HOSTS | SRV | NAPTR, test)


def test_a_name_that_is_no_service_is_a_host_at_5060() -> None:
    async def test(_zone: Zone, resolver: Resolver, _clock: Clock) -> None:
        assert await resolver.resolve("one.example.net", 0) == (Address("192.0.2.10", 5060),)

    run(HOSTS, test)


def test_a_name_server_that_chokes_on_naptr_and_srv_still_knows_hosts() -> None:
    async def test(zone: Zone, resolver: Resolver, _clock: Clock) -> None:
        zone.refuses = {"NAPTR", "SRV"}
        assert await resolver.resolve("one.example.net", 0) == (Address("192.0.2.10", 5060),)

    run(HOSTS, test)


def test_a_host_of_a_service_that_has_no_address_is_passed_over() -> None:
    records = {
        ("_sip._udp.example.net", "SRV"): [
            "1 0 5060 gone.example.net.",
            "2 0 5070 one.example.net.",
        ]
    }

    async def test(_zone: Zone, resolver: Resolver, _clock: Clock) -> None:
        assert await resolver.resolve("example.net", 0) == (ONE,)

    run(HOSTS | records, test)


def test_a_domain_may_say_that_it_offers_no_such_service() -> None:
    """RFC 2782: the target is the root."""

    async def test(_zone: Zone, resolver: Resolver, _clock: Clock) -> None:
        with pytest.raises(LookUpError, match="offers no SIP over UDP"):
            await resolver.resolve("example.net", 0)

    run(HOSTS | {("_sip._udp.example.net", "SRV"): ["0 0 0 ."]}, test)


@pytest.mark.parametrize(
    ("transport", "prefix", "service", "port"),
    [
        (Transport.TCP, "_sip._tcp", "SIP+D2T", 5060),
        (Transport.TLS, "_sips._tcp", "SIPS+D2T", 5061),
    ],
)
def test_each_transport_has_its_own_service(
    transport: Transport, prefix: str, service: str, port: int
) -> None:
    """RFC 3263 section 4.1 and 4.2: by NAPTR, by SRV, or a host at the usual port."""

    async def test(zone: Zone, resolver: Resolver, _clock: Clock) -> None:
        first = Address("192.0.2.10", 5081, transport)
        assert await resolver.resolve("example.net", 0, transport) == (first,)
        second = Address("192.0.2.10", 5082, transport)
        assert await resolver.resolve("other.example.net", 0, transport) == (second,)
        plain = Address("192.0.2.10", port, transport)
        assert await resolver.resolve("one.example.net", 0, transport) == (plain,)
        zone.records[f"{prefix}.none.example.net", "SRV"] = ["0 0 0 ."]
        with pytest.raises(LookUpError, match=f"no SIP over {transport.name}"):
            await resolver.resolve("none.example.net", 0, transport)

    records = {
        ("example.net", "NAPTR"): [
            '10 10 "s" "SIP+D2U" "" _sip._udp.example.net.',
            f'20 10 "s" "{service}" "" _x.example.net.',
        ],
        ("_x.example.net", "SRV"): ["0 0 5081 one.example.net."],
        (f"{prefix}.other.example.net", "SRV"): ["0 0 5082 one.example.net."],
    }
    run(HOSTS | records, test)


def test_an_unknown_name_is_said_to_be_unknown() -> None:
    async def test(_zone: Zone, resolver: Resolver, _clock: Clock) -> None:
        with pytest.raises(LookUpError, match=r"nowhere\.example\.net: name not known"):
            await resolver.resolve("nowhere.example.net", 5060)

    run(HOSTS, test)


def test_an_answer_is_kept_for_as_long_as_it_says() -> None:
    async def test(zone: Zone, resolver: Resolver, clock: Clock) -> None:
        await resolver.resolve("one.example.net", 5060)
        clock.now += 299
        await resolver.resolve("one.example.net", 5060)
        assert len(zone.asked) == 2
        zone.records = {("one.example.net", "A"): ["192.0.2.77"]}
        clock.now += 2
        assert await resolver.resolve("one.example.net", 5060) == (Address("192.0.2.77", 5060),)

    run(HOSTS, test)


@pytest.mark.parametrize(("ttl", "kept"), [(0, 30), (10**6, 86400)])
def test_no_ttl_talks_us_into_a_storm_or_into_stone(ttl: int, kept: float) -> None:
    async def test(zone: Zone, resolver: Resolver, clock: Clock) -> None:
        zone.ttl = ttl
        await resolver.resolve("one.example.net", 5060)
        clock.now += kept - 1
        await resolver.resolve("one.example.net", 5060)
        assert len(zone.asked) == 2
        clock.now += 2
        await resolver.resolve("one.example.net", 5060)
        assert len(zone.asked) == 4

    run(HOSTS, test)


def test_the_last_good_answer_is_kept_while_nobody_answers() -> None:
    async def test(zone: Zone, resolver: Resolver, clock: Clock) -> None:
        await resolver.resolve("one.example.net", 5060)
        clock.now += 1000
        zone.silent = True
        assert await resolver.resolve("one.example.net", 5060) == (Address("192.0.2.10", 5060),)
        with pytest.raises(LookUpError, match="no name server answers"):
            await resolver.resolve("two.example.net", 5060)

    run(HOSTS, test, patience=0.2)


def test_the_loop_goes_on_while_the_name_service_is_silent() -> None:
    async def test(zone: Zone, resolver: Resolver, _clock: Clock) -> None:
        zone.silent = True
        loop, turns = asyncio.get_running_loop(), list[float]()
        asking = asyncio.ensure_future(resolver.resolve("one.example.net", 5060))
        while not asking.done():
            turns.append(loop.time())
            await asyncio.wait({asking}, timeout=0.01)
        assert isinstance(asking.exception(), LookUpError)
        assert len(turns) > 10

    run(HOSTS, test, patience=0.3)


def test_hosts_of_equal_priority_are_chosen_by_weight() -> None:
    """RFC 2782."""
    dice = random.Random(1)  # noqa: S311  reproducible on purpose
    heavy, light, last = Host("heavy", 1), Host("light", 2), Host("last", 3)
    services = [Service(2, 99, last), Service(1, 3, heavy), Service(1, 1, light)]
    orders = [in_order(services, dice) for _ in range(1000)]
    assert all(order[2] == last for order in orders)
    first = Counter(order[0].name for order in orders)
    assert 700 < first["heavy"] < 800


def test_weights_of_zero_are_no_trouble() -> None:
    dice = random.Random(1)  # noqa: S311  reproducible on purpose
    services = [Service(1, 0, Host("a", 1)), Service(1, 0, Host("b", 2))]
    assert {host.name for host in in_order(services, dice)} == {"a", "b"}
    assert in_order([], dice) == []


# behind the network's door


def test_a_numeric_host_needs_nobody() -> None:
    async def test(zone: Zone, resolver: Resolver, _clock: Clock) -> None:
        network = IpNetwork(resolver)
        assert await network.resolve("192.0.2.1", 0) == (Address("192.0.2.1", 5060),)
        assert await network.resolve("[2001:DB8::1]", 5062) == (Address("2001:db8::1", 5062),)
        assert zone.asked == []

    run(HOSTS, test)


def test_a_name_of_this_house_is_found_in_the_hosts_file() -> None:
    hosts = Path("/etc/hosts")
    if not hosts.exists() or "localhost" not in hosts.read_text():
        pytest.skip("this machine has no hosts file with localhost in it")

    async def test(zone: Zone, resolver: Resolver, _clock: Clock) -> None:
        found = await IpNetwork(resolver).resolve("localhost", 0)
        assert Address("127.0.0.1", 5060) in found
        assert zone.asked == []

    run(HOSTS, test)


def test_nobody_pays_for_the_library_who_has_no_names() -> None:
    said = subprocess.run(
        [sys.executable, "-c", "import sys, firmware.daemon; print('dns' in sys.modules)"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert said.stdout.strip() == "False"
