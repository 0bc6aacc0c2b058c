"""Calls between a telephone of the box and PJSUA2, through our own exchange."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.interop.box import Box
from tests.interop.exchange import TipringExchange
from tests.interop.flows import proves
from tests.interop.lab import Lab
from tests.interop.person import hear_each_other
from tests.interop.pjsua import Pjsua
from tests.interop.settings import DOMAIN, Line
from tests.interop.talk import calls, is_called, is_held_and_resumed, read_each_others_reports
from tests.interop.waiting import until

FAR = "8020"


@pytest.fixture(scope="module")
def house() -> Iterator[Lab[Pjsua]]:
    with (
        TipringExchange(["8001", FAR]) as exchange,
        Pjsua(FAR, exchange.at, plays_hz=800) as pjsua,
        Box(exchange.at, [Line("8001")]) as box,
    ):
        box.registered(1)
        yield Lab(box, pjsua)


@proves(
    "PJSUA2",
    "CO-01 call to the peer",
    "voice both ways, measured",
    "RFC 4733 digits to the peer",
    "CO-03 the caller releases",
)
def test_a_call_to_pjsua_carries_voice_and_digits(lab: Lab[Pjsua]) -> None:
    """Both sines measured where they arrive; keys pressed here are printed there (RFC 4733)."""
    anna = calls(lab.box, lab.peer, FAR)
    hear_each_other(anna, lab.peer)
    anna.presses("159#")
    until("the digits", lambda: lab.peer.digits, lambda digits: digits == "159#")
    anna.hangs_up()
    lab.peer.is_released()
    record = until("a record", lambda: lab.box.last_call(1))
    assert (record.cause, record.codec) == ("NORMAL", "PCMA")


@proves("PJSUA2", "RTCP both ways")
def test_pjsua_reports_on_our_voice_and_reads_our_reports(lab: Lab[Pjsua]) -> None:
    """The round trip needs both: its report quotes the time of ours."""
    read_each_others_reports(lab.box, lab.peer, FAR)


@proves(
    "PJSUA2",
    "CO-01 call from the peer",
    "RFC 4733 digits to the peer",
    "CO-03 the caller releases",
)
def test_a_call_from_pjsua_gets_digits_at_its_own_payload_type(lab: Lab[Pjsua]) -> None:
    """It offers telephone-event as 120: keys go out so; then it hangs up: busy tone."""
    anna = lab.box.person(1)
    lab.peer.calls("8001")
    anna.is_called()
    lab.peer.until("state", state="EARLY")
    anna.lifts()
    lab.peer.talks()
    anna.hears_well(800, 0.4)
    anna.presses("20*")
    until("the digits", lambda: lab.peer.digits, lambda digits: digits == "20*")
    offer, answer = (mark.detail for mark in lab.box.marks(1) if "telephone-event" in mark.detail)
    assert "a=rtpmap:120 telephone-event/8000" in offer
    assert "a=rtpmap:120 telephone-event/8000" in answer
    lab.peer.does("hang-up")
    anna.hears_soon("busy", 1.2)
    assert lab.box.saw(1, "<INVITE", ">180", ">200", "<ACK", "<BYE", ">200")
    assert lab.box.last_call(1).cause == "REMOTE_RELEASED"


@proves("PJSUA2", "CO-14 hold and resume", "CO-03 the callee releases")
def test_pjsua_holds_and_resumes(lab: Lab[Pjsua]) -> None:
    """re-INVITE with sendonly: silence here; re-INVITE again: voice again."""
    anna = is_called(lab.box, lab.peer)
    is_held_and_resumed(lab.box, lab.peer, anna)
    anna.hangs_up()
    lab.peer.is_released()


@proves("PJSUA2", "CO-14 delayed offer", "voice both ways, measured")
def test_pjsua_makes_no_offer_and_answers_ours(lab: Lab[Pjsua]) -> None:
    """Ours goes out in the 200, its answer comes in the ACK; then voice both ways."""
    anna = lab.box.person(1)
    lab.peer.does("dial", uri=f"sip:8001@{DOMAIN}", late=True)
    anna.is_called()
    anna.lifts()
    lab.peer.talks()
    hear_each_other(anna, lab.peer)
    anna.hangs_up()
    lab.peer.is_released()
    invite = next(mark.detail for mark in lab.box.marks(1) if mark.what == "INVITE")
    assert "m=audio" not in invite


@proves("PJSUA2", "BW-01 other failures of set-up")
def test_pjsua_declines(lab: Lab[Pjsua]) -> None:
    """603 after 180: busy tone, and the record says that the call was declined."""
    anna = lab.box.person(1)
    anna.calls(FAR)
    lab.peer.is_called()
    lab.peer.does("answer", status=603)
    anna.hears_soon("busy", 1.2)
    assert lab.box.saw(1, ">INVITE", "<180", "<603", ">ACK")
    record = lab.box.last_call(1)
    assert (record.cause, record.sip_status) == ("PEER_BUSY", 603)


@proves("PJSUA2", "FW-CANCEL the caller gives up")
def test_pjsua_gives_up_while_our_bell_rings(lab: Lab[Pjsua]) -> None:
    """CANCEL, 200, 487, ACK; the bell stops."""
    anna = lab.box.person(1)
    lab.peer.calls("8001")
    anna.is_called()
    lab.peer.until("state", state="EARLY")
    lab.peer.does("hang-up")
    until("idle", lambda: lab.box.row(1) == "reg-ok Idle ON-HOOK")
    lab.box.goes(1, "<INVITE", ">180", "<CANCEL", ">200", ">487", "<ACK")
    assert not anna.bell_sounds
    lab.peer.until("state", state="DISCONNECTED", status=487)
