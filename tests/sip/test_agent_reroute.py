"""One INVITE or REGISTER goes to the next server (BW-03, table 3.2), and calls within the box."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from firmware.causes import Code
from firmware.sip.events import (
    Accept,
    Alert,
    Ended,
    Established,
    HangUp,
    LocalMedia,
    Offered,
    Proceeding,
    Refuse,
    RegisterStatus,
    Resolved,
    Server,
    TransportFailed,
)
from firmware.sip.message import Request, respond
from firmware.sip.servers import Drill, Life
from tests.sip.bench import ANSWER, CONTACT, LINES, LOCAL, SDP
from tests.sip.pair import ONE, SERVERS, TWO, Pair

ONE_LINE = LINES[:1]
CHALLENGE = 'Digest realm="dom", nonce="{}", algorithm=MD5, qop="auth"'


def registered(**settings: Any) -> Pair:
    pair = Pair(heartbeat_s=0.0, **settings)
    pair.starts()
    pair.waits(1.0)
    pair.clears()
    return pair


def rerouted(pair: Pair) -> tuple[int, Request, Request]:
    """A call that the first server does not answer: its number, and both INVITEs."""
    call = pair.calls()
    pair.waits(4.0)
    assert pair.times == [1.0, 1.5, 2.5, 4.5, 5.0]
    assert pair.targets == [ONE, ONE, ONE, ONE, TWO]
    first, *_, second = pair.gets(*["INVITE"] * 5)
    return call, first, second


def answers(pair: Pair, request: Request, status: int, tag: str = "late") -> None:
    """The first server answers, after all."""
    more = (CONTACT, SDP) if 200 <= status < 300 else ()
    body = ANSWER if 200 <= status < 300 else b""
    pair.brings(respond(request, status, to_tag=tag, headers=more, body=body), ONE)


def test_an_invite_without_any_answer_goes_to_the_next_server() -> None:
    """BW-03, ladder 14.18 steps 1 and 2; chapter 16: at 0, 0.5, 1.5 and 3.5 s, then the next."""
    pair = registered()
    _, first, second = rerouted(pair)
    assert (second.call_id, second.from_.tag) == (first.call_id, first.from_.tag)
    assert second.cseq == first.cseq
    assert (second.uri, second.body) == (first.uri, first.body)
    assert second.via.branch != first.via.branch
    assert first.headers.get("Route") == "<sip:192.0.2.10:5060;lr>"
    assert second.headers.get("Route") == "<sip:192.0.2.11:5060;lr>"
    pair.waits(30.0)
    assert set(pair.targets) == {TWO}, "the first INVITE is not sent again"
    assert [name for name, _ in second.headers.items()] == [n for n, _ in first.headers.items()]


def test_the_call_goes_on_there_as_if_nothing_had_been() -> None:
    """Ladder 14.18 steps 3 to 5."""
    pair = registered()
    call, _, second = rerouted(pair)
    pair.replies(second, 100)
    pair.replies(second, 180)
    pair.hears(Proceeding(call, 180))
    pair.waits(20.0)
    pair.gets()
    pair.replies(second, 200, more=(CONTACT,), body=ANSWER)
    assert pair.last(Established).call == call
    pair.one("ACK")


def test_a_late_answer_of_the_first_is_acknowledged_and_ended() -> None:
    """Ladder 14.18 steps 6a and 7a: the person notices nothing."""
    pair = registered()
    call, first, second = rerouted(pair)
    pair.replies(second, 180)
    pair.hears(Proceeding(call, 180))
    answers(pair, first, 200)
    ack, bye = pair.gets("ACK", "BYE")
    assert ack.to.tag == bye.to.tag == "late"
    assert bye.cseq.number == ack.cseq.number + 1
    answers(pair, first, 200)
    assert pair.one("ACK").encode() == ack.encode(), "the same bytes again"
    pair.brings(respond(bye, 200), ONE)
    pair.hears()
    pair.replies(second, 200, more=(CONTACT,), body=ANSWER)
    assert pair.last(Established).call == call
    pair.one("ACK")
    pair.feeds(HangUp(call))
    assert pair.one("BYE").to.tag == "b"


def test_a_late_error_of_the_first_is_acknowledged_in_its_transaction() -> None:
    """Ladder 14.18 steps 6b and 7b."""
    pair = registered()
    _, first, _ = rerouted(pair)
    answers(pair, first, 486)
    ack = pair.one("ACK")
    assert ack.via.branch == first.via.branch
    pair.hears()


def test_a_late_ringing_of_the_first_is_cancelled_once() -> None:
    """Sip 4: a late 1xx is told that nobody waits."""
    pair = registered()
    _, first, _ = rerouted(pair)
    answers(pair, first, 180)
    answers(pair, first, 183)
    cancel = pair.one("CANCEL")
    assert cancel.via.branch == first.via.branch
    pair.brings(respond(cancel, 200, to_tag="c"), ONE)
    answers(pair, first, 487)
    pair.one("ACK")
    pair.hears()


@pytest.mark.parametrize("answered", [True, False])
def test_a_first_server_that_rings_and_never_ends_it_is_forgotten(answered: bool) -> None:
    """Section 9.1, FC-03: 64*T1 after our CANCEL, whether that was answered or not."""
    pair = registered()
    call, first, second = rerouted(pair)
    answers(pair, first, 180)
    cancel = pair.one("CANCEL")
    if answered:
        pair.brings(respond(cancel, 200, to_tag="c"), ONE)
    pair.replies(second, 200, more=(CONTACT,), body=ANSWER)
    pair.one("ACK")
    pair.waits(1.0)
    pair.feeds(HangUp(call))
    bye = pair.wire[-1]
    assert isinstance(bye, Request)
    pair.replies(bye, 200)
    pair.waits(70.0)
    assert len(pair.agent.board.calls) == 0


def test_a_first_server_that_ends_its_ringing_gets_its_ack_as_long_as_it_repeats_that() -> None:
    """Timer D runs from the 487, not from our CANCEL: a server that lost our ACKs asks on."""
    pair = registered()
    _, first, second = rerouted(pair)
    answers(pair, first, 180)
    pair.one("CANCEL")
    pair.replies(second, 200, more=(CONTACT,), body=ANSWER)
    pair.waits(20.0)
    answers(pair, first, 487)
    pair.waits(20.0)
    before = len(pair.wire)
    answers(pair, first, 487)
    (ack,) = pair.wire[before:]
    assert isinstance(ack, Request)
    assert (ack.method, ack.via.branch) == ("ACK", first.via.branch)


def test_a_second_answer_of_the_same_telephone_does_not_end_the_talk() -> None:
    """Both ways may lead to the same telephone: its dialog is one."""
    pair = registered()
    _, first, second = rerouted(pair)
    pair.replies(second, 200, tag="same", more=(CONTACT,), body=ANSWER)
    pair.one("ACK")
    answers(pair, first, 200, "same")
    pair.one("ACK")


def test_who_hangs_up_meanwhile_leaves_nothing_behind() -> None:
    pair = registered()
    call, first, second = rerouted(pair)
    pair.feeds(HangUp(call))
    assert pair.last(Ended).cause.code is Code.NORMAL
    answers(pair, first, 180)
    pair.replies(second, 180)
    pair.gets("CANCEL", "CANCEL")
    answers(pair, first, 487)
    pair.replies(second, 487)
    pair.gets("ACK", "ACK")
    pair.waits(70.0)
    assert len(pair.agent.board.calls) == 0


@pytest.mark.parametrize("provisional", [False, True])
def test_a_server_that_is_unavailable_is_left_at_once(provisional: bool) -> None:
    """RFC 3263 section 4.3: 503."""
    pair = registered()
    pair.calls()
    first = pair.one("INVITE")
    if provisional:
        answers(pair, first, 100)
    answers(pair, first, 503)
    assert pair.targets == [ONE, TWO]
    _, second = pair.gets("ACK", "INVITE")
    assert second.call_id == first.call_id
    answers(pair, second, 503)
    assert pair.last(Ended).cause.code is Code.SERVER_ERROR
    pair.one("ACK")


def test_a_503_after_ringing_is_the_answer() -> None:
    pair = registered()
    call = pair.calls()
    first = pair.one("INVITE")
    answers(pair, first, 180)
    answers(pair, first, 503)
    pair.one("ACK")
    assert pair.last(Ended).call == call


def test_any_other_refusal_is_the_answer() -> None:
    pair = registered()
    pair.calls()
    answers(pair, pair.one("INVITE"), 500)
    pair.one("ACK")
    assert pair.last(Ended).cause.code is Code.SERVER_ERROR


def test_what_cannot_be_sent_to_one_goes_to_the_other() -> None:
    pair = registered()
    pair.calls()
    pair.clears()
    pair.feeds(TransportFailed(ONE, "network is unreachable"))
    assert pair.targets == [TWO]
    pair.feeds(TransportFailed(TWO, "network is unreachable"))
    cause = pair.last(Ended).cause
    assert cause.code is Code.NO_SERVER
    assert dict(cause.facts)["servers"] == "192.0.2.10:5060, 192.0.2.11:5060"


def test_the_last_living_server_has_the_time_of_the_transaction() -> None:
    pair = registered()
    rerouted(pair)
    pair.waits(31.9)
    pair.hears()
    pair.waits(0.2)
    cause = pair.last(Ended).cause
    assert cause.code is Code.TIMEOUT_B
    assert dict(cause.facts) == {"server": "192.0.2.11:5060", "seconds": "32"}


def test_with_no_failover_time_the_next_has_its_turn_after_timer_b() -> None:
    pair = registered(failover_s=0.0)
    pair.calls()
    pair.waits(31.9)
    assert set(pair.targets) == {ONE}
    pair.waits(0.2)
    assert pair.targets[-1] == TWO


def test_the_next_server_may_ask_for_credentials_of_its_own() -> None:
    """The first one's nonce is not shown to it, and its challenge is not a wrong password."""
    pair = registered()
    call = pair.calls()
    one = pair.one("INVITE")
    challenge = ("Proxy-Authenticate", CHALLENGE.format("n1"))
    pair.brings(respond(one, 407, to_tag="c", headers=(challenge,)), ONE)
    _, two = pair.gets("ACK", "INVITE")
    assert 'nonce="n1"' in str(two.headers.get("Proxy-Authorization"))
    pair.waits(4.0)
    *_, three = pair.gets(*["INVITE"] * 4)
    assert (three.cseq, three.call_id) == (two.cseq, one.call_id)
    assert "Proxy-Authorization" not in three.headers
    challenge = ("Proxy-Authenticate", CHALLENGE.format("n2"))
    pair.brings(respond(three, 407, to_tag="d", headers=(challenge,)), TWO)
    _, four = pair.gets("ACK", "INVITE")
    assert pair.targets == []
    assert four.cseq.number == three.cseq.number + 1
    assert 'nonce="n2"' in str(four.headers.get("Proxy-Authorization"))
    pair.replies(four, 200, more=(CONTACT,), body=ANSWER)
    assert pair.last(Established).call == call


