"""Outgoing calls, as ladders with a scripted server (behaviours 7, 8, 10 and 14)."""

from __future__ import annotations

from typing import Any

import pytest

from firmware.causes import Code
from firmware.sip.events import (
    Address,
    Ended,
    Established,
    HangUp,
    Proceeding,
    TransportFailed,
)
from firmware.sip.message import Request, respond
from tests.sip.bench import ANSWER, CONTACT, G729, SERVER, US, Bench, swapped

CHALLENGE = ("Proxy-Authenticate", 'Digest realm="dom", nonce="n1", qop="auth"')
ROUTES = (
    ("Record-Route", "<sip:192.0.2.11;lr>"),
    ("Record-Route", "<sip:192.0.2.12;lr>"),
)


def ready(**settings: Any) -> Bench:
    bench = Bench(**settings)
    bench.registers()
    return bench


THROUGH_SERVER = (("Record-Route", "<sip:192.0.2.10;lr>"),)


def talking(
    bench: Bench, routes: tuple[tuple[str, str], ...] = ROUTES
) -> tuple[int, Request, Request]:
    """A call that has been answered: its number, INVITE and ACK."""
    call = bench.calls()
    invite = bench.one("INVITE")
    bench.replies(invite, 180, more=(CONTACT,))
    bench.replies(invite, 200, more=(CONTACT, *routes), body=ANSWER)
    ack = bench.one("ACK")
    bench.said.clear()
    return call, invite, ack


def cause_of(bench: Bench) -> Code:
    ended: Ended = bench.last(Ended)
    return ended.cause.code


def test_an_invite_carries_what_every_request_carries() -> None:
    bench = ready()
    bench.calls("*57#")
    assert bench.targets == [SERVER]
    invite = bench.one("INVITE")
    assert invite.uri == "sip:*57%23@dom"
    assert invite.to.uri == invite.uri
    assert (invite.to.tag, invite.max_forwards) == ("", 70)
    assert invite.from_.uri == "sip:101@dom"
    assert (invite.from_.display, bool(invite.from_.tag)) == ("Front desk", True)
    assert invite.via.wants_rport
    assert invite.via.branch.startswith("z9hG4bK")
    assert "INVITE" in invite.headers.get("Allow")
    assert invite.contacts[0].uri.endswith("@192.0.2.1:5060")
    assert invite.headers.all("Route") == ("<sip:192.0.2.10:5060;lr>",)


def test_a_call_is_answered_and_released_by_the_caller() -> None:
    """CO-02, CO-03, CO-04: route set reversed, BYE c+1 to the Contact of the answer."""
    bench = ready()
    call = bench.calls()
    invite = bench.one("INVITE")
    bench.replies(invite, 100)
    bench.replies(invite, 180, more=(CONTACT,))
    bench.hears(Proceeding(call, 180))
    bench.waits(3)
    bench.replies(invite, 200, more=(CONTACT, *ROUTES), body=ANSWER)
    established = bench.last(Established)
    assert established.call == call
    assert (established.media.host, established.media.port) == ("192.0.2.20", 20000)
    assert bench.targets[-1].host == "192.0.2.12"
    ack = bench.one("ACK")
    assert ack.uri == "sip:b@192.0.2.20:5070"
    assert ack.headers.all("Route") == ("<sip:192.0.2.12;lr>", "<sip:192.0.2.11;lr>")
    assert (ack.cseq.number, ack.to.tag) == (invite.cseq.number, "b")
    assert ack.via.branch != invite.via.branch
    bench.waits(60)
    bench.feeds(HangUp(call))
    assert cause_of(bench) is Code.NORMAL
    bye = bench.one("BYE")
    assert bye.uri == ack.uri
    assert bye.headers.all("Route") == ack.headers.all("Route")
    assert (bye.from_, bye.to) == (ack.from_, ack.to)
    assert bye.cseq.number == invite.cseq.number + 1
    assert bye.reason_q850 == 16
    bench.replies(bye, 200)
    bench.waits(60)
    assert not bench.agent.busy


def test_the_callee_releases() -> None:
    """CO-03: From and To are swapped; the callee's CSeq has nothing to do with ours."""
    bench = ready()
    call, _, ack = talking(bench)
    bench.waits(10)
    reason = ("Reason", "Q.850;cause=16")
    bye = bench.request("BYE", US, **swapped(ack, 1796), more=(reason,))
    bench.brings(bye)
    bench.gets("200 BYE")
    ended = bench.last(Ended)
    assert (ended.call, ended.cause.code, ended.cause.q850) == (call, Code.REMOTE_RELEASED, 16)
    assert ("seconds", "10") in ended.cause.facts
    bench.brings(bye)
    bench.gets("200 BYE")
    bench.hears()


