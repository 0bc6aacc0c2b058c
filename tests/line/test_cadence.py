"""Ringing in a cadence that is made above the chip, and where the caller is shown in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.line.cadence import Cadence, Start, Stop, first_pattern_s

BRITAIN = (400, 200, 400, 2000)


def switched(machine: Cadence, until: float) -> list[tuple[float, bool]]:
    """Tick at each deadline; when the voltage was switched, to a millisecond."""
    seen = []
    while machine.deadline is not None and machine.deadline <= until:
        at = machine.deadline
        seen += [(round(at, 3), burst.on) for burst in machine.tick(at)]
    return seen


def test_two_bursts_and_a_long_pause_over_and_over() -> None:
    machine = Cadence()
    assert machine.feed(Start(BRITAIN), 10.0) == [], "the chip has begun by itself"
    assert switched(machine, 14.5) == [
        (10.4, False),
        (10.6, True),
        (11.0, False),
        (13.0, True),
        (13.4, False),
        (13.6, True),
        (14.0, False),
    ]


def test_nothing_is_switched_after_the_end() -> None:
    machine = Cadence()
    machine.feed(Start(BRITAIN), 0.0)
    assert machine.feed(Stop(), 0.3) == []
    assert machine.deadline is None
    assert machine.tick(0.4) == []


def test_ringing_again_begins_with_the_first_burst() -> None:
    machine = Cadence()
    machine.feed(Start(BRITAIN), 0.0)
    switched(machine, 0.5)
    machine.feed(Stop(), 0.5)
    machine.feed(Start((1000, 9000)), 1.0)
    assert switched(machine, 12.0) == [(2.0, False), (11.0, True), (12.0, False)]


def test_a_tick_before_its_time_does_nothing() -> None:
    machine = Cadence()
    assert machine.tick(0.0) == []
    machine.feed(Start(BRITAIN), 0.0)
    assert machine.tick(0.399) == []
    assert machine.deadline == 0.4


@given(st.lists(st.integers(1, 10_000), min_size=2, max_size=6), st.floats(0.001, 100.0))
def test_a_late_tick_finds_the_cadence_where_it_is_by_then(steps: list[int], late: float) -> None:
    """However long it took, the voltage is as if each step had been served in time."""
    cadence = tuple(steps[: len(steps) // 2 * 2])
    machine, patient = Cadence(), Cadence()
    machine.feed(Start(cadence), 0.0)
    patient.feed(Start(cadence), 0.0)
    served = switched(patient, late)
    assert [burst.on for burst in machine.tick(late)] == [on for _, on in served[-1:]]
    assert machine.deadline == patient.deadline


@pytest.mark.parametrize("steps", [(), (1000,), (400, 200, 400), (400, 0), (-1, 5)])
def test_a_cadence_without_pairs_or_with_empty_steps_is_refused(steps: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="pairs of on and off"):
        Start(steps)


@pytest.mark.parametrize(
    ("cadence", "seconds"),
    [((1000, 4000), 1.0), (BRITAIN, 1.0), ((2000,), 2.0), ((500, 500, 500, 500), 0.5)],
)
def test_the_first_pattern_ends_with_the_first_of_the_longest_pauses(
    cadence: tuple[int, ...], seconds: float
) -> None:
    assert first_pattern_s(cadence) == seconds
