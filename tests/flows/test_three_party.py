"""Three talk: a person holds one, calls another, and joins them with a flash."""

from __future__ import annotations

import pytest

from drivers.sim.spectrum import tone_level_and_snr
from tests.flows.scenes import talk
from tests.people import Person
from tests.world import World

THREE = "[services]\nthree_party = true\n"


def three(world: World) -> tuple[Person, Person, Person]:
    """Telephone 1 has called 102, then 103, and joined them."""
    a, b = talk(world)
    c = world.person(3)
    a.flashes(200)
    world.waits(1.0)
    a.dials("103")
    world.waits_until(lambda: c.bell_rings)
    world.waits(0.5)
    c.lifts()
    world.waits(1.0)
    a.flashes(200)
    world.waits(1.5)
    return a, b, c


def hears(world: World, speaker: Person, *listeners: Person) -> list[float]:
    """Level in dBm0 at which each of them hears what one says at -10."""
    speaker.phone.say_tone(1000, 1.0, -10.0)
    world.waits(0.4)
    began = world.now
    world.waits(0.4)
    ears = [listener.phone.ear.between(began, world.now - 0.04) for listener in listeners]
    return [tone_level_and_snr(heard, 1000).level_dbm0 for heard in ears]


def test_three_talk_and_each_hears_the_other_two() -> None:
    """CLI-05: `3Way`, and the number of the first call; levels within 0.5 dB."""
    with World(ports=3, exchange=True, more=THREE).registers() as world:
        a, b, c = three(world)
        assert world.row(1).split()[1:] == ["3Way", "OFF-HOOK", "102", "Outgoing"]
        for speaker, others in ((a, (b, c)), (b, (a, c)), (c, (a, b))):
            assert hears(world, speaker, *others) == pytest.approx([-10.0, -10.0], abs=0.6)
            world.waits(0.5)


def test_three_talk_as_a_picture() -> None:
    with World(ports=3, exchange=True, more=THREE).registers() as world:
        a, b, c = three(world)
        world.waits(0.5)
        c.hangs_up()
        world.waits(1.5)
        assert world.row(1).split()[1:] == ["Talking", "OFF-HOOK", "102", "Outgoing"]
        assert hears(world, a, b) == pytest.approx([-10.0], abs=0.6)
        world.waits(0.7)
        a.hangs_up()
        world.waits(1.5)
        assert not b.bell_rings
        world.matches("three-party")
        assert [r.peer_number for r in world.records(1)] == ["103", "102"]


def test_who_was_first_may_leave_and_the_other_two_talk_on() -> None:
    with World(ports=3, exchange=True, more=THREE).registers() as world:
        a, b, c = three(world)
        b.hangs_up()
        world.waits(1.5)
        assert world.row(1).split()[1:] == ["Talking", "OFF-HOOK", "103", "Outgoing"]
        for speaker, listener in ((a, c), (c, a)):
            assert hears(world, speaker, listener) == pytest.approx([-10.0], abs=0.6)
            world.waits(0.7)


def test_a_flash_parts_with_who_was_called_last() -> None:
    with World(ports=3, exchange=True, more=THREE).registers() as world:
        a, b, _ = three(world)
        a.flashes(200)
        world.waits(1.5)
        assert world.row(1).split()[1:] == ["Talking", "OFF-HOOK", "102", "Outgoing"]
        assert hears(world, b, a) == pytest.approx([-10.0], abs=0.6)
        assert world.row(3).split()[1:] == ["Busy", "OFF-HOOK", "101", "Incoming"]


def test_whoever_joined_them_hangs_up_and_all_is_over() -> None:
    with World(ports=3, exchange=True, more=THREE).registers() as world:
        a, _, _ = three(world)
        a.hangs_up()
        world.waits(2.0)
        assert not a.bell_rings, "nobody was held"
        for port in (2, 3):
            assert world.row(port).split()[1] == "Busy"
        assert [r.cause for r in world.records(1)] == ["NORMAL", "NORMAL"]


def test_a_flash_between_one_who_waited_and_the_first_changes_between_them() -> None:
    """A15: only who was called for it is joined."""
    with World(ports=3, exchange=True, more=THREE).registers() as world:
        a, _ = talk(world)
        c = world.person(3)
        c.lifts()
        world.waits(0.4)
        c.dials("101")
        world.waits(1.5)
        a.flashes(200)
        world.waits(2.5)
        assert world.row(1).split()[1:] == ["Talking", "OFF-HOOK", "103", "Incoming"]
        a.flashes(200)
        world.waits(1.5)
        assert world.row(1).split()[1:] == ["Talking", "OFF-HOOK", "102", "Outgoing"]


def test_three_talk_by_another_codec() -> None:
    more = f'{THREE}[rtp]\ncodecs = ["G722"]\n'
    with World(ports=3, exchange=True, more=more).registers() as world:
        a, b, c = three(world)
        world.waits(1.0)
        for speaker, others in ((a, (b, c)), (b, (a, c)), (c, (a, b))):
            assert hears(world, speaker, *others) == pytest.approx([-10.0, -10.0], abs=0.7)
            world.waits(0.7)


def test_rows_calls_and_explanations_know_all_three() -> None:
    with World(ports=3, exchange=True, more=THREE).registers() as world:
        three(world)
        rows, calls = world.asks("ports"), world.asks("calls")
        assert isinstance(rows, list)
        assert isinstance(calls, list)
        row = next(row for row in rows if row.port == 1)
        seen = (row.peer_number, row.other_number, row.other_status)
        assert seen == ("102", "103", "joined")
        assert [c.call_status.value for c in calls if c.port == 1] == ["3Way", "3Way"]
        assert "it talks to 102 and 103" in str(world.asks("explain-port", port=1))
