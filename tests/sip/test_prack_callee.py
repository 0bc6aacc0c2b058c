"""Our own reliable provisional responses (behaviours 9 and 16.1, RFC 3262 sections 3 and 5)."""

from __future__ import annotations

from typing import Any

import pytest

from firmware.causes import Code
from firmware.sip.events import Accept, Alert, Ended, Established, HangUp, Offered, Prack
from firmware.sip.message import Headers, Request, Response
from tests.sip.bench import ANSWER, CONTACT, G729, HELD, MEDIA, OFFER, US, Bench, within

SUPPORTED = ("Supported", "timer, 100rel")
REQUIRED = ("Require", "100rel")


def ready(prack: Prack = Prack.SUPPORTED, **settings: Any) -> tuple[Bench, str]:
    bench = Bench(prack=prack, **settings)
    return bench, bench.registers()


def called(
    bench: Bench, token: str, *more: tuple[str, str], body: bytes = OFFER
) -> tuple[Request, Offered]:
    invite = bench.request("INVITE", f"sip:{token}@192.0.2.1", more=(CONTACT, *more), body=body)
    bench.brings(invite)
    return invite, bench.last(Offered)


def pracks(
    bench: Bench, ringing: Response, cseq: int = 2, *, rseq: int | None = None, body: bytes = b""
) -> Request:
    number = ringing.rseq if rseq is None else rseq
    rack = ("RAck", f"{number} {ringing.cseq.number} INVITE")
    request = bench.request("PRACK", US, **within(ringing, cseq), more=(rack,), body=body)
    bench.brings(request)
    return request


def cancels(bench: Bench, invite: Request) -> None:
    headers = invite.headers.replaced("CSeq", f"{invite.cseq.number} CANCEL")
    bench.brings(Request("CANCEL", invite.uri, Headers(headers.without("Content-Type").items())))


def test_a_caller_who_can_gets_a_reliable_180() -> None:
    """PR-03, PR-08: RSeq between 1 and 2^31 - 1; the PRACK is answered and ends it."""
    bench, token = ready()
    _, offered = called(bench, token, SUPPORTED)
    assert not offered.describes
    bench.feeds(Alert(offered.call))
    ringing = bench.one("180 INVITE")
    assert ringing.require == ("100rel",)
    assert ringing.rseq is not None
    assert 1 <= ringing.rseq < 2**31
    assert ringing.contacts[0].uri == f"sip:{token}@192.0.2.1:5060"
    assert not ringing.body
    prack = pracks(bench, ringing)
    ok = bench.one("200 PRACK")
    assert (ok.cseq, ok.to.tag) == (prack.cseq, ringing.to.tag)
    bench.waits(10)
    bench.gets()
    bench.feeds(Accept(offered.call, MEDIA))
    assert bench.one("200 INVITE").body


@pytest.mark.parametrize(
    ("mode", "asks", "status"),
    [
        (Prack.OFF, REQUIRED, 420),
        (Prack.REQUIRED, ("Supported", "timer"), 421),
    ],
)
def test_what_cannot_be_agreed_on_is_refused(
    mode: Prack, asks: tuple[str, str], status: int
) -> None:
    """PR-06: 420 names what is not supported; 421 what is required (RFC 3261 21.4.16)."""
    bench, token = ready(mode)
    bench.brings(
        bench.request("INVITE", f"sip:{token}@192.0.2.1", more=(CONTACT, asks), body=OFFER)
    )
    refused = bench.one(f"{status} INVITE")
    name = "Unsupported" if status == 420 else "Require"
    assert refused.tokens(name) == ("100rel",)
    bench.hears()


@pytest.mark.parametrize(
    ("mode", "asks"), [(Prack.OFF, SUPPORTED), (Prack.SUPPORTED, ("Supported", "timer"))]
)
def test_everybody_else_gets_a_plain_180(mode: Prack, asks: tuple[str, str]) -> None:
    """PR-06."""
    bench, token = ready(mode)
    _, offered = called(bench, token, asks)
    bench.feeds(Alert(offered.call))
    ringing = bench.one("180 INVITE")
    assert (ringing.rseq, ringing.require) == (None, ())
    bench.waits(5)
    bench.gets()


