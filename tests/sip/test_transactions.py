"""Which transaction a message belongs to, and a client and a server on a bad line."""

from __future__ import annotations

import random
from dataclasses import replace
from heapq import heappop, heappush
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.sip.events import Address, Transport
from firmware.sip.layer import (
    Arrived,
    Closed,
    NoReply,
    Output,
    Overloaded,
    Reply,
    Stray,
    Wire,
)
from firmware.sip.message import Request, Response, respond
from firmware.sip.transactions import Transactions
from tests.sip.messages import LOCAL, SERVER, ack, request, response

Layer = Transactions[str]


def test_a_response_finds_its_request_by_branch_and_method() -> None:
    layer: Layer = Transactions()
    invite, bye = request("INVITE"), request("BYE")
    assert layer.ask(invite, SERVER, "call", 0.0) == [Wire(invite, SERVER)]
    layer.ask(bye, SERVER, "other", 0.0)
    ok = response(200, bye)
    assert layer.receive(ok, SERVER, 0.1) == [Reply("other", bye, ok, SERVER)]
    assert layer.receive(ok, SERVER, 0.2) == []
    busy = response(486, invite)
    wire, reply = layer.receive(busy, SERVER, 0.3)
    assert isinstance(wire, Wire)
    assert reply == Reply("call", invite, busy, SERVER)


def test_a_response_to_nothing_or_with_two_vias_is_stray() -> None:
    """RFC 3261 section 8.1.3.3."""
    layer: Layer = Transactions()
    invite = request()
    layer.ask(invite, SERVER, "call", 0.0)
    other = response(200, request(branch="z9hG4bKother"))
    assert layer.receive(other, SERVER, 0.1) == [Stray(other, SERVER)]
    ok = response(200, invite)
    two = Response(200, "OK", ok.headers.appended("Via", str(invite.via)))
    assert layer.receive(two, SERVER, 0.1) == [Stray(two, SERVER)]


def test_only_so_many_requests_are_remembered_and_twice_as_many_of_calls() -> None:
    """A10: how many may be is a matter of how many lines there are."""
    layer: Layer = Transactions(most=2)
    for branch in ("z9hG4bKa", "z9hG4bKb"):
        *_, arrived = layer.receive(request("OPTIONS", branch=branch), SERVER, 0.0)
        assert isinstance(arrived, Arrived)
    third = request("OPTIONS", branch="z9hG4bKc")
    refused, counted = layer.receive(third, SERVER, 0.0)
    assert isinstance(refused, Wire)
    assert isinstance(refused.message, Response)
    assert refused.message.status == 503
    assert isinstance(counted, Overloaded)
    for branch, may in (("z9hG4bKc", True), ("z9hG4bKd", True), ("z9hG4bKe", False)):
        bye = request("BYE", branch=branch)
        *_, urgent = layer.receive(bye, SERVER, 0.0, urgent=True)
        assert isinstance(urgent, Arrived if may else Overloaded)
    assert len(layer) == 4


def test_a_request_comes_in_once_however_often_it_is_sent() -> None:
    """B01; the responses go back to where it came from (RFC 3581)."""
    layer: Layer = Transactions()
    invite = request()
    source = Address("192.0.2.10", 5088)
    (arrived,) = layer.receive(invite, source, 0.0)
    assert isinstance(arrived, Arrived)
    assert (arrived.request.via.received, arrived.request.via.rport) == ("192.0.2.10", 5088)
    assert layer.receive(invite, source, 0.1) == []
    ringing = response(180, arrived.request)
    assert layer.answer(arrived.key, ringing, 0.2) == [Wire(ringing, source)]
    assert layer.receive(invite, source, 0.5) == [Wire(ringing, source)]


def test_at_the_limit_a_call_may_still_be_cancelled_but_not_one_that_nobody_knows() -> None:
    """A10, RFC 3261 section 9.2."""
    layer: Layer = Transactions(most=1)
    layer.receive(request("INVITE"), SERVER, 0.0)
    stray = request("CANCEL", branch="z9hG4bKstray")
    assert isinstance(layer.receive(stray, SERVER, 0.1)[-1], Overloaded)
    assert isinstance(layer.receive(request("CANCEL"), SERVER, 0.2)[-1], Arrived)


