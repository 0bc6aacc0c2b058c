"""Non-INVITE client transaction (RFC 3261 section 17.1.2)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from firmware.sip.client import RUNNING, Client, State
from firmware.sip.message import Response
from firmware.sip.transaction import Failed, Received, Transmit, Unreachable
from tests.sip.clock import run, sending_times
from tests.sip.messages import request, response

BYE = request("BYE")


def test_a_request_that_nobody_answers_is_sent_eleven_times_and_fails_after_32_seconds() -> None:
    machine = Client(BYE)
    times = sending_times(machine, machine.start(0.0), 31.999, Transmit)
    assert times == [0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert machine.tick(32.0) == [Failed(408)]
    assert machine.over


def test_after_a_provisional_response_it_is_sent_every_four_seconds_until_timer_f() -> None:
    machine = Client(BYE)
    times = [0.0 for _ in machine.start(0.0)]
    machine.feed(response(100, BYE), 0.1)
    run(machine, 31.999, lambda t, _: times.append(t))
    assert times == [0, 0.5, 4.5, 8.5, 12.5, 16.5, 20.5, 24.5, 28.5]
    assert machine.tick(32.0) == [Failed(408)]


def test_every_provisional_response_and_the_final_one_after_them_is_passed_up() -> None:
    """RFC 3261 figure 6: Proceeding takes both."""
    machine = Client(BYE)
    machine.start(0.0)
    for status in (100, 182, 200):
        said = response(status, BYE)
        assert machine.feed(said, 0.1) == [Received(said)]
    run(machine, 5.2)
    assert machine.over


def test_over_a_reliable_transport_it_is_sent_once_and_ends_with_the_answer() -> None:
    machine = Client(BYE, reliable=True)
    assert sending_times(machine, machine.start(0.0), 20.0, Transmit) == [0]
    ok = response(200, BYE)
    assert machine.feed(ok, 20.0) == [Received(ok)]
    assert machine.over


def test_repeated_final_responses_are_absorbed_for_t4() -> None:
    machine = Client(BYE)
    machine.start(0.0)
    ok = response(200, BYE)
    assert machine.feed(ok, 1.0) == [Received(ok)]
    assert machine.feed(ok, 1.5) == []
    run(machine, 5.9)
    assert machine.state is State.COMPLETED
    run(machine, 6.0)
    assert machine.over


def test_a_request_that_cannot_be_sent_counts_as_503() -> None:
    machine = Client(BYE)
    machine.start(0.0)
    assert machine.feed(Unreachable(), 0.1) == [Failed(503)]


steps = st.one_of(
    st.sampled_from([100, 182, 200, 404, 481, 503]).map(lambda s: response(s, BYE)),
    st.just(Unreachable()),
    st.floats(0, 40),
)


@given(st.lists(steps, max_size=30), st.booleans())
def test_whatever_happens_the_tu_hears_of_one_end(
    happens: list[Response | Unreachable | float], reliable: bool
) -> None:
    machine, now = Client(BYE, reliable=reliable), 0.0
    outputs = machine.start(now)
    for step in happens:
        if isinstance(step, float):
            now += step
            outputs += machine.tick(now)
        else:
            outputs += machine.feed(step, now)
        assert machine.deadline is None or machine.deadline > now, "the pump would spin"
        assert (machine.deadline is None) == (not RUNNING[machine.state])
    finals = [o for o in outputs if isinstance(o, Received) and o.response.status >= 200]
    reports = [o for o in outputs if isinstance(o, Failed)]
    assert len(finals) + len(reports) <= 1, "the TU hears of one end"
    machine.tick(now + 100)
    machine.tick(now + 200)
    assert machine.over, "no request lives for ever"
