"""Two agents and a bad network: whatever happens, every call ends once and nothing stays."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.sip.events import Accept, Address, Alert, HangUp, Hold, LocalMedia, Resume
from firmware.sip.settings import Prack
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


CHANGES = st.lists(
    st.tuples(st.floats(0, 200), st.sampled_from([HERE, THERE]), st.sampled_from([Hold, Resume])),
    max_size=8,
)


@given(
    st.integers(0, 10**9),
    networks,
    st.sampled_from(list(Prack)),
    st.sampled_from([0, 90, 200]),
    CHANGES,
    st.booleans(),
)
@settings(max_examples=80, deadline=None)
def test_every_call_ends_once_whatever_both_ends_want_of_it(
    seed: int,
    network: Network,
    mode: Prack,
    timer: int,
    changes: list[tuple[float, Address, type[Hold | Resume]]],
    offers: bool,
) -> None:
    """B17, B25, B32, B33: reliable ringing, session timers, holds of both that meet."""
    world = World(seed, network, settings={"prack": mode, "session_expires_s": timer})
    call = world.calls(10.0, offers=offers)
    for at, where, change in changes:
        world.plans(12.0 + at, where, change(call if where is HERE else 1))
    world.plans(400.0, HERE, HangUp(call))
    world.runs(401.0)
    for offered in world.offered():
        world.plans(401.0, THERE, HangUp(offered))
    world.runs(900.0)
    assert world.ends(HERE) == {call: 1}
    assert world.ends(THERE) == dict.fromkeys(world.offered(), 1)
    for agent in world.agents.values():
        assert len(agent.board.calls) == 0, "no call stays"


@given(st.integers(0, 10**9), st.sampled_from(list(Prack)), CHANGES, st.booleans())
@settings(max_examples=60, deadline=None)
def test_on_a_good_network_holds_of_both_ends_come_to_an_agreement(
    seed: int,
    mode: Prack,
    changes: list[tuple[float, Address, type[Hold | Resume]]],
    offers: bool,
) -> None:
    """B17: whoever meets whom, in the end each has what it wanted last."""
    more = {"prack": mode, "session_expires_s": 90}
    world = World(seed, settings=more, whims=False)
    call = world.calls(1.0, offers=offers)
    world.runs(1.5)
    (theirs,) = world.offered()
    media = LocalMedia(THERE.host, 20000)
    world.plans(2.0, THERE, Alert(theirs, media))
    world.plans(3.0, THERE, Accept(theirs, media))
    wanted = {HERE: False, THERE: False}
    for at, where, change in sorted(changes, key=lambda c: c[0]):
        world.plans(5.0 + at / 10, where, change(call if where is HERE else theirs))
        wanted[where] = change is Hold
    world.runs(60.0)
    both = wanted[HERE] or wanted[THERE]
    for where in (HERE, THERE):
        plan = world.plan(where)
        assert plan is not None
        assert plan.sends is not both
        assert plan.receives is not wanted[where], "who is held may still be played music"
    world.runs(300.0)
    assert world.ends(HERE) == {}, "and the session timer has kept the call"
    world.plans(300.0, HERE, HangUp(call))
    world.runs(400.0)
    assert (world.ends(HERE), world.ends(THERE)) == ({call: 1}, {theirs: 1})


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
