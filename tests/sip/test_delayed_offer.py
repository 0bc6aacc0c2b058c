"""INVITEs without an offer: the other end makes it (CO-14, B22; RFC 3261 section 13.2.1)."""

from __future__ import annotations

import pytest

from firmware.causes import Code
from firmware.sip.events import Ended, Established, HangUp, Hold, MediaChanged, Proceeding
from tests.sip.bench import ANSWER, CONTACT, G729, HELD, OFFER, Bench
from tests.sip.talking import THROUGH_SERVER, Talk

CHALLENGE = ("Proxy-Authenticate", 'Digest realm="dom", nonce="n1", qop="auth"')


def test_the_offer_of_a_200_is_answered_in_the_ack() -> None:
    """Offer in the 2xx, answer in the ACK; the same ACK if the 200 comes again (CO-06)."""
    bench = Bench()
    bench.registers()
    call = bench.calls(offers=False)
    invite = bench.one("INVITE")
    assert (invite.body, "Content-Type" in invite.headers) == (b"", False)
    bench.replies(invite, 200, more=(CONTACT, THROUGH_SERVER), body=OFFER)
    ack = bench.one("ACK")
    assert ack.content_type == "application/sdp"
    assert b"m=audio 10000 RTP/AVP 8 101" in ack.body
    established = bench.last(Established)
    assert (established.call, established.media.host) == (call, "192.0.2.20")
    bench.replies(invite, 200, more=(CONTACT, THROUGH_SERVER), body=OFFER)
    assert bench.one("ACK") == ack
    bench.hears()


def test_a_description_in_an_unreliable_18x_is_no_offer() -> None:
    """Only what cannot get lost may offer (section 13.2.1)."""
    bench = Bench()
    bench.registers()
    bench.calls(offers=False)
    invite = bench.one("INVITE")
    bench.replies(invite, 183, more=(CONTACT,), body=OFFER)
    assert bench.last(Proceeding).media is None
    bench.replies(invite, 200, more=(CONTACT,), body=HELD)
    assert b"a=recvonly" in bench.one("ACK").body
    assert not bench.last(Established).media.sends


@pytest.mark.parametrize("body", [b"", G729, b"x"])
def test_a_200_that_offers_nothing_usable_is_acked_and_released(body: bytes) -> None:
    bench = Bench()
    bench.registers()
    bench.calls(offers=False)
    bench.replies(bench.one("INVITE"), 200, more=(CONTACT,), body=body)
    ack, _ = bench.gets("ACK", "BYE")
    assert not ack.body
    assert bench.last(Ended).cause.code is Code.CODEC


def test_the_answer_in_the_ack_survives_a_challenge_and_a_second_answer() -> None:
    """IA-01; CO-07: the other telephone of a fork gets an ACK without a description, and BYE."""
    bench = Bench()
    bench.registers()
    bench.calls(offers=False)
    bench.replies(bench.one("INVITE"), 407, tag="s", more=(CHALLENGE,))
    _, invite = bench.gets("ACK", "INVITE")
    bench.replies(invite, 200, tag="x", more=(CONTACT, THROUGH_SERVER), body=OFFER)
    ack = bench.one("ACK")
    assert ack.credentials
    assert ack.body
    bench.said.clear()
    bench.replies(invite, 200, tag="y", more=(CONTACT, THROUGH_SERVER), body=OFFER)
    second, bye = bench.gets("ACK", "BYE")
    assert (second.to.tag, bye.to.tag, second.body) == ("y", "y", b"")
    bench.hears()


def test_a_hold_of_a_call_whose_offer_was_theirs() -> None:
    """Our first offer in that session: the numbers that they chose are kept."""
    bench = Bench()
    bench.registers()
    call = bench.calls(offers=False)
    invite = bench.one("INVITE")
    offered = OFFER.replace(b"101", b"96")
    bench.replies(invite, 200, more=(CONTACT,), body=offered)
    bench.gets("ACK")
    bench.said.clear()
    bench.feeds(Hold(call))
    hold = bench.one("INVITE")
    assert b"RTP/AVP 8 0 96" in hold.body
    answer = ANSWER.replace(b"101", b"96") + b"a=recvonly\r\n"
    bench.replies(hold, 200, more=(CONTACT,), body=answer)
    bench.gets("ACK")
    assert bench.last(MediaChanged).media.event_tx == 96


def test_a_reinvite_without_an_offer_is_offered_what_we_want() -> None:
    """B22 within a call: a full offer, and it holds if we do."""
    talk = Talk(ours=False)
    bench = talk.bench
    bench.feeds(Hold(talk.call))
    hold = bench.one("INVITE")
    talk.answers(hold, 200, body=ANSWER + b"a=recvonly\r\n")
    bench.gets("ACK")
    bench.said.clear()
    talk.asks("INVITE")
    ok = bench.one("200 INVITE")
    assert b"RTP/AVP 8 0 101" in ok.body
    assert b"a=sendonly" in ok.body
    talk.acks(ok, ANSWER + b"a=recvonly\r\n")
    assert not bench.last(MediaChanged).media.sends


def test_hanging_up_before_the_offer_comes() -> None:
    """FC-02, CO-10: the 200 crosses the CANCEL: ACK without an answer, then BYE."""
    bench = Bench()
    bench.registers()
    call = bench.calls(offers=False)
    invite = bench.one("INVITE")
    bench.replies(invite, 180, more=(CONTACT,))
    bench.feeds(HangUp(call))
    bench.gets("CANCEL")
    bench.replies(invite, 200, more=(CONTACT,), body=OFFER)
    ack, _ = bench.gets("ACK", "BYE")
    assert not ack.body
