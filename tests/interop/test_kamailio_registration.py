"""Registration at Kamailio: digest, a nonce that grows old, short bindings, and their end."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest

from firmware.sip.events import RegisterStatus
from firmware.sip.message import Request, parse
from tests.interop.box import Box
from tests.interop.flows import proves
from tests.interop.kamailio import Kamailio
from tests.interop.lab import Lab
from tests.interop.settings import Line
from tests.interop.waiting import pause, until

LINES = [Line("8001"), Line("8002"), Line("8003", "not-that")]


@pytest.fixture(scope="module")
def house() -> Iterator[Lab[Kamailio]]:
    with Kamailio() as kamailio, Box(kamailio.at, LINES) as box:
        box.registered(1)
        box.registered(2)
        yield Lab(box, kamailio)


@pytest.fixture
def lab(house: Lab[Kamailio]) -> Lab[Kamailio]:
    """All lines as at power-up, whatever the test before has done."""
    house.peer.starts_again()
    for port in (1, 2):
        house.box.control.call("register", port=port)
        until("bound anew", partial(house.peer.contacts, LINES[port - 1].number))
        house.box.registered(port)
    house.box.quiet()
    return house


def sent(lab: Lab[Kamailio], port: int) -> list[Request]:
    """The REGISTERs of a port."""
    requests = [parse(m.detail.encode()) for m in lab.box.marks(port) if m.outward]
    return [request for request in requests if isinstance(request, Request)]


def header(request: Request, name: str) -> str:
    return request.headers.get(name) or ""


def registers(lab: Lab[Kamailio], port: int, answers: int) -> None:
    """Register by command, and wait for so many answers on the wire."""
    lab.box.control.call("register", port=port)
    until("answered", lambda: sum(w[0] == "<" for w in lab.box.wire(port)) >= answers)


@proves("Kamailio", "REG-04 registration with digest")
def test_a_line_answers_the_challenge_and_its_binding_is_there(lab: Lab[Kamailio]) -> None:
    """401, then 200: same Call-ID, CSeq + 1; the registrar's table holds our Contact."""
    lab.peer.starts_again()
    registers(lab, 1, answers=2)
    assert lab.box.wire(1) == [">REGISTER", "<401", ">REGISTER", "<200"]
    first, second = sent(lab, 1)
    assert second.call_id == first.call_id
    assert second.cseq.number == first.cseq.number + 1
    assert lab.peer.contacts("8001") == [second.contacts[0].uri]
    assert lab.box.row(1) == "reg-ok Idle ON-HOOK"


@proves("Kamailio", "REG-06 the nonce is used again")
def test_a_refresh_uses_the_nonce_again_and_is_not_challenged(lab: Lab[Kamailio]) -> None:
    """nc counts up and the server, which checks it, agrees."""
    registers(lab, 1, answers=1)
    registers(lab, 1, answers=2)
    assert lab.box.wire(1) == [">REGISTER", "<200", ">REGISTER", "<200"]
    counts = [header(request, "Authorization").partition("nc=")[2][:8] for request in sent(lab, 1)]
    assert int(counts[1], 16) == int(counts[0], 16) + 1


@proves("Kamailio", "REG-06 the nonce has grown old")
def test_a_nonce_that_has_grown_old_is_replaced_without_a_failure(lab: Lab[Kamailio]) -> None:
    """401 with stale=true: silently once more with the new nonce, nc back to 1."""
    lab.peer.starts_again("FRESH=1")
    registers(lab, 1, answers=2)
    lab.box.quiet()
    pause(2.5)
    registers(lab, 1, answers=2)
    assert lab.box.wire(1) == [">REGISTER", "<401", ">REGISTER", "<200"]
    challenge = lab.box.marks(1)[1].detail
    assert "stale=true" in challenge
    old, new = (header(request, "Authorization") for request in sent(lab, 1))
    assert 'nonce="' in old
    assert "nc=00000001" in new
    assert lab.box.registration(1).failures == 0


@proves("Kamailio", "REG-02 the registrar sets the lifetime")
def test_the_registrar_shortens_the_time_and_the_line_follows(lab: Lab[Kamailio]) -> None:
    """600 s asked, 40 s granted: refresh after half of that, up to a tenth earlier."""
    lab.peer.starts_again("LIFETIME=40")
    registers(lab, 1, answers=2)
    state = lab.box.registered(1)
    assert state.expires_in_s is not None
    assert state.next_attempt_in_s is not None
    assert 35 < state.expires_in_s <= 40
    assert 13 < state.next_attempt_in_s <= 20
    assert 35 < lab.peer.expires("8001") <= 40


@proves("Kamailio", "REG-12 de-registration")
def test_a_line_that_is_deregistered_leaves_no_binding(lab: Lab[Kamailio]) -> None:
    lab.box.control.call("deregister", port=1)
    until("unreg", lambda: lab.box.row(1) == "unreg Idle ON-HOOK")
    assert lab.peer.contacts("8001") == []
    assert len(lab.peer.contacts("8002")) == 1
    assert header(sent(lab, 1)[-1], "Expires") == "0"


@proves("Kamailio", "REG-07 wrong password")
def test_a_wrong_password_ends_after_one_try_and_leaves_the_other_lines_alone(
    lab: Lab[Kamailio],
) -> None:
    """403: two REGISTERs and no more, a long wait, and words for the operator."""
    lab.peer.starts_again()
    registers(lab, 3, answers=2)
    state = lab.box.registration_is(3, RegisterStatus.FAILED)
    assert lab.box.wire(3) == [">REGISTER", "<401", ">REGISTER", "<403"]
    assert (state.last_code, state.last_error) == (403, "Wrong Password")
    assert state.next_attempt_in_s is not None
    assert state.next_attempt_in_s > 1000
    assert lab.peer.contacts("8003") == []
    assert lab.box.row(1) == lab.box.row(2) == "reg-ok Idle ON-HOOK"


@proves("Kamailio", "HB-09 OPTIONS of the server")
def test_the_options_of_the_server_are_answered(lab: Lab[Kamailio]) -> None:
    """Kamailio's pinger asks every binding; its OPTIONS has neither Max-Forwards nor Contact."""
    lab.peer.starts_again("PING=1")
    registers(lab, 1, answers=2)
    until("an answer", lambda: {"<OPTIONS", ">200"} <= set(lab.box.wire(0)))


@proves("Kamailio", "REG-12 de-registration")
def test_a_gateway_that_is_stopped_takes_its_bindings_away(lab: Lab[Kamailio]) -> None:
    """The last test here: SIGTERM, and the registrar's table is empty before the process ends."""
    assert [len(lab.peer.contacts(line.number)) for line in LINES] == [1, 1, 0]
    lab.box.stops()
    assert [lab.peer.contacts(line.number) for line in LINES] == [[], [], []]
