"""Who is not one of our servers sees a closed host; who is cannot drown us (faults 5.1, A10)."""

from __future__ import annotations

import gc

import pytest

from firmware.sip.events import Accept, Address, Datagram, Dropped, Ended, Offered
from firmware.sip.message import respond
from firmware.sip.transactions import MOST
from tests.hostile.scene import Ringing, Scene, Talking, dropped, statuses
from tests.sip.bench import ANSWER, CONTACT, MEDIA, OFFER, SDP, STRANGER

METHODS = ["INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "REGISTER", "UPDATE", "FOO"]
FLOOD = 20_000


@pytest.mark.parametrize("method", METHODS)
def test_a_stranger_who_knows_everything_gets_nothing(method: str) -> None:
    """Token, Call-ID and both tags do not help: not one datagram, and the call goes on."""
    scene = Talking()
    names = scene.within(99)
    for uri in (f"sip:{scene.token}@192.0.2.1", "sip:192.0.2.1", "sip:101@dom"):
        for to in ({}, names):
            request = scene.bench.request(method, uri, **to, more=(CONTACT,), body=OFFER)
            outputs = scene.throws(request.encode(), STRANGER)
            assert dropped(outputs)
            assert len(outputs) == 1
    scene.close()
    scene.settles()


@pytest.mark.parametrize(
    "host",
    ["::ffff:203.0.113.66", "2001:db8::66", "fe80::1%eth0", "127.0.0.1", "255.255.255.255", "::"],
)
def test_no_odd_address_passes_for_a_server(host: str) -> None:
    scene = Scene()
    request = scene.bench.request("OPTIONS", "sip:192.0.2.1")
    assert dropped(scene.throws(request.encode(), Address(host, 5060)))


def test_a_server_may_come_dressed_as_ipv6() -> None:
    scene = Scene()
    request = scene.bench.request("OPTIONS", "sip:192.0.2.1")
    source = Address("::ffff:192.0.2.10", 5060)
    assert statuses(scene.throws(request.encode(), source)) == [200]


@pytest.mark.parametrize("method", ["INVITE", "CANCEL"])
def test_a_wrong_token_gets_no_reply_even_from_a_server(method: str) -> None:
    scene = Ringing()
    for user in ("101", scene.token[:-1], scene.token + "0", scene.token.upper() + "x", "%00"):
        request = scene.bench.request(method, f"sip:{user}@192.0.2.1", more=(CONTACT,))
        outputs = scene.throws(request.encode())
        assert dropped(outputs)
        assert not statuses(outputs)
    scene.close()
    scene.settles()


@pytest.mark.parametrize("start", [b"SIP/2.0 200 OK", b"sip/2.0 999 x", b"OPTIONS sip:x SIP/2.0"])
def test_what_a_stranger_sends_is_not_even_read(start: bytes) -> None:
    """Fault A10, posture 5.1: reading costs more than a flood may; answers are no exception."""
    scene = Scene()
    scene.bench.calls()
    (why,) = scene.throws(
        start + b"\r\nVia: SIP/2.0/UDP \xff;branch=z9hG4bK" + b"0" * 24, STRANGER
    )
    assert why == Dropped(STRANGER, "not one of our servers")
    scene.settles()


def test_a_server_may_answer_from_another_of_its_addresses() -> None:
    """Only who was asked knows the branch."""
    scene = Scene()
    scene.bench.calls()
    busy = respond(scene.bench.one("INVITE"), 486, to_tag="b")
    assert isinstance(scene.throws(busy.encode(), STRANGER)[-1], Ended)
    scene.settles()


def test_a_flood_of_strangers_leaves_no_trace() -> None:
    scene = Talking()
    invite = scene.bench.request("INVITE", f"sip:{scene.token}@192.0.2.1", body=OFFER).encode()
    gc.collect()
    before = len(gc.get_objects())
    for number in range(FLOOD):
        data = invite.replace(b"z9hG4bK", b"z9hG4bK%d" % number)
        source = Address(f"203.0.113.{number % 250}", 1024 + number)
        assert len(scene.bench.agent.feed(Datagram(data, source), scene.bench.now)) == 1
    gc.collect()
    assert len(gc.get_objects()) - before < 100
    scene.close()
    scene.settles()


@pytest.mark.parametrize("method", ["INVITE", "OPTIONS", "FOO"])
def test_a_flood_from_a_server_fills_the_tables_so_far_and_no_further(method: str) -> None:
    """Fault A10: a forged source address, or a server gone mad; the call goes on unharmed."""
    scene = Talking()
    agent = scene.bench.agent
    uri = f"sip:{scene.token}@192.0.2.1"
    seen: set[int] = set()
    for number in range(MOST + 500):
        data = scene.bench.request(method, uri, call_id=f"f{number}", body=OFFER).encode()
        outputs = scene.throws(data)
        seen |= set(statuses(outputs))
        if number > MOST + 10:
            assert statuses(outputs) == [503], "overload is said"
            assert dropped(outputs), "and counted"
            assert b"Retry-After" not in outputs[0].data  # type: ignore[union-attr]
    assert 503 in seen
    assert len(agent.board.transactions) <= MOST + 1
    assert len(agent.board.calls) <= MOST
    scene.end()
    scene.settles()


def test_a_refused_request_may_be_sent_again_and_then_be_taken() -> None:
    """503 made no state: when the flood is over the same request finds its way."""
    scene = Scene()
    for number in range(MOST):
        scene.throws(scene.bench.request("OPTIONS", "sip:x@y", call_id=f"f{number}").encode())
    late = scene.bench.request("OPTIONS", "sip:192.0.2.1", call_id="late").encode()
    assert statuses(scene.throws(late)) == [503]
    scene.bench.waits(40.0)
    assert statuses(scene.throws(late)) == [200]


def test_only_so_many_calls_are_offered_at_once() -> None:
    scene = Scene()
    offered, refused = 0, 0
    for number in range(100):
        invite = scene.bench.request(
            "INVITE",
            f"sip:{scene.token}@192.0.2.1",
            call_id=f"c{number}",
            more=(CONTACT,),
            body=OFFER,
        )
        outputs = scene.throws(invite.encode())
        offered += any(isinstance(o, Offered) for o in outputs)
        refused += statuses(outputs) == [503]
    assert offered + refused == 100
    assert offered == len(scene.offered)
    assert 4 <= offered <= 32
    scene.settles()


def test_an_answer_from_everywhere_at_once_is_acknowledged_so_often_and_no_oftener() -> None:
    """B15 with a thousand telephones: each 2xx costs an ACK and a BYE, which has an end."""
    scene = Scene()
    scene.bench.calls()
    invite = scene.bench.one("INVITE")
    sent = 0
    for number in range(1000):
        ok = respond(invite, 200, to_tag=f"t{number}", headers=(CONTACT, SDP), body=ANSWER)
        sent += len(scene.sent(ok.encode()))
    assert 2 < sent < 100
    assert len(scene.bench.agent.board.transactions) < 50
    scene.settles()


def test_an_early_answer_from_everywhere_at_once_makes_eight_dialogs() -> None:
    """B14."""
    scene = Scene()
    scene.bench.calls()
    invite = scene.bench.one("INVITE")
    for number in range(1000):
        scene.throws(respond(invite, 183, to_tag=f"t{number}", headers=(CONTACT,)).encode())
    assert len(scene.bench.agent.board.calls._by_dialog) == 8
    scene.settles()


def test_an_answered_call_does_not_count_as_waiting() -> None:
    scene = Scene()
    for number in range(3):
        invite, offered = scene.bench.rings(scene.token, call_id=f"c{number}")
        scene.bench.feeds(Accept(offered.call, MEDIA))
        assert invite.method == "INVITE"
    scene.bench.clears()
    scene.settles()