def test_an_answer_that_comes_after_its_request_is_forgotten_goes_nowhere() -> None:
    """RFC 3261 section 17.2.2: Timer J is over, nobody is there any more to whom it would go."""
    layer: Layer = Transactions()
    (arrived,) = layer.receive(request("OPTIONS"), SERVER, 0.0)
    assert isinstance(arrived, Arrived)
    layer.answer(arrived.key, response(200, arrived.request), 0.1)
    layer.own(arrived.key, "options")
    assert layer.tick(32.1) == [Closed("options")]
    assert layer.answer(arrived.key, response(500, arrived.request), 32.2) == []


@pytest.mark.parametrize(
    "other",
    [
        request(branch="z9hG4bKb2"),
        Request(
            "INVITE",
            "sip:8001@dom",
            request().headers.replaced(
                "Via", "SIP/2.0/UDP 192.0.2.77:5060;branch=z9hG4bKb1;rport"
            ),
        ),
        request("BYE"),
    ],
)
def test_another_branch_sender_or_method_is_another_request(other: Request) -> None:
    """RFC 3261 section 17.2.3."""
    layer: Layer = Transactions()
    layer.receive(request(), SERVER, 0.0)
    assert isinstance(layer.receive(other, SERVER, 0.0)[-1], Arrived)


def test_requests_of_clients_from_before_rfc_3261_are_matched_by_what_they_have() -> None:
    """A branch without the magic cookie, or with nothing behind it, proves nothing."""
    layer: Layer = Transactions()
    for branch in ("1", "z9hG4bK"):
        old = request(branch=branch, call_id=branch)
        assert isinstance(layer.receive(old, SERVER, 0.0)[-1], Arrived)
        assert layer.receive(old, SERVER, 0.1) == []
        later = request(branch=branch, call_id=branch, cseq=2)
        assert isinstance(layer.receive(later, SERVER, 0.0)[-1], Arrived)


def test_the_ack_to_a_failure_is_absorbed_and_that_to_a_2xx_comes_through() -> None:
    layer: Layer = Transactions()
    for status, through in ((486, False), (200, True)):
        invite = request(branch=f"z9hG4bK{status}", call_id=str(status))
        (arrived,) = layer.receive(invite, SERVER, 0.0)
        assert isinstance(arrived, Arrived)
        layer.answer(arrived.key, response(status, arrived.request), 0.1)
        came = layer.receive(ack(invite), SERVER, 0.2)
        assert bool(came) is through
    own_branch = ack(request(branch="z9hG4bKack"))
    assert isinstance(layer.receive(own_branch, SERVER, 0.3)[0], Arrived)


def test_a_cancel_finds_its_invite() -> None:
    layer: Layer = Transactions()
    (arrived,) = layer.receive(request(), SERVER, 0.0)
    assert isinstance(arrived, Arrived)
    layer.own(arrived.key, "call")
    found = layer.invite_of(request("CANCEL"))
    assert found is not None
    assert found.user == "call"
    assert layer.invite_of(request("CANCEL", branch="z9hG4bKother")) is None


def test_what_cannot_be_reached_fails_for_everybody_who_waits_for_it() -> None:
    layer: Layer = Transactions()
    one, two = request("BYE", branch="z9hG4bK1"), request("INVITE", branch="z9hG4bK2")
    elsewhere = request("BYE", branch="z9hG4bK3")
    layer.ask(one, SERVER, "a", 0.0)
    layer.ask(two, SERVER, "b", 0.0)
    layer.ask(elsewhere, LOCAL, "c", 0.0)
    assert layer.unreachable(SERVER, 0.1) == [
        NoReply("a", one, 503),
        Closed("a"),
        NoReply("b", two, 503),
        Closed("b"),
    ]


