"""Nothing of a call needs the collector of cycles, which is kept away from calls."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from firmware import heap
from tests.gateway.faulty import FaultyWorld


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    threshold = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.enable()
    gc.set_threshold(*threshold)


class _Circle:
    itself: object = None


def _talk(world: FaultyWorld) -> None:
    """One telephone calls the other; both hang up, and all is forgotten."""
    caller, called = world.people[:2]
    world.talks()
    caller.hangs_up()
    world.waits(1.0)
    called.hangs_up()
    world.sleeps(40.0)


def test_calls_are_freed_without_a_collector() -> None:
    """Both processes: what signalling, ports and voice make of a call refers to itself nowhere."""
    with FaultyWorld() as world:
        world.registers()
        _talk(world)
        gc.collect()
        gc.disable()
        for _ in range(3):
            _talk(world)
        assert gc.collect() == 0


def test_a_circle_is_taken_away_now_and_then_but_not_in_a_rush() -> None:
    heap.settle()
    circle = _Circle()
    circle.itself = circle
    gone = weakref.ref(circle)
    del circle
    rush = [[n] for n in range(heap.LITTLE + 1)]
    assert not heap.sweep()
    assert gone() is not None
    del rush
    assert heap.sweep()
    assert gone() is None


def test_what_was_there_at_the_beginning_is_not_looked_through_again() -> None:
    there = [[n] for n in range(1000)]
    heap.settle()
    assert gc.get_freeze_count() > len(there)
    assert gc.get_threshold()[0] == heap.BACKSTOP
