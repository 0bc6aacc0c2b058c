"""Incoming calls, as ladders with a scripted server (behaviours 8, 9, 10 and 14)."""

from __future__ import annotations

from typing import Any

import pytest

from firmware.causes import Code, cause
from firmware.sip.events import (
    Accept,
    Alert,
    Ended,
    Established,
    HangUp,
    Leave,
    MediaChanged,
    Offered,
    Refuse,
)
from firmware.sip.message import Headers, Request, Response
from tests.sip.bench import ANSWER, CONTACT, G729, HELD, MEDIA, OFFER, US, Bench, within

ROUTES = (
    ("Record-Route", "<sip:192.0.2.11;lr>"),
    ("Record-Route", "<sip:192.0.2.12;lr>"),
)


def ready(**settings: Any) -> tuple[Bench, str]:
    bench = Bench(**settings)
    return bench, bench.registers()


def ack_of(invite: Request, ok: Response, bench: Bench, body: bytes = b"") -> Request:
    return bench.request("ACK", US, **within(ok, invite.cseq.number), body=body)


def answered(bench: Bench, token: str, body: bytes = OFFER) -> tuple[int, Request, Response]:
    """A call that has been answered but not ACKed: its number, INVITE and 200."""
    invite, offered = bench.rings(token, body=body)
    bench.feeds(Alert(offered.call))
    bench.feeds(Accept(offered.call, MEDIA))
    _, ok = bench.gets("180 INVITE", "200 INVITE")
    bench.said.clear()
    return offered.call, invite, ok


def talking(bench: Bench, token: str) -> tuple[int, Request, Response]:
    call, invite, ok = answered(bench, token)
    bench.brings(ack_of(invite, ok, bench))
    return call, invite, ok


def test_a_call_is_offered_rings_is_answered_and_released_by_the_caller() -> None:
    bench, token = ready()
    invite, offered = bench.rings(token, from_='"Ann" <sip:8001@dom>;tag=peer')
    assert (offered.line, offered.number, offered.name) == (1, "8001", "Ann")
    assert offered.media is not None
    assert (offered.media.host, offered.media.port, offered.media.codec) == (
        "192.0.2.20",
        20000,
        "PCMA",
    )
    bench.feeds(Alert(offered.call))
    ringing = bench.one("180 INVITE")
    assert ringing.contacts[0].uri == f"sip:{token}@192.0.2.1:5060"
    assert ringing.to.tag
    bench.waits(5)
    bench.feeds(Accept(offered.call, MEDIA))
    established = bench.last(Established)
    assert (established.call, established.media) == (offered.call, offered.media)
    ok = bench.one("200 INVITE")
    assert ok.to.tag == ringing.to.tag
    assert b"m=audio 10000 RTP/AVP 8 101" in ok.body
    bench.brings(ack_of(invite, ok, bench))
    bench.waits(30)
    bench.gets()
    bench.brings(bench.request("BYE", US, **within(ok, 2)))
    bench.gets("200 BYE")
    ended = bench.last(Ended)
    assert ended.cause.code is Code.REMOTE_RELEASED
    assert ("seconds", "30") in ended.cause.facts
    bench.waits(60)
    assert not bench.agent.busy


def test_the_callee_releases() -> None:
    """CO-02, CO-03, CO-04: From and To swapped, route set in order, a number of its own."""
    bench, token = ready()
    invite = bench.request(
        "INVITE", f"sip:{token}@192.0.2.1", more=(CONTACT, *ROUTES), body=OFFER, cseq=8241
    )
    bench.brings(invite)
    call = bench.last(Offered).call
    bench.feeds(Accept(call, MEDIA))
    ok = bench.one("200 INVITE")
    assert ok.headers.all("Record-Route") == tuple(value for _, value in ROUTES)
    bench.brings(ack_of(invite, ok, bench))
    bench.said.clear()
    bench.feeds(HangUp(call, cause(Code.NO_RTP, seconds=60)))
    assert bench.last(Ended).cause.code is Code.NO_RTP
    assert bench.targets[-1].host == "192.0.2.11"
    bye = bench.one("BYE")
    assert (str(bye.from_), str(bye.to)) == (str(ok.to), str(ok.from_))
    assert bye.uri == "sip:b@192.0.2.20:5070"
    assert bye.headers.all("Route") == ("<sip:192.0.2.11;lr>", "<sip:192.0.2.12;lr>")
    assert bye.cseq.number < 2**31
    assert bye.reason_q850 == 16
    bench.replies(bye, 200)
    bench.waits(40)
    assert not bench.agent.busy


