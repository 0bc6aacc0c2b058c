"""Calls through Kamailio: both legs at this gateway, challenged and record-routed by the proxy."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from firmware.sip.message import Request, parse
from tests.interop.box import Box
from tests.interop.flows import proves
from tests.interop.kamailio import Kamailio
from tests.interop.lab import Lab
from tests.interop.person import talk
from tests.interop.settings import Line
from tests.interop.waiting import until

LINES = [Line("8001"), Line("8002"), Line("8003", "not-that")]
LIFETIME = 30
"""Seconds that the registrar grants: the lines have to refresh while these tests run."""


@pytest.fixture(scope="module")
def house() -> Iterator[Lab[Kamailio]]:
    with Kamailio(f"LIFETIME={LIFETIME}") as kamailio, Box(kamailio.at, LINES) as box:
        box.registered(1)
        box.registered(2)
        yield Lab(box, kamailio)


def requests(lab: Lab[Kamailio], port: int, method: str, *, outward: bool) -> list[Request]:
    """The requests of that method that a port has sent, or got."""
    messages = [parse(m.detail.encode()) for m in lab.box.marks(port) if m.outward is outward]
    return [m for m in messages if isinstance(m, Request) and m.method == method]


def ended(lab: Lab[Kamailio], port: int, *words: str) -> None:
    """Wait until these have gone over the wire in this order."""
    until(f"{words} at port {port}", lambda: lab.box.saw(port, *words))


@proves(
    "Kamailio",
    "IA-01 407 to INVITE",
    "CO-01 call to the peer",
    "CO-01 call from the peer",
    "voice both ways, measured",
    "CO-03 the caller releases",
)
def test_a_call_carries_voice_both_ways_until_the_caller_hangs_up(lab: Lab[Kamailio]) -> None:
    """1000 and 800 Hz measured on the copper; BYE with CSeq + 1; the callee hears busy tone."""
    anna, ben = lab.people
    lab.connects()
    assert lab.box.row(1) == "reg-ok Talking OFF-HOOK 8002 Outgoing"
    assert lab.box.row(2) == "reg-ok Talking OFF-HOOK 8001 Incoming"
    talk(anna, ben)
    anna.hangs_up()
    assert ben.hears_soon("busy", 1.2).frequencies_hz == (450,)
    assert lab.box.saw(1, ">INVITE", "<180", "<200", ">ACK", ">BYE", "<200")
    assert lab.box.saw(2, "<INVITE", ">180", ">200", "<ACK", "<BYE", ">200")
    (*_, invite) = requests(lab, 1, "INVITE", outward=True)
    (bye,) = requests(lab, 1, "BYE", outward=True)
    assert bye.cseq.number == invite.cseq.number + 1
    assert len(bye.routes) == 1
    ours, theirs = lab.box.last_call(1), lab.box.last_call(2)
    assert (ours.cause, theirs.cause) == ("NORMAL", "REMOTE_RELEASED")
    assert ours.codec == "PCMA"


@proves("Kamailio", "CO-03 the callee releases")
def test_the_callee_hangs_up_and_its_bye_has_from_and_to_swapped(lab: Lab[Kamailio]) -> None:
    """The caller hears busy tone; in the BYE it is To, with the tag of its INVITE."""
    anna, ben = lab.people
    lab.connects()
    ben.hangs_up()
    anna.hears_soon("busy", 1.2)
    (*_, invite) = requests(lab, 1, "INVITE", outward=True)
    (bye,) = requests(lab, 1, "BYE", outward=False)
    assert (bye.to.uri, bye.to.tag) == (invite.from_.uri, invite.from_.tag)
    assert bye.from_.uri == invite.to.uri
    assert lab.box.last_call(1).cause == "REMOTE_RELEASED"


@proves("Kamailio", "BW-BUSY called user busy")
def test_a_called_port_that_is_off_hook_is_busy(lab: Lab[Kamailio]) -> None:
    """486 by port 2, busy tone at port 1."""
    anna, ben = lab.people
    ben.lifts()
    anna.calls("8002")
    assert anna.hears_soon("busy", 1.2).cadence_ms == pytest.approx((350, 350), abs=30)
    assert lab.box.saw(1, ">INVITE", "<486", ">ACK")
    assert lab.box.saw(2, "<INVITE", ">486", "<ACK")
    assert not ben.bell_sounds
    anna.hangs_up()
    assert lab.box.last_call(1).cause == "PEER_BUSY"


@proves("Kamailio", "FW-CANCEL the caller gives up")
def test_a_caller_who_gives_up_stops_the_bell(lab: Lab[Kamailio]) -> None:
    """CANCEL, 200, 487, ACK on both sides of the proxy; a missed call at port 2."""
    anna, ben = lab.people
    anna.calls("8002")
    ben.is_called()
    anna.hangs_up()
    until("silence", lambda: not ben.bell_sounds)
    ended(lab, 1, ">CANCEL", "<487", ">ACK")
    ended(lab, 2, "<CANCEL", ">487", "<ACK")
    until("idle", lambda: lab.box.row(2) == "reg-ok Idle ON-HOOK")
    assert lab.box.last_call(2).cause == "CALLER_ABANDONED"


@proves("Kamailio", "BW-NA-NET no answer, released by the network")
def test_nobody_answers_and_the_network_ends_it(lab: Lab[Kamailio]) -> None:
    """After 3 s of ringing the proxy cancels towards port 1 and tells port 2 408: busy tone."""
    anna, ben = lab.people
    ben.calls("8001")
    anna.is_called()
    ben.hears_soon("ringback", 2.0)
    ben.hears_soon("busy", 1.2)
    ended(lab, 2, ">INVITE", "<180", "<408", ">ACK")
    ended(lab, 1, "<CANCEL", ">487", "<ACK")
    ben.hangs_up()
    assert lab.box.row(1) == "reg-ok Idle ON-HOOK"
    assert not anna.bell_sounds
    record = lab.box.last_call(2)
    assert (record.cause, record.sip_status) == ("NO_ANSWER_NET", 408)


@proves("Kamailio", "BW-01 other failures of set-up")
@pytest.mark.parametrize(
    ("number", "tone", "cause"),
    [
        ("9404", "unobtainable", "UNALLOCATED"),
        ("9484", "unobtainable", "INCOMPLETE"),
        ("9503", "congestion", "OVERLOAD"),
        ("9603", "busy", "PEER_BUSY"),
    ],
)
def test_what_the_network_says_becomes_a_tone_and_a_cause(
    lab: Lab[Kamailio], number: str, tone: str, cause: str
) -> None:
    """404, 484, 503 and 603: each with its tone on the copper and its cause in the records."""
    anna, _ = lab.people
    anna.calls(number)
    anna.hears_soon(tone, {"busy": 1.2, "unobtainable": 1.8, "congestion": 2.3}[tone])
    anna.hangs_up()
    until("idle", lambda: lab.box.row(1) == "reg-ok Idle ON-HOOK")
    record = lab.box.last_call(1)
    assert (record.cause, record.sip_status) == (cause, int(number[1:]))
    assert record.tone == tone


@proves("Kamailio", "IA-05 wrong password in a call")
def test_a_call_with_a_wrong_password_is_refused_once(lab: Lab[Kamailio]) -> None:
    """407, then 403: two INVITEs and no more; congestion tone."""
    clara = lab.box.person(3)
    clara.calls("8002")
    clara.hears_soon("congestion", 2.3)
    assert lab.box.call_wire(3) == [">INVITE", "<407", ">ACK", ">INVITE", "<403", ">ACK"]
    clara.hangs_up()
    assert lab.box.last_call(3).cause == "AUTH_REJECTED"


@proves("Kamailio", "IA-03 credentials without being asked")
def test_the_second_call_is_not_challenged(lab: Lab[Kamailio]) -> None:
    anna, _ = lab.people
    for _ in range(2):
        lab.box.quiet()
        anna.calls("9404")
        until("refused", lambda: lab.box.saw(1, ">INVITE", "<404", ">ACK"))
    assert lab.box.call_wire(1) == [">INVITE", "<404", ">ACK"]


@proves("Kamailio", "REG-10 refresh")
def test_the_lines_have_refreshed_their_bindings_in_time(house: Lab[Kamailio]) -> None:
    """Half-way through 30 s, up to a tenth earlier; Call-ID kept, CSeq counted up."""
    house.box.begins_at_power_up()

    def successes() -> list[float]:
        marks = [mark for mark in house.box.marks(2) if "CSeq" in mark.detail]
        return [m.at for m in marks if m.what == "200" and " REGISTER" in m.detail]

    times = until("a refresh", successes, lambda seen: len(seen) >= 2, most=LIFETIME)
    assert 13 <= times[1] - times[0] <= 16
    sent = requests(house, 2, "REGISTER", outward=True)
    assert len({request.call_id for request in sent}) == 1
    numbers = [request.cseq.number for request in sent]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert len(house.peer.contacts("8002")) == 1
