"""TCP and TLS with Kamailio: registration, calls with voice, restarts, and who is not trusted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from firmware.explain.verdict import RegistrationExplanation
from firmware.sip.events import RegisterStatus
from firmware.sip.message import parse
from firmware.status import Alarm, from_json
from tests.certificates import Authority, Certificate
from tests.interop.box import Box
from tests.interop.flows import proves
from tests.interop.kamailio import Kamailio
from tests.interop.lab import Lab
from tests.interop.person import talk
from tests.interop.settings import DOMAIN, Line
from tests.interop.waiting import until

LARGE = "requests that are too large for a datagram"
LINES = [Line("8001"), Line("8002")]
KERNEL = "D-SACK Sequence", "(RST)", "keep-alive", "Keep-Alive"
"""What tshark remarks about connections that is the business of the two kernels, not ours."""


def over(*flows: str) -> pytest.MarkDecorator:
    """The same test by TCP and by TLS."""
    each = [
        pytest.param(speaks, marks=proves(f"Kamailio {speaks.upper()}", *flows))
        for speaks in ("tcp", "tls")
    ]
    return pytest.mark.parametrize("house", each, indirect=True, scope="module")


def tls(authority: Authority, own: Certificate | None = None) -> str:
    """The [sip.tls] of a gateway."""
    text = f'[sip.tls]\nca_file = "{authority.ca}"\n'
    if own is not None:
        text += f'cert_file = "{own.cert}"\nkey_file = "{own.key}"\n'
    return text


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def house(request: pytest.FixtureRequest, authority: Authority) -> Iterator[Lab[Kamailio]]:
    speaks: str = request.param
    shows = authority.certifies("kamailio", f"DNS:{DOMAIN}") if speaks == "tls" else None
    with (
        Kamailio(speaks=speaks, shows=shows) as kamailio,
        Box(
            kamailio.at,
            LINES,
            odd=KERNEL,
            sip=f'transport = "{speaks}"',
            more=tls(authority) if shows else "",
        ) as box,
    ):
        box.registered(1)
        box.registered(2)
        yield Lab(box, kamailio)


@over("REG-04 registration with digest")
def test_a_line_registers_by_a_connection(lab: Lab[Kamailio]) -> None:
    """The Contact names the transport, and both lines share the one connection."""
    lab.box.begins_at_power_up()
    (contact,) = lab.peer.contacts("8001")
    assert contact.rpartition(";transport=")[2] in {"tcp", "tls"}
    assert lab.box.saw(1, ">REGISTER", "<401", ">REGISTER", "<200")
    peers = {mark.peer for port in (1, 2) for mark in lab.box.marks(port)}
    assert peers == {str(lab.peer.at)}


@over("REG-12 de-registration")
def test_a_line_leaves_and_comes_back_by_a_connection(lab: Lab[Kamailio]) -> None:
    """The other line stays; neither needs another connection."""
    lab.box.control.call("deregister", port=2)
    until("unreg", lambda: lab.box.row(2) == "unreg Idle ON-HOOK")
    assert lab.peer.contacts("8002") == []
    assert len(lab.peer.contacts("8001")) == 1
    lab.box.control.call("register", port=2)
    lab.box.registered(2)
    assert len(lab.peer.contacts("8002")) == 1


@over(
    "IA-01 407 to INVITE",
    "CO-01 call to the peer",
    "CO-01 call from the peer",
    "voice both ways, measured",
    "CO-03 the caller releases",
)
def test_a_call_by_a_connection_carries_voice_both_ways(lab: Lab[Kamailio]) -> None:
    """1000 and 800 Hz measured on the copper; nothing is sent twice."""
    anna, ben = lab.people
    lab.connects()
    talk(anna, ben)
    anna.hangs_up()
    ben.hears_soon("busy", 1.2)
    assert lab.box.wire(2) == ["<INVITE", ">180", ">200", "<ACK", "<BYE", ">200"]
    ours, theirs = lab.box.last_call(1), lab.box.last_call(2)
    assert (ours.cause, theirs.cause) == ("NORMAL", "REMOTE_RELEASED")


@over("CO-03 the callee releases")
def test_the_callee_hangs_up_by_a_connection(lab: Lab[Kamailio]) -> None:
    anna, ben = lab.people
    lab.connects()
    ben.hangs_up()
    anna.hears_soon("busy", 1.2)
    assert lab.box.last_call(1).cause == "REMOTE_RELEASED"


@over("FW-CANCEL the caller gives up")
def test_a_caller_gives_up_by_a_connection(lab: Lab[Kamailio]) -> None:
    """The CANCEL takes the way of its INVITE."""
    anna, ben = lab.people
    anna.calls("8002")
    ben.is_called()
    anna.hangs_up()
    until("silence", lambda: not ben.bell_sounds)
    until("the end of it", lambda: lab.box.saw(1, ">CANCEL", "<487", ">ACK"))
    until("idle", lambda: lab.box.row(2) == "reg-ok Idle ON-HOOK")


@over("BW-BUSY called user busy")
def test_a_busy_port_is_busy_by_a_connection(lab: Lab[Kamailio]) -> None:
    anna, ben = lab.people
    ben.lifts()
    anna.calls("8002")
    anna.hears_soon("busy", 1.2)
    assert lab.box.last_call(1).cause == "PEER_BUSY"


@over("the server restarts, a talk outlives its connection")
def test_a_talk_outlives_the_restart_of_its_server(lab: Lab[Kamailio]) -> None:
    """Voice goes on, lines register again by a new connection, and the BYE finds its way."""
    anna, ben = lab.people
    lab.connects()
    lab.peer.starts_again()
    until("both lines are known again", lambda: all(map(lab.peer.contacts, ("8001", "8002"))))
    assert lab.box.row(1) == "reg-ok Talking OFF-HOOK 8002 Outgoing"
    talk(anna, ben)
    anna.hangs_up()
    ben.hears_soon("busy", 1.2)
    ours, theirs = lab.box.last_call(1), lab.box.last_call(2)
    assert (ours.cause, theirs.cause) == ("NORMAL", "REMOTE_RELEASED")
    until("no alarm", lambda: not from_json(lab.box.control.call("alarms"), list[Alarm]))


@over("the server restarts, a talk outlives its connection")
def test_who_hangs_up_while_the_server_is_away_is_heard_when_it_is_back(
    lab: Lab[Kamailio],
) -> None:
    """The BYE is tried again until there is somebody to take it; nobody talks on alone."""
    lab.connects()
    lab.peer.program.end()
    lab.box.person(1).hangs_up()
    until("the end of it", lambda: "Idle" in lab.box.row(1))
    assert "Talking" in lab.box.row(2)
    lab.peer.starts_again()
    until("the other hears of it", lambda: "Talking" not in lab.box.row(2))
    assert lab.box.last_call(2).cause == "REMOTE_RELEASED"


Shown = Callable[[Authority, Authority], Certificate]
REFUSED: list[tuple[str, Shown, str]] = [
    ("C10 an unknown authority", lambda _ours, other: other.certifies("a", f"DNS:{DOMAIN}"),
     "authority that ca_file does not hold|not among the authorities"),
    ("C10 another name", lambda ours, _: ours.certifies("b", "DNS:other.example"),
     "made out to other.example, not to"),
    ("C10 a wildcard", lambda ours, _: ours.certifies("c", "DNS:*.tipring.example"),
     r"made out to \*.tipring.example, not to"),
    ("C10 a common name only", lambda ours, _: ours.certifies(DOMAIN),
     "made out to nobody"),
    ("C10 expired", lambda ours, _: ours.certifies("d", f"DNS:{DOMAIN}", days=-1),
     "it has expired"),
]  # fmt: skip


@pytest.mark.parametrize(("shown", "words"), [case[1:] for case in REFUSED],
                         ids=[case[0] for case in REFUSED])  # fmt: skip
@proves("Kamailio TLS", "C10 a certificate that is not to be trusted")
def test_who_cannot_be_trusted_gets_no_register_and_the_operator_is_told_why(
    authority: Authority, tmp_path: Path, shown: Shown, words: str
) -> None:
    """Row C10: refused with the reason in words, tried again, and never sent without TLS."""
    other = Authority(tmp_path, "other")
    certificate = shown(authority, other)
    with (
        Kamailio(speaks="tls", shows=certificate) as kamailio,
        Box(
            kamailio.at, LINES[:1], odd=KERNEL, sip='transport = "tls"', more=tls(authority)
        ) as box,
    ):
        state = box.registration_is(1, RegisterStatus.FAILED)
        assert state.next_attempt_in_s is not None
        explained = box.control.call("explain-registration", port=1)
        means = from_json(explained, RegistrationExplanation).means
        (alarm, *_) = from_json(box.control.call("alarms"), list[Alarm])
        for told in (state.last_error, means, alarm.what):
            assert re.search(words, told), told
        assert "REGISTER" not in kamailio.evidence()["log of kamailio"]


@proves("Kamailio TLS", "C10 a certificate that is not to be trusted")
def test_a_server_that_speaks_no_tls_is_not_spoken_to_without(authority: Authority) -> None:
    with (
        Kamailio(speaks="tcp") as kamailio,
        Box(
            kamailio.at, LINES[:1], odd=KERNEL, sip='transport = "tls"', more=tls(authority)
        ) as box,
    ):
        state = box.registration_is(1, RegisterStatus.FAILED)
        assert "does not speak TLS at this port" in state.last_error
        assert "REGISTER" not in kamailio.evidence()["log of kamailio"]


@proves("Kamailio TLS", "REG-04 registration with digest", "CO-01 call from the peer")
def test_a_gateway_with_a_certificate_of_its_own_can_be_connected_to(
    authority: Authority,
) -> None:
    """The server is certified by its SIP URI; its calls come to the listening socket too."""
    server = authority.certifies("uri", f"URI:sip:{DOMAIN}")
    own = authority.certifies("gateway", "DNS:gateway.example")
    with (
        Kamailio("LONELY=yes", speaks="tls", shows=server) as kamailio,
        Box(
            kamailio.at, LINES, odd=KERNEL, sip='transport = "tls"', more=tls(authority, own)
        ) as box,
    ):
        lab = Lab(box, kamailio)
        box.registered(1)
        box.registered(2)
        lab.connects()
        talk(*lab.people)


@proves("Kamailio TLS", "C10 a certificate that is not to be trusted")
def test_a_server_that_wants_our_certificate_gets_it_or_says_so(authority: Authority) -> None:
    server = authority.certifies("strict", f"DNS:{DOMAIN}")
    own = authority.certifies("known", "DNS:gateway.example")
    wanted = f'WANTED="{authority.ca}"'
    with Kamailio(wanted, speaks="tls", shows=server) as kamailio:
        with Box(
            kamailio.at, LINES[:1], odd=KERNEL, sip='transport = "tls"', more=tls(authority)
        ) as box:
            state = box.registration_is(1, RegisterStatus.FAILED)
            assert state.last_error == (
                "cannot be sent: the server wants a certificate of ours: cert_file"
            )
        with Box(
            kamailio.at, LINES[:1], odd=KERNEL, sip='transport = "tls"', more=tls(authority, own)
        ) as box:
            box.registered(1)


@pytest.mark.parametrize(
    ("speaks", "carried"),
    [
        pytest.param("udp+tcp", "TCP", marks=proves("Kamailio TCP", LARGE)),
        pytest.param("udp", "UDP", marks=proves("Kamailio", LARGE)),
    ],
)
def test_a_large_request_goes_by_tcp_or_if_nobody_takes_that_by_datagram(
    speaks: str, carried: str
) -> None:
    """18.1.1: an INVITE above 1300 bytes; what belongs to it goes the same way, voice too."""
    long = "An ordinary name, if a long one. " * 20
    lines = [Line("8001", display=long), Line("8002")]
    with Kamailio(speaks=speaks) as kamailio, Box(kamailio.at, lines, odd=KERNEL) as box:
        lab = Lab(box, kamailio)
        box.registered(1)
        box.registered(2)
        lab.connects()
        talk(*lab.people)
        sent = [m.detail for m in box.marks(1) if m.outward and m.what in {"INVITE", "ACK"}]
        assert {parse(text.encode()).via.transport for text in sent} >= {carried}
        lab.people[0].hangs_up()
        until("the end of it", lambda: "Talking" not in box.row(2))
        assert box.last_call(2).cause == "REMOTE_RELEASED"
