"""SIPp calls a telephone of the box, in all the ways that a caller may."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.interop.flows import proves
from tests.interop.lab import Lab, beside_sipp
from tests.interop.person import Person
from tests.interop.script import (
    Step,
    asks,
    calls,
    gets,
    hears,
    says,
    scenario,
    sdp,
    waits,
)
from tests.interop.sipp import Sipp
from tests.interop.waiting import until


@pytest.fixture(scope="module")
def house() -> Iterator[Lab[Sipp]]:
    with beside_sipp(sip='prack = "supported"') as lab:
        yield lab


def plays(lab: Lab[Sipp], *steps: Step) -> Person:
    """SIPp calls, by these steps, and the bell of the telephone rings."""
    lab.peer.plays(scenario("calling", *steps), against=lab.box, user=lab.box.token(1))
    anna = lab.box.person(1)
    anna.is_called()
    return anna


ANSWERED = (hears(200), asks("ACK", 1))
RELEASED = (asks("BYE", 9, repeats=True), hears(200))


@proves("SIPp", "CO-14 delayed offer")
def test_a_caller_without_an_offer_gets_ours_and_answers_in_its_ack(lab: Lab[Sipp]) -> None:
    """The 200 offers PCMA and PCMU; the ACK brings the answer, then the talk begins."""
    anna = plays(
        lab, calls(), hears(200, body="m=audio [0-9]+ RTP/AVP 8 0 101"),
        asks("ACK", 1, body=sdp()), waits(0.5), *RELEASED,
    )  # fmt: skip
    anna.lifts()
    anna.is_("Talking")
    lab.peer.finished()
    lab.box.goes(1, "<INVITE", ">180", ">200", "<ACK", "<BYE", ">200")
    assert lab.box.last_call(1).codec == "PCMA"


@proves("SIPp", "CO-14 hold and resume")
@pytest.mark.parametrize(
    ("hold", "answer"),
    [
        (sdp("sendonly", version=2), "a=recvonly"),
        (sdp("inactive", version=2), "a=inactive"),
        (sdp(version=2, host="0.0.0.0"), "a=sendrecv|a=recvonly"),  # noqa: S104 - as of old
    ],
    ids=["sendonly", "inactive", "c=0.0.0.0"],
)
def test_the_far_end_holds_and_resumes(lab: Lab[Sipp], hold: str, answer: str) -> None:
    """Each way of holding is answered by its counterpart; sendrecv resumes."""
    anna = plays(
        lab, calls(body=sdp()), *ANSWERED,
        asks("INVITE", 2, body=hold, repeats=True), hears(100, perhaps=True),
        hears(200, body=answer), asks("ACK", 2), waits(0.3),
        asks("INVITE", 3, body=sdp(version=3), repeats=True), hears(100, perhaps=True),
        hears(200, body="a=sendrecv"), asks("ACK", 3), waits(0.3),
        *RELEASED,
    )  # fmt: skip
    anna.lifts()
    lab.peer.finished()
    wire = [word for word in lab.box.wire(1) if word != ">100"]
    change = ["<INVITE", ">200", "<ACK"]
    assert wire == ["<INVITE", ">180", ">200", "<ACK", *change, *change, "<BYE", ">200"]


@proves("SIPp", "CO-14 UPDATE")
def test_update_changes_and_refreshes_a_talk(lab: Lab[Sipp]) -> None:
    """With an offer it holds, without one it is answered without one (RFC 3311)."""
    anna = plays(
        lab, calls(body=sdp()), *ANSWERED,
        asks("UPDATE", 2, body=sdp("sendonly", version=2)), hears(200, body="a=recvonly"),
        asks("UPDATE", 3), hears(200, ("Content-Length", "^ *0")),
        *RELEASED,
    )  # fmt: skip
    anna.lifts()
    lab.peer.finished()
    assert lab.box.saw(1, "<ACK", "<UPDATE", ">200", "<UPDATE", ">200", "<BYE", ">200")


@proves("SIPp", "CO-14 glare")
def test_a_change_while_another_is_not_acknowledged_is_refused(lab: Lab[Sipp]) -> None:
    """491 to a re-INVITE between our 200 and its ACK; the talk goes on."""
    anna = plays(
        lab, calls(body=sdp()), *ANSWERED,
        asks("INVITE", 2, body=sdp(version=2), repeats=True), hears(100, perhaps=True),
        hears(200),
        asks("INVITE", 3, body=sdp(version=3)), hears(100, perhaps=True), hears(491),
        asks("ACK", 3, of=3), asks("ACK", 2), waits(0.3),
        *RELEASED,
    )  # fmt: skip
    anna.lifts()
    lab.peer.finished()
    assert lab.box.saw(1, "<INVITE", ">200", "<INVITE", ">491", "<ACK", "<ACK", "<BYE", ">200")


@proves("SIPp", "CO-11 BYE in an early dialog")
def test_a_caller_who_says_bye_while_it_rings_stops_the_bell(lab: Lab[Sipp]) -> None:
    """200 to the BYE, 487 to the INVITE (RFC 3261 section 15.1.2)."""
    anna = plays(
        lab, calls(body=sdp()), waits(0.4), asks("BYE", 2), hears(200), hears(487),
        asks("ACK", 1, of=1),
    )  # fmt: skip
    lab.peer.finished()
    until("silence", lambda: not anna.bell_sounds)
    lab.box.goes(1, "<INVITE", ">180", "<BYE", ">200", ">487", "<ACK")
    assert lab.box.last_call(1).cause == "CALLER_ABANDONED"


@proves("SIPp", "CO-12 Reason")
def test_a_call_that_was_answered_elsewhere_is_not_a_missed_one(lab: Lab[Sipp]) -> None:
    """CANCEL with Reason: SIP;cause=200 (RFC 3326)."""
    anna = plays(
        lab, calls(body=sdp()), waits(0.4),
        asks("CANCEL", 1, 'Reason: SIP;cause=200;text="Call completed elsewhere"', of=1),
        hears(200), hears(487), asks("ACK", 1, of=1),
    )  # fmt: skip
    lab.peer.finished()
    until("silence", lambda: not anna.bell_sounds)
    lab.box.goes(1, "<INVITE", ">180", "<CANCEL", ">200", ">487", "<ACK")
    assert lab.box.last_call(1).cause == "ANSWERED_ELSEWHERE"


@proves("SIPp", "CO-12 Reason", "CO-03 the caller releases")
def test_the_reason_of_a_release_is_in_the_record(lab: Lab[Sipp]) -> None:
    """BYE with Q.850 cause 31: that is what the operator reads."""
    anna = plays(
        lab, calls(body=sdp()), *ANSWERED, waits(0.3),
        asks("BYE", 9, 'Reason: Q.850;cause=31;text="normal unspecified"'), hears(200),
    )  # fmt: skip
    anna.lifts()
    lab.peer.finished()
    anna.hears_soon("busy", 1.2)
    record = lab.box.last_call(1)
    assert (record.cause, record.q850) == ("REMOTE_RELEASED", 31)


@proves("SIPp", "CLI-07 who calls")
@pytest.mark.parametrize(
    ("more", "caller", "seen"),
    [
        (["P-Asserted-Identity: <sip:13800138000@far.example>"], "", "13800138000"),
        (["P-Asserted-Identity: <tel:+861380013>", "Privacy: none"], "", "+861380013"),
        (["P-Asserted-Identity: <sip:138@far.example>", "Privacy: id"], "", "anonymous"),
        ([], '"Anonymous" <sip:anonymous@anonymous.invalid>', "anonymous"),
    ],
    ids=["asserted", "asserted as tel", "asserted and private", "anonymous"],
)
def test_who_calls_is_what_the_network_asserts(
    lab: Lab[Sipp], more: list[str], caller: str, seen: str
) -> None:
    """RFC 3325: its word is believed, and one who asked not to be known is not."""
    who = {"caller": caller} if caller else {}
    anna = plays(lab, calls(*more, body=sdp(), **who), *ANSWERED, gets("BYE"), says(200, tag=""))
    anna.lifts()
    anna.is_("Talking")
    row = lab.box.row(1)
    assert row == f"reg-ok Talking OFF-HOOK {seen} Incoming"
    anna.hangs_up()
    lab.peer.finished()


@proves("SIPp", "OPTIONS and other methods in a talk")
def test_options_and_what_we_do_not_know_are_answered_within_a_talk(lab: Lab[Sipp]) -> None:
    """OPTIONS: 200 with Allow; what we do not know: 405 with Allow; and the talk goes on."""
    anna = plays(
        lab, calls(body=sdp()), *ANSWERED,
        asks("OPTIONS", 2), hears(200, ("Allow", "INVITE.*BYE")),
        asks("INFO", 3), hears(405, ("Allow", "INVITE.*BYE")),
        asks("MESSAGE", 4), hears(405, ("Allow", "INVITE.*BYE")),
        *RELEASED,
    )  # fmt: skip
    anna.lifts()
    lab.peer.finished()
    assert lab.box.saw(1, "<ACK", "<INFO", ">405", "<MESSAGE", ">405", "<BYE", ">200")


@proves("SIPp", "long headers")
def test_an_invite_of_nine_thousand_octets_rings(lab: Lab[Sipp]) -> None:
    """Headers that nobody knows, long and many; Record-Route comes back as it was."""
    route = "<sip:[local_ip]:[local_port];lr;token=" + "x" * 700 + ">"
    more = [f"X-Long-{n}: {'y' * 800}" for n in range(10)]
    anna = plays(
        lab, calls(f"Record-Route: {route}", *more, body=sdp()),
        hears(200, ("Record-Route", "x{200}")), asks("ACK", 1), waits(0.3),
        gets("BYE", ("Route", "x{200}")), says(200, tag=""),
    )  # fmt: skip
    anna.lifts()
    anna.is_("Talking")
    anna.hangs_up()
    lab.peer.finished()
    lab.box.goes(1, "<INVITE", ">180", ">200", "<ACK", ">BYE", "<200")


@proves("SIPp", "PR 180 reliably, by us", "PR-02 no PRACK comes")
def test_our_180_is_repeated_until_its_prack_comes(lab: Lab[Sipp]) -> None:
    """T1 is 0.2 s: 180 at 0, 0.2 and 0.6 s; a PRACK of something else gets 481 (PR-04)."""
    anna = plays(
        lab, asks("INVITE", 1, "Require: 100rel", body=sdp()), hears(100, perhaps=True),
        hears(180, ("Require", "100rel"), keeps=(("RSeq", "[0-9]+", "rseq"),)),
        asks("PRACK", 2, "RAck: 1 1 INVITE"), hears(481),
        waits(1.0), asks("PRACK", 3, "RAck: [$rseq] 1 INVITE"), hears(200),
        *ANSWERED, *RELEASED,
    )  # fmt: skip
    until("PRACK", lambda: lab.box.saw(1, "<PRACK", ">481", "<PRACK", ">200"))
    anna.lifts()
    lab.peer.finished()
    assert lab.box.wire(1).count(">180") in {3, 4}, "the pause of 1 s is SIPp's"
    assert lab.box.saw(1, "<PRACK", ">200", ">200", "<ACK", "<BYE", ">200")


TIMER = "Supported: timer"


@proves("SIPp", "RFC 4028 a session with a timer", "RFC 4028 confirmed by the peer")
def test_a_caller_with_a_session_timer_confirms_the_session(lab: Lab[Sipp]) -> None:
    """Our 200 names the caller as the one who confirms, and requires it; UPDATE confirms."""
    confirmed = hears(200, ("Session-Expires", "^ *90 *; *refresher=uac"), ("Require", "timer"))
    anna = plays(
        lab, calls(TIMER, "Session-Expires: 90;refresher=uac", body=sdp()),
        confirmed, asks("ACK", 1), waits(0.3),
        asks("UPDATE", 2, TIMER, "Session-Expires: 90;refresher=uac"), confirmed,
        *RELEASED,
    )  # fmt: skip
    anna.lifts()
    lab.peer.finished()
    assert lab.box.saw(1, "<INVITE", ">180", ">200", "<ACK", "<UPDATE", ">200", "<BYE", ">200")


@proves("SIPp", "RFC 4028 422 too short")
def test_a_session_that_would_be_too_short_is_refused(lab: Lab[Sipp]) -> None:
    """60 s: 422 with Min-SE 90, and the telephone does not ring."""
    lab.peer.plays(
        scenario(
            "calling",
            asks("INVITE", 1, TIMER, "Session-Expires: 60", body=sdp()),
            hears(100, perhaps=True),
            hears(422, ("Min-SE", "^ *90")),
            asks("ACK", 1, of=1),
        ),
        against=lab.box,
        user=lab.box.token(1),
    )
    lab.peer.finished()
    lab.box.goes(1, "<INVITE", ">422", "<ACK")
    assert not lab.box.person(1).bell_sounds
