"""A server that falls silent at the worst moment: row C01 of the fault matrix."""

from __future__ import annotations

from firmware.sip.events import RegisterStatus
from firmware.sip.servers import Life
from tests.sip.pair import ONE, TWO, Pair


def begun(seconds: float) -> Pair:
    """Both lines are registered; the same dice each time."""
    pair = Pair()
    pair.starts()
    pair.waits(seconds)
    return pair


def test_a_server_that_falls_silent_in_the_middle_of_a_refresh_is_left() -> None:
    """C01: the refresh goes out and is not answered; the standby gets a REGISTER of its own.

    The binding stays good meanwhile (REG-11), and never is a line told to two servers at once:
    what it has at the dead one nobody can use, and nobody refreshes.
    """
    rehearsal = begun(31.0)
    asked = len(rehearsal.registers_at)
    while len(rehearsal.registers_at) == asked:
        rehearsal.waits(1.0)
    due = rehearsal.registers_at[-1][0]
    pair = begun(due - 1.0)
    pair.dies(ONE)
    pair.waits(1.2)
    at, where, refresh = pair.registers_at[-1]
    assert (at, where) == (due, ONE)
    assert pair.agent.servers(pair.now)[0].life is Life.ALIVE
    took = pair.waits_until(Life.DEAD, 1)
    assert took <= 95.1
    assert pair.agent.registration(1).status in {
        RegisterStatus.REGISTERED,
        RegisterStatus.REGISTERING,
    }
    pair.waits(35.0)
    for line in (1, 2):
        state = pair.agent.registration(line)
        assert (state.status, state.registrar) == (RegisterStatus.REGISTERED, "192.0.2.11:5060")
    there = [request for _, target, request in pair.registers_at if target == TWO]
    assert refresh.via.branch not in {request.via.branch for request in there}
    moved = next(at for at, target, _ in pair.registers_at if target == TWO)
    pair.waits(4000.0)
    late = [r for at, target, r in pair.registers_at if target == ONE and at > moved + 32.0]
    assert [r for r in late if r.expires] == [], "one binding a line"
