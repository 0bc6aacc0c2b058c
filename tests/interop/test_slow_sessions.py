"""Sessions with a timer, in real time: they last 90 s at the least (RFC 4028 section 4)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.interop.box import Box
from tests.interop.flows import proves
from tests.interop.kamailio import Kamailio
from tests.interop.lab import Lab
from tests.interop.pjsua import Pjsua
from tests.interop.script import asks, calls, gets, hears, says, scenario, sdp, waits
from tests.interop.settings import Line
from tests.interop.sipp import Sipp
from tests.interop.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

FAR = "8020"
TIMER = "Supported: timer"
PATIENCE = 120.0
"""s, more than a session of 90 s can take to be confirmed or to end."""


@pytest.fixture(scope="module")
def pjsua() -> Iterator[Lab[Pjsua]]:
    """Both want a timer: PJSUA2 requires one, the gateway asks for one."""
    with (
        Kamailio() as kamailio,
        Pjsua(FAR, kamailio.at, plays_hz=800, timer="REQUIRED") as peer,
        Box(kamailio.at, [Line("8001")], sip="session_expires = 90") as box,
    ):
        box.registered(1)
        yield Lab(box, peer)


@pytest.fixture(scope="module")
def sipp() -> Iterator[Lab[Sipp]]:
    with Sipp() as peer:
        peer.plays("register", lifetime="3600")
        with Box(peer.at, [Line("8001")]) as box:
            peer.finished()
            box.registered(1)
            yield Lab(box, peer)


def confirmed(lab: Lab[Pjsua]) -> int:
    """How often somebody has said that the session goes on: UPDATE, or INVITE once more."""
    wire = [word.lstrip("<>") for word in lab.box.wire(1)]
    first = 2 if "407" in wire else 1
    return wire.count("UPDATE") + max(0, wire.count("INVITE") - first)


@proves("PJSUA2", "RFC 4028 a session with a timer", "RFC 4028 confirmed by us")
def test_a_call_to_pjsua_outlives_its_first_session(pjsua: Lab[Pjsua]) -> None:
    """90 s each: confirmed twice, and voice still comes."""
    pjsua.begins_anew()
    anna = pjsua.box.person(1)
    anna.calls(FAR)
    pjsua.peer.answers()
    before = confirmed(pjsua)
    until("confirmed twice", lambda: confirmed(pjsua) >= before + 2, most=PATIENCE)
    anna.hears_well(800, 0.4)
    anna.hangs_up()
    pjsua.peer.is_released()


@proves("PJSUA2", "RFC 4028 a session with a timer", "RFC 4028 confirmed by the peer")
def test_a_call_from_pjsua_outlives_its_first_session(pjsua: Lab[Pjsua]) -> None:
    """It requires the timer in its INVITE; confirmed twice, and voice still comes."""
    pjsua.begins_anew()
    anna = pjsua.box.person(1)
    pjsua.peer.calls("8001")
    anna.is_called()
    anna.lifts()
    pjsua.peer.talks()
    before = confirmed(pjsua)
    until("confirmed twice", lambda: confirmed(pjsua) >= before + 2, most=PATIENCE)
    anna.hears_well(800, 0.4)
    anna.hangs_up()
    pjsua.peer.is_released()


@proves("SIPp", "RFC 4028 confirmed by us", "CO-14 glare")
@pytest.mark.parametrize(
    ("able", "method"),
    [("Allow: INVITE, ACK, BYE, CANCEL, UPDATE", "UPDATE"), ("Allow: INVITE, ACK, BYE", "INVITE")],
    ids=["update", "re-invite"],
)
def test_who_cannot_confirm_leaves_it_to_us(sipp: Lab[Sipp], able: str, method: str) -> None:
    """refresher=uas: after 45 s we do, by UPDATE if the far end knows it, else by INVITE.

    The INVITE is refused first, since the far end says that it wants a change itself (491).
    """
    sipp.box.quiet()
    granted = able, "Session-Expires: 90;refresher=uac"
    confirms = gets(method, ("Session-Expires", "^ *90 *; *refresher=uac"))
    if method == "INVITE":
        steps = [
            confirms, says(491, tag=""), gets("ACK"),
            confirms, says(200, *granted, tag="", body=sdp(), repeats=True), gets("ACK"),
        ]  # fmt: skip
    else:
        steps = [confirms, says(200, *granted, tag="")]
    sipp.peer.plays(
        scenario(
            "calling",
            calls(able, TIMER, "Session-Expires: 90;refresher=uas", body=sdp()),
            hears(200, ("Session-Expires", "^ *90 *; *refresher=uas")),
            asks("ACK", 1),
            *steps,
            waits(0.5),
            asks("BYE", 2),
            hears(200),
        ),
        against=sipp.box,
        user=sipp.box.token(1),
    )
    anna = sipp.box.person(1)
    anna.is_called()
    anna.lifts()
    anna.is_("Talking")
    sipp.peer.finished(PATIENCE)
    marks = sipp.box.marks(1)
    talking = next(mark.at for mark in marks if mark.what == "ACK")
    asked = next(mark.at for mark in marks if mark.what == method and mark.outward)
    assert asked - talking == pytest.approx(45, abs=2)


@proves("SIPp", "RFC 4028 confirmed by nobody")
def test_a_session_that_nobody_confirms_ends(sipp: Lab[Sipp]) -> None:
    """refresher=uac, and the caller is silent: BYE after 60 s, 30 s before the end."""
    sipp.box.quiet()
    sipp.peer.plays(
        scenario(
            "calling",
            calls(TIMER, "Session-Expires: 90;refresher=uac", body=sdp()),
            hears(200),
            asks("ACK", 1),
            gets("BYE"),
            says(200, tag=""),
        ),
        against=sipp.box,
        user=sipp.box.token(1),
    )
    anna = sipp.box.person(1)
    anna.is_called()
    anna.lifts()
    anna.is_("Talking")
    sipp.peer.finished(PATIENCE)
    answered, gone = (mark.at for mark in sipp.box.marks(1) if mark.what in {"ACK", "BYE"})
    assert gone - answered == pytest.approx(60, abs=2)