def test_a_challenged_invite_goes_again_with_credentials_and_the_next_call_needs_no_round() -> (
    None
):
    """IA-01, IA-02, IA-03."""
    bench = ready()
    call = bench.calls()
    first = bench.one("INVITE")
    bench.replies(first, 407, tag="s", more=(CHALLENGE,))
    ack, second = bench.gets("ACK", "INVITE")
    assert ack.via.branch == first.via.branch
    assert (ack.to.tag, ack.cseq.number) == ("s", first.cseq.number)
    assert second.cseq.number == first.cseq.number + 1
    assert (second.call_id, second.from_, second.to) == (first.call_id, first.from_, first.to)
    assert second.via.branch != first.via.branch
    assert second.body == first.body
    (given,) = second.credentials
    assert (given.proxy, given.nonce, given.nc, given.uri) == (True, "n1", "00000001", second.uri)
    bench.hears()
    bench.replies(second, 200, more=(CONTACT, *THROUGH_SERVER), body=ANSWER)
    ack = bench.one("ACK")
    assert ack.headers.all("Proxy-Authorization") == second.headers.all("Proxy-Authorization")
    assert ack.cseq.number == second.cseq.number
    bench.feeds(HangUp(call))
    assert bench.one("BYE").cseq.number == second.cseq.number + 1
    bench.calls()
    (again,) = bench.one("INVITE").credentials
    assert (again.nonce, again.nc) == ("n1", "00000003")  # the BYE was the second use


def test_the_next_nonce_of_an_answered_call_is_used_for_the_next() -> None:
    """REG-06 for INVITE (RFC 7616 section 3.5): the count begins anew."""
    bench = ready()
    bench.calls()
    bench.replies(bench.one("INVITE"), 407, more=(CHALLENGE,))
    second = bench.gets("ACK", "INVITE")[1]
    info = ("Proxy-Authentication-Info", 'nextnonce="n9"')
    bench.replies(second, 200, more=(CONTACT, info), body=ANSWER)
    bench.one("ACK")
    bench.calls()
    assert [(c.nonce, c.nc) for c in bench.one("INVITE").credentials] == [("n9", "00000001")]


def test_two_realms_may_challenge_in_turn() -> None:
    """IA-04."""
    bench = ready()
    bench.calls()
    bench.replies(bench.one("INVITE"), 407, more=(CHALLENGE,))
    uas = ("WWW-Authenticate", 'Digest realm="uas", nonce="u1"')
    bench.replies(bench.gets("ACK", "INVITE")[1], 401, more=(uas,))
    third = bench.gets("ACK", "INVITE")[1]
    assert {(c.proxy, c.realm) for c in third.credentials} == {(True, "dom"), (False, "uas")}


@pytest.mark.parametrize("nonce", ["n1", "n2"])
def test_a_second_challenge_of_the_same_realm_ends_the_call(nonce: str) -> None:
    """IA-05, IA-07."""
    bench = ready()
    bench.calls()
    bench.replies(bench.one("INVITE"), 407, more=(CHALLENGE,))
    fresh = ("Proxy-Authenticate", CHALLENGE[1].replace("n1", nonce))
    bench.replies(bench.gets("ACK", "INVITE")[1], 407, more=(fresh,))
    bench.gets("ACK")
    assert cause_of(bench) is Code.AUTH_REJECTED


def test_a_stale_nonce_is_replaced_silently() -> None:
    """REG-06 for INVITE."""
    bench = ready()
    bench.calls()
    bench.replies(bench.one("INVITE"), 407, more=(CHALLENGE,))
    stale = ("Proxy-Authenticate", 'Digest realm="dom", nonce="n2", qop="auth", stale=true')
    bench.replies(bench.gets("ACK", "INVITE")[1], 407, more=(stale,))
    third = bench.gets("ACK", "INVITE")[1]
    assert [(c.nonce, c.nc) for c in third.credentials] == [("n2", "00000001")]


