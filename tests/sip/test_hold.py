"""Hold and resume of ours, and what may get in their way (RFC 3264 8.4, RFC 3261 14.1)."""

from __future__ import annotations

import pytest

from firmware.causes import Code
from firmware.sip.changes import Reoffer
from firmware.sip.events import Ended, HangUp, Hold, HoldRefused, MediaChanged, Resume
from firmware.sip.message import Request
from tests.sip.bench import ANSWER, CONTACT, G729, HELD, OFFER, name_of
from tests.sip.talking import Talk

RECEIVING = ANSWER + b"a=recvonly\r\n"
CHALLENGE = ("Proxy-Authenticate", 'Digest realm="dom", nonce="n1", qop="auth"')
BOTH = pytest.mark.parametrize("ours", [True, False])


def version(request: Request) -> int:
    return int(request.body.partition(b"o=- ")[2].split()[1])


@BOTH
def test_a_call_is_held_and_resumed_by_re_invites(ours: bool) -> None:
    """A15, CO-14: re-INVITE with sendonly, then with sendrecv; the version counts up."""
    talk = Talk(ours=ours)
    bench = talk.bench
    bench.feeds(Hold(talk.call))
    hold = bench.one("INVITE")
    assert b"a=sendonly\r\n" in hold.body
    assert b"RTP/AVP 8 0 101" in hold.body
    assert (hold.call_id, bool(hold.to.tag)) == (talk.invite.call_id, True)
    assert hold.uri == "sip:b@192.0.2.20:5070"
    assert hold.contacts
    talk.answers(hold, 200, body=RECEIVING)
    ack = bench.one("ACK")
    assert (ack.cseq.number, ack.via.branch != hold.via.branch) == (hold.cseq.number, True)
    held = bench.last(MediaChanged)
    assert (held.call, held.media.sends, held.media.receives) == (talk.call, False, False)
    bench.feeds(Resume(talk.call))
    resume = bench.one("INVITE")
    assert b"a=sendrecv\r\n" in resume.body
    assert resume.cseq.number == hold.cseq.number + 1
    assert version(resume) == version(hold) + 1
    talk.answers(resume, 200, body=ANSWER)
    bench.gets("ACK")
    back = bench.last(MediaChanged).media
    assert (back.sends, back.receives, back.port) == (True, True, 20000)
    bench.feeds(HangUp(talk.call))
    bye = bench.one("BYE")
    assert bye.cseq.number == resume.cseq.number + 1
    bench.replies(bye, 200)
    talk.is_over()


def test_the_number_of_the_bye_counts_hold_and_retrieve() -> None:
    """Table 8.3: INVITE 2, re-INVITE 3, re-INVITE 4, BYE 5."""
    talk = Talk()
    bench = talk.bench
    for want in (Hold(talk.call), Resume(talk.call)):
        bench.feeds(want)
        change = bench.one("INVITE")
        talk.answers(change, 200, body=ANSWER)
        bench.gets("ACK")
    bench.feeds(HangUp(talk.call))
    assert bench.one("BYE").cseq.number == talk.invite.cseq.number + 3


@BOTH
def test_a_hold_that_is_refused_leaves_the_session_as_it_is(ours: bool) -> None:
    """B21: 488, 5xx: unchanged; the next answer of ours does not hold."""
    talk = Talk(ours=ours)
    bench = talk.bench
    bench.feeds(Hold(talk.call))
    hold = bench.one("INVITE")
    talk.answers(hold, 488)
    bench.gets("ACK")
    bench.hears(HoldRefused(talk.call, 488))
    bench.waits(5)
    bench.gets()
    talk.asks("UPDATE", body=OFFER)
    assert b"a=sendrecv" in bench.one("200 UPDATE").body
    bench.said.clear()
    bench.feeds(Hold(talk.call))
    again = bench.one("INVITE")
    assert version(again) > version(hold)


@pytest.mark.parametrize("status", [481, 408])
def test_a_far_end_that_knows_of_no_call_ends_it(status: int) -> None:
    """B21, 12.2.1.2: for an INVITE dialog that means BYE."""
    talk = Talk()
    bench = talk.bench
    bench.feeds(Hold(talk.call))
    talk.answers(bench.one("INVITE"), status)
    _, bye = bench.gets("ACK", "BYE")
    ended = bench.last(Ended)
    assert (ended.cause.code, ended.cause.status) == (Code.SESSION_LOST, status)
    bench.replies(bye, 481)
    talk.is_over()


def test_a_far_end_that_does_not_answer_is_gone() -> None:
    """A time-out counts as 408 (8.1.3.1)."""
    talk = Talk()
    bench = talk.bench
    bench.feeds(Hold(talk.call))
    bench.waits(32.1)
    assert bench.last(Ended).cause.code is Code.SESSION_LOST
    bench.gets(*["INVITE"] * 7, "BYE")
    talk.is_over()


