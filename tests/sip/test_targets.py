"""The set of servers."""

from __future__ import annotations

import pytest

from firmware.sip.events import Address, Resolve, Resolved, Server
from firmware.sip.targets import REFRESH, Targets, bare
from tests.sip.clock import run

A, B = Address("192.0.2.10", 5060), Address("192.0.2.11", 5060)


def test_a_numeric_server_needs_no_look_up() -> None:
    targets = Targets((Server("192.0.2.10"), Server("[2001:db8::1]", 5070)))
    assert targets.start(0.0) == []
    assert targets.deadline is None
    assert targets.address == A
    assert targets.lists(Address("2001:DB8::1", 1234))
    assert not targets.lists(B)


def test_the_first_server_whose_address_is_known_is_in_use() -> None:
    targets = Targets((Server("one.example"), Server("two.example")))
    asked = [Resolve("one.example", 5060), Resolve("two.example", 5060)]
    assert targets.start(0.0) == asked
    assert targets.current is None
    targets.feed(Resolved("two.example", 5060, (B,)), 0.1)
    assert targets.address == B
    targets.feed(Resolved("one.example", 5060, (A,)), 0.2)
    assert targets.address == A
    assert targets.lists(B)


def test_a_failed_look_up_keeps_the_last_good_answer() -> None:
    targets = Targets((Server("one.example"),))
    targets.start(0.0)
    targets.feed(Resolved("one.example", 5060, (A,)), 0.1)
    targets.feed(Resolved("one.example", 5060, (), "SERVFAIL"), 0.2)
    assert targets.address == A


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