def test_hanging_up_before_the_second_invite_leaves_the_challenge_acked_and_no_more() -> None:
    """IA-06."""
    bench = ready()
    call = bench.calls()
    invite = bench.one("INVITE")
    bench.feeds(HangUp(call))
    bench.replies(invite, 407, more=(CHALLENGE,))
    bench.gets("ACK")
    bench.waits(100)
    assert not bench.agent.busy


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (302, Code.SERVER_ERROR),
        (403, Code.AUTH_REJECTED),
        (404, Code.UNALLOCATED),
        (408, Code.NO_ANSWER_NET),
        (480, Code.NO_ANSWER_NET),
        (484, Code.INCOMPLETE),
        (486, Code.PEER_BUSY),
        (487, Code.NO_ANSWER_NET),
        (488, Code.CODEC),
        (500, Code.SERVER_ERROR),
        (600, Code.PEER_BUSY),
        (603, Code.PEER_BUSY),
    ],
)
def test_a_failure_is_acked_hop_by_hop_and_ends_the_call(status: int, code: Code) -> None:
    """BW-BUSY and table 12.2."""
    bench = ready()
    call = bench.calls()
    invite = bench.one("INVITE")
    bench.replies(invite, 100)
    bench.replies(invite, status, more=(("Reason", "Q.850;cause=21"),))
    ack = bench.one("ACK")
    assert ack.via.branch == invite.via.branch
    assert ack.headers.all("Route") == invite.headers.all("Route")
    ended = bench.last(Ended)
    assert (ended.call, ended.cause.code, ended.cause.q850) == (call, code, 21)


def test_a_503_with_retry_after_is_overload() -> None:
    bench = ready()
    bench.calls()
    bench.replies(bench.one("INVITE"), 503, more=(("Retry-After", "7 (full)"),))
    assert cause_of(bench) is Code.OVERLOAD


