"""INVITE client transaction (RFC 3261 section 17.1.1, RFC 6026)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from firmware.sip.invite_client import RUNNING, InviteClient, State
from firmware.sip.message import Request, Response
from firmware.sip.transaction import Enough, Failed, Received, Transmit, Unreachable
from tests.sip.clock import run, sending_times
from tests.sip.messages import request, response

INVITE = request(more=(("Route", "<sip:192.0.2.10;lr>"),))


def started(*, reliable: bool = False) -> InviteClient:
    machine = InviteClient(INVITE, reliable=reliable)
    machine.start(0.0)
    return machine


def test_an_invite_that_nobody_answers_is_sent_seven_times_and_fails_after_32_seconds() -> None:
    machine = InviteClient(INVITE)
    times = sending_times(machine, machine.start(0.0), 31.999, Transmit)
    assert times == [0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
    assert machine.tick(32.0) == [Failed(408)]
    assert machine.over


def test_an_invite_that_has_gone_elsewhere_is_not_sent_again_but_listened_for() -> None:
    """BW-03: four times, and whatever comes until Timer B is taken."""
    machine = started()
    first = sending_times(machine, [], 4.0, Transmit)
    assert first == [0.5, 1.5, 3.5]
    machine.feed(Enough(), 4.0)
    assert machine.state is State.LISTENING
    assert sending_times(machine, [], 31.9, Transmit) == []
    late = response(200, INVITE)
    assert machine.feed(late, 31.9) == [Received(late)]
    other = started()
    other.feed(Enough(), 0.4)
    assert other.deadline == 32.0
    assert other.tick(32.0) == [Failed(408)]


def test_over_a_reliable_transport_it_is_sent_once_and_waits_no_less() -> None:
    machine = InviteClient(INVITE, reliable=True)
    assert sending_times(machine, machine.start(0.0), 31.999, Transmit) == [0]
    assert machine.tick(32.0) == [Failed(408)]


def test_a_provisional_response_silences_it_and_it_may_ring_for_ever() -> None:
    machine = started()
    assert machine.feed(response(180, INVITE), 0.2) == [Received(response(180, INVITE))]
    assert machine.state is State.PROCEEDING
    assert machine.deadline is None


def test_a_failure_is_acked_here_and_again_but_passed_up_once() -> None:
    """IA-01."""
    machine = started()
    busy = response(486, INVITE)
    sent, passed = machine.feed(busy, 1.0)
    assert passed == Received(busy)
    assert isinstance(sent, Transmit)
    ack = sent.message
    assert isinstance(ack, Request)
    assert ack.method == "ACK"
    assert ack.uri == INVITE.uri
    assert ack.vias == INVITE.vias
    assert ack.headers.all("Route") == INVITE.headers.all("Route")
    assert (ack.call_id, ack.from_) == (INVITE.call_id, INVITE.from_)
    assert (ack.cseq.number, ack.cseq.method) == (INVITE.cseq.number, "ACK")
    assert ack.to.tag == "b"
    assert machine.feed(busy, 2.0) == [sent]


def test_it_absorbs_failures_for_32_seconds_and_then_ends() -> None:
    machine = started()
    machine.feed(response(486, INVITE), 1.0)
    run(machine, 32.9)
    assert machine.state is State.COMPLETED
    run(machine, 33.0)
    assert machine.over


def test_who_answers_after_a_failure_is_heard() -> None:
    """CO-07: a proxy forwards every 2xx, also after another branch's end (section 16.7 step 5)."""
    machine = started()
    machine.feed(response(408, INVITE), 1.0)
    late = response(200, INVITE, tag="c")
    assert machine.feed(late, 2.0) == [Received(late)]
    assert machine.state is State.COMPLETED


def test_over_a_reliable_transport_a_failure_ends_it_at_once() -> None:
    machine = started(reliable=True)
    machine.feed(response(486, INVITE), 1.0)
    assert machine.over


def test_every_further_2xx_is_passed_up_for_32_seconds() -> None:
    """CO-06, CO-07."""
    machine = started()
    first, fork = response(200, INVITE), response(200, INVITE, tag="c")
    assert machine.feed(first, 1.0) == [Received(first)]
    assert machine.feed(first, 1.5) == [Received(first)]
    assert machine.feed(fork, 2.0) == [Received(fork)]
    run(machine, 33.0)
    assert machine.over
    assert machine.feed(first, 34.0) == []


def test_a_request_that_cannot_be_sent_counts_as_503() -> None:
    assert started().feed(Unreachable(), 0.1) == [Failed(503)]


steps = st.one_of(
    st.sampled_from([100, 180, 183, 200, 302, 486, 603]).map(lambda s: response(s, INVITE)),
    st.just(Unreachable()),
    st.floats(0, 40),
)


@given(st.lists(steps, max_size=30), st.booleans())
def test_whatever_happens_the_tu_hears_of_one_failure(
    happens: list[Response | Unreachable | float], reliable: bool
) -> None:
    machine, now = InviteClient(INVITE, reliable=reliable), 0.0
    outputs = machine.start(now)
    for step in happens:
        if isinstance(step, float):
            now += step
            outputs += machine.tick(now)
        else:
            outputs += machine.feed(step, now)
        assert machine.deadline is None or machine.deadline > now, "the pump would spin"
        assert (machine.deadline is None) == (not RUNNING[machine.state])
    acks = [o for o in outputs if isinstance(o, Transmit) and o.message != INVITE]
    failures = [o for o in outputs if isinstance(o, Received) and o.response.status >= 300]
    reports = [o for o in outputs if isinstance(o, Failed)]
    assert len(failures) + len(reports) <= 1, "the TU hears of one end"
    assert len(acks) >= len(failures), "every failure was ACKed here"
