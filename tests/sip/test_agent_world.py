"""Two agents and a bad network: whatever happens, every call ends once and nothing stays."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.sip.events import Accept, Alert, HangUp, LocalMedia
from tests.sip.world import HERE, THERE, Network, World

networks = st.builds(
    Network,
    loss=st.sampled_from([0.0, 0.1, 0.3, 0.6, 1.0]),
    doubling=st.sampled_from([0.0, 0.2, 0.5]),
    delay=st.sampled_from([(0.001, 0.002), (0.001, 0.3), (0.0, 2.0)]),
)
hang_ups = st.lists(st.floats(0, 60), max_size=3)


@given(st.integers(0, 10**9), networks, hang_ups)
@settings(max_examples=60, deadline=None)
def test_every_call_ends_once_and_nothing_stays(
    seed: int, network: Network, ends: list[float]
) -> None:
    world = World(seed, network)
    calls = [world.calls(10.0), world.calls(10.0 + world.chance.random() * 5)]
    for at in ends:
        world.plans(10.0 + at, HERE, HangUp(world.chance.choice(calls)))
    for call in calls:
        world.plans(400.0, HERE, HangUp(call))
    world.runs(401.0)
    for call in world.offered():
        world.plans(401.0, THERE, HangUp(call))
    world.runs(800.0)
    assert world.ends(HERE) == dict.fromkeys(calls, 1)
    assert world.ends(THERE) == dict.fromkeys(world.offered(), 1)
    for where in (HERE, THERE):
        established = world.established(where)
        assert len(established) == len(set(established)), "a call is established once"
        assert len(world.agents[where].board.calls) == 0, "no call stays"


@given(st.integers(0, 10**9))
@settings(max_examples=15, deadline=None)
def test_on_a_good_network_both_ends_agree_whether_a_call_was_established(seed: int) -> None:
    world = World(seed)
    world.calls(10.0)
    world.runs(200.0)
    assert len(world.established(HERE)) == len(world.established(THERE))


def test_an_answer_and_a_hang_up_may_cross_at_any_distance() -> None:
    """B07, FC-02: every other millisecond around the crossing."""
    established = set()
    for offset in range(-60, 61, 2):
        world = World(3, whims=False)
        call = world.calls(1.0)
        world.runs(2.0)
        (theirs,) = world.offered()
        world.plans(2.0, THERE, Alert(theirs))
        world.plans(3.0, THERE, Accept(theirs, LocalMedia(THERE.host, 20000)))
        world.plans(3.0 + offset / 1000, HERE, HangUp(call))
        world.runs(300.0)
        assert world.ends(HERE) == {call: 1}
        assert world.ends(THERE) == {theirs: 1}
        assert not len(world.agents[HERE].board.calls)
        assert not len(world.agents[THERE].board.calls)
        established.add((len(world.established(HERE)), len(world.established(THERE))))
    assert established == {(0, 0), (0, 1), (1, 1)}, "all three orders were met"