def test_every_address_of_a_name_has_its_turn() -> None:
    """RFC 3263 section 4.3."""
    pair = Pair(heartbeat_s=0.0, servers=(Server("sbc.example", 0),))
    pair.starts()
    pair.feeds(Resolved("sbc.example", 0, (ONE, TWO)))
    pair.clears()
    pair.calls()
    pair.waits(4.0)
    assert pair.targets == [ONE, ONE, ONE, ONE, TWO]
    assert pair.wire[-1].headers.get("Route") == "<sip:sbc.example;lr>"


# nobody answers


def cut_off(**settings: Any) -> Pair:
    pair = Pair(**settings)
    pair.starts()
    pair.waits(1.0)
    pair.dies(ONE)
    pair.dies(TWO)
    for rank in range(1, 1 + len(pair.agent.settings.servers)):
        pair.waits_until(Life.DEAD, rank)
    pair.waits(40.0)
    pair.clears()
    return pair


def test_when_all_are_dead_each_is_tried_for_a_moment_only() -> None:
    """NO_SERVER: the person hears congestion after seconds, not after half a minute."""
    pair = cut_off()
    began = pair.now
    pair.calls()
    pair.waits(7.9)
    pair.hears()
    assert set(pair.targets) == {ONE, TWO}
    pair.waits(0.2)
    cause = pair.last(Ended).cause
    assert cause.code is Code.NO_SERVER
    assert sorted(dict(cause.facts)["servers"].split(", ")) == [
        "192.0.2.10:5060",
        "192.0.2.11:5060",
    ]
    assert pair.now - began < 8.2


