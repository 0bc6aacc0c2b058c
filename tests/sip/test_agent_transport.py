"""The agent by TCP and TLS: what its messages say of it, and where they go (L5, L71, C09)."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from firmware.sip.events import (
    Accept,
    Address,
    Datagram,
    Dropped,
    Garbled,
    HangUp,
    Offered,
    Reconnected,
    Register,
    RegisterStatus,
    Server,
    Transport,
    TransportFailed,
)
from firmware.sip.message import Headers, Request
from tests.sip.bench import ANSWER, LINES, LOCAL, MEDIA, OFFER, SDP, SERVER, STRANGER, Bench

RELIABLE = [Transport.TCP, Transport.TLS]


class Streams(Bench):
    """A bench whose server is spoken to by connections."""

    def __init__(self, transport: Transport, **settings: Any) -> None:
        self.server = replace(SERVER, transport=transport, port=transport.port)
        known = Server(SERVER.host, self.server.port, transport)
        usual = {"servers": (known,), "local": replace(LOCAL, transport=transport)}
        super().__init__(**{**usual, **settings})

    def registered(self) -> None:
        """Both lines, as the server has them."""
        self.starts()
        self.later(1.0)
        for request in [m for m in self.wire if isinstance(m, Request)]:
            contact = request.headers.get("Contact") or ""
            self.replies(request, 200, more=(("Contact", f"{contact};expires=3600"),))
        self.clears()

    def later(self, seconds: float) -> None:
        end = self.now + seconds
        while (due := self.agent.deadline) is not None and due <= end:
            self.now = max(self.now, due)
            self._out(self.agent.tick(self.now))
        self.now = end

    def established(self, record_route: str) -> int:
        """A call of ours that is answered by way of that route."""
        call = self.calls()
        invite = self.one("INVITE")
        more = (("Record-Route", record_route), ("Contact", "<sip:b@198.51.100.7:5099>"), SDP)
        self.replies(invite, 200, more=more, body=ANSWER)
        return call


@pytest.mark.parametrize("transport", RELIABLE)
def test_via_and_contact_name_the_transport_and_nothing_is_sent_twice(
    transport: Transport,
) -> None:
    bench = Streams(transport)
    bench.starts()
    bench.later(1.0)
    register = next(m for m in bench.wire if isinstance(m, Request))
    assert register.via.transport == transport.name
    assert (register.headers.get("Contact") or "").endswith(f";transport={transport.value}>")
    assert set(bench.targets) == {bench.server}
    bench.clears()
    bench.later(30.0)
    bench.gets()


@pytest.mark.parametrize(
    ("transport", "route"),
    [
        *product(
            RELIABLE,
            (
                "<sip:192.0.2.10;lr>",
                "<sip:192.0.2.10:5060;lr>",
                "<sip:192.0.2.10:5060;transport=udp;lr>",
                "<sip:192.0.2.10:{port};transport={name};lr>",
            ),
        ),
        (Transport.TLS, "<sips:192.0.2.10;lr>"),
    ],
)
def test_within_a_dialog_requests_stay_on_the_connection_to_the_server(
    transport: Transport, route: str
) -> None:
    """L71: whatever the Record-Route says of transport or port; never by less than we speak."""
    bench = Streams(transport)
    text = route.format(port=bench.server.port, name=transport.value)
    call = bench.established(text)
    bench.clears()
    bench.feeds(HangUp(call))
    assert bench.targets == [bench.server]
    bye = bench.one("BYE")
    assert bye.via.transport == transport.name


def test_a_route_that_names_tls_is_gone_by_tls() -> None:
    """Better than we speak to our servers is taken; sips means TLS (26.2.2)."""
    bench = Streams(Transport.TCP)
    call = bench.established("<sips:203.0.113.5;lr>")
    bench.clears()
    bench.feeds(HangUp(call))
    assert bench.targets == [Address("203.0.113.5", 5061, Transport.TLS)]


def test_who_speaks_tls_goes_to_nobody_by_less() -> None:
    bench = Streams(Transport.TLS)
    call = bench.established("<sip:203.0.113.5:5060;transport=udp;lr>")
    bench.clears()
    bench.feeds(HangUp(call))
    assert [target.transport for target in bench.targets] == [Transport.TLS]


def test_after_a_connection_was_lost_and_found_the_lines_register_again() -> None:
    """C09: the registrar knew us by a connection that is no more; it was not our failure."""
    bench = Streams(Transport.TCP)
    bench.registered()
    bench.feeds(TransportFailed(bench.server, "the server has closed the connection"))
    assert bench.agent.registration(1).status is RegisterStatus.REGISTERED
    bench.gets()
    bench.feeds(Reconnected(bench.server))
    bench.later(2.0)
    bench.gets("REGISTER", "REGISTER")


def test_a_connection_that_comes_to_stand_with_a_register_on_it_asks_for_no_other() -> None:
    """C09, REG-04: what is out is answered by this connection; a line has one REGISTER out."""
    first, standby = (Server(host, 5060, Transport.TCP) for host in ("192.0.2.10", "192.0.2.11"))
    bench = Streams(Transport.TCP, servers=(first, standby), lines=LINES[:1])
    bench.starts()
    bench.later(1.0)
    bench.feeds(TransportFailed(bench.server, "no answer to the attempt to connect"))
    there = replace(bench.server, host=standby.host)
    assert bench.targets == [bench.server, there]
    bench.clears()
    bench.feeds(Reconnected(there))
    bench.later(2.0)
    bench.gets()


def test_why_there_is_no_connection_is_told_of_the_line() -> None:
    bench = Streams(Transport.TLS)
    bench.starts()
    bench.later(1.0)
    bench.feeds(TransportFailed(bench.server, "its certificate: it has expired"))
    state = bench.agent.registration(1)
    assert state.status is RegisterStatus.FAILED
    assert state.last_error == "cannot be sent: its certificate: it has expired"
    assert state.next_attempt_at is not None


def test_a_call_that_comes_by_a_connection_is_answered_by_it() -> None:
    """18.2.2, and CO-05: the 200 is repeated until its ACK comes, over TCP too."""
    bench = Streams(Transport.TCP)
    bench.registered()
    token = bench.agent.board.lines[1].token
    source = Address(SERVER.host, 40321, Transport.TCP, flow=9)
    invite = Request(
        "INVITE",
        f"sip:{token}@192.0.2.1:5060;transport=tcp",
        Headers(
            (
                ("Via", "SIP/2.0/TCP 192.0.2.10:5060;branch=z9hG4bKin"),
                ("From", "<sip:8001@dom>;tag=a"),
                ("To", "<sip:101@dom>"),
                ("Call-ID", "in"),
                ("CSeq", "1 INVITE"),
                ("Contact", "<sip:8001@192.0.2.10:5060;transport=tcp>"),
                SDP,
            )
        ),
        OFFER,
    )
    bench.brings(invite, source)
    offered = bench.last(Offered)
    bench.feeds(Accept(offered.call, MEDIA))
    assert {target.flow for target in bench.targets} == {9}
    assert {target.port for target in bench.targets} == {5060}, "if the connection has gone"
    bench.clears()
    bench.later(0.6)
    bench.gets("200 INVITE")


@pytest.mark.parametrize("source", [SERVER, STRANGER])
def test_nonsense_on_a_connection_is_counted_and_refused_to_servers_only(source: Address) -> None:
    """A04: 400 to a request; a stranger hears nothing, whatever he says."""
    bench = Bench()
    bench.starts()
    bench.clears()
    ask = (
        b"OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bK1\r\nFrom: <sip:x@y>;tag=1"
        b"\r\nTo: <sip:a@b>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n\r\n"
    )
    by = replace(source, transport=Transport.TCP, flow=3)
    bench.feeds(Garbled(ask, by, "no Content-Length", 400))
    assert bench.dropped[-1] == Dropped(by, "no Content-Length")
    assert bench.targets == ([by] if source == SERVER else [])


def test_while_cut_off_a_gateway_with_connections_joins_its_own_lines() -> None:
    """HB-08: the INVITE goes to ourselves, by whatever transport."""
    bench = Streams(Transport.TLS, heartbeat_s=5.0, heartbeat_lost=1)
    bench.starts()
    bench.later(40.0)
    bench.clears()
    bench.said.clear()
    assert bench.agent.board.failover.targets.isolated
    bench.calls("102")
    assert bench.targets == [replace(LOCAL, transport=Transport.TLS)]
    invite = bench.one("INVITE")
    bench.feeds(Datagram(invite.encode(), replace(LOCAL, transport=Transport.TLS)))
    assert bench.last(Offered).line == 2


def test_register_by_hand_works_on_connections() -> None:
    bench = Streams(Transport.TCP)
    bench.registered()
    bench.feeds(Register(1))
    bench.later(1.0)
    bench.gets("REGISTER")
