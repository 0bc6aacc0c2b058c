"""Calls between a telephone of the box and baresip, through Kamailio."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.interop.baresip import Baresip
from tests.interop.box import Box
from tests.interop.flows import proves
from tests.interop.kamailio import Kamailio
from tests.interop.lab import Lab
from tests.interop.person import hear_each_other
from tests.interop.settings import Line
from tests.interop.talk import calls, is_called, is_held_and_resumed, read_each_others_reports
from tests.interop.waiting import until

FAR = "8010"


@pytest.fixture(scope="module")
def house() -> Iterator[Lab[Baresip]]:
    with (
        Kamailio() as kamailio,
        Baresip(FAR, kamailio.at, plays_hz=800) as baresip,
        Box(kamailio.at, [Line("8001")]) as box,
    ):
        box.registered(1)
        until("a binding of baresip", lambda: kamailio.contacts(FAR))
        yield Lab(box, baresip)


@proves(
    "baresip", "CO-01 call to the peer", "voice both ways, measured", "CO-03 the caller releases"
)
def test_a_call_to_baresip_carries_voice_both_ways(lab: Lab[Baresip]) -> None:
    """Its 800 Hz on our copper, our 1000 Hz in its recording, both as loud as they were said."""
    anna = calls(lab.box, lab.peer, FAR)
    hear_each_other(anna, lab.peer)
    anna.hangs_up()
    lab.peer.is_released()
    record = until("a record", lambda: lab.box.last_call(1))
    assert record.cause == "NORMAL"
    assert record.codec == "PCMA"


@proves("baresip", "RTCP both ways")
def test_baresip_reports_on_our_voice_and_reads_our_reports(lab: Lab[Baresip]) -> None:
    """The round trip needs both: its report quotes the time of ours."""
    read_each_others_reports(lab.box, lab.peer, FAR)


@proves("baresip", "CO-01 call from the peer", "CO-03 the caller releases")
def test_a_call_from_baresip_rings_and_is_released_by_it(lab: Lab[Baresip]) -> None:
    """It hangs up: BYE from the network, busy tone on the copper."""
    anna = lab.box.person(1)
    lab.peer.calls("8001")
    anna.is_called()
    lab.peer.until("CALL_RINGING")
    anna.lifts()
    lab.peer.talks()
    anna.hears_well(800, 0.4)
    lab.peer.does("hangup")
    anna.hears_soon("busy", 1.2)
    assert lab.box.saw(1, "<INVITE", ">180", ">200", "<ACK", "<BYE", ">200")
    assert lab.box.last_call(1).cause == "REMOTE_RELEASED"


@proves("baresip", "CO-01 call from the peer", "CO-03 the callee releases")
def test_a_call_from_baresip_is_released_at_our_telephone(lab: Lab[Baresip]) -> None:
    anna = is_called(lab.box, lab.peer)
    anna.hangs_up()
    lab.peer.is_released()
    assert lab.box.saw(1, "<INVITE", ">200", "<ACK", ">BYE", "<200")


@proves("baresip", "CO-14 hold and resume")
def test_baresip_holds_and_resumes(lab: Lab[Baresip]) -> None:
    """re-INVITE with sendonly: silence here; re-INVITE again: voice again."""
    anna = is_called(lab.box, lab.peer)
    anna.hears_well(800, 0.4)
    is_held_and_resumed(lab.box, lab.peer, anna)
    anna.hangs_up()
    lab.peer.is_released()


def said_last(lab: Lab[Baresip], direction: str) -> bool:
    """Whether its last answer to an INVITE has that direction."""
    answers = [m for m in lab.box.marks(1) if m.what == "200" and "m=audio" in m.detail]
    return bool(answers) and direction in answers[-1].detail and not answers[-1].outward


@proves("baresip", "CO-14 a flash holds and takes back")
def test_a_flash_holds_baresip_and_another_takes_it_back(lab: Lab[Baresip]) -> None:
    """It takes both offers, and says so: recvonly, sendrecv; then its voice is there again."""
    anna = calls(lab.box, lab.peer, FAR)
    anna.hears_well(800, 0.4)
    anna.flashes()
    anna.is_("Held")
    until("its yes to the hold", lambda: said_last(lab, "a=recvonly"))
    anna.flashes()
    anna.is_("Talking")
    until("its yes to the talk", lambda: said_last(lab, "a=sendrecv"))
    anna.hears_well(800, 0.4)
    anna.hangs_up()
    lab.peer.is_released()


@proves("baresip", "RFC 4733 digits to the peer")
def test_baresip_is_told_what_is_pressed(lab: Lab[Baresip]) -> None:
    anna = calls(lab.box, lab.peer, FAR)
    anna.presses("42#")
    until("the digits", lambda: lab.peer.digits, lambda digits: digits == "42#")
    anna.hangs_up()
    lab.peer.is_released()


@proves("baresip", "BW-BUSY called user busy")
def test_baresip_rejects_the_call(lab: Lab[Baresip]) -> None:
    """486 after 180: busy tone."""
    anna = lab.box.person(1)
    anna.calls(FAR)
    lab.peer.is_called()
    lab.peer.does("hangup")
    anna.hears_soon("busy", 1.2)
    assert lab.box.saw(1, ">INVITE", "<180", "<486", ">ACK")
    assert lab.box.last_call(1).cause == "PEER_BUSY"