def test_a_server_that_only_does_not_know_options_can_still_be_called() -> None:
    """It counts as dead, but there is nobody else: what worked without a heartbeat works on."""
    pair = cut_off(servers=SERVERS[:1])
    pair.calls()
    answers(pair, pair.one("INVITE"), 180)
    pair.waits(10.0)
    assert isinstance(pair.said[-1], Proceeding)


def test_the_lines_of_a_gateway_that_is_cut_off_can_call_each_other() -> None:
    """HB-08: the INVITE goes to ourselves."""
    pair = cut_off()
    call = pair.calls("102")
    assert pair.targets == [LOCAL]
    loop(pair)
    offered = next(said for said in pair.said if isinstance(said, Offered))
    assert (offered.line, offered.number, offered.name) == (2, "101", "Front desk")
    pair.feeds(Alert(offered.call))
    loop(pair)
    assert pair.said[-1] == Proceeding(call, 180)
    pair.feeds(Accept(offered.call, LocalMedia("192.0.2.1", 10002)))
    loop(pair)
    ours, theirs = (
        next(s for s in pair.said if isinstance(s, Established) and s.call == number)
        for number in (call, offered.call)
    )
    assert (ours.media.port, theirs.media.port) == (10002, 10000)
    pair.said.clear()
    pair.lives(ONE)
    pair.waits_until(Life.ALIVE, 1)
    pair.clears()
    pair.feeds(HangUp(offered.call))
    loop(pair)
    assert {said.call for said in pair.said if isinstance(said, Ended)} == {call, offered.call}
    pair.waits(40.0)
    loop(pair)
    pair.waits(40.0)
    assert len(pair.agent.board.calls) == 0


