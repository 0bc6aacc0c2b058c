"""Servers and far ends made with SIPp: each says exactly one thing, by a script."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from firmware.sip.events import RegisterStatus
from firmware.sip.message import parse
from tests.interop.flows import proves
from tests.interop.lab import Lab, beside_sipp
from tests.interop.script import asks, calls, hears, scenario, sdp
from tests.interop.sipp import Sipp
from tests.interop.waiting import until


@pytest.fixture(scope="module")
def house() -> Iterator[Lab[Sipp]]:
    """T1 is 0.2 s; the line is registered for longer than all of this takes."""
    with beside_sipp() as lab:
        yield lab


@proves("SIPp", "BW-BUSY called user busy", "BW-01 other failures of set-up")
@pytest.mark.parametrize(("status", "cause"), [(486, "PEER_BUSY"), (480, "NO_ANSWER_NET")])
def test_a_far_end_that_rings_and_refuses(lab: Lab[Sipp], status: int, cause: str) -> None:
    """180, then 486 or 480: ACK at once, busy tone, the cause in the records."""
    anna = lab.box.person(1)
    lab.peer.plays("invite-refused", status=str(status))
    anna.calls("8500")
    lab.peer.finished()
    lab.box.goes(1, ">INVITE", "<100", "<180", f"<{status}", ">ACK")
    anna.hears_soon("busy", 1.2)
    anna.hangs_up()
    record = until("a record", lambda: lab.box.last_call(1))
    assert (record.cause, record.sip_status, record.peer_number) == (cause, status, "8500")


@proves("SIPp", "FW-CANCEL the caller gives up")
def test_a_caller_who_gives_up_cancels_and_gets_487(lab: Lab[Sipp]) -> None:
    """CANCEL with the branch and CSeq number of the INVITE; 200, 487, ACK."""
    anna = lab.box.person(1)
    lab.peer.plays("invite-cancelled")
    anna.calls("8500")
    until("ringing", lambda: "<180" in lab.box.wire(1))
    anna.hangs_up()
    lab.peer.finished()
    lab.box.goes(1, ">INVITE", "<180", ">CANCEL", "<200", "<487", ">ACK")
    sent = [parse(mark.detail.encode()) for mark in lab.box.marks(1) if mark.outward]
    invite, cancel, ack = sent
    assert invite.via.branch == cancel.via.branch == ack.via.branch
    assert invite.cseq.number == cancel.cseq.number == ack.cseq.number
    assert not cancel.to.tag


@proves("SIPp", "CO-01 call to the peer", "CO-03 the caller releases")
def test_a_far_end_that_answers_is_released_by_the_caller(lab: Lab[Sipp]) -> None:
    """180, 200, ACK; BYE with CSeq + 1, 200."""
    anna = lab.box.person(1)
    lab.peer.plays("invite-answered")
    anna.calls("8500")
    anna.is_("Talking")
    anna.hangs_up()
    lab.peer.finished()
    lab.box.goes(1, ">INVITE", "<180", "<200", ">ACK", ">BYE", "<200")


@proves("SIPp", "CO-05 late ACK", "CO-01 call from the peer", "CO-03 the callee releases")
def test_a_caller_that_is_slow_to_say_ack_gets_the_200_again(lab: Lab[Sipp]) -> None:
    """T1 is 0.2 s here: 200 at 0, 0.2, 0.6 and 1.4 s, until the ACK comes after 1.8 s."""
    anna = lab.box.person(1)
    lab.peer.plays("call-late-ack", against=lab.box, user=lab.box.token(1))
    anna.is_called()
    anna.lifts()
    until("the ACK", lambda: "<ACK" in lab.box.wire(1))
    anna.hangs_up()
    lab.peer.finished()
    lab.box.goes(1, "<INVITE", ">180", *[">200"] * 4, "<ACK", ">BYE", "<200")


@proves("SIPp", "REG-04 registration with digest")
def test_the_digest_and_the_cseq_are_as_the_script_wants_them(lab: Lab[Sipp]) -> None:
    """401, then a response that SIPp itself verifies, CSeq + 1, 3600 s granted in the Contact."""
    lab.peer.plays("register", lifetime="3600")
    lab.box.control.call("register", port=1)
    lab.peer.finished()
    lab.box.goes(1, ">REGISTER", "<401", ">REGISTER", "<200")
    assert lab.box.registered(1).expires_in_s == pytest.approx(3600, abs=5)


@proves("SIPp", "REG-14 refused registration")
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


@proves("SIPp", "REG-15 423 interval too brief")
def test_a_line_that_asks_for_too_little_asks_again_for_more(lab: Lab[Sipp]) -> None:
    """423 with Min-Expires 1800: at once again with that, and 200."""
    lab.peer.plays("register-brief")
    lab.box.control.call("register", port=1)
    lab.peer.finished()
    until("1800 s", lambda: lab.box.registration(1).expires_in_s, lambda left: left > 1700)
    lab.box.goes(1, ">REGISTER", "<423", ">REGISTER", "<200")


@proves("SIPp", "REG-16 503 with Retry-After")
def test_an_overloaded_registrar_is_left_alone_as_long_as_it_asks(lab: Lab[Sipp]) -> None:
    """503 with Retry-After 2: the next REGISTER comes by itself, 2 s later, not before."""
    lab.peer.plays("register-later")
    lab.box.control.call("register", port=1)
    lab.peer.finished()
    lab.box.registration_is(1, RegisterStatus.REGISTERED)
    lab.box.goes(1, ">REGISTER", "<503", ">REGISTER", "<200")
    _, refused, again, _ = (mark.at for mark in lab.box.marks(1))
    assert 2.0 <= again - refused < 3.5


@proves("SIPp", "PR-06 100rel is off here")
def test_who_insists_on_100rel_is_told_that_it_is_off(lab: Lab[Sipp]) -> None:
    """Require: 100rel gets 420 with Unsupported: 100rel; Supported alone rings as ever."""
    refused = (
        asks("INVITE", 1, "Require: 100rel", body=sdp()),
        hears(100, perhaps=True),
        hears(420, ("Unsupported", "100rel")),
        asks("ACK", 1, of=1),
    )
    lab.peer.plays(scenario("insists", *refused), against=lab.box, user=lab.box.token(1))
    lab.peer.finished()
    lab.box.goes(1, "<INVITE", ">420", "<ACK")
    rung = (
        calls("Supported: 100rel", body=sdp()),
        asks("CANCEL", 1, of=1),
        hears(200),
        hears(487),
        asks("ACK", 1, of=1),
    )
    lab.peer.plays(scenario("is able", *rung), against=lab.box, user=lab.box.token(1))
    lab.peer.finished()
    assert lab.box.saw(1, "<ACK", "<INVITE", ">180", "<CANCEL", ">487", "<ACK")
    assert not any("RSeq" in mark.detail for mark in lab.box.marks(1))
