"""INVITE server transaction (RFC 3261 section 17.2.1, RFC 6026)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from firmware.sip.invite_server import RUNNING, InviteServer, State
from firmware.sip.message import Request, Response
from firmware.sip.transaction import Acknowledged, Transmit
from tests.sip.clock import run, sending_times
from tests.sip.messages import ack, request, response

INVITE = request()
ACK = ack(INVITE)
BUSY, RINGING, OK = (response(status, INVITE) for status in (486, 180, 200))


def started(*, reliable: bool = False) -> InviteServer:
    machine = InviteServer(INVITE, reliable=reliable)
    assert machine.start(0.0) == []
    return machine


def test_a_silent_user_is_covered_by_a_100_after_200_ms() -> None:
    machine = started()
    sent: list[tuple[float, object]] = []
    run(machine, 10.0, lambda t, o: sent.append((t, o)))
    assert sent == [(0.2, Transmit(response(100, INVITE)))]


def test_no_100_follows_a_response_given_in_time() -> None:
    machine = started()
    assert machine.feed(RINGING, 0.1) == [Transmit(RINGING)]
    assert machine.deadline is None


def test_a_repeated_invite_gets_the_last_provisional_again() -> None:
    machine = started()
    assert machine.feed(INVITE, 0.1) == []
    machine.feed(RINGING, 0.15)
    assert machine.feed(INVITE, 0.5) == [Transmit(RINGING)]


def test_a_failure_is_sent_eleven_times_and_then_given_up() -> None:
    machine = started()
    times = sending_times(machine, machine.feed(BUSY, 0.0), 31.999, Transmit)
    assert times == [0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert machine.tick(32.0) == []
    assert machine.over


def test_over_a_reliable_transport_a_failure_is_sent_once() -> None:
    machine = started(reliable=True)
    assert sending_times(machine, machine.feed(BUSY, 0.0), 31.999, Transmit) == [0]


def test_over_a_reliable_transport_nothing_follows_the_ack() -> None:
    """Table 4: Timer I is zero."""
    machine = started(reliable=True)
    machine.feed(BUSY, 0.0)
    machine.feed(ACK, 0.1)
    assert machine.over


def test_the_ack_to_a_failure_ends_its_repetition_and_is_absorbed_for_t4() -> None:
    machine = started()
    machine.feed(BUSY, 0.0)
    assert machine.feed(ACK, 0.1) == []
    assert machine.feed(ACK, 0.2) == []
    assert machine.state is State.CONFIRMED
    run(machine, 5.1)
    assert machine.over


def test_after_a_2xx_the_invite_is_swallowed_and_the_user_repeats_its_answer() -> None:
    """CO-05: repetition of the 2xx is the TU's; RFC 6026 keeps the transaction for it."""
    machine = started()
    assert machine.feed(OK, 1.0) == [Transmit(OK)]
    assert machine.feed(INVITE, 1.2) == []
    assert machine.feed(OK, 1.5) == [Transmit(OK)]
    assert machine.feed(ACK, 1.6) == [Acknowledged(ACK)]
    run(machine, 33.0)
    assert machine.over


def test_a_final_response_is_final() -> None:
    machine = started()
    machine.feed(BUSY, 1.0)
    assert machine.feed(OK, 1.1) == []
    assert machine.feed(RINGING, 1.1) == []
    assert machine.state is State.COMPLETED


steps = st.one_of(st.sampled_from([INVITE, ACK, BUSY, RINGING, OK]), st.floats(0, 40))


@given(st.lists(steps, max_size=30), st.booleans())
def test_whatever_happens_one_final_response_is_sent(
    happens: list[Request | Response | float], reliable: bool
) -> None:
    machine, now = InviteServer(INVITE, reliable=reliable), 0.0
    outputs = machine.start(now)
    for step in happens:
        if isinstance(step, float):
            now += step
            outputs += machine.tick(now)
        else:
            outputs += machine.feed(step, now)
        assert machine.deadline is None or machine.deadline > now, "the pump would spin"
    sent = [o.message for o in outputs if isinstance(o, Transmit)]
    assert not (BUSY in sent and OK in sent), "one final response"
    if machine.over:
        assert not RUNNING[machine.state]
        assert machine.deadline is None