@BOTH
def test_glare_is_tried_again_in_the_time_of_its_band(ours: bool) -> None:
    """B17, 14.1: 2.1 to 4.0 s if the Call-ID is ours, else 0 to 2.0 s, by tens of ms."""
    least, most = (2.1, 4.0) if ours else (0.0, 2.0)
    seen = set()
    for seed in range(40):
        talk = Talk(ours=ours, seed=seed)
        bench = talk.bench
        bench.waits(1)
        bench.clears()
        bench.feeds(Hold(talk.call))
        first = bench.one("INVITE")
        talk.answers(first, 491)
        bench.gets("ACK")
        began = bench.now
        second = bench.waits_for("INVITE", 5)
        waited = round(bench.now - began, 6)
        assert least <= waited <= most
        assert round(waited * 100, 4) == round(waited * 100)
        assert second.cseq.number == first.cseq.number + 1
        bench.hears()
        talk.answers(second, 200, body=RECEIVING)
        bench.gets("ACK")
        assert isinstance(bench.said[-1], MediaChanged)
        seen.add(waited)
    assert max(seen) - min(seen) > (most - least) / 2


def test_their_change_during_ours_gets_491() -> None:
    """B17, B32: while our offer waits for its answer; an UPDATE without one is welcome."""
    talk = Talk()
    bench = talk.bench
    bench.feeds(Hold(talk.call))
    hold = bench.one("INVITE")
    talk.asks("INVITE", body=OFFER)
    bench.gets("491 INVITE")
    talk.asks("UPDATE", body=OFFER)
    bench.gets("491 UPDATE")
    talk.asks("UPDATE")
    bench.gets("200 UPDATE")
    talk.answers(hold, 200, body=RECEIVING)
    bench.gets("ACK")
    talk.asks("UPDATE", body=HELD)
    assert b"a=inactive" in bench.one("200 UPDATE").body, "now both hold"


def test_what_is_wanted_during_their_change_waits_for_their_ack() -> None:
    """Section 14.1: no INVITE of ours while one of theirs is under way."""
    talk = Talk()
    bench = talk.bench
    talk.asks("INVITE", body=OFFER)
    ok = bench.one("200 INVITE")
    bench.said.clear()
    bench.feeds(Hold(talk.call))
    bench.gets()
    talk.acks(ok)
    assert b"a=sendonly" in bench.one("INVITE").body


def test_their_offer_after_a_glare_may_bring_what_we_want() -> None:
    """Our answer holds, so there is nothing left to ask for."""
    talk = Talk()
    bench = talk.bench
    bench.feeds(Hold(talk.call))
    talk.answers(bench.one("INVITE"), 491)
    bench.gets("ACK")
    talk.asks("INVITE", body=OFFER)
    ok = bench.one("200 INVITE")
    assert b"a=sendonly" in ok.body
    talk.acks(ok)
    assert not bench.last(MediaChanged).media.sends
    bench.waits(10)
    bench.gets()


def test_a_server_that_asks_us_to_come_again_later_is_obeyed() -> None:
    """14.2: 500 with Retry-After."""
    talk = Talk()
    bench = talk.bench
    bench.feeds(Hold(talk.call))
    talk.answers(bench.one("INVITE"), 500, ("Retry-After", "7"))
    bench.gets("ACK")
    bench.waits(6.9)
    bench.gets()
    bench.waits(0.2)
    bench.gets("INVITE")


def test_who_meets_us_every_time_is_given_up() -> None:
    talk = Talk()
    bench = talk.bench
    bench.feeds(Hold(talk.call))
    for _ in range(8):
        talk.answers(bench.waits_for("INVITE", 5), 491)
        bench.gets("ACK")
    bench.hears()
    talk.answers(bench.waits_for("INVITE", 5), 491)
    bench.gets("ACK")
    bench.hears(HoldRefused(talk.call, 491))


def test_a_changed_mind_is_followed_when_the_first_change_is_over() -> None:
    talk = Talk()
    bench = talk.bench
    bench.feeds(Hold(talk.call))
    hold = bench.one("INVITE")
    bench.feeds(Resume(talk.call))
    bench.gets()
    talk.answers(hold, 200, body=RECEIVING)
    _, resume = bench.gets("ACK", "INVITE")
    assert b"a=sendrecv" in resume.body
    talk.answers(resume, 200, body=ANSWER)
    bench.gets("ACK")
    bench.feeds(Resume(talk.call))
    bench.gets()


