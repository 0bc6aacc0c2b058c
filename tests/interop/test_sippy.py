"""Calls between a telephone of the box and baresip through Sippy's back-to-back user agent.

gateway - Sippy - Kamailio - baresip: two legs with a dialog each, one of them the gateway's. The
gateway registers through Sippy, which is a proxy for that. What the far end calls goes through
a second Sippy, since each knows one next hop.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from firmware.sip.message import parse
from tests.interop.baresip import Baresip
from tests.interop.box import Box
from tests.interop.flows import proves
from tests.interop.kamailio import Kamailio
from tests.interop.lab import Lab
from tests.interop.person import hear_each_other, talk
from tests.interop.programs import Place, free_port, somewhere
from tests.interop.settings import Line
from tests.interop.sippy import Sippy
from tests.interop.talk import calls, is_called, is_held_and_resumed
from tests.interop.waiting import until

FAR = "8010"
LINES = [Line("8001"), Line("8002")]
SECOND = """
[[sip.server]]
host = "{at.host}"
port = {at.port}
"""


@pytest.fixture(scope="module")
def house() -> Iterator[Lab[Baresip]]:
    to_far = somewhere()
    to_box = Place(to_far.host, free_port(to_far.host))
    with ExitStack() as stack:
        kamailio = stack.enter_context(
            Kamailio(f'TRUSTED="{to_far.host}"', f'ONWARD="sip:{to_box}"')
        )
        stack.enter_context(Sippy(to_far, kamailio.at))
        baresip = stack.enter_context(Baresip(FAR, kamailio.at, plays_hz=800))
        box = stack.enter_context(Box(to_far, LINES, more=SECOND.format(at=to_box)))
        stack.enter_context(Sippy(to_box, box.at))
        box.registered(1)
        box.registered(2)
        until("a binding of baresip", lambda: kamailio.contacts(FAR))
        yield Lab(box, baresip)


@proves(
    "Sippy", "CO-01 call to the peer", "voice both ways, measured", "CO-03 the caller releases"
)
def test_a_call_through_sippy_carries_voice_both_ways(lab: Lab[Baresip]) -> None:
    """Sines measured at both ends; BYE ends both legs."""
    anna = calls(lab.box, lab.peer, FAR)
    hear_each_other(anna, lab.peer)
    anna.hangs_up()
    lab.peer.is_released()
    until("BYE", lambda: lab.box.saw(1, ">INVITE", "<180", "<200", ">ACK", ">BYE", "<200"))


@proves("Sippy", "CO-01 call from the peer", "CO-03 the caller releases")
def test_a_call_that_comes_through_sippy_is_released_by_the_far_end(lab: Lab[Baresip]) -> None:
    """Busy tone at the telephone."""
    anna = is_called(lab.box, lab.peer)
    anna.hears_well(800, 0.4)
    lab.peer.does("hangup")
    anna.hears_soon("busy", 1.2)
    assert lab.box.saw(1, "<INVITE", ">180", ">200", "<ACK", "<BYE", ">200")
    assert lab.box.last_call(1).cause == "REMOTE_RELEASED"


@proves("Sippy", "CO-14 hold and resume", "CO-03 the callee releases")
def test_hold_and_resume_pass_through_sippy(lab: Lab[Baresip]) -> None:
    """re-INVITE of the far end, passed on as one of Sippy's own: silence, then voice again."""
    anna = is_called(lab.box, lab.peer)
    anna.hears_well(800, 0.4)
    is_held_and_resumed(lab.box, lab.peer, anna)
    anna.hangs_up()
    lab.peer.is_released()


@proves("Sippy", "one Call-ID on both legs", "voice both ways, measured")
def test_both_legs_of_a_call_end_at_this_box_with_one_call_id(lab: Lab[Baresip]) -> None:
    """Sippy keeps the Call-ID: two dialogs here differ in their tags alone."""
    anna, ben = lab.people
    anna.calls("8002")
    ben.is_called()
    ben.lifts()
    talk(anna, ben)
    ids = {parse(mark.detail.encode()).call_id for port in (1, 2) for mark in lab.box.marks(port)}
    assert len(ids) == 1
    anna.hangs_up()
    ben.hears_soon("busy", 1.2)
    until("BYE", lambda: lab.box.saw(1, ">INVITE", "<200", ">ACK", ">BYE", "<200"))
    assert lab.box.saw(2, "<INVITE", ">200", "<ACK", "<BYE", ">200")


@proves("Sippy", "BW-BUSY called user busy")
def test_a_refusal_passes_through_sippy(lab: Lab[Baresip]) -> None:
    """486 of the far end: busy tone, and the cause in the records."""
    anna = lab.box.person(1)
    anna.calls(FAR)
    lab.peer.is_called()
    lab.peer.does("hangup")
    anna.hears_soon("busy", 1.2)
    record = lab.box.last_call(1)
    assert (record.cause, record.sip_status) == ("PEER_BUSY", 486)


@proves("Sippy", "FW-CANCEL the caller gives up")
def test_giving_up_passes_through_sippy(lab: Lab[Baresip]) -> None:
    """CANCEL on one leg becomes CANCEL on the other: 487 on both."""
    anna = lab.box.person(1)
    anna.calls(FAR)
    lab.peer.is_called()
    until("ringing", lambda: "<180" in lab.box.wire(1))
    anna.hangs_up()
    lab.peer.is_released()
    # Threads of Sippy's own send its answers: the 487 may overtake the 200 to CANCEL.
    until("487", lambda: lab.box.saw(1, ">INVITE", "<180", ">CANCEL", "<487", ">ACK"))
    until("200 to CANCEL", lambda: lab.box.saw(1, ">CANCEL", "<200"))
