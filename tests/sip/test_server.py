"""Non-INVITE server transaction (RFC 3261 section 17.2.2)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from firmware.sip.message import Request, Response
from firmware.sip.server import Server, State
from firmware.sip.transaction import Transmit
from tests.sip.clock import run
from tests.sip.messages import request, response

BYE = request("BYE")
TRYING, OK = response(100, BYE), response(200, BYE)


def started(*, reliable: bool = False) -> Server:
    machine = Server(BYE, reliable=reliable)
    assert machine.start(0.0) == []
    return machine


def test_a_repeated_request_gets_the_same_response_for_32_seconds() -> None:
    machine = started()
    assert machine.feed(BYE, 0.1) == []
    assert machine.feed(OK, 0.2) == [Transmit(OK)]
    assert machine.feed(BYE, 0.5) == [Transmit(OK)]
    run(machine, 32.1)
    assert machine.state is State.COMPLETED
    run(machine, 32.2)
    assert machine.over


def test_a_provisional_response_is_repeated_too() -> None:
    machine = started()
    assert machine.feed(TRYING, 3.5) == [Transmit(TRYING)]
    assert machine.feed(BYE, 4.0) == [Transmit(TRYING)]
    machine.feed(OK, 5.0)
    assert machine.feed(BYE, 6.0) == [Transmit(OK)]


def test_over_a_reliable_transport_the_answer_ends_it() -> None:
    machine = started(reliable=True)
    assert machine.feed(OK, 0.2) == [Transmit(OK)]
    assert machine.over


steps = st.one_of(st.sampled_from([BYE, TRYING, OK]), st.floats(0, 40))


@given(st.lists(steps, max_size=30), st.booleans())
def test_whatever_happens_the_deadline_is_ahead(
    happens: list[Request | Response | float], reliable: bool
) -> None:
    machine, now = Server(BYE, reliable=reliable), 0.0
    for step in happens:
        if isinstance(step, float):
            now += step
            machine.tick(now)
        else:
            machine.feed(step, now)
        assert machine.deadline is None or machine.deadline > now, "the pump would spin"
        assert (machine.deadline is None) == (machine.state is not State.COMPLETED)