def test_who_was_given_up_is_asked_as_patiently_the_next_time() -> None:
    """B17: how often one change met theirs says nothing of another."""
    talk = Talk()
    bench = talk.bench
    bench.feeds(Hold(talk.call))
    for _ in range(9):
        talk.answers(bench.waits_for("INVITE", 5), 491)
        bench.gets("ACK")
    bench.hears(HoldRefused(talk.call, 491))
    bench.feeds(Hold(talk.call))
    talk.answers(bench.one("INVITE"), 491)
    bench.gets("ACK")
    bench.waits_for("INVITE", 5)
    bench.hears()


def test_one_reinvite_waits_for_the_end_of_another() -> None:
    """14.1: no second INVITE of ours while one is out."""
    talk = Talk()
    bench = talk.bench
    bench.feeds(Hold(talk.call))
    hold = bench.one("INVITE")
    bench.feeds(Reoffer(talk.call))
    bench.gets()
    talk.answers(hold, 200, body=RECEIVING)
    bench.gets("ACK", "INVITE")


@pytest.mark.parametrize("status", [405, 501])
def test_a_far_end_that_takes_no_reinvite_is_not_asked_for_ever(status: int) -> None:
    """Nothing stands in for a re-INVITE, as one does for an UPDATE (RFC 3311 section 5.1)."""
    talk = Talk()
    bench = talk.bench
    bench.feeds(Hold(talk.call))
    talk.answers(bench.one("INVITE"), status)
    bench.gets("ACK")
    bench.hears(HoldRefused(talk.call, status))


def test_a_challenged_hold_goes_again_with_credentials() -> None:
    """IA-08: 407 within the dialog; the ACK to the 2xx carries them too."""
    talk = Talk()
    bench = talk.bench
    bench.feeds(Hold(talk.call))
    hold = bench.one("INVITE")
    talk.answers(hold, 407, CHALLENGE)
    _, again = bench.gets("ACK", "INVITE")
    assert again.credentials
    assert (again.cseq.number, again.body) == (hold.cseq.number + 1, hold.body)
    talk.answers(again, 200, body=RECEIVING)
    ack = bench.one("ACK")
    assert ack.headers.all("Proxy-Authorization") == again.headers.all("Proxy-Authorization")
    assert not bench.last(MediaChanged).media.sends


def test_a_repeated_200_gets_the_same_ack_again() -> None:
    """CO-06, for a re-INVITE."""
    talk = Talk()
    bench = talk.bench
    bench.feeds(Hold(talk.call))
    hold = bench.one("INVITE")
    talk.answers(hold, 200, body=RECEIVING)
    ack = bench.one("ACK")
    bench.said.clear()
    talk.answers(hold, 200, body=RECEIVING)
    assert bench.one("ACK") == ack
    bench.hears()


def test_an_answer_that_we_cannot_use_ends_the_call() -> None:
    """ACK, then BYE with Reason SIP;cause=488 or Q.850."""
    talk = Talk()
    bench = talk.bench
    bench.feeds(Hold(talk.call))
    talk.answers(bench.one("INVITE"), 200, body=G729)
    bench.gets("ACK", "BYE")
    assert bench.last(Ended).cause.code is Code.CODEC


def test_hanging_up_during_a_hold_leaves_nothing_behind() -> None:
    """The BYE goes out at once; the 200 to the re-INVITE is ACKed all the same."""
    talk = Talk()
    bench = talk.bench
    bench.feeds(Hold(talk.call))
    hold = bench.one("INVITE")
    bench.feeds(HangUp(talk.call))
    bye = bench.one("BYE")
    talk.answers(hold, 200, body=RECEIVING)
    bench.gets("ACK")
    bench.replies(bye, 200)
    assert isinstance(bench.said[-1], Ended)
    talk.is_over()


@pytest.mark.parametrize("hangs_up", [False, True])
def test_a_change_that_is_never_finally_answered_is_forgotten(hangs_up: bool) -> None:
    """A provisional response ends Timer B, so the change has a time of its own."""
    talk = Talk()
    bench = talk.bench
    bench.feeds(Hold(talk.call))
    hold = bench.one("INVITE")
    talk.answers(hold, 100)
    if hangs_up:
        bench.feeds(HangUp(talk.call))
        bench.replies(bench.one("BYE"), 200)
        bench.clears()
    bench.waits(33)
    assert "CANCEL" in [name_of(message) for message in bench.wire]
    bench.waits(33)
    bench.wire.clear()
    bench.hears(*() if hangs_up else (HoldRefused(talk.call, 408),))
    if not hangs_up:
        bench.feeds(HangUp(talk.call))
        bench.replies(bench.one("BYE"), 200)
    talk.is_over()


