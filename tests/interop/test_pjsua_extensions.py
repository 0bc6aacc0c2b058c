"""PJSUA2 insists on extensions: 100rel is mandatory for it. Kamailio stands between."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.interop.box import Box
from tests.interop.flows import proves
from tests.interop.kamailio import Kamailio
from tests.interop.lab import Lab
from tests.interop.person import Person
from tests.interop.pjsua import Pjsua
from tests.interop.settings import Line
from tests.interop.waiting import until

FAR = "8020"


@pytest.fixture(scope="module")
def house() -> Iterator[Lab[Pjsua]]:
    with (
        Kamailio() as kamailio,
        Pjsua(FAR, kamailio.at, plays_hz=800, prack="MANDATORY") as pjsua,
        Box(kamailio.at, [Line("8001")], sip='prack = "supported"') as box,
    ):
        box.registered(1)
        yield Lab(box, pjsua)


def is_called(lab: Lab[Pjsua]) -> Person:
    """PJSUA2 calls the telephone, which answers."""
    anna = lab.box.person(1)
    lab.peer.calls("8001")
    anna.is_called()
    lab.peer.until("state", state="EARLY")
    anna.lifts()
    lab.peer.talks()
    anna.is_("Talking")
    return anna


def ends(lab: Lab[Pjsua], anna: Person) -> None:
    anna.hangs_up()
    lab.peer.is_released()


@proves("PJSUA2", "PR 183 and 180 reliably, to us", "CO-01 call to the peer")
def test_pjsua_rings_reliably(lab: Lab[Pjsua]) -> None:
    """Its 180 requires 100rel: PRACK with the RAck it expects, before anybody lifts."""
    anna = lab.box.person(1)
    anna.calls(FAR)
    lab.peer.is_called()
    until("PRACK is answered", lambda: lab.box.saw(1, ">INVITE", "<180", ">PRACK", "<200"))
    lab.peer.does("answer", status=200)
    lab.peer.talks()
    anna.hears_well(800, 0.4)
    ends(lab, anna)


@proves("PJSUA2", "PR 180 reliably, by us", "CO-01 call from the peer")
def test_pjsua_wants_us_to_ring_reliably(lab: Lab[Pjsua]) -> None:
    """Its INVITE requires 100rel: our 180 does so too, and its PRACK gets 200."""
    anna = is_called(lab)
    anna.hears_well(800, 0.4)
    ends(lab, anna)
    assert lab.box.saw(1, "<INVITE", ">180", "<PRACK", ">200", ">200", "<ACK", ">BYE", "<200")
    ringing = next(mark.detail for mark in lab.box.marks(1) if mark.what == "180")
    assert "Require: 100rel" in ringing
    assert "RSeq: " in ringing


@proves("PJSUA2", "CO-14 UPDATE", "CO-14 re-INVITE")
@pytest.mark.parametrize("method", ["INVITE", "UPDATE"])
def test_pjsua_offers_anew_in_a_talk(lab: Lab[Pjsua], method: str) -> None:
    """Answered with the same, and voice goes on."""
    anna = is_called(lab)
    before = lab.box.wire(1).count(f"<{method}")
    lab.peer.does("change", by=method)
    until(method, lambda: lab.box.wire(1).count(f"<{method}") > before)
    anna.hears_well(800, 0.4)
    ends(lab, anna)


@proves("PJSUA2", "FW-CANCEL the caller gives up")
def test_pjsua_gives_up_after_its_prack(lab: Lab[Pjsua]) -> None:
    """PR-07: CANCEL, 200, 487; the bell stops."""
    anna = lab.box.person(1)
    lab.peer.calls("8001")
    anna.is_called()
    until("PRACK", lambda: lab.box.saw(1, ">180", "<PRACK", ">200"))
    lab.peer.does("hang-up")
    lab.peer.until("state", state="DISCONNECTED", status=487)
    until("silence", lambda: not anna.bell_sounds)
    assert lab.box.saw(1, "<PRACK", ">200", "<CANCEL", ">200", ">487", "<ACK")