def test_such_a_call_can_be_refused_and_abandoned() -> None:
    pair = cut_off()
    first = pair.calls("102")
    loop(pair)
    offered = pair.last(Offered)
    pair.feeds(Refuse(offered.call, 486))
    loop(pair)
    ended = {said.call: said.cause.code for said in pair.said if isinstance(said, Ended)}
    assert ended[first] is Code.PEER_BUSY
    pair.clears()
    second = pair.calls("102")
    loop(pair)
    offered = pair.last(Offered)
    pair.feeds(Alert(offered.call))
    loop(pair)
    pair.feeds(HangUp(second))
    loop(pair)
    ended = {said.call: said.cause.code for said in pair.said if isinstance(said, Ended)}
    assert ended[offered.call] is Code.CALLER_ABANDONED


def test_while_a_server_lives_such_calls_go_there() -> None:
    pair = registered()
    pair.calls("102")
    assert pair.targets == [ONE]
    invite = pair.one("INVITE")
    token = pair.registers_at[1][2].contacts[0].uri
    pair.brings(Request("INVITE", token, invite.headers, invite.body), LOCAL)
    assert pair.dropped, "nor is anybody believed who claims to be us"


def loop(pair: Pair) -> None:
    """Carry what the agent sends to itself."""
    while LOCAL in pair.targets:
        at = pair.targets.index(LOCAL)
        del pair.targets[at]
        pair.brings(pair.wire.pop(at), LOCAL)