@BOTH
def test_a_change_that_was_only_promised_an_answer_is_cancelled(ours: bool) -> None:
    """RFC 3261 section 9.1, B11: CANCEL after 64*T1; the 487 is acknowledged, the call goes on."""
    talk = Talk(ours=ours)
    bench = talk.bench
    bench.feeds(Hold(talk.call))
    hold = bench.one("INVITE")
    talk.answers(hold, 100)
    cancel = bench.waits_for("CANCEL", 33)
    assert (cancel.via, cancel.cseq.number) == (hold.via, hold.cseq.number)
    assert (cancel.uri, cancel.headers.get("To")) == (hold.uri, hold.headers.get("To"))
    bench.hears(HoldRefused(talk.call, 408))
    talk.answers(cancel, 200)
    talk.answers(hold, 487)
    assert bench.one("ACK").via == hold.via
    bench.hears()
    bench.feeds(Hold(talk.call))
    again = bench.one("INVITE")
    assert again.cseq.number == hold.cseq.number + 1
    talk.answers(again, 200, body=RECEIVING)
    bench.gets("ACK")
    assert not bench.last(MediaChanged).media.sends


def test_a_change_that_is_taken_in_spite_of_the_cancel_is_taken_back() -> None:
    """The 200 crosses: it is in force, so the session has to be changed again."""
    talk = Talk()
    bench = talk.bench
    bench.feeds(Hold(talk.call))
    hold = bench.one("INVITE")
    talk.answers(hold, 100)
    talk.answers(bench.waits_for("CANCEL", 33), 200)
    bench.hears(HoldRefused(talk.call, 408))
    talk.answers(hold, 200, body=RECEIVING)
    _, back = bench.gets("ACK", "INVITE")
    assert b"a=sendrecv" in back.body
    assert not bench.last(MediaChanged).media.sends


def test_a_200_to_a_change_that_was_forgotten_ends_the_call() -> None:
    """What was agreed on there is not known here: ACK, then BYE."""
    talk = Talk()
    bench = talk.bench
    bench.feeds(Hold(talk.call))
    hold = bench.one("INVITE")
    talk.answers(hold, 100)
    bench.waits(66)
    bench.clears()
    talk.answers(hold, 200, body=RECEIVING)
    ack, _ = bench.gets("ACK", "BYE")
    assert ack.cseq.number == hold.cseq.number
    assert bench.last(Ended).cause.code is Code.SESSION_LOST
    talk.is_over()


def test_a_reliable_response_to_a_hold_is_acknowledged() -> None:
    """RFC 3262 counts for every INVITE; the RSeq is that of this one."""
    talk = Talk()
    bench = talk.bench
    bench.feeds(Hold(talk.call))
    hold = bench.one("INVITE")
    reliably = ("Require", "100rel"), ("RSeq", "9"), CONTACT
    talk.answers(hold, 183, *reliably)
    prack = bench.one("PRACK")
    assert prack.headers.get("RAck") == f"9 {hold.cseq.number} INVITE"
    talk.answers(hold, 183, *reliably)
    bench.gets()
    bench.replies(prack, 200)
    talk.answers(hold, 200, body=RECEIVING)
    bench.gets("ACK")


def test_an_answer_to_a_hold_may_come_reliably_before_its_200() -> None:
    """RFC 3262 section 5: the 200 then says no more; until it comes nothing has changed."""
    talk = Talk()
    bench = talk.bench
    bench.feeds(Hold(talk.call))
    hold = bench.one("INVITE")
    reliably = ("Require", "100rel"), ("RSeq", "9"), CONTACT
    talk.answers(hold, 183, *reliably, body=RECEIVING)
    bench.replies(bench.one("PRACK"), 200)
    bench.hears()
    talk.answers(hold, 200)
    bench.gets("ACK")
    held = bench.last(MediaChanged).media
    assert (held.sends, held.receives) == (False, False)


def test_a_hold_follows_the_contact_of_its_200() -> None:
    """B30: target refresh; the route stays."""
    talk = Talk()
    bench = talk.bench
    bench.feeds(Hold(talk.call))
    hold = bench.one("INVITE")
    bench.replies(hold, 200, more=(("Contact", "<sip:new@192.0.2.30>"),), body=RECEIVING)
    ack = bench.one("ACK")
    bench.feeds(HangUp(talk.call))
    bye = bench.one("BYE")
    assert (ack.uri, bye.uri) == ("sip:new@192.0.2.30", "sip:new@192.0.2.30")
    assert bye.headers.all("Route") == ack.headers.all("Route") == hold.headers.all("Route")


def test_nothing_is_held_that_is_not_talked_on() -> None:
    talk = Talk()
    bench = talk.bench
    call = bench.calls()
    bench.one("INVITE")
    bench.feeds(Hold(call + 1))
    bench.feeds(HangUp(talk.call))
    bench.gets("BYE")
    bench.said.clear()
    bench.feeds(Hold(talk.call))
    bench.gets()
    bench.hears()
