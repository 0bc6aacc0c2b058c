"""What Kamailio never says: scripted registrars made with SIPp."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from firmware.sip.events import RegisterStatus
from tests.interop.box import Box, Line
from tests.interop.flows import proves
from tests.interop.lab import Lab
from tests.interop.sipp import Sipp
from tests.interop.waiting import until


@pytest.fixture(scope="module")
def house() -> Iterator[Lab[Sipp]]:
    with Sipp() as sipp:
        sipp.plays("register", lifetime="600")
        with Box(sipp.at, [Line("8001")]) as box:
            yield Lab(box, sipp)
            sipp.plays("register", lifetime="0")  # the line takes its leave
        sipp.finished()


@pytest.fixture
def lab(house: Lab[Sipp]) -> Lab[Sipp]:
    """Nothing on the picture yet; what the line was before does not matter."""
    house.box.quiet()
    return house


@proves("REG-04 registration with digest", "SIPp")
def test_the_digest_and_the_cseq_are_as_the_script_wants_them(house: Lab[Sipp]) -> None:
    """401, then a response that SIPp itself verifies, CSeq + 1, 600 s granted in the Contact."""
    house.peer.finished()
    state = house.box.registered(1)
    assert house.box.wire(1)[-4:] == [">REGISTER", "<401", ">REGISTER", "<200"]
    assert state.expires_in_s == pytest.approx(600, abs=5)


@proves("REG-14 refused registration", "SIPp")
@pytest.mark.parametrize("status", [403, 404])
def test_a_refusal_fails_the_line_for_a_long_time(lab: Lab[Sipp], status: int) -> None:
    """One REGISTER, the code kept for the operator, and 20 minutes or more of peace."""
    lab.peer.plays("register-refused", status=str(status), header="Server: script")
    lab.box.control.call("register", port=1)
    lab.peer.finished()
    until("the code", lambda: lab.box.registration(1), lambda it: it.last_code == status)
    lab.box.goes(1, ">REGISTER", f"<{status}")
    state = lab.box.registration(1)
    assert state.next_attempt_in_s is not None
    assert state.next_attempt_in_s > 1100


@proves("REG-15 interval too brief", "SIPp")
def test_a_line_that_asks_for_too_little_asks_again_for_more(lab: Lab[Sipp]) -> None:
    """423 with Min-Expires 1800: at once again with that, and 200."""
    lab.peer.plays("register-brief")
    lab.box.control.call("register", port=1)
    lab.peer.finished()
    until("1800 s", lambda: lab.box.registration(1).expires_in_s, lambda left: left > 1700)
    lab.box.goes(1, ">REGISTER", "<423", ">REGISTER", "<200")


@proves("REG-16 Retry-After", "SIPp")
def test_an_overloaded_registrar_is_left_alone_as_long_as_it_asks(lab: Lab[Sipp]) -> None:
    """503 with Retry-After 2: the next REGISTER comes by itself, 2 s later, not before."""
    lab.peer.plays("register-later")
    lab.box.control.call("register", port=1)
    lab.peer.finished()
    lab.box.registration_is(1, RegisterStatus.REGISTERED)
    lab.box.goes(1, ">REGISTER", "<503", ">REGISTER", "<200")
    _, refused, again, _ = (mark.at for mark in lab.box.marks(1))
    assert 2.0 <= again - refused < 3.5