def test_a_silent_owner_is_covered_by_a_100() -> None:
    bench, token = ready()
    bench.rings(token)
    bench.waits(0.1)
    bench.gets()
    bench.waits(0.1)
    bench.gets("100 INVITE")


def test_a_repeated_invite_rings_once() -> None:
    """B01."""
    bench, token = ready()
    invite, offered = bench.rings(token)
    bench.feeds(Alert(offered.call))
    first = bench.one("180 INVITE")
    bench.brings(invite)
    assert bench.one("180 INVITE") == first
    bench.hears()


def test_a_busy_telephone_answers_486_and_never_180() -> None:
    """BW-BUSY: no 180 before it."""
    bench, token = ready()
    _, offered = bench.rings(token)
    bench.feeds(Refuse(offered.call, 486))
    busy = bench.one("486 INVITE")
    assert (bool(busy.to.tag), busy.reason_q850) == (True, 17)
    ended = bench.last(Ended)
    assert (ended.call, ended.cause.code) == (offered.call, Code.LINE_BUSY)


@pytest.mark.parametrize(
    ("status", "code"),
    [(480, Code.LINE_FAULT), (404, Code.UNALLOCATED), (488, Code.CODEC), (603, Code.LINE_BUSY)],
)
def test_a_refusal_of_the_owner_goes_out_and_says_why_the_call_ended(
    status: int, code: Code
) -> None:
    bench, token = ready()
    _, offered = bench.rings(token)
    bench.feeds(Refuse(offered.call, status))
    bench.gets(f"{status} INVITE")
    assert bench.last(Ended).cause.code is code


def test_a_refusal_is_repeated_until_the_ack() -> None:
    bench, token = ready()
    invite, offered = bench.rings(token)
    bench.feeds(Refuse(offered.call, 486))
    bench.waits(1)
    busy = bench.gets("486 INVITE", "486 INVITE")[0]
    ack = Headers(invite.headers.replaced("CSeq", "1 ACK").replaced("To", str(busy.to)).items())
    bench.brings(Request("ACK", invite.uri, ack))
    bench.waits(40)
    bench.gets()
    assert not bench.agent.busy


def test_nobody_lifts_and_the_terminal_releases() -> None:
    """BW-NA-TERM: 480 after no_answer_s."""
    bench, token = ready(no_answer_s=50.0)
    _, offered = bench.rings(token)
    bench.waits(1)
    bench.feeds(Alert(offered.call))
    bench.waits(49.9)
    bench.hears()
    bench.waits(0.2)
    assert bench.wire[2].reason_q850 == 19
    bench.gets("100 INVITE", "180 INVITE", "480 INVITE")
    ended = bench.last(Ended)
    assert ended.cause.code is Code.NO_ANSWER_LOCAL
    assert ("seconds", "50") in ended.cause.facts


def test_a_telephone_that_rings_for_long_says_so_every_minute() -> None:
    bench, token = ready(no_answer_s=150.0)
    _, offered = bench.rings(token)
    bench.feeds(Alert(offered.call))
    bench.waits(149)
    assert bench.times == [0, 60, 120]
    bench.gets("180 INVITE", "180 INVITE", "180 INVITE")


def cancel_for(invite: Request, *more: tuple[str, str]) -> Request:
    headers = invite.headers.replaced("CSeq", f"{invite.cseq.number} CANCEL")
    headers = headers.without("Content-Type")
    return Request("CANCEL", invite.uri, Headers((*headers.items(), *more)))


