"""An INVITE that says for how long it holds (Expires, RFC 3261 section 13.3.1)."""

from __future__ import annotations

from typing import Any

import pytest

from firmware.causes import Code
from firmware.sip.events import Accept, Alert, Ended, Offered
from firmware.sip.settings import Prack
from tests.sip.bench import CONTACT, MEDIA, OFFER, US, Bench, within


def invited(expires: str, *more: tuple[str, str], **settings: Any) -> tuple[Bench, int]:
    bench = Bench(**settings)
    token = bench.registers()
    lines = (CONTACT, ("Expires", expires), *more)
    bench.brings(bench.request("INVITE", f"sip:{token}@192.0.2.1:5060", more=lines, body=OFFER))
    offered: Offered = bench.last(Offered)
    return bench, offered.call


def test_nobody_lifts_while_it_holds() -> None:
    """CO-11, section 13.3.1 step 1: 487, and the telephone is quiet again."""
    bench, call = invited("20")
    bench.feeds(Alert(call))
    bench.waits(19.9)
    bench.hears()
    bench.gets("180 INVITE")
    bench.waits(0.2)
    bench.gets("487 INVITE")
    ended: Ended = bench.last(Ended)
    assert ended.cause.code is Code.CALLER_ABANDONED
    assert ended.cause.sentence == (
        "The call of 8001 held for 20 s (Expires), and was not answered in that time."
    )
    bench.waits(40)
    assert not bench.agent.busy


def test_who_lifts_in_time_talks_on() -> None:
    bench, call = invited("20")
    bench.feeds(Alert(call))
    bench.waits(19)
    bench.feeds(Accept(call, MEDIA))
    _, ok = bench.gets("180 INVITE", "200 INVITE")
    bench.brings(bench.request("ACK", US, **within(ok, 1)))
    bench.said.clear()
    bench.waits(60)
    bench.hears()


def test_who_lifts_in_time_but_waits_for_a_prack_does_not() -> None:
    """Without a final response it is not answered."""
    bench, call = invited("20", ("Supported", "100rel"), prack=Prack.SUPPORTED)
    bench.feeds(Alert(call, MEDIA))
    bench.waits(19)
    bench.feeds(Accept(call, MEDIA))
    bench.clears()
    bench.waits(2)
    bench.gets("487 INVITE", "487 INVITE")
    assert bench.last(Ended).cause.code is Code.CALLER_ABANDONED


@pytest.mark.parametrize("expires", ["4294967295", "99999999999999", "soon", ""])
def test_what_is_no_time_or_longer_than_any_call_changes_nothing(expires: str) -> None:
    bench, call = invited(expires)
    bench.feeds(Alert(call))
    bench.waits(45)
    bench.hears()


def test_what_holds_no_longer_than_it_takes_to_say_so_does_not_ring() -> None:
    bench, _ = invited("0")
    bench.waits(0)
    bench.gets("487 INVITE")
    assert bench.last(Ended).cause.code is Code.CALLER_ABANDONED