def test_a_silent_network_ends_the_call_after_seven_invites_and_32_seconds() -> None:
    bench = ready()
    bench.calls()
    begun = bench.now
    bench.waits(31.9)
    assert [t - begun for t in bench.times] == [0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
    bench.hears()
    bench.waits(0.2)
    assert cause_of(bench) is Code.TIMEOUT_B


def test_an_unreachable_server_ends_the_call() -> None:
    bench = ready()
    bench.calls()
    bench.feeds(TransportFailed(SERVER, "connection refused"))
    assert cause_of(bench) is Code.NO_SERVER


def test_without_any_server_the_call_ends_before_it_begins() -> None:
    bench = Bench(servers=())
    bench.starts()
    bench.calls()
    assert cause_of(bench) is Code.NO_SERVER
    bench.gets()


def test_the_caller_abandons_while_it_rings() -> None:
    """FW-CANCEL, FC-06: the same branch and number, no To tag, one Via; 487 is ACKed."""
    bench = ready()
    call = bench.calls()
    invite = bench.one("INVITE")
    bench.replies(invite, 180, more=(CONTACT,))
    bench.feeds(HangUp(call))
    assert cause_of(bench) is Code.NORMAL
    cancel = bench.one("CANCEL")
    assert (cancel.uri, cancel.vias, cancel.to) == (invite.uri, invite.vias, invite.to)
    assert (cancel.call_id, cancel.from_) == (invite.call_id, invite.from_)
    assert cancel.headers.all("Route") == invite.headers.all("Route")
    assert (cancel.cseq.number, cancel.cseq.method) == (invite.cseq.number, "CANCEL")
    assert cancel.reason_q850 == 16
    assert "Require" not in cancel.headers
    bench.replies(cancel, 200)
    bench.replies(invite, 487)
    assert bench.one("ACK").via.branch == invite.via.branch
    bench.hears()
    bench.waits(40)
    assert not bench.agent.busy


def test_cancel_waits_for_a_provisional_response() -> None:
    """FC-01, B08."""
    bench = ready()
    call = bench.calls()
    invite = bench.one("INVITE")
    bench.feeds(HangUp(call))
    assert cause_of(bench) is Code.NORMAL
    bench.waits(0.4)
    bench.gets()
    bench.replies(invite, 100)
    bench.gets("CANCEL")


def test_one_cancel_is_enough_however_much_is_heard_of_the_call() -> None:
    """FC-01, section 9.1: what comes after the CANCEL has crossed it."""
    bench = ready()
    call = bench.calls()
    invite = bench.one("INVITE")
    bench.feeds(HangUp(call))
    bench.replies(invite, 100)
    cancel = bench.one("CANCEL")
    bench.replies(invite, 180, more=(CONTACT,))
    bench.gets()
    bench.replies(cancel, 200)
    bench.replies(invite, 487)
    bench.gets("ACK")


def test_if_nothing_ever_comes_there_is_nothing_to_cancel() -> None:
    """FC-01."""
    bench = ready()
    call = bench.calls()
    bench.feeds(HangUp(call))
    bench.last(Ended)
    bench.waits(70)
    assert {m.method for m in bench.wire if isinstance(m, Request)} == {"INVITE"}
    bench.hears()
    assert not bench.agent.busy


@pytest.mark.parametrize("provisional", [True, False])
def test_an_answer_that_crosses_the_hang_up_is_acked_and_released(provisional: bool) -> None:
    """FC-02, CO-10: ACK, then BYE with c+1; CANCEL used no number."""
    bench = ready()
    call = bench.calls()
    invite = bench.one("INVITE")
    if provisional:
        bench.replies(invite, 180, more=(CONTACT,))
    bench.feeds(HangUp(call))
    bench.last(Ended)
    bench.wire.clear()
    bench.replies(invite, 200, more=(CONTACT,), body=ANSWER)
    ack, bye = bench.gets("ACK", "BYE")
    assert (ack.cseq.number, bye.cseq.number) == (invite.cseq.number, invite.cseq.number + 1)
    bench.hears()
    bench.replies(invite, 200, more=(CONTACT,), body=ANSWER)
    assert bench.one("ACK").encode() == ack.encode()
    bench.replies(bye, 200)
    bench.waits(40)
    assert not bench.agent.busy


def test_a_487_that_never_comes_is_given_up_after_32_seconds() -> None:
    """FC-03, B10."""
    bench = ready()
    call = bench.calls()
    bench.replies(bench.one("INVITE"), 180, more=(CONTACT,))
    bench.feeds(HangUp(call))
    bench.waits(31)
    assert len(bench.agent.board.transactions) == 2
    bench.waits(1)
    assert len(bench.agent.board.transactions) == 0
    bench.waits(32)
    assert not bench.agent.busy


def test_after_give_up_the_caller_is_cancelled_and_hears_busy() -> None:
    """FC-07: no answer for 120 s of ringing."""
    bench = ready(give_up_s=120.0)
    bench.calls()
    invite = bench.one("INVITE")
    bench.replies(invite, 100)
    bench.waits(5)
    bench.replies(invite, 180, more=(CONTACT,))
    bench.last(Proceeding)
    bench.waits(60)
    bench.replies(invite, 180, tag="", more=(CONTACT,))
    bench.last(Proceeding)
    bench.waits(59.9)
    bench.hears()
    bench.waits(0.2)
    bench.gets("CANCEL")
    ended = bench.last(Ended)
    assert ended.cause.code is Code.NO_ANSWER_LOCAL
    assert ("seconds", "120") in ended.cause.facts


def test_give_up_0_waits_for_ever() -> None:
    bench = ready(give_up_s=0.0)
    bench.calls()
    bench.replies(bench.one("INVITE"), 180, more=(CONTACT,))
    bench.said.clear()
    bench.waits(3000)
    bench.hears()


def test_every_repeated_200_gets_the_identical_ack() -> None:
    """CO-06, B04; also after our BYE, and then nothing else (B16)."""
    bench = ready()
    call, invite, ack = talking(bench)
    bench.waits(1)
    bench.replies(invite, 200, more=(CONTACT, *ROUTES), body=ANSWER)
    assert bench.one("ACK").encode() == ack.encode()
    bench.feeds(HangUp(call))
    bench.gets("BYE")
    bench.replies(invite, 200, more=(CONTACT, *ROUTES), body=ANSWER)
    assert bench.one("ACK").encode() == ack.encode()


def test_of_two_answers_the_first_wins_and_the_other_is_acked_and_released() -> None:
    """CO-07: each with its own tag, target and routes."""
    bench = ready()
    call, invite, _ = talking(bench)
    other = ("Contact", "<sip:c@192.0.2.30>")
    bench.replies(invite, 200, tag="c", more=(other,), body=ANSWER)
    ack, bye = bench.gets("ACK", "BYE")
    assert ack.uri == bye.uri == "sip:c@192.0.2.30"
    assert ack.to.tag == bye.to.tag == "c"
    assert "Route" not in ack.headers
    bench.replies(bye, 200)
    bench.hears()
    bench.replies(invite, 200, tag="c", more=(other,), body=ANSWER)
    assert bench.one("ACK").encode() == ack.encode()
    bench.feeds(HangUp(call))
    assert bench.one("BYE").to.tag == "b"


def test_every_telephone_that_rings_has_its_early_dialog() -> None:
    """CO-08: early media follows the last that speaks; the answer may come from a third."""
    bench = ready()
    call = bench.calls()
    invite = bench.one("INVITE")
    bench.replies(invite, 180, tag="x", more=(CONTACT,))
    bench.replies(invite, 183, tag="y", more=(CONTACT,), body=ANSWER)
    silent, speaking = bench.said
    assert silent == Proceeding(call, 180)
    assert isinstance(speaking, Proceeding)
    assert speaking.media is not None
    assert speaking.media.port == 20000
    bench.said.clear()
    moved = ANSWER.replace(b"20000", b"30000")
    bench.replies(invite, 200, tag="z", more=(CONTACT,), body=moved)
    assert bench.last(Established).media.port == 30000
    assert bench.one("ACK").to.tag == "z"


def test_an_answer_given_early_stands() -> None:
    """RFC 3261 section 13.2.1: the first description in a dialog is the answer."""
    bench = ready()
    bench.calls()
    invite = bench.one("INVITE")
    bench.replies(invite, 183, more=(CONTACT,), body=ANSWER)
    moved = ANSWER.replace(b"20000", b"30000")
    bench.replies(invite, 183, more=(CONTACT,), body=moved)
    assert bench.last(Proceeding).media.port == 20000
    bench.replies(invite, 200, more=(CONTACT,), body=moved)
    assert bench.last(Established).media.port == 20000


@pytest.mark.parametrize("body", [b"", G729])
def test_an_answer_without_a_usable_description_is_acked_and_released(body: bytes) -> None:
    bench = ready()
    bench.calls()
    bench.replies(bench.one("INVITE"), 200, more=(CONTACT,), body=body)
    _, bye = bench.gets("ACK", "BYE")
    assert bye.headers.get("Reason") == "SIP;cause=488"
    assert cause_of(bench) is Code.CODEC


def test_a_bye_that_nobody_answers_costs_the_owner_nothing() -> None:
    """CO-15, B40: the line is free at once; the dialog is dropped after Timer F."""
    bench = ready()
    call, _, _ = talking(bench)
    bench.feeds(HangUp(call))
    assert cause_of(bench) is Code.NORMAL
    bench.calls()
    bench.waits(70)
    assert sum(m.method == "BYE" for m in bench.wire if isinstance(m, Request)) == 11
    assert cause_of(bench) is Code.TIMEOUT_B  # of the second call, which nobody answered
    assert not bench.agent.busy


def test_byes_that_cross_both_end_normally() -> None:
    """CO-09: theirs gets 200 while ours is out, and 481 afterwards."""
    bench = ready()
    call, _, ack = talking(bench)
    bench.feeds(HangUp(call))
    bye = bench.one("BYE")
    bench.last(Ended)
    bench.brings(bench.request("BYE", US, **swapped(ack, 5)))
    bench.gets("200 BYE")
    bench.replies(bye, 200)
    bench.brings(bench.request("BYE", US, **swapped(ack, 6)))
    bench.gets("481 BYE")
    bench.hears()


@pytest.mark.parametrize("status", [200, 481, 408, 500])
def test_any_answer_to_our_bye_ends_it(status: int) -> None:
    bench = ready()
    call, _, _ = talking(bench)
    bench.feeds(HangUp(call))
    bench.replies(bench.one("BYE"), status)
    bench.waits(40)
    bench.gets()
    assert not bench.agent.busy


def test_a_challenged_bye_goes_again_with_the_next_number() -> None:
    """IA-08 and table 8.3; whatever becomes of the second, the call is over."""
    bench = ready()
    call, invite, _ = talking(bench, THROUGH_SERVER)
    bench.feeds(HangUp(call))
    bye = bench.one("BYE")
    bench.replies(bye, 407, more=(CHALLENGE,))
    again = bench.one("BYE")
    assert (bye.cseq.number, again.cseq.number) == (
        invite.cseq.number + 1,
        invite.cseq.number + 2,
    )
    assert again.credentials
    assert again.to.tag == "b"
    bench.replies(again, 407, more=(CHALLENGE,))
    bench.gets()
    bench.waits(40)
    assert not bench.agent.busy


@pytest.mark.parametrize("routes", [(), ROUTES])
def test_credentials_never_go_to_a_host_that_is_no_server_of_ours(
    routes: tuple[tuple[str, str], ...],
) -> None:
    """I6: a dialog leads straight to the far end, or through a proxy that nobody configured."""
    bench = ready()
    call = bench.calls()
    bench.replies(bench.one("INVITE"), 407, tag="s", more=(CHALLENGE,))
    _, invite = bench.gets("ACK", "INVITE")
    assert invite.credentials
    bench.replies(invite, 200, more=(CONTACT, *routes), body=ANSWER)
    assert not bench.one("ACK").credentials
    bench.feeds(HangUp(call))
    bye = bench.one("BYE")
    assert not bye.credentials
    bench.replies(bye, 407, more=(CHALLENGE,))
    bench.gets()
    bench.waits(40)
    assert not bench.agent.busy


def test_a_bye_that_overtakes_the_answer_ends_the_call_and_cancels_the_rest() -> None:
    bench = ready()
    bench.calls()
    invite = bench.one("INVITE")
    bench.replies(invite, 180, more=(CONTACT,))
    bench.said.clear()
    ringing = bench.request(
        "BYE",
        US,
        to=invite.headers.get("From") or "",
        from_="<sip:8001@dom>;tag=b",
        call_id=invite.call_id,
    )
    bench.brings(ringing)
    bench.gets("200 BYE", "CANCEL")
    assert cause_of(bench) is Code.REMOTE_RELEASED


def test_an_answer_to_nothing_is_dropped() -> None:
    bench = ready()
    _, invite, _ = talking(bench)
    bench.replies(bench.request("INVITE", "sip:8001@dom"), 200)
    assert "no such transaction" in bench.dropped[-1].why
    two = invite.headers.prepended("Via", str(invite.via))
    bench.replies(Request("INVITE", invite.uri, two), 200, body=ANSWER)
    assert len(bench.dropped) == 2
    bench.gets()


def test_the_route_of_the_registrar_replaces_the_proxy() -> None:
    """RFC 3608; and with the server as domain there is nothing to pre-load."""
    bench = Bench(domain="192.0.2.10")
    bench.starts()
    register = bench.gets("REGISTER", "REGISTER")[0]
    bench.calls()
    assert "Route" not in bench.one("INVITE").headers
    contact = ("Contact", f"{register.contacts[0]};expires=60")
    service = ("Service-Route", "<sip:orig@192.0.2.14;lr>")
    bench.replies(register, 200, more=(contact, service))
    bench.calls()
    assert bench.targets == [Address("192.0.2.14", 5060)]
    assert bench.one("INVITE").headers.all("Route") == ("<sip:orig@192.0.2.14;lr>",)


@pytest.mark.parametrize("hung_up", [False, True])
def test_who_lifts_after_we_have_given_up_is_told_so(hung_up: bool) -> None:
    """L27: a 2xx after Timer B, or after the wait for the 487, is ACKed and released."""
    bench = ready()
    call = bench.calls()
    invite = bench.one("INVITE")
    if hung_up:
        bench.replies(invite, 180, more=(CONTACT,))
        bench.feeds(HangUp(call))
    bench.waits(33)
    bench.clears()
    bench.replies(invite, 200, more=(CONTACT,), body=ANSWER)
    bench.gets("ACK", "BYE")
    bench.hears()
    bench.waits(70)
    assert not bench.agent.busy


def test_an_answer_among_other_parts_is_found() -> None:
    """RFC 5621: a trunk may add parts that mean nothing to us."""
    bench = ready()
    bench.calls()
    parts = (
        b"--x\r\nContent-Type: text/plain\r\n\r\nhi\r\n"
        b"--x\r\nContent-Type: application/sdp\r\n\r\n" + ANSWER + b"\r\n--x--\r\n"
    )
    ok = respond(
        bench.one("INVITE"),
        200,
        to_tag="b",
        headers=(CONTACT, ("Content-Type", "multipart/mixed;boundary=x")),
        body=parts,
    )
    bench.brings(ok)
    assert bench.last(Established).media.port == 20000


def test_an_update_of_an_early_dialog_waits_for_the_answer_to_our_offer() -> None:
    """B32: 491 while our offer is outstanding; without a description it is welcome."""
    bench = ready()
    bench.calls()
    invite = bench.one("INVITE")
    bench.replies(invite, 180, more=(CONTACT,))
    bench.said.clear()
    names = {
        "to": invite.headers.get("From") or "",
        "from_": "<sip:8001@dom>;tag=b",
        "call_id": invite.call_id,
    }
    bench.brings(bench.request("UPDATE", US, **names, cseq=1, more=(CONTACT,), body=ANSWER))
    bench.gets("491 UPDATE")
    bench.brings(bench.request("UPDATE", US, **names, cseq=2, more=(CONTACT,)))
    bench.gets("200 UPDATE")
    bench.hears()