class Line:
    """A client layer and a server layer, and a seed that decides what arrives."""

    def __init__(self, seed: int, loss: float) -> None:
        self.chance = random.Random(seed)  # noqa: S311  reproducible on purpose
        self.loss = loss
        self.sides: dict[Address, Layer] = {LOCAL: Transactions(), SERVER: Transactions()}
        self.finals: list[Output[str]] = []
        self.arrived = 0
        self._due: list[tuple[float, int, Address, Request | Response]] = []
        self._numbers = count()

    def out(self, where: Address, outputs: list[Output[str]], now: float) -> None:
        for output in outputs:
            match output:
                case Wire(message):
                    to = SERVER if where == LOCAL else LOCAL
                    copies = self.chance.choice([1, 1, 2])
                    for _ in range(copies if self.chance.random() >= self.loss else 0):
                        at = now + self.chance.uniform(0, 0.4)
                        heappush(self._due, (at, next(self._numbers), to, message))
                case Arrived(key, asked) if asked.method != "ACK":
                    self.arrived += 1
                    status = self.chance.choice([200, 404, 486, 503])
                    final = respond(asked, status, to_tag="b")
                    self.out(where, self.sides[where].answer(key, final, now), now)
                case Reply(_, _, answer) if answer.status >= 300:
                    self.finals.append(output)
                case Reply(_, asked, answer) if answer.status >= 200:
                    if asked.method != "INVITE" or not self.finals:
                        self.finals.append(output)
                case NoReply():
                    self.finals.append(output)

    def run(self, until: float) -> None:
        now = 0.0
        while now < until:
            due = [(at, w) for w, side in self.sides.items() if (at := side.deadline) is not None]
            tick_at, where = min(due, key=lambda d: d[0], default=(until, LOCAL))
            if self._due and self._due[0][0] <= tick_at:
                at, _, to, message = heappop(self._due)
                now = max(now, at)
                source = SERVER if to == LOCAL else LOCAL
                self.out(to, self.sides[to].receive(message, source, now), now)
            else:
                now = max(now, tick_at)
                self.out(where, self.sides[where].tick(now), now)


@given(
    st.integers(0, 10**9),
    st.sampled_from([0.0, 0.2, 0.5, 0.9]),
    st.sampled_from(["INVITE", "BYE"]),
)
@settings(max_examples=100, deadline=None)
def test_on_any_line_both_sides_end_and_the_user_hears_of_one_end(
    seed: int, loss: float, method: str
) -> None:
    line = Line(seed, loss)
    asked = request(method)
    line.out(LOCAL, line.sides[LOCAL].ask(asked, SERVER, "user", 0.0), 0.0)
    line.run(200.0)
    assert len(line.finals) == 1
    assert line.arrived <= 1
    assert [len(side) for side in line.sides.values()] == [0, 0]


# on which transport


def by_tcp(address: Address) -> Address:
    return replace(address, transport=Transport.TCP)


def large(method: str = "INVITE") -> Request:
    """A request that does not fit a datagram."""
    small = request(method, branch=f"z9hG4bKlarge{method}")
    return Request(small.method, small.uri, small.headers, b"x" * 1300)


def wires(outputs: list[Output[str]]) -> list[Wire]:
    return [output for output in outputs if isinstance(output, Wire)]


def test_over_a_connection_nothing_is_sent_twice_and_nothing_is_waited_for_afterwards() -> None:
    """Table 4 of RFC 3261: A, E and G off; D, I, J and K zero; B and F as ever."""
    layer: Layer = Transactions()
    layer.ask(request("INVITE"), by_tcp(SERVER), "call", 0.0)
    layer.ask(request("BYE", branch="z9hG4bKbye"), by_tcp(SERVER), "bye", 0.0)
    assert layer.deadline == 32.0
    lost = layer.tick(32.0)
    assert [output.status for output in lost if isinstance(output, NoReply)] == [408, 408]
    assert not wires(lost)
    again = request("BYE", branch="z9hG4bKother")
    layer.ask(again, by_tcp(SERVER), "bye", 40.0)
    reply, closed = layer.receive(response(200, again), by_tcp(SERVER), 40.1)
    assert isinstance(reply, Reply)
    assert isinstance(closed, Closed)
    assert len(layer) == 0


def test_the_via_names_what_carries_the_request() -> None:
    layer: Layer = Transactions()
    asked = request("BYE")
    (wire,) = wires(layer.ask(asked, by_tcp(SERVER), "bye", 0.0))
    assert isinstance(wire.message, Request)
    assert wire.message.via.transport == "TCP"
    assert wire.message.via.branch == asked.via.branch
    passed = layer.pass_on(ack(request()), by_tcp(SERVER), 0.0)
    assert passed.message.via.transport == "TCP"