def test_the_180_is_repeated_with_doubling_pauses_and_the_call_refused_in_the_end() -> None:
    """PR-02, 16.1: 0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5 s; at 32 s 504."""
    bench, token = ready()
    _, offered = called(bench, token, REQUIRED)
    bench.feeds(Alert(offered.call))
    bench.waits(31.9)
    assert bench.times == [0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
    first, *others = bench.gets(*["180 INVITE"] * 7)
    assert all(other == first for other in others)
    bench.waits(0.2)
    bench.gets("504 INVITE")
    ended = bench.last(Ended)
    assert (ended.cause.code, ended.cause.status) == (Code.SERVER_ERROR, 504)
    assert "no PRACK came" in ended.cause.sentence
    pracks(bench, first)
    bench.gets("481 PRACK")


def test_a_repeated_invite_brings_the_reliable_180_once_more() -> None:
    """B01."""
    bench, token = ready()
    invite, offered = called(bench, token, REQUIRED)
    bench.feeds(Alert(offered.call))
    first = bench.one("180 INVITE")
    bench.brings(invite)
    assert bench.one("180 INVITE") == first


def test_a_prack_that_matches_nothing_gets_481() -> None:
    """PR-04: another RSeq, another INVITE, the same once more, before any 18x (B03)."""
    bench, token = ready()
    invite, offered = called(bench, token, SUPPORTED)
    bench.feeds(Alert(offered.call))
    ringing = bench.one("180 INVITE")
    assert ringing.rseq is not None
    pracks(bench, ringing, 2, rseq=(ringing.rseq or 0) + 1)
    bench.gets("481 PRACK")
    wrong = (("RAck", f"{ringing.rseq} {invite.cseq.number + 1} INVITE"),)
    bench.brings(bench.request("PRACK", US, **within(ringing, 3), more=wrong))
    bench.gets("481 PRACK")
    pracks(bench, ringing, 4)
    bench.gets("200 PRACK")
    pracks(bench, ringing, 5)
    bench.gets("481 PRACK")
    bench.brings(bench.request("PRACK", f"sip:{token}@192.0.2.1", more=wrong))
    bench.gets("481 PRACK")


@pytest.mark.parametrize("rack", ["", "1 INVITE", "x 1 INVITE", "1 1"])
def test_a_prack_that_says_not_what_it_means_gets_400(rack: str) -> None:
    bench, token = ready()
    _, offered = called(bench, token, SUPPORTED)
    bench.feeds(Alert(offered.call))
    ringing = bench.one("180 INVITE")
    more = (("RAck", rack),) if rack else ()
    bench.brings(bench.request("PRACK", US, **within(ringing, 2), more=more))
    bench.gets("400 PRACK")


def test_each_further_180_counts_one_up_and_waits_for_the_one_before() -> None:
    """PR-03, and RFC 3261 section 13.3.1.1: a telephone that rings long says so every minute."""
    bench, token = ready(no_answer_s=150.0)
    _, offered = called(bench, token, SUPPORTED)
    bench.feeds(Alert(offered.call))
    first = bench.one("180 INVITE")
    pracks(bench, first)
    bench.gets("200 PRACK")
    bench.waits(60)
    second = bench.one("180 INVITE")
    assert (second.rseq, first.rseq) == ((first.rseq or 0) + 1, first.rseq)
    pracks(bench, second, 3)
    bench.gets("200 PRACK")


def test_a_lift_before_the_prack_of_a_plain_180_is_answered_at_once() -> None:
    """Only a description of ours has to be acknowledged first; a late PRACK is welcome."""
    bench, token = ready()
    _, offered = called(bench, token, REQUIRED)
    bench.feeds(Alert(offered.call))
    bench.feeds(Accept(offered.call, MEDIA))
    ringing, ok = bench.gets("180 INVITE", "200 INVITE")
    assert bench.last(Established).call == offered.call
    bench.waits(0.4)
    pracks(bench, ringing)
    bench.gets("200 PRACK")
    bench.brings(bench.request("ACK", US, **within(ok, 1)))
    bench.waits(60)
    bench.gets()


def ringing_without_offer(**settings: Any) -> tuple[Bench, Request, Offered, Response]:
    """A delayed offer: the 180 that asks for a PRACK makes it (RFC 3262 section 5)."""
    bench, token = ready(**settings)
    invite, offered = called(bench, token, REQUIRED, body=b"")
    assert offered.describes
    bench.feeds(Alert(offered.call, MEDIA))
    ringing = bench.one("180 INVITE")
    assert b"m=audio 10000 RTP/AVP 8 0 101" in ringing.body
    assert ringing.content_type == "application/sdp"
    return bench, invite, offered, ringing


def test_the_prack_answers_the_offer_of_our_180_and_the_200_says_no_more() -> None:
    """B22, CO-14: offer in the first reliable response, answer in the PRACK."""
    bench, _, offered, ringing = ringing_without_offer()
    pracks(bench, ringing, body=ANSWER)
    bench.gets("200 PRACK")
    bench.hears()
    bench.feeds(Accept(offered.call, MEDIA))
    ok = bench.one("200 INVITE")
    assert (ok.body, "Content-Type" in ok.headers) == (b"", False)
    established = bench.last(Established)
    assert (established.call, established.media.port) == (offered.call, 20000)
    bench.brings(bench.request("ACK", US, **within(ok, 1)))
    bench.hears()


def test_no_200_overtakes_a_description_that_is_not_acknowledged() -> None:
    """PR-05: the person has lifted, the 200 waits for the PRACK."""
    bench, _, offered, ringing = ringing_without_offer()
    bench.feeds(Accept(offered.call, MEDIA))
    bench.waits(3)
    assert bench.gets("180 INVITE", "180 INVITE")[0] == ringing
    bench.hears()
    pracks(bench, ringing, body=ANSWER)
    bench.gets("200 PRACK", "200 INVITE")
    assert bench.last(Established).call == offered.call


def test_no_200_comes_of_a_prack_of_something_else() -> None:
    """PR-04, PR-05: the person has lifted, and what waits still waits."""
    bench, _, offered, ringing = ringing_without_offer()
    bench.feeds(Accept(offered.call, MEDIA))
    pracks(bench, ringing, rseq=(ringing.rseq or 0) + 1)
    bench.gets("481 PRACK")
    pracks(bench, ringing, 3, body=ANSWER)
    bench.gets("200 PRACK", "200 INVITE")


@pytest.mark.parametrize("end", ["cancel", "bye", "hang up", "silence"])
def test_a_lift_that_waits_for_the_prack_may_still_come_to_nothing(end: str) -> None:
    """PR-07, CO-11, PR-02: whatever ends the call then, it ends once."""
    bench, invite, offered, ringing = ringing_without_offer()
    bench.feeds(Accept(offered.call, MEDIA))
    match end:
        case "cancel":
            cancels(bench, invite)
            bench.gets("200 CANCEL", "487 INVITE")
            code = Code.CALLER_ABANDONED
        case "bye":
            bench.brings(bench.request("BYE", US, **within(ringing, 2)))
            bench.gets("200 BYE", "487 INVITE")
            code = Code.CALLER_ABANDONED
        case "hang up":
            bench.feeds(HangUp(offered.call))
            bench.gets("480 INVITE")
            code = Code.NORMAL
        case _:
            bench.waits(31)
            bench.clears()
            bench.waits(1)
            bench.gets("180 INVITE", "504 INVITE")
            code = Code.SERVER_ERROR
    assert bench.last(Ended).cause.code is code
    bench.waits(70)
    bench.hears()
    assert not bench.agent.busy


@pytest.mark.parametrize("body", [b"", G729])
def test_a_prack_without_a_usable_answer_ends_the_call(body: bytes) -> None:
    """B22: the response is acknowledged, but there is nothing to talk over."""
    bench, _, _, ringing = ringing_without_offer()
    pracks(bench, ringing, body=body)
    bench.gets("200 PRACK", "488 INVITE")
    assert bench.last(Ended).cause.code is Code.CODEC


def test_an_offer_in_the_prack_is_answered_in_its_200() -> None:
    """RFC 3262 section 5: once the first is answered, another may come with a PRACK."""
    bench, token = ready()
    _, offered = called(bench, token, REQUIRED)
    bench.feeds(Alert(offered.call, MEDIA))
    ringing = bench.one("180 INVITE")
    assert b"m=audio 10000 RTP/AVP 8 101" in ringing.body
    pracks(bench, ringing, body=HELD)
    assert b"a=recvonly" in bench.one("200 PRACK").body
    bench.feeds(Accept(offered.call, MEDIA))
    assert not bench.one("200 INVITE").body
    assert not bench.last(Established).media.sends


def test_an_offer_in_the_prack_that_comes_too_early_is_put_off() -> None:
    """That of the INVITE is not answered yet; the 180 counts as acknowledged all the same."""
    bench, token = ready()
    _, offered = called(bench, token, REQUIRED)
    bench.feeds(Alert(offered.call))
    ringing = bench.one("180 INVITE")
    pracks(bench, ringing, body=HELD)
    refused = bench.one("500 PRACK")
    assert 0 <= (refused.retry_after or 0) <= 10
    bench.waits(10)
    bench.gets()


def test_an_offer_in_the_prack_that_we_cannot_use_leaves_the_session() -> None:
    bench, token = ready()
    _, offered = called(bench, token, REQUIRED)
    bench.feeds(Alert(offered.call, MEDIA))
    ringing = bench.one("180 INVITE")
    pracks(bench, ringing, body=G729)
    bench.gets("488 PRACK")
    bench.feeds(Accept(offered.call, MEDIA))
    bench.gets("200 INVITE")
    assert bench.last(Established).media.port == 20000


def test_a_session_agreed_on_early_may_be_changed_before_the_200() -> None:
    """B32: UPDATE while it rings; before our answer 500, while our offer is out 491."""
    bench, _, offered, ringing = ringing_without_offer()
    bench.brings(bench.request("UPDATE", US, **within(ringing, 2), more=(CONTACT,), body=HELD))
    bench.gets("491 UPDATE")
    pracks(bench, ringing, 3, body=ANSWER)
    bench.gets("200 PRACK")
    bench.brings(bench.request("UPDATE", US, **within(ringing, 4), more=(CONTACT,), body=HELD))
    assert b"a=recvonly" in bench.one("200 UPDATE").body
    bench.hears()
    bench.feeds(Accept(offered.call, MEDIA))
    bench.gets("200 INVITE")
    assert not bench.last(Established).media.sends


def test_a_second_invite_before_the_first_is_answered_is_put_off() -> None:
    """RFC 3261 section 14.2: 500 with a Retry-After of 0 to 10 s, whatever is agreed on early."""
    bench, _, offered, ringing = ringing_without_offer()
    pracks(bench, ringing, body=ANSWER)
    bench.gets("200 PRACK")
    bench.brings(bench.request("INVITE", US, **within(ringing, 3), more=(CONTACT,), body=HELD))
    put_off = bench.one("500 INVITE").retry_after
    assert put_off is not None
    assert 0 <= put_off <= 10
    bench.feeds(Accept(offered.call, MEDIA))
    bench.gets("200 INVITE")


def test_without_a_place_for_voice_nothing_can_be_said_reliably_of_a_delayed_offer() -> None:
    bench, token = ready()
    _, offered = called(bench, token, REQUIRED, body=b"")
    bench.feeds(Alert(offered.call))
    bench.waits(1)
    bench.gets("100 INVITE")
    bench.feeds(Accept(offered.call, MEDIA))
    assert b"m=audio" in bench.one("200 INVITE").body


def test_cancel_stops_the_repetition() -> None:
    """PR-07."""
    bench, token = ready()
    invite, offered = called(bench, token, SUPPORTED)
    bench.feeds(Alert(offered.call))
    bench.one("180 INVITE")
    cancels(bench, invite)
    bench.gets("200 CANCEL", "487 INVITE")
    assert bench.last(Ended).cause.code is Code.CALLER_ABANDONED
    ack = Headers(invite.headers.replaced("CSeq", "1 ACK").items())
    bench.brings(Request("ACK", invite.uri, ack))
    bench.waits(60)
    bench.gets()
    assert not bench.agent.busy
