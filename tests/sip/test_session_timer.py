"""Session timers, either end confirming (RFC 4028; behaviours 16.2, carrier 5.2)."""

from __future__ import annotations

import pytest

from firmware.causes import Code
from firmware.sip.call.session import left_of
from firmware.sip.events import Ended, Hold, HoldRefused
from firmware.sip.message import Request, Response
from tests.sip.bench import ANSWER, CONTACT, OFFER, Bench
from tests.sip.talking import ALLOWS, Talk

TIMER = ("Supported", "timer")
NO_UPDATE = ("Allow", "INVITE, ACK, CANCEL, BYE")


def expires(value: str) -> tuple[str, str]:
    return "Session-Expires", value


def said(message: Request | Response) -> str:
    return message.headers.get("Session-Expires") or ""


def ended(bench: Bench) -> Ended:
    last: Ended = bench.last(Ended)
    return last


@pytest.mark.parametrize(("interval", "left"), [(90, 60), (180, 148), (1800, 1768), (3600, 3568)])
def test_when_a_session_that_nobody_confirms_is_over(interval: int, left: int) -> None:
    """Table 16.2: SE - min(32, SE / 3)."""
    assert left_of(interval) == left


# what is said


def test_an_invite_asks_for_what_is_configured_and_leaves_open_who_confirms() -> None:
    bench = Bench(session_expires_s=1800)
    bench.registers()
    bench.calls()
    invite = bench.one("INVITE")
    assert (said(invite), invite.seconds("Min-SE")) == ("1800", 90)
    assert "timer" in invite.supported


def test_without_a_wish_of_ours_the_invite_only_says_that_we_can() -> None:
    """session_expires = 0: only when the peer asks."""
    talk = Talk()
    assert (said(talk.invite), "timer" in talk.invite.supported) == ("", True)
    assert "Min-SE" not in talk.invite.headers
    talk.bench.waits(4000)
    talk.bench.gets(*["REGISTER"] * len(talk.bench.wire))


ASKED = [
    # theirs, who they want, they can, ours; the 200's interval and refresher
    ("1800", True, 0, "1800;refresher=uac", ("timer",)),
    ("1800;refresher=uac", True, 0, "1800;refresher=uac", ("timer",)),
    ("1800;refresher=uas", True, 0, "1800;refresher=uas", ("timer",)),
    ("1800", False, 0, "1800;refresher=uas", ()),
    ("1800", True, 600, "600;refresher=uac", ("timer",)),
    ("1800", True, 3600, "1800;refresher=uac", ("timer",)),
    ("60", False, 0, "90;refresher=uas", ()),
    ("", True, 600, "600;refresher=uac", ("timer",)),
    ("", False, 600, "600;refresher=uas", ()),
    ("", True, 0, "", ()),
    ("", False, 0, "", ()),
]


@pytest.mark.parametrize(("asks", "able", "own", "granted", "required"), ASKED)
def test_what_a_200_of_ours_grants(
    asks: str, able: bool, own: int, granted: str, required: tuple[str, ...]
) -> None:
    """RFC 4028 section 9 and its table 2."""
    more = (*((expires(asks),) if asks else ()), *((TIMER,) if able else ()))
    talk = Talk(ours=False, more=more, session_expires_s=own)
    assert (said(talk.ok), talk.ok.require) == (granted, required)


def test_what_is_asked_for_is_not_shortened_below_its_minimum() -> None:
    more = (expires("1800"), ("Min-SE", "900"), TIMER)
    talk = Talk(ours=False, more=more, session_expires_s=600)
    assert said(talk.ok) == "900;refresher=uac"


def test_a_session_that_is_too_short_is_refused_with_422() -> None:
    """B33: only to who understands it; and in a re-INVITE and UPDATE as well."""
    bench = Bench()
    token = bench.registers()
    more = (CONTACT, expires("30"), TIMER)
    bench.brings(bench.request("INVITE", f"sip:{token}@192.0.2.1", more=more, body=OFFER))
    assert bench.one("422 INVITE").seconds("Min-SE") == 90
    bench.hears()
    talk = Talk(ours=False)
    for method in ("INVITE", "UPDATE"):
        talk.asks(method, body=OFFER, more=more[1:])
        assert talk.bench.one(f"422 {method}").seconds("Min-SE") == 90


