"""A telephone of the box calls SIPp, which answers in all the ways that a network may."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop.flows import proves
from tests.interop.lab import Lab, beside_sipp
from tests.interop.person import Person
from tests.interop.script import CONTACT, Step, announces, gets, says, scenario, sdp, waits
from tests.interop.sipp import Sipp
from tests.interop.sound import write_pcma
from tests.interop.waiting import until

FAR = "8500"
NEAR_REALM, FAR_REALM = "near.example", "far.example"
"""Of the proxy and of who is called; a line answers no others once these have asked it."""
SETTINGS = """\
prack = "supported"
session_expires = 600
"""


@pytest.fixture(scope="module")
def house() -> Iterator[Lab[Sipp]]:
    with beside_sipp(sip=SETTINGS) as lab:
        yield lab


def plays(lab: Lab[Sipp], *steps: Step) -> Person:
    """The telephone calls, and SIPp does these steps."""
    lab.peer.plays(scenario("called", *steps))
    anna = lab.box.person(1)
    anna.calls(FAR)
    return anna


def challenges(status: int, realm: str, nonce: str, more: str = "") -> Step:
    """Ask for credentials, and get the ACK of that."""
    name = "WWW" if status == 401 else "Proxy"
    asked = f'{name}-Authenticate: Digest realm="{realm}", nonce="{nonce}", qop="auth"{more}'
    return f"{says(status, asked, repeats=True)}\n{gets('ACK')}"


def answers(*, to: str = "", tag: str = "c") -> Step:
    return says(200, CONTACT, to=to, tag=tag, body=sdp(), repeats=True)


RELEASED = (gets("BYE"), says(200, tag=""))


@proves("SIPp", "IA-04 two realms ask in turn")
def test_two_realms_ask_in_turn_and_the_third_invite_answers_both(lab: Lab[Sipp]) -> None:
    """407 of the proxy, 401 of the far end: both credentials, the first with nc counted on."""
    anna = plays(
        lab,
        gets("INVITE"), challenges(407, NEAR_REALM, "n1"),
        gets("INVITE", ("Proxy-Authorization", 'realm="near.example".*nc=00000001')),
        challenges(401, FAR_REALM, "n2"),
        gets("INVITE", ("Proxy-Authorization", 'realm="near.example".*nc=00000002'),
             ("Authorization", 'realm="far.example".*nc=00000001'), ("CSeq", "INVITE")),
        says(180, CONTACT), answers(), gets("ACK"),
        gets("BYE", ("Authorization", "far"), ("Proxy-Authorization", "near")), says(200, tag=""),
    )  # fmt: skip
    anna.is_("Talking")
    anna.hangs_up()
    lab.peer.finished()
    asked = [">INVITE", "<407", ">ACK", ">INVITE", "<401", ">ACK", ">INVITE"]
    lab.box.goes(1, *asked, "<180", "<200", ">ACK", ">BYE", "<200")


@proves("SIPp", "IA-03 a nonce that has grown old in a call")
def test_a_stale_nonce_is_replaced_without_a_word(lab: Lab[Sipp]) -> None:
    """407, then 407 with stale=true: the third INVITE has the new nonce, nc 1 again."""
    anna = plays(
        lab,
        gets("INVITE"), challenges(407, NEAR_REALM, "old"),
        gets("INVITE", ("Proxy-Authorization", 'nonce="old".*nc=00000001')),
        challenges(407, NEAR_REALM, "new", ", stale=true"),
        gets("INVITE", ("Proxy-Authorization", 'nonce="new".*nc=00000001')),
        says(486), gets("ACK"),
    )  # fmt: skip
    lab.peer.finished()
    anna.hears_soon("busy", 1.2)
    assert lab.box.last_call(1).cause == "PEER_BUSY"


@proves("SIPp", "IA-07 who always asks")
def test_a_far_end_that_always_asks_is_not_asked_for_ever(lab: Lab[Sipp]) -> None:
    """Always a new nonce, and never stale: after the second INVITE congestion tone."""
    anna = plays(
        lab,
        gets("INVITE"), challenges(407, NEAR_REALM, "always1"),
        gets("INVITE"), challenges(407, NEAR_REALM, "always2"),
    )  # fmt: skip
    lab.peer.finished()
    anna.hears_soon("congestion", 2.3)
    assert lab.box.wire(1).count(">INVITE") == 2
    assert lab.box.last_call(1).cause == "AUTH_REJECTED"


@proves("SIPp", "IA-08 407 to BYE")
def test_a_bye_that_is_challenged_goes_again_with_credentials(lab: Lab[Sipp]) -> None:
    """The next CSeq and the nonce that it was given; the telephone has been free all along."""
    asked = f'Proxy-Authenticate: Digest realm="{NEAR_REALM}", nonce="b1", qop="auth"'
    anna = plays(
        lab,
        gets("INVITE"), says(180, CONTACT), answers(), gets("ACK"),
        gets("BYE", ("CSeq", "BYE")), says(407, asked, tag=""),
        gets("BYE", ("Proxy-Authorization", 'nonce="b1".*nc=00000001')), says(200, tag=""),
    )  # fmt: skip
    anna.is_("Talking")
    anna.hangs_up()
    anna.is_("Idle")
    lab.peer.finished()
    lab.box.goes(1, ">INVITE", "<180", "<200", ">ACK", ">BYE", "<407", ">BYE", "<200")


@proves("SIPp", "FC-01 giving up before any answer")
def test_who_gives_up_before_any_answer_cancels_at_the_first(lab: Lab[Sipp]) -> None:
    """No CANCEL before the 100, which is late; then CANCEL, 487 and its ACK."""
    anna = plays(
        lab,
        gets("INVITE", keep="i"), waits(2.0), says(100, to="i", tag=""),
        gets("CANCEL"), says(200), says(487, to="i"), gets("ACK"),
    )  # fmt: skip
    until("the INVITE is out", lambda: ">INVITE" in lab.box.wire(1))
    anna.hangs_up()
    anna.is_("Idle")
    lab.peer.finished()
    wire = lab.box.wire(1)
    assert set(wire[:-5]) == {">INVITE"}
    assert wire[-5:] == ["<100", ">CANCEL", "<200", "<487", ">ACK"]


@proves("SIPp", "FC-02 the answer crosses CANCEL")
def test_an_answer_that_crosses_our_cancel_is_acknowledged_and_released(lab: Lab[Sipp]) -> None:
    """200 to the INVITE after CANCEL has gone: ACK, BYE; the telephone knows nothing of it."""
    anna = plays(
        lab,
        gets("INVITE", keep="i"), says(180, CONTACT),
        gets("CANCEL"), says(200), answers(to="i"), gets("ACK"), *RELEASED,
    )  # fmt: skip
    until("ringing", lambda: "<180" in lab.box.wire(1))
    anna.hangs_up()
    lab.peer.finished()
    wire = lab.box.wire(1)
    assert wire[:3] == [">INVITE", "<180", ">CANCEL"]
    assert sorted(wire[3:]) == ["<200", "<200", "<200", ">ACK", ">BYE"]
    assert lab.box.last_call(1).cause == "NORMAL"


@proves("SIPp", "CO-07 several telephones answer", "CO-08 several early dialogs")
def test_of_several_telephones_the_first_to_answer_is_talked_to(lab: Lab[Sipp]) -> None:
    """To tags c, d and e ring; d answers, and so does e: ACK for both, BYE to e alone."""
    anna = plays(
        lab,
        gets("INVITE", keep="i"), says(180, CONTACT, tag="c"),
        says(183, CONTACT, to="i", tag="d", body=sdp()), says(180, CONTACT, to="i", tag="e"),
        waits(0.3), says(200, CONTACT, to="i", tag="d", body=sdp()), gets("ACK", ("To", "tag=d")),
        says(200, CONTACT, to="i", tag="e", body=sdp()), gets("ACK", ("To", "tag=e")),
        gets("BYE", ("To", "tag=e")), says(200, tag=""),
        gets("BYE", ("To", "tag=d")), says(200, tag=""),
    )  # fmt: skip
    until("the extra one is released", lambda: ">BYE" in lab.box.wire(1))
    anna.is_("Talking")
    anna.hangs_up()
    lab.peer.finished()
    rang = [">INVITE", "<180", "<183", "<180"]
    taken = ["<200", ">ACK", "<200", ">ACK", ">BYE", "<200"]
    lab.box.goes(1, *rang, *taken, ">BYE", "<200")


@proves("SIPp", "BW-01 redirection")
def test_a_redirection_is_not_followed_to_a_stranger(lab: Lab[Sipp]) -> None:
    """302 to another host: ACK, congestion tone, and no second INVITE (toll fraud)."""
    anna = plays(
        lab, gets("INVITE"), says(302, "Contact: <sip:00881@127.9.9.9>"), gets("ACK"),
    )  # fmt: skip
    lab.peer.finished()
    anna.hears_soon("congestion", 2.3)
    lab.box.goes(1, ">INVITE", "<302", ">ACK")
    assert lab.box.last_call(1).sip_status == 302


@proves("SIPp", "BW-01 503 with Retry-After")
def test_an_overloaded_server_refuses_a_call(lab: Lab[Sipp]) -> None:
    """503 with Retry-After 7, and there is no other server: congestion, and how long to wait."""
    anna = plays(lab, gets("INVITE"), says(503, "Retry-After: 7"), gets("ACK"))
    lab.peer.finished()
    anna.hears_soon("congestion", 2.3)
    record = lab.box.last_call(1)
    assert (record.cause, record.sip_status) == ("OVERLOAD", 503)
    assert "7 s" in record.sentence


@proves("SIPp", "CO-12 Reason")
def test_the_reason_of_a_refusal_is_in_the_record(lab: Lab[Sipp]) -> None:
    """480 with Q.850 cause 20: that, and not what 480 means by itself."""
    plays(lab, gets("INVITE"), says(480, "Reason: Q.850;cause=20"), gets("ACK"))
    lab.peer.finished()
    assert until("a record", lambda: lab.box.last_call(1)).q850 == 20


@proves("SIPp", "PR 183 and 180 reliably, to us")
def test_reliable_provisional_responses_are_acknowledged_one_by_one(lab: Lab[Sipp]) -> None:
    """183 with SDP, 180, each with Require: 100rel: a PRACK with its RAck for each, then 200."""
    anna = plays(
        lab,
        gets("INVITE", ("Supported", "100rel"), ("CSeq", "INVITE"), keep="i"),
        says(183, CONTACT, "Require: 100rel", "RSeq: 4711", to="i", body=sdp()),
        gets("PRACK", ("RAck", "^ *4711 [0-9]+ INVITE")), says(200, tag=""),
        says(180, CONTACT, "Require: 100rel", "RSeq: 4712", to="i"),
        gets("PRACK", ("RAck", "^ *4712 [0-9]+ INVITE")), says(200, tag=""),
        waits(0.3), says(200, CONTACT, to="i", repeats=True), gets("ACK"),
        *RELEASED,
    )  # fmt: skip
    anna.is_("Talking")
    anna.hangs_up()
    lab.peer.finished()
    early = ["<183", ">PRACK", "<200", "<180", ">PRACK", "<200"]
    lab.box.goes(1, ">INVITE", *early, "<200", ">ACK", ">BYE", "<200")


@proves("SIPp", "PR-01 out of order, and again")
def test_a_repeated_or_early_reliable_response_is_not_processed_twice(lab: Lab[Sipp]) -> None:
    """The same RSeq again: the same PRACK, no new one; one that is too high: none."""
    anna = plays(
        lab,
        gets("INVITE", keep="i"),
        says(180, CONTACT, "Require: 100rel", "RSeq: 10", to="i"),
        gets("PRACK", ("RAck", "^ *10 ")), says(200, tag=""),
        says(183, CONTACT, "Require: 100rel", "RSeq: 13", to="i"),
        says(180, CONTACT, "Require: 100rel", "RSeq: 11", to="i"),
        gets("PRACK", ("RAck", "^ *11 ")), says(200, tag=""),
        waits(0.3), answers(to="i"), gets("ACK"),
        *RELEASED,
    )  # fmt: skip
    anna.is_("Talking")
    anna.hangs_up()
    lab.peer.finished()
    assert lab.box.wire(1).count(">PRACK") == 2


@proves("SIPp", "RFC 4028 422 too short", "RFC 4028 a session with a timer")
def test_a_network_that_wants_longer_sessions_gets_one(lab: Lab[Sipp]) -> None:
    """600 s asked; 422 with Min-SE 900: the second INVITE asks for that, and it is granted."""
    anna = plays(
        lab,
        gets("INVITE", ("Session-Expires", "^ *600"), ("Supported", "timer")),
        says(422, "Min-SE: 900"), gets("ACK"),
        gets("INVITE", ("Session-Expires", "^ *900"), ("Min-SE", "^ *900")), says(180, CONTACT),
        says(200, CONTACT, "Require: timer", "Session-Expires: 900;refresher=uac", body=sdp(),
             repeats=True),
        gets("ACK"), *RELEASED,
    )  # fmt: skip
    anna.is_("Talking")
    anna.hangs_up()
    lab.peer.finished()
    lab.box.goes(1, ">INVITE", "<422", ">ACK", ">INVITE", "<180", "<200", ">ACK", ">BYE", "<200")


@proves("SIPp", "BW-02 an announcement before the refusal")
def test_an_announcement_is_heard_until_the_refusal(lab: Lab[Sipp], tmp_path: Path) -> None:
    """183 with SDP, and RTP: 800 Hz as it was said; then 404: unobtainable tone."""
    sound = write_pcma(tmp_path / "announcement.pcma", 800)
    anna = plays(
        lab,
        gets("INVITE"), says(183, CONTACT, body=sdp(port="[rtpstream_audio_port]")),
        announces(sound), waits(8), says(404), gets("ACK"),
    )  # fmt: skip
    assert anna.hears_well(800).good
    lab.peer.finished()
    anna.hears_soon("unobtainable", 1.8)
    lab.box.goes(1, ">INVITE", "<183", "<404", ">ACK")