def test_the_network_cancels() -> None:
    """BW-NA-NET, FC-05: 200 to the CANCEL, 487 to the INVITE, one To tag."""
    bench, token = ready()
    invite, offered = bench.rings(token)
    bench.feeds(Alert(offered.call))
    ringing = bench.one("180 INVITE")
    bench.brings(cancel_for(invite, ("Reason", "Q.850;cause=19")))
    ok, terminated = bench.gets("200 CANCEL", "487 INVITE")
    assert ok.to.tag == terminated.to.tag == ringing.to.tag
    ended = bench.last(Ended)
    assert (ended.cause.code, ended.cause.q850) == (Code.CALLER_ABANDONED, 19)
    bench.brings(cancel_for(invite, ("Reason", "Q.850;cause=19")))
    assert bench.one("200 CANCEL") == ok


@pytest.mark.parametrize(
    ("reasons", "code"),
    [
        (["SIP;cause=200"], Code.ANSWERED_ELSEWHERE),
        (['Q.850;cause=26, SIP ;cause=200;text="Call completed elsewhere"'],
         Code.ANSWERED_ELSEWHERE),
        (["SIP;cause=487"], Code.CALLER_ABANDONED),
        (["SIP;cause=", "SIP"], Code.CALLER_ABANDONED),
    ],
)  # fmt: skip
def test_a_call_that_was_answered_elsewhere_was_not_missed(reasons: list[str], code: Code) -> None:
    """FW-CANCEL: the Reason of the CANCEL tells the one from the other (RFC 3326)."""
    bench, token = ready()
    invite, offered = bench.rings(token)
    bench.feeds(Alert(offered.call))
    bench.brings(cancel_for(invite, *(("Reason", reason) for reason in reasons)))
    bench.gets("180 INVITE", "200 CANCEL", "487 INVITE")
    assert bench.last(Ended).cause.code is code


def test_a_cancel_of_nothing_gets_481_and_one_after_the_answer_has_no_effect() -> None:
    """FC-04."""
    bench, token = ready()
    stray = bench.request("INVITE", f"sip:{token}@192.0.2.1", call_id="other")
    bench.brings(cancel_for(stray))
    bench.gets("481 CANCEL")
    _, invite, ok = answered(bench, token)
    bench.brings(cancel_for(invite))
    assert bench.one("200 CANCEL").to.tag == ok.to.tag
    bench.hears()
    bench.brings(ack_of(invite, ok, bench))
    bench.waits(10)
    bench.gets()


def test_a_bye_while_it_rings_ends_the_call() -> None:
    """CO-11, B13: 200 to the BYE and 487 to the INVITE."""
    bench, token = ready()
    _, offered = bench.rings(token)
    bench.feeds(Alert(offered.call))
    ringing = bench.one("180 INVITE")
    bench.brings(bench.request("BYE", US, **within(ringing, 2)))
    bench.gets("200 BYE", "487 INVITE")
    assert bench.last(Ended).cause.code is Code.CALLER_ABANDONED