def test_a_request_larger_than_1300_bytes_goes_by_tcp() -> None:
    """18.1.1; its user knows it as it was, CANCEL takes the same way."""
    layer: Layer = Transactions()
    invite = large()
    (wire,) = wires(layer.ask(invite, SERVER, "call", 0.0))
    assert wire.target == by_tcp(SERVER)
    assert isinstance(wire.message, Request)
    assert wire.message.via.transport == "TCP"
    cancel = request("CANCEL", branch=invite.via.branch)
    (wire,) = wires(layer.ask(cancel, SERVER, "call", 0.1))
    assert wire.target == by_tcp(SERVER)
    busy = response(486, invite)
    *_, reply = [o for o in layer.receive(busy, by_tcp(SERVER), 0.2) if isinstance(o, Reply)]
    assert reply.request is invite
    small = request("BYE", branch="z9hG4bKsmall")
    (wire,) = wires(layer.ask(small, SERVER, "bye", 0.3))
    assert wire.target == SERVER


def test_where_nobody_takes_tcp_a_large_request_goes_by_datagram_after_all() -> None:
    """18.1.1; with retransmissions, and for ten minutes without asking for TCP again."""
    layer: Layer = Transactions()
    (first,) = wires(layer.ask(large(), SERVER, "call", 0.0))
    (second,) = wires(layer.unreachable(first.target, 0.1, "refused"))
    assert second.target == SERVER
    assert isinstance(second.message, Request)
    assert second.message.via.transport == "UDP"
    (third,) = wires(layer.tick(0.6))
    assert third == second
    (other,) = wires(layer.ask(large("MESSAGE"), SERVER, "other", 1.0))
    assert other.target == SERVER
    (later,) = wires(layer.ask(large("INFO"), SERVER, "later", 700.0))
    assert later.target == by_tcp(SERVER)


def test_an_invite_that_was_given_up_is_not_sent_again_by_another_transport() -> None:
    """C02: the call has gone on to another server; here nothing shall ring any more."""
    layer: Layer = Transactions()
    invite = large()
    layer.ask(invite, SERVER, "call", 0.0)
    layer.hush(invite, 3.0)
    assert layer.unreachable(by_tcp(SERVER), 10.0, "no answer") == [
        NoReply("call", invite, 503, "no answer"),
        Closed("call"),
    ]


def test_what_could_not_be_sent_comes_back_with_the_reason() -> None:
    layer: Layer = Transactions()
    asked = request("REGISTER")
    layer.ask(asked, by_tcp(SERVER), "line", 0.0)
    assert layer.unreachable(by_tcp(SERVER), 0.1, "it has expired") == [
        NoReply("line", asked, 503, "it has expired"),
        Closed("line"),
    ]


def test_a_bye_that_finds_no_connection_is_tried_until_the_server_is_back() -> None:
    """C02, C09: at the pauses of Timer E, and for as long as Timer F."""
    layer: Layer = Transactions()
    bye = request("BYE")
    layer.ask(bye, by_tcp(SERVER), "call", 0.0)
    assert layer.unreachable(by_tcp(SERVER), 1.0, "lost") == []
    moments = []
    while (due := layer.deadline) is not None and due < 20.0:
        moments += [due] * len(wires(layer.tick(due)))
        assert layer.unreachable(by_tcp(SERVER), due, "refused") == []
    assert moments == [1.5, 2.5, 4.5, 8.5, 12.5, 16.5]
    reply, *_ = layer.receive(response(200, bye), by_tcp(SERVER), 20.0)
    assert isinstance(reply, Reply)


def test_a_bye_is_tried_again_though_somebody_has_begun_to_work_on_it() -> None:
    """C02: a server that said 100 and then lost the connection may have lost the BYE as well."""
    layer: Layer = Transactions()
    bye = request("BYE")
    layer.ask(bye, by_tcp(SERVER), "call", 0.0)
    layer.receive(response(100, bye), by_tcp(SERVER), 0.1)
    assert layer.unreachable(by_tcp(SERVER), 1.0, "lost") == []
    assert len(wires(layer.tick(1.5))) == 1


def test_the_answer_to_a_request_by_a_connection_names_the_connection() -> None:
    """18.2.2: back by the same; the port of the Via is for when it has gone."""
    layer: Layer = Transactions()
    source = Address(SERVER.host, 40123, Transport.TCP, flow=7)
    came = request("OPTIONS", branch="z9hG4bKtheirs")
    arrived = layer.receive(came, source, 0.0)[-1]
    assert isinstance(arrived, Arrived)
    wire, *_ = layer.answer(arrived.key, respond(arrived.request, 200), 0.1)
    assert isinstance(wire, Wire)
    assert wire.target.flow == 7
    assert wire.target.port == (came.via.port or 5060)
    assert len(layer) == 0, "Timer J is zero"