def test_a_422_is_followed_with_a_longer_timer() -> None:
    """B33: same Call-ID and From tag, CSeq + 1, its Min-SE; the answer then stands."""
    bench = Bench(session_expires_s=600)
    bench.registers()
    bench.calls()
    first = bench.one("INVITE")
    bench.replies(first, 422, more=(("Min-SE", "1200"),))
    ack, second = bench.gets("ACK", "INVITE")
    assert ack.cseq.number == first.cseq.number
    assert (said(second), second.seconds("Min-SE")) == ("1200", 1200)
    assert (second.call_id, second.from_, second.body) == (first.call_id, first.from_, first.body)
    assert second.cseq.number == first.cseq.number + 1
    assert "Session-Expires" in second.headers
    bench.hears()


def test_a_422_to_who_asked_for_nothing_raises_the_minimum_alone() -> None:
    """Section 7.4: a server on the way has asked for the timer."""
    bench = Bench()
    bench.registers()
    bench.calls()
    bench.replies(bench.one("INVITE"), 422, more=(("Min-SE", "300"),))
    _, second = bench.gets("ACK", "INVITE")
    assert (said(second), second.seconds("Min-SE")) == ("", 300)


@pytest.mark.parametrize("least", ["", "60", "90", "x", "100000"])
def test_a_422_that_asks_for_nothing_new_ends_the_call(least: str) -> None:
    bench = Bench(session_expires_s=600)
    bench.registers()
    bench.calls()
    bench.replies(bench.one("INVITE"), 422, more=(("Min-SE", least),) if least else ())
    bench.gets("ACK")
    assert ended(bench).cause.status == 422


def test_a_minimum_that_keeps_rising_is_not_followed_for_ever() -> None:
    bench = Bench(session_expires_s=600)
    bench.registers()
    bench.calls()
    invite = bench.one("INVITE")
    for least in (700, 800, 900, 1000):
        bench.replies(invite, 422, more=(("Min-SE", str(least)),))
        _, invite = bench.gets("ACK", "INVITE")
    bench.hears()
    bench.replies(invite, 422, more=(("Min-SE", "1100"),))
    bench.gets("ACK")
    assert ended(bench).cause.status == 422
    bench.calls()
    assert said(bench.one("INVITE")) == "600", "the next call begins anew"


# who confirms


def test_we_confirm_by_update_at_half_the_time() -> None:
    """RFC 4028 section 10, 16.2; without a description, the timer as it was agreed on."""
    talk = Talk(more=(ALLOWS, expires("1800;refresher=uac"), ("Require", "timer")))
    bench = talk.bench
    bench.waits(899.9)
    bench.gets()
    bench.waits(0.2)
    update = bench.one("UPDATE")
    assert (said(update), update.body) == ("1800;refresher=uac", b"")
    assert update.contacts
    assert "timer" in update.supported
    assert update.cseq.number == talk.invite.cseq.number + 1
    talk.answers(update, 200, expires("1800;refresher=uac"))
    bench.gets()
    bench.hears()
    bench.waits(899.9)
    bench.gets()
    bench.waits(0.2)
    bench.gets("UPDATE")


def test_we_confirm_by_the_same_description_where_update_is_unknown() -> None:
    """Section 7.4: a re-INVITE with the offer as it stands, its version unchanged."""
    talk = Talk(more=(NO_UPDATE, expires("90;refresher=uac")))
    bench = talk.bench
    bench.waits(45)
    again = bench.one("INVITE")
    assert again.body == talk.invite.body
    assert said(again) == "90;refresher=uac"
    talk.answers(again, 200, expires("90;refresher=uac"), body=ANSWER)
    bench.gets("ACK")
    bench.said.clear()
    bench.waits(45)
    bench.gets("INVITE")


def test_a_call_that_is_confirmed_for_days_grows_no_heavier() -> None:
    talk = Talk(more=(NO_UPDATE, expires("90;refresher=uac")))
    bench = talk.bench
    for _ in range(100):
        bench.waits(45)
        again = bench.wire[-1]
        assert isinstance(again, Request)
        talk.answers(again, 200, expires("90;refresher=uac"), body=ANSWER)
        bench.clears()
    (machine,) = bench.agent.board.calls
    assert len(machine.call.acks) <= 32
    assert not machine.call.within


def test_a_callee_confirms_with_its_answer_as_the_offer() -> None:
    """We are the callee, and the caller cannot: our last description stands as it is."""
    talk = Talk(ours=False, more=(NO_UPDATE, expires("90")))
    bench = talk.bench
    assert said(talk.ok) == "90;refresher=uas"
    bench.waits(45)
    again = bench.one("INVITE")
    assert (again.body, said(again)) == (talk.ok.body, "90;refresher=uac")


