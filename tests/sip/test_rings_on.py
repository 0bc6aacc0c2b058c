"""Our own address changes while a call rings here: it rings on (REG-22, C08).

RFC 3261 section 13.2.2.4: the 200 brings the Contact that counts. Calls of ours end, and so do
those of which more was agreed on than that it rings.
"""

from __future__ import annotations

from typing import Any

import pytest

from firmware.causes import Code
from firmware.sip.events import (
    Accept,
    Address,
    AddressChanged,
    Alert,
    Ended,
    Established,
    LocalMedia,
    Refuse,
    Transport,
)
from firmware.sip.settings import Prack
from tests.sip.bench import CONTACT, LINES, MEDIA, OFFER, SERVER, Bench, within

HERE = Address("192.0.2.77", 5060)
RELIABLE = ("Supported", "100rel")


def invited(
    *more: tuple[str, str], source: Address = SERVER, **settings: Any
) -> tuple[Bench, int, str]:
    """A call comes to a box with one line: bench, call and token."""
    bench = Bench(lines=LINES[:1], **settings)
    token = bench.registers()
    invite = bench.request(
        "INVITE", f"sip:{token}@192.0.2.1:5060", more=(CONTACT, *more), body=OFFER
    )
    bench.brings(invite, source)
    bench.said.clear()
    return bench, bench.agent.board.last_call, token


def moves(bench: Bench) -> list[str]:
    """We are elsewhere; what is sent because of that, the REGISTER left out."""
    bench.clears()
    bench.feeds(AddressChanged(HERE))
    names = [getattr(m, "method", "") or str(getattr(m, "status", "")) for m in bench.wire]
    return [name for name in names if name != "REGISTER"]


def test_it_rings_on_and_is_answered_from_there() -> None:
    bench, call, token = invited()
    bench.feeds(Alert(call))
    assert moves(bench) == ["180"]
    ringing = next(m for m in bench.wire if getattr(m, "status", 0) == 180)
    assert ringing.contacts[0].uri == f"sip:{token}@{HERE}"
    bench.clears()
    bench.feeds(Accept(call, LocalMedia(HERE.host, 12000)))
    assert bench.targets == [SERVER]
    ok = bench.one("200 INVITE")
    assert (ok.to.tag, ok.contacts[0].uri) == (ringing.to.tag, f"sip:{token}@{HERE}")
    assert f"c=IN IP4 {HERE.host}".encode() in ok.body
    bench.last(Established)
    bench.brings(bench.request("ACK", ok.contacts[0].uri, **within(ok, 1)))
    bench.waits(5.0)
    assert not any(getattr(m, "status", 0) == 200 for m in bench.wire), "the ACK has come"


def test_what_has_not_rung_yet_goes_on_too() -> None:
    bench, call, _ = invited()
    assert moves(bench) == []
    bench.hears()
    bench.clears()
    bench.feeds(Refuse(call, 486))
    bench.gets("486 INVITE")


@pytest.mark.parametrize(
    "media", [pytest.param(None, id="a 180 waits"), pytest.param(MEDIA, id="and an answer")]
)
def test_a_reliable_response_has_said_where_we_were(media: LocalMedia | None) -> None:
    """RFC 3262: its PRACK goes there, and voice too."""
    bench, call, _ = invited(RELIABLE, prack=Prack.SUPPORTED)
    bench.feeds(Alert(call, media))
    assert moves(bench) == ["480"]
    ended: Ended = bench.last(Ended)
    assert ended.cause.code is Code.ADDRESS_CHANGED


def test_by_a_connection_it_ends() -> None:
    """The server would answer by the one that is gone."""
    source = Address(SERVER.host, 40000, Transport.TCP)
    bench, call, _ = invited(source=source)
    bench.feeds(Alert(call))
    assert moves(bench) == ["480"]
    assert bench.last(Ended).cause.code is Code.ADDRESS_CHANGED
