"""TCP and TLS with those who are no Kamailio: SIPp by itself, PJSUA2 behind Kamailio."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.certificates import Authority
from tests.interop.box import Box
from tests.interop.flows import proves
from tests.interop.kamailio import Kamailio
from tests.interop.lab import Lab
from tests.interop.person import hear_each_other
from tests.interop.pjsua import Pjsua
from tests.interop.script import CONTACT, asks, calls, gets, hears, says, scenario, sdp
from tests.interop.settings import DOMAIN, Line
from tests.interop.sipp import Sipp
from tests.interop.waiting import until

FAR = "8020"
KERNEL = "D-SACK Sequence", "(RST)", "keep-alive", "Keep-Alive"
"""What tshark remarks about connections that is the business of the two kernels, not ours."""


@pytest.fixture(scope="module")
def script() -> Iterator[Lab[Sipp]]:
    """Between two scripts nobody listens: the gateway has to connect anew each time."""
    with Sipp("tcp") as sipp:
        sipp.plays("register", lifetime="3600")
        with Box(sipp.at, [Line("8001")], odd=KERNEL, sip='transport = "tcp"') as box:
            sipp.finished()
            box.registered(1)
            yield Lab(box, sipp)


ELSE = '<recv request="REGISTER" optional="true" next="bind"/>'
BIND = f'<nop next="end"/><label id="bind"/>{says(200, "[last_Contact:];expires=600")}'
BOUND = '<label id="end"/>'


@proves("SIPp TCP", "CO-01 call to the peer", "CO-03 the caller releases", "REG-10 refresh")
def test_a_call_to_sipp_goes_by_a_connection(script: Lab[Sipp]) -> None:
    """The connection was lost with the last script: the line binds the new one first."""
    script.box.quiet()
    anna = script.box.person(1)
    script.peer.plays(
        scenario(
            "called",
            ELSE,
            gets("INVITE", ("Via", "SIP/2.0/TCP")),
            says(180, CONTACT),
            says(200, CONTACT, body=sdp(), repeats=True),
            gets("ACK"),
            gets("BYE"),
            says(200, tag=""),
            BIND,
            BOUND,
        )
    )
    until("the line is bound again", lambda: script.box.saw(1, ">REGISTER", "<200"))
    anna.calls("8500")
    anna.is_("Talking")
    anna.hangs_up()
    call = ">INVITE", "<180", "<200", ">ACK", ">BYE", "<200"
    until("the whole call", lambda: script.box.saw(1, *call))


@proves("SIPp TCP", "CO-01 call from the peer", "CO-03 the caller releases", "long headers")
def test_sipp_calls_by_a_connection_of_its_own(script: Lab[Sipp]) -> None:
    """An INVITE of 20 000 octets comes in several pieces, and is one message."""
    script.box.quiet()
    more = [f"X-Long-{n}: {'y' * 800}" for n in range(24)]
    script.peer.plays(
        scenario(
            "calling",
            calls(*more, body=sdp()),
            hears(200),
            asks("ACK", 1),
            asks("BYE", 2),
            hears(200),
        ),
        against=script.box,
        user=script.box.token(1),
    )
    anna = script.box.person(1)
    anna.is_called()
    anna.lifts()
    script.peer.finished()
    assert script.box.saw(1, "<INVITE", ">180", ">200", "<ACK", "<BYE", ">200")


def over(*flows: str) -> pytest.MarkDecorator:
    """The same test by TCP and by TLS."""
    each = [
        pytest.param(speaks, marks=proves(f"PJSUA2 {speaks.upper()}", *flows))
        for speaks in ("tcp", "tls")
    ]
    return pytest.mark.parametrize("house", each, indirect=True, scope="module")


@pytest.fixture(scope="module")
def house(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lab[Pjsua]]:
    speaks: str = request.param
    authority = Authority(tmp_path_factory.mktemp("certificates"))
    shows = authority.certifies("kamailio", f"DNS:{DOMAIN}") if speaks == "tls" else None
    more = f'[sip.tls]\nca_file = "{authority.ca}"\n' if shows else ""
    sip = f'transport = "{speaks}"\nprack = "supported"'
    with (
        Kamailio(speaks=speaks, shows=shows) as kamailio,
        Pjsua(FAR, kamailio.at, plays_hz=800, transport=speaks.upper(), prack="OPTIONAL") as pjsua,
        Box(kamailio.at, [Line("8001")], odd=KERNEL, sip=sip, more=more) as box,
    ):
        box.registered(1)
        yield Lab(box, pjsua)


@over("CO-01 call to the peer", "voice both ways, measured", "CO-03 the caller releases")
def test_a_call_to_pjsua_by_a_connection(house: Lab[Pjsua]) -> None:
    """Both sines measured where they arrive; nothing is sent twice."""
    house.begins_anew()
    anna = house.box.person(1)
    anna.calls(FAR)
    house.peer.answers()
    hear_each_other(anna, house.peer)
    anna.hangs_up()
    house.peer.is_released()


@over("CO-01 call from the peer", "CO-14 hold and resume", "CO-03 the caller releases")
def test_a_call_from_pjsua_by_a_connection(house: Lab[Pjsua]) -> None:
    """It calls, holds, resumes and hangs up."""
    house.begins_anew()
    anna = house.box.person(1)
    house.peer.calls("8001")
    anna.is_called()
    anna.lifts()
    house.peer.talks()
    anna.hears_well(800, 0.4)
    before = house.box.wire(1).count("<INVITE")
    house.peer.does("hold")
    until("the hold", lambda: house.box.wire(1).count("<INVITE") > before)
    anna.hears_soon("silence", 1.5)
    house.peer.does("resume")
    anna.hears_well(800, 0.4)
    house.peer.does("hang-up")
    anna.hears_soon("busy", 1.2)