def test_an_update_that_turns_out_to_be_unknown_is_made_a_reinvite() -> None:
    """L33: never do nothing."""
    talk = Talk(more=(ALLOWS, expires("90;refresher=uac")))
    bench = talk.bench
    bench.waits(45)
    talk.answers(bench.one("UPDATE"), 405)
    bench.gets("INVITE")


@pytest.mark.parametrize("refresher", ["", ";refresher=uac", ";refresher=x;y", ';refresher="'])
def test_if_nobody_says_who_confirms_we_do(refresher: str) -> None:
    talk = Talk(more=(ALLOWS, expires(f"90{refresher}")))
    talk.bench.waits(45)
    talk.bench.gets("UPDATE")


@pytest.mark.parametrize("method", ["UPDATE", "INVITE"])
def test_while_the_far_end_confirms_the_call_lives(method: str) -> None:
    talk = Talk(ours=False, more=(ALLOWS, TIMER, expires("90")))
    bench = talk.bench
    for _ in range(4):
        bench.waits(45)
        body = OFFER if method == "INVITE" else b""
        talk.asks(method, body=body, more=(TIMER, expires("90;refresher=uac")))
        ok = bench.one(f"200 {method}")
        assert said(ok) == "90;refresher=uac"
        if method == "INVITE":
            talk.acks(ok)
        bench.said.clear()
    bench.waits(59.9)
    bench.hears()
    bench.waits(0.2)
    bench.gets("BYE")


def test_a_session_that_the_far_end_does_not_confirm_is_ended() -> None:
    """L33, B33: BYE in the margin before its end, and the operator is told why."""
    talk = Talk(ours=False, more=(ALLOWS, TIMER, expires("1800")))
    bench = talk.bench
    bench.waits(1767.9)
    bench.gets()
    bench.waits(0.2)
    bye = bench.one("BYE")
    assert bye.reason_q850 == 102
    last = ended(bench)
    assert last.cause.code is Code.SESSION_LOST
    assert last.cause.sentence == (
        "The session timer of 1800 s ran out: the call with 8001 was not confirmed."
    )
    bench.replies(bye, 481)
    talk.is_over()


@pytest.mark.parametrize("status", [408, 481])
def test_a_confirmation_that_finds_nobody_ends_the_call(status: int) -> None:
    talk = Talk(more=(ALLOWS, expires("90;refresher=uac")))
    bench = talk.bench
    bench.waits(45)
    talk.answers(bench.one("UPDATE"), status)
    bye = bench.one("BYE")
    assert ended(bench).cause.sentence == (
        f"The far end no longer knows of the call with 8001 (UPDATE: {status})."
    )
    bench.replies(bye, 200)
    talk.is_over()


def test_a_confirmation_that_nobody_answers_ends_the_call() -> None:
    """Timer F, or the end of the session, whichever comes first."""
    talk = Talk(more=(ALLOWS, expires("90;refresher=uac")))
    bench = talk.bench
    bench.waits(60.1)
    assert ended(bench).cause.code is Code.SESSION_LOST
    bench.gets(*["UPDATE"] * 6, "BYE")
    talk.is_over()


@pytest.mark.parametrize("status", [503, 603])
def test_a_refused_confirmation_ends_the_call_when_its_time_is_over(status: int) -> None:
    """L33: any other failure is no reason to end at once, nor to do nothing."""
    talk = Talk(more=(ALLOWS, expires("180;refresher=uac")))
    bench = talk.bench
    bench.waits(90)
    talk.answers(bench.one("UPDATE"), status)
    bench.waits(57.9)
    bench.hears()
    bench.waits(0.2)
    bench.gets("BYE")
    assert ended(bench).cause.code is Code.SESSION_LOST


def test_a_confirmation_that_meets_one_of_theirs_is_tried_again() -> None:
    """491, and then again in the time of the band."""
    talk = Talk(more=(ALLOWS, expires("90;refresher=uac")))
    bench = talk.bench
    bench.waits(45)
    talk.answers(bench.one("UPDATE"), 491)
    bench.waits_for("UPDATE", 4.0)


def test_a_422_to_a_confirmation_lengthens_the_session() -> None:
    talk = Talk(more=(ALLOWS, expires("90;refresher=uac")))
    bench = talk.bench
    bench.waits(45)
    talk.answers(bench.one("UPDATE"), 422, ("Min-SE", "300"))
    again = bench.one("UPDATE")
    assert (said(again), again.seconds("Min-SE")) == ("300;refresher=uac", 300)
    talk.answers(again, 200, expires("300;refresher=uac"))
    bench.waits(149.9)
    bench.gets()
    bench.waits(0.2)
    bench.gets("UPDATE")


