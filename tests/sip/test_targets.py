"""The set of servers."""

from __future__ import annotations

import pytest

from firmware.sip.events import Address, Resolve, Resolved, Server
from firmware.sip.servers import Life
from firmware.sip.targets import REFRESH, Targets, bare
from tests.sip.clock import run

A, B = Address("192.0.2.10", 5060), Address("192.0.2.11", 5060)


def test_a_numeric_server_needs_no_look_up() -> None:
    targets = Targets((Server("192.0.2.10"), Server("[2001:db8::1]", 5070)))
    assert targets.start(0.0) == []
    assert targets.deadline is None
    assert [way.address for way in targets.ways()] == [A, Address("2001:db8::1", 5070)]
    assert targets.lists(Address("2001:DB8::1", 1234))
    assert not targets.lists(B)


def addresses(targets: Targets, first: Server | None = None) -> list[Address]:
    return [way.address for way in targets.ways(first)]


def test_ways_lead_to_the_servers_whose_address_is_known_in_order() -> None:
    targets = Targets((Server("one.example"), Server("two.example")))
    asked = [Resolve("one.example", 5060), Resolve("two.example", 5060)]
    assert targets.start(0.0) == asked
    assert targets.ways() == ()
    targets.feed(Resolved("two.example", 5060, (B,)), 0.1)
    assert addresses(targets) == [B]
    targets.feed(Resolved("one.example", 5060, (A,)), 0.2)
    assert addresses(targets) == [A, B]
    assert addresses(targets, Server("two.example")) == [B, A]
    assert targets.lists(B)


def test_the_dead_are_tried_only_if_nobody_lives_and_the_barred_never() -> None:
    targets = Targets((Server(A.host), Server(B.host)))
    targets.judge(0, Life.DEAD, barred=False)
    assert addresses(targets) == [B]
    assert not targets.isolated
    targets.judge(1, Life.DEAD, barred=False)
    assert targets.isolated
    assert addresses(targets) == [A, B]
    assert not any(way.living for way in targets.ways())
    targets.judge(0, Life.DEAD, barred=True)
    assert addresses(targets) == [B]
    targets.judge(1, Life.DEAD, barred=True)
    assert targets.ways() == ()
    assert targets.problem == "192.0.2.10:5060: drill; 192.0.2.11:5060: drill"


def test_every_address_of_a_server_is_a_way_and_the_one_that_answers_the_first() -> None:
    targets = Targets((Server("one.example"),))
    targets.feed(Resolved("one.example", 5060, (A, B)), 0.0)
    assert addresses(targets) == [A, B]
    targets.prefer(Server("one.example"), B)
    assert addresses(targets) == [B, A]
    targets.feed(Resolved("one.example", 5060, (A, B)), 600.0)
    assert addresses(targets) == [B, A], "the same set again is no news"


def test_a_failed_look_up_keeps_the_last_good_answer() -> None:
    targets = Targets((Server("one.example"),))
    targets.start(0.0)
    targets.feed(Resolved("one.example", 5060, (A,)), 0.1)
    targets.feed(Resolved("one.example", 5060, (), "SERVFAIL"), 0.2)
    assert addresses(targets) == [A]


def test_an_unknown_name_is_asked_for_again_and_ever_less_often() -> None:
    targets = Targets((Server("one.example"),))
    targets.start(0.0)
    asked: list[float] = []

    def fails(now: float, _: Resolve) -> None:
        asked.append(now)
        targets.feed(Resolved("one.example", 5060, (), "NXDOMAIN"), now)

    targets.feed(Resolved("one.example", 5060, (), "NXDOMAIN"), 0.0)
    run(targets, 1500.0, fails)
    assert asked == [5, 15, 35, 75, 155, 315, 615, 915, 1215]
    assert "NXDOMAIN" in targets.problem


def test_a_known_name_is_looked_up_now_and_then() -> None:
    targets = Targets((Server("one.example"),))
    targets.start(0.0)
    targets.feed(Resolved("one.example", 5060, (A,)), 0.0)
    asked: list[float] = []
    run(targets, 3 * REFRESH, lambda now, _: asked.append(now))
    assert asked == [REFRESH, 2 * REFRESH, 3 * REFRESH]


def test_many_lines_that_ask_at_once_cause_one_look_up() -> None:
    targets = Targets((Server("one.example"),))
    assert len(targets.start(0.0)) == 1
    assert targets.look_up(1.0) == []
    assert len(targets.look_up(10.0)) == 1


def test_the_host_of_a_uri_is_found_if_it_is_numeric_or_a_server() -> None:
    targets = Targets((Server("sbc.example", 5070),))
    targets.feed(Resolved("sbc.example", 5070, (Address("192.0.2.10", 5070),)), 0.0)
    assert targets.address_of("SBC.example", 5070) == Address("192.0.2.10", 5070)
    assert targets.address_of("192.0.2.44", 5062) == Address("192.0.2.44", 5062)
    assert targets.address_of("elsewhere.example", 5060) is None


def test_the_name_service_says_the_port_where_the_configuration_does_not() -> None:
    targets = Targets((Server("sbc.example", 0), Server("192.0.2.11", 0)))
    targets.feed(Resolved("sbc.example", 0, (Address("192.0.2.10", 5080),)), 0.0)
    assert addresses(targets) == [Address("192.0.2.10", 5080), B]
    assert targets.address_of("sbc.example") == Address("192.0.2.10", 5080)
    assert targets.address_of("sbc.example", 5070) == Address("192.0.2.10", 5070)


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("[2001:DB8:0::1]", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("SBC.Example", "sbc.example"),
    ],
)
def test_an_address_has_one_spelling(written: str, plain: str) -> None:
    assert bare(written) == plain