def test_the_200_is_repeated_until_64_t1_and_then_a_bye_follows() -> None:
    """CO-05, B04: golden times of 16.1."""
    bench, token = ready()
    _, offered = bench.rings(token)
    bench.feeds(Accept(offered.call, MEDIA))
    bench.said.clear()
    bench.waits(31.9)
    assert bench.times == [0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    bench.gets(*["200 INVITE"] * 11)
    bench.waits(0.2)
    bench.gets("BYE")
    assert bench.last(Ended).cause.code is Code.SERVER_ERROR


def test_the_ack_stops_the_200() -> None:
    bench, token = ready()
    _, invite, ok = answered(bench, token)
    bench.waits(0.6)
    bench.brings(ack_of(invite, ok, bench))
    bench.brings(invite)
    bench.waits(100)
    bench.gets("200 INVITE")
    bench.hears()


def test_an_ack_with_another_number_is_of_another_invite() -> None:
    bench, token = ready()
    _, invite, ok = answered(bench, token)
    bench.brings(bench.request("ACK", US, **within(ok, invite.cseq.number + 1)))
    bench.waits(0.6)
    bench.gets("200 INVITE")


def test_hanging_up_before_the_ack_delays_the_bye() -> None:
    """CO-16, B06: until the ACK."""
    bench, token = ready()
    call, invite, ok = answered(bench, token)
    bench.feeds(HangUp(call))
    assert bench.last(Ended).cause.code is Code.NORMAL
    bench.waits(1)
    bench.gets("200 INVITE")
    bench.brings(ack_of(invite, ok, bench))
    bench.gets("BYE")
    bench.hears()


def test_at_the_end_of_the_service_the_bye_does_not_wait_for_the_ack() -> None:
    """CO-16: better too early than never; other calls are not touched."""
    bench, token = ready()
    call, _, ok = answered(bench, token)
    bench.feeds(Leave())
    bench.gets()
    bench.feeds(HangUp(call))
    bench.gets()
    bench.feeds(Leave())
    bye = bench.one("BYE")
    assert (bye.to.tag, bye.from_.tag) == (ok.from_.tag, ok.to.tag)
    bench.last(Ended)
    bench.replies(bye, 200)
    assert not bench.agent.releasing


def test_hanging_up_when_the_ack_never_comes_delays_the_bye_by_64_t1() -> None:
    """CO-16: until the end of the 64*T1 period."""
    bench, token = ready()
    call, _, _ = answered(bench, token)
    bench.feeds(HangUp(call))
    bench.waits(31.9)
    bench.wire.clear()
    bench.waits(0.2)
    bench.gets("BYE")


def test_a_bye_before_the_ack_is_accepted() -> None:
    """B03: a confirmed dialog needs no ACK to be released."""
    bench, token = ready()
    _, _, ok = answered(bench, token)
    bench.brings(bench.request("BYE", US, **within(ok, 2)))
    bench.gets("200 BYE")
    assert bench.last(Ended).cause.code is Code.REMOTE_RELEASED
    bench.waits(40)
    bench.gets()


def test_hanging_up_on_a_ringing_call_refuses_it() -> None:
    bench, token = ready()
    _, offered = bench.rings(token)
    bench.feeds(HangUp(offered.call, cause(Code.ADMIN, who="cli")))
    bench.gets("480 INVITE")
    assert bench.last(Ended).cause.code is Code.ADMIN


def test_an_invite_without_offer_gets_ours_and_brings_the_answer_in_the_ack() -> None:
    """CO-14."""
    bench, token = ready()
    invite, offered = bench.rings(token, body=b"")
    assert offered.media is None
    bench.feeds(Accept(offered.call, MEDIA))
    bench.hears()
    ok = bench.one("200 INVITE")
    assert b"m=audio 10000 RTP/AVP 8 0 101" in ok.body
    bench.brings(ack_of(invite, ok, bench, ANSWER))
    established = bench.last(Established)
    assert (established.media.host, established.media.codec) == ("192.0.2.20", "PCMA")


def test_an_ack_without_the_answer_releases_the_call() -> None:
    """B22."""
    bench, token = ready()
    _, invite, ok = answered(bench, token, b"")
    bench.brings(ack_of(invite, ok, bench))
    bench.gets("BYE")
    assert bench.last(Ended).cause.code is Code.CODEC


def test_an_offer_without_a_codec_of_ours_is_refused_unheard() -> None:
    """B23: 488 with a Warning; the owner never hears of it."""
    bench, token = ready()
    bench.brings(bench.request("INVITE", f"sip:{token}@192.0.2.1", more=(CONTACT,), body=G729))
    assert bench.one("488 INVITE").headers.get("Warning").startswith("305 ")
    bench.hears()
    bench.waits(40)
    assert not bench.agent.busy


def test_a_hold_and_a_resume_of_the_peer_are_accepted() -> None:
    """CO-14: sendonly is answered with recvonly, on the same port, with a new version."""
    bench, token = ready()
    call, _, ok = talking(bench, token)
    hold = bench.request("INVITE", US, **within(ok, 2), more=(CONTACT,), body=HELD)
    bench.brings(hold)
    changed = bench.last(MediaChanged)
    assert (changed.call, changed.media.sends, changed.media.receives) == (call, False, True)
    held = bench.one("200 INVITE")
    assert b"a=recvonly" in held.body
    assert b"m=audio 10000 " in held.body
    assert _version(held) == _version(ok) + 1
    bench.brings(ack_of(hold, held, bench))
    resume = bench.request("UPDATE", US, **within(ok, 3), more=(CONTACT,), body=OFFER)
    bench.brings(resume)
    assert bench.last(MediaChanged).media.sends
    resumed = bench.one("200 UPDATE")
    assert b"a=sendrecv" in resumed.body
    assert _version(resumed) == _version(ok) + 2
    bench.waits(40)
    bench.gets()


def _version(message: Response) -> int:
    (origin,) = [line for line in message.body.split(b"\r\n") if line.startswith(b"o=")]
    return int(origin.split(b" ")[2])


def test_the_old_manner_of_hold_is_understood() -> None:
    """CO-14, fault C24: c=0.0.0.0."""
    bench, token = ready()
    _, _, ok = talking(bench, token)
    held = OFFER.replace(b"c=IN IP4 192.0.2.20", b"c=IN IP4 0.0.0.0")
    bench.brings(bench.request("INVITE", US, **within(ok, 2), more=(CONTACT,), body=held))
    assert not bench.last(MediaChanged).media.sends


def test_a_target_refresh_moves_the_target_and_not_the_route() -> None:
    """B30."""
    bench, token = ready()
    call, _, ok = talking(bench, token)
    moved = ("Contact", "<sip:b@192.0.2.21>")
    bench.brings(bench.request("UPDATE", US, **within(ok, 2), more=(moved,)))
    bench.gets("200 UPDATE")
    bench.hears()
    bench.feeds(HangUp(call))
    assert bench.one("BYE").uri == "sip:b@192.0.2.21"


def test_a_reinvite_without_offer_gets_ours_and_changes_media_with_the_ack() -> None:
    bench, token = ready()
    call, _, ok = talking(bench, token)
    again = bench.request("INVITE", US, **within(ok, 2), more=(CONTACT,))
    bench.brings(again)
    offer = bench.one("200 INVITE")
    assert b"m=audio 10000 RTP/AVP 8 0 101" in offer.body
    bench.hears()
    bench.brings(bench.request("UPDATE", US, **within(ok, 3), more=(CONTACT,), body=OFFER))
    bench.gets("491 UPDATE")
    bench.brings(ack_of(again, offer, bench, ANSWER))
    assert bench.last(MediaChanged).call == call


def test_a_reinvite_that_comes_before_the_ack_is_glare() -> None:
    """B17: 491."""
    bench, token = ready()
    _, invite, ok = answered(bench, token)
    bench.brings(bench.request("INVITE", US, **within(ok, 2), more=(CONTACT,), body=HELD))
    bench.gets("491 INVITE")
    bench.brings(ack_of(invite, ok, bench))
    bench.hears()


def test_an_update_while_their_offer_is_unanswered_is_put_off() -> None:
    """B32: 500 with a short Retry-After."""
    bench, token = ready()
    _, offered = bench.rings(token)
    bench.feeds(Alert(offered.call))
    ringing = bench.one("180 INVITE")
    bench.brings(bench.request("UPDATE", US, **within(ringing, 2), more=(CONTACT,), body=OFFER))
    refused = bench.one("500 UPDATE")
    assert 0 <= refused.retry_after <= 10


def test_a_reinvite_that_cannot_be_is_refused_and_the_session_stands() -> None:
    bench, token = ready()
    _, _, ok = talking(bench, token)
    bench.brings(bench.request("INVITE", US, **within(ok, 2), more=(CONTACT,), body=G729))
    assert "Warning" in bench.one("488 INVITE").headers
    bench.hears()


def test_a_reinvite_whose_ack_never_comes_ends_the_call() -> None:
    bench, token = ready()
    _, _, ok = talking(bench, token)
    bench.brings(bench.request("INVITE", US, **within(ok, 2), more=(CONTACT,), body=HELD))
    bench.said.clear()
    bench.waits(32)
    assert bench.wire[-1].cseq.method == "BYE"
    bench.last(Ended)


def test_requests_out_of_order_get_500_and_gaps_are_fine() -> None:
    """B19 and 8.3."""
    bench, token = ready()
    _, _, ok = talking(bench, token)
    bench.brings(bench.request("OPTIONS", US, **within(ok, 100)))
    bench.gets("200 OPTIONS")
    bench.brings(bench.request("BYE", US, **within(ok, 99)))
    bench.gets("500 BYE")
    bench.hears()
    bench.brings(bench.request("BYE", US, **within(ok, 101)))
    bench.gets("200 BYE")


@pytest.mark.parametrize(
    ("method", "status"), [("INFO", 405), ("REFER", 405), ("PRACK", 405), ("NOTIFY", 405)]
)
def test_methods_that_we_do_not_allow_are_refused_in_a_dialog_too(
    method: str, status: int
) -> None:
    """B34: the Allow that comes with it is honest."""
    bench, token = ready()
    _, _, ok = talking(bench, token)
    bench.brings(bench.request(method, US, **within(ok, 2)))
    refused = bench.one(f"{status} {method}")
    assert method not in refused.headers.get("Allow")


def test_two_dialogs_may_share_a_call_id_in_one_process() -> None:
    """Port 1 calls port 2 through a proxy (1.2): each side has its own dialog."""
    bench, _ = ready()
    tokens = [line.token for line in bench.agent.board.lines.values()]
    call = bench.calls("102", line=1)
    out = bench.one("INVITE")
    proxied = Request(
        "INVITE",
        f"sip:{tokens[1]}@192.0.2.1",
        out.headers.prepended("Via", "SIP/2.0/UDP 192.0.2.10;branch=z9hG4bKproxy;rport")
        .prepended("Record-Route", "<sip:192.0.2.10;lr>")
        .without("Route"),
        out.body,
    )
    bench.brings(proxied)
    offered = bench.last(Offered)
    assert (offered.line, offered.number) == (2, "101")

    def back(response: Response) -> Response:
        vias = response.headers.all("Via")
        headers = response.headers.replaced("Via", *vias[1:])
        return Response(response.status, response.reason, headers, response.body)

    bench.feeds(Alert(offered.call))
    bench.brings(back(bench.one("180 INVITE")))
    bench.said.clear()
    bench.feeds(Accept(offered.call, MEDIA))
    ok = bench.one("200 INVITE")
    bench.brings(back(ok))
    assert {e.call for e in bench.said if isinstance(e, Established)} == {call, offered.call}
    bench.said.clear()
    ack = bench.one("ACK")
    through = ack.headers.prepended("Via", "SIP/2.0/UDP 192.0.2.10;branch=z9hG4bKp2;rport")
    bench.brings(Request("ACK", ack.uri, through.without("Route")))
    bench.feeds(HangUp(call))
    assert bench.last(Ended).call == call
    bye = bench.one("BYE")
    through = bye.headers.prepended("Via", "SIP/2.0/UDP 192.0.2.10;branch=z9hG4bKp3;rport")
    bench.brings(Request("BYE", bye.uri, through.without("Route")))
    assert bench.last(Ended).call == offered.call
    bench.brings(back(bench.one("200 BYE")))
    bench.waits(60)
    bench.gets()
    assert not bench.agent.busy