def test_a_2xx_without_a_timer_ends_the_timer() -> None:
    talk = Talk(more=(ALLOWS, expires("90;refresher=uac")))
    bench = talk.bench
    bench.waits(45)
    talk.answers(bench.one("UPDATE"), 200)
    bench.waits(600)
    bench.gets()


def test_a_hold_confirms_the_session_too() -> None:
    """Every re-INVITE does (section 7.4): the roles stay, the time begins anew."""
    talk = Talk(ours=False, more=(ALLOWS, TIMER, expires("90")))
    bench = talk.bench
    bench.waits(50)
    bench.feeds(Hold(talk.call))
    hold = bench.one("INVITE")
    assert said(hold) == "90;refresher=uas"
    talk.answers(hold, 200, expires("90;refresher=uas"), body=ANSWER + b"a=recvonly\r\n")
    bench.gets("ACK")
    bench.said.clear()
    bench.waits(59.9)
    bench.hears()
    bench.waits(0.2)
    bench.gets("BYE")


def test_a_refused_hold_does_not_spoil_the_confirmation() -> None:
    """The description that stands is said again, under a version never used before."""
    talk = Talk(more=(NO_UPDATE, expires("90;refresher=uac")))
    bench = talk.bench
    bench.feeds(Hold(talk.call))
    hold = bench.one("INVITE")
    talk.answers(hold, 488)
    bench.gets("ACK")
    bench.hears(HoldRefused(talk.call, 488))
    bench.waits(45)
    again = bench.one("INVITE")
    assert b"a=sendrecv" in again.body
    versions = [int(m.body.split()[3]) for m in (talk.invite, hold, again)]
    assert versions == sorted(set(versions))


@pytest.mark.parametrize("value", ["1", "99999999999999999999", "0"])
def test_no_far_end_talks_us_into_a_storm_or_a_silence(value: str) -> None:
    talk = Talk(more=(ALLOWS, expires(f"{value};refresher=uac")))
    bench = talk.bench
    bench.waits(44.9)
    bench.gets()
    bench.waits(86400)
    assert any(isinstance(m, Request) and m.method == "UPDATE" for m in bench.wire)


def test_hanging_up_stops_the_timer() -> None:
    talk = Talk(ours=False, more=(ALLOWS, TIMER, expires("90")))
    bench = talk.bench
    talk.asks("BYE")
    bench.gets("200 BYE")
    bench.said.clear()
    bench.waits(200)
    bench.hears()
    bench.gets()


CHALLENGE = ("Proxy-Authenticate", 'Digest realm="dom", nonce="n1", qop="auth"')
SECOND_REALM = ("WWW-Authenticate", 'Digest realm="far", nonce="m1", qop="auth"')


def test_a_confirmation_that_two_realms_challenge_goes_through() -> None:
    """IA-08: 407 of the server, 401 of the far end; each answered once, numbers counted up."""
    talk = Talk(more=(ALLOWS, expires("90;refresher=uac")))
    bench = talk.bench
    bench.waits(45)
    first = bench.one("UPDATE")
    talk.answers(first, 407, CHALLENGE)
    second = bench.one("UPDATE")
    talk.answers(second, 401, SECOND_REALM)
    third = bench.one("UPDATE")
    assert {c.realm for c in third.credentials} == {"dom", "far"}
    assert [m.cseq.number - first.cseq.number for m in (first, second, third)] == [0, 1, 2]
    assert said(third) == "90;refresher=uac"
    talk.answers(third, 200, expires("90;refresher=uac"))
    bench.waits(44)
    bench.gets()
    bench.hears()


def test_a_confirmation_whose_credentials_are_refused_is_a_failure_like_others() -> None:
    talk = Talk(more=(ALLOWS, expires("90;refresher=uac")))
    bench = talk.bench
    bench.waits(45)
    talk.answers(bench.one("UPDATE"), 407, CHALLENGE)
    talk.answers(bench.one("UPDATE"), 407, CHALLENGE)
    bench.hears()
    bench.waits(15.1)
    assert ended(bench).cause.code is Code.SESSION_LOST


def test_the_compact_name_of_the_timer_is_understood() -> None:
    """RFC 4028 section 4: x is Session-Expires, k is Supported."""
    talk = Talk(ours=False, more=(ALLOWS, ("k", "timer"), ("x", "1800")))
    assert said(talk.ok) == "1800;refresher=uac"