# REGISTER


def test_a_registrar_that_is_unwell_is_left_at_once_for_the_next() -> None:
    """Table 3.2."""
    pair = Pair(heartbeat_s=0.0)
    pair.registrar[ONE] = 503
    pair.starts()
    pair.waits(0.1)
    assert [target for _, target, _ in pair.registers_at] == [ONE, TWO, ONE, TWO]
    first, second, *_ = (request for _, _, request in pair.registers_at)
    assert first.call_id != second.call_id
    assert pair.agent.registration(1).registrar == "192.0.2.11:5060"
    pair.calls()
    assert pair.targets[-1] == TWO, "calls go where the line is registered"


def test_it_is_tried_again_after_a_while_that_grows() -> None:
    """Table 3.3, the column for another server that works: 90 to 180 s, then 180 to 360 ..."""
    pair = Pair(lines=ONE_LINE)
    pair.registrar[ONE] = 503
    pair.starts()
    pair.waits(3000.0)
    times = [at for at, target, _ in pair.registers_at if target == ONE]
    gaps = [b - a for a, b in pairwise(times)]
    for gap, least in zip(gaps, [90, 180, 360, 720], strict=False):
        assert least <= gap <= 2 * least + 1
    pair.registrar[ONE] = 200
    pair.waits(2000.0)
    assert pair.agent.registration(1).registrar == "192.0.2.10:5060"


def test_a_silent_registrar_is_left_after_timer_f() -> None:
    pair = Pair(heartbeat_s=0.0, lines=ONE_LINE)
    pair.dies(ONE)
    pair.starts()
    pair.waits(31.9)
    assert pair.agent.registration(1).status is RegisterStatus.REGISTERING
    pair.waits(0.2)
    assert pair.agent.registration(1).registrar == "192.0.2.11:5060"


def test_a_refusal_is_the_same_everywhere() -> None:
    """403 is not the server's trouble: no other one is asked."""
    pair = Pair(heartbeat_s=0.0, lines=ONE_LINE)
    pair.registrar[ONE] = 403
    pair.starts()
    pair.waits(100.0)
    assert pair.registrars(1) == [ONE.host]
    assert pair.agent.registration(1).status is RegisterStatus.FAILED


def test_when_all_are_unwell_it_waits_before_it_asks_anybody() -> None:
    """REG-17: base 30 s."""
    pair = Pair(heartbeat_s=0.0, lines=ONE_LINE)
    pair.registrar.update({ONE: 503, TWO: 500})
    pair.starts()
    state = pair.agent.registration(1)
    assert (state.status, state.failures) == (RegisterStatus.FAILED, 1)
    pair.waits(29.9)
    assert len(pair.registers_at) == 2
    pair.waits(30.2)
    assert pair.registrars(4) == [ONE.host, TWO.host, ONE.host, TWO.host]


def test_a_failed_refresh_keeps_the_binding_and_asks_the_other() -> None:
    """REG-11."""
    pair = Pair(heartbeat_s=0.0, lines=ONE_LINE)
    pair.starts()
    pair.dies(ONE)
    pair.reports.clear()
    pair.waits(3100.0)
    assert pair.agent.registration(1).registrar == "192.0.2.11:5060"
    assert {report.state.status for report in pair.reports} == {RegisterStatus.REGISTERED}


def test_a_drill_ends_a_registration_that_waits_for_the_server() -> None:
    pair = Pair(heartbeat_s=0.0, lines=ONE_LINE)
    pair.dies(ONE)
    pair.starts()
    pair.waits(1.0)
    pair.feeds(Drill(1, 60.0))
    assert pair.agent.registration(1).registrar == "192.0.2.11:5060"
    pair.waits(30.0)
    assert [target for _, target, _ in pair.registers_at].count(ONE) == 2, "not sent again"
