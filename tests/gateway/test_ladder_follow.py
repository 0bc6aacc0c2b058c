"""The ladder as it happens, of one port, one number, one call: what `ladder` says of it later."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.errors import CommandError
from firmware.trace.ladder_choice import HELD, Choice
from firmware.trace.marks import Lane, Mark, around
from tests.world import World


class Follower:
    """Somebody who has subscribed at the desk of a world's gateway."""

    def __init__(self, world: World, **params: Any) -> None:
        self.marks: list[Mark] = []
        keep: Callable[[Any], None] = self.marks.append
        self.leaves = world.desk.streams["follow"](params, keep)


def calls(world: World, number: str) -> int:
    """Telephone 1 calls somebody, talks or hears why not, hangs up; returns the call's number."""
    a, b = world.people
    a.lifts()
    world.waits(0.3)
    a.dials(number)
    if number == "102":
        world.waits_until(lambda: b.bell_rings)
        b.lifts()
    world.waits(1.0)
    a.hangs_up()
    world.waits(1.0)
    b.hangs_up()
    world.waits(1.0)
    return world.records(1)[-1].call


def ladder(world: World, **params: Any) -> list[Mark]:
    marks = world.asks("ladder", **params)
    assert isinstance(marks, list)
    return marks


def test_a_number_is_followed_with_the_lift_and_the_digits_that_led_to_it() -> None:
    with World(exchange=True).registers() as world:
        by_number = Follower(world, number="102")
        by_port = Follower(world, number="102", port=2)
        nobody = Follower(world, number="8001")
        calls(world, "103")
        assert by_number.marks == []
        first = calls(world, "102")
        seen = [mark.what for mark in by_number.marks if mark.port == 1]
        lift = seen.index("off-hook")
        assert seen[lift : lift + 3] == ["off-hook", "dial-tone", "1"]
        assert "INVITE" in seen
        assert {mark.port for mark in by_number.marks} == {1, 2}
        assert {mark.port for mark in by_port.marks} == {2}
        past = ladder(world, call=first)
        assert [mark for mark in by_number.marks if mark.port == 1] == [
            mark for mark in past if mark.port == 1
        ]
        count = len(by_number.marks)
        calls(world, "103")
        rest = {mark.call for mark in by_number.marks[count:]}
        assert rest <= {0}, "what led to the next call ends the picture, as it does of the past"
        assert nobody.marks == []


def test_a_line_is_found_by_its_own_number_too() -> None:
    with World(exchange=True).registers() as world:
        follower = Follower(world, number="101")
        calls(world, "103")
        assert "INVITE" in [mark.what for mark in follower.marks]
        assert [mark.what for mark in ladder(world, number="101")][-1] == "silence"


def test_a_call_that_goes_on_is_followed_from_where_its_past_ended() -> None:
    with World(exchange=True).registers() as world:
        a, b = world.people
        a.lifts()
        world.waits(0.3)
        a.dials("102")
        world.waits_until(lambda: b.bell_rings)
        rows = world.asks("calls")
        assert isinstance(rows, list)
        row = rows[0]
        past = ladder(world, call=row.call)
        b.lifts()
        world.waits(0.5)
        follower = Follower(world, call=row.call, since=past[-1].at)
        follower.leaves()
        leaves = Follower(world, call=row.call)
        a.hangs_up()
        world.waits(1.0)
        b.hangs_up()
        world.waits(0.5)
        whole = [mark for mark in ladder(world, call=row.call) if mark.port == 1]
        told = [*past, *follower.marks, *leaves.marks]
        assert [mark for mark in told if mark.port == 1] == whole


def test_all_that_happens_goes_on_where_the_past_ended() -> None:
    with World(exchange=True).registers() as world:
        calls(world, "103")
        past = ladder(world, last=1, port=1)
        half = past[len(past) // 2]
        follower = Follower(world, port=1, since=half.at)
        assert follower.marks == [mark for mark in past if mark.at > half.at]
        calls(world, "103")
        assert follower.marks[-1] == ladder(world, port=1)[-1]


@pytest.mark.parametrize(
    "params", [{"port": 9}, {"call": "x"}, {"port": 9, "number": "102"}], ids=str
)
def test_what_is_not_there_is_refused_at_once(params: dict[str, object]) -> None:
    with World(exchange=True) as world, pytest.raises(CommandError):
        Follower(world, **params)


def mark(at: int, call: int, port: int, lane: Lane = Lane.SIP) -> Mark:
    return Mark(at=float(at), port=port, lane=lane, outward=True, what=str(at), call=call)


def test_what_is_held_back_is_bounded() -> None:
    choice = Choice(lambda call: call == 1, lambda _: False)
    for number in range(3 * HELD):
        assert choice.feed(mark(number, 0, 1)) == []
    assert len(choice.feed(mark(9999, 1, 1))) == HELD + 1


def test_a_call_that_nobody_knows_yet_waits_and_then_comes_whole() -> None:
    known: dict[int, bool] = {}
    choice = Choice(known.get, lambda _: False)
    assert choice.feed(mark(0, 0, 1)) == choice.feed(mark(1, 5, 1)) == []
    known[5] = True
    assert [m.at for m in choice.feed(mark(2, 5, 1))] == [0, 1, 2]


def test_two_calls_of_a_telephone_at_the_same_time_are_one_picture() -> None:
    choice = Choice(lambda call: call == 1, lambda call: call == 1)
    fed = [mark(0, 0, 1), mark(1, 1, 1), mark(2, 2, 1), mark(3, 0, 1), mark(4, 1, 1)]
    assert [m.at for one in fed for m in choice.feed(one)] == [0, 1, 2, 3, 4]


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(1, 2)), max_size=60))
def test_what_is_followed_is_what_the_past_says_of_the_call(events: list[tuple[int, int]]) -> None:
    """Calls one after another on two ports: each mark of the port, from one call's end on."""
    counts, marks = {1: 0, 2: 0}, list[Mark]()
    for at, (begins, port) in enumerate(events):
        counts[port] += begins
        call = counts[port] * 10 + port if begins else 0
        marks.append(mark(at, call, port))
    for wanted in {m.call for m in marks} - {0}:
        choice = Choice(lambda call, wanted=wanted: call == wanted, lambda _: False)  # type: ignore[misc]  # a default
        shown = [m for one in marks for m in choice.feed(one)]
        assert shown == around(marks, wanted)
