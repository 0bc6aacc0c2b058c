"""Telephones on different transports, joined by the exchange (RFC 5658, RFC 3261 section 16)."""

from __future__ import annotations

from dataclasses import replace

from firmware.sip.events import Garbled, Transport
from tests.exchange.bench import EXCHANGE, SDP, Bench

BY_TCP = replace(EXCHANGE, transport=Transport.TCP)
BY_TLS = replace(EXCHANGE, port=5061, transport=Transport.TLS)


def bench() -> Bench:
    """101 has a connection, number 7, and no listening socket; 102 and 103 send datagrams."""
    house = Bench((BY_TCP, BY_TLS))
    phone = house.phones[0]
    phone.address = replace(phone.address, transport=Transport.TCP, flow=7)
    phone.contact += ";transport=tcp"
    house.registered()
    return house


def test_a_call_between_two_transports_passes_by_both_doors() -> None:
    """Two Record-Routes, the caller's below; each side sees the transport that it speaks."""
    house = bench()
    a, b, _ = house.phones
    _, came, ok, _ = house.talk()
    assert [via.transport for via in came.vias] == ["UDP", "UDP"]
    assert [route.uri for route in ok.record_routes] == [
        "sip:192.0.2.9:5060;lr",
        "sip:192.0.2.9:5060;transport=tcp;lr",
    ]
    bye = a.within(ok, "BYE")
    got = b.one("BYE")
    assert not got.routes, "both of ours have been taken off"
    b.answers(got, 200)
    a.one(200)
    assert bye.call_id == got.call_id


def test_requests_to_a_telephone_go_by_the_connection_it_has_registered_by() -> None:
    house = bench()
    a, b, _ = house.phones
    b.calls("101")
    a.one("INVITE")
    sends = house.exchange.registrar.bindings("101", house.now)
    assert (sends[0].address.flow, sends[0].address.transport) == (7, Transport.TCP)


def test_the_called_side_can_end_it_too() -> None:
    house = bench()
    a, b, _ = house.phones
    _, _, _, said = house.talk()
    b.within(said, "BYE", called=True, contact=a.contact)
    a.answers(a.one("BYE"), 200)
    b.one(200)


def test_calls_on_one_transport_pass_by_one_door() -> None:
    house = bench()
    _, b, c = house.phones
    b.calls("103")
    came = c.one("INVITE")
    assert [route.uri for route in came.record_routes] == ["sip:192.0.2.9:5060;lr"]
    c.answers(came, 200, body=SDP)
    b.one(200)


def test_nonsense_on_a_connection_is_refused_if_it_is_a_request() -> None:
    house = bench()
    phone = house.phones[0]
    ask = phone.request("OPTIONS", "sip:192.0.2.9", to="101").encode()
    (refused,) = house.exchange.feed(Garbled(ask, phone.address, "no Content-Length", 400), 0.0)
    assert refused.data.startswith(b"SIP/2.0 400 ")
    assert house.exchange.feed(Garbled(b"\x16\x03", phone.address, "garbage", 400), 0.0) == []
