"""A failure is made small: what it does not need is taken away."""

from __future__ import annotations

from tests.simulation.laws import Broken
from tests.simulation.plan import Fault, Kind, Plan
from tests.simulation.shrink import shrunk
from tests.simulation.soak import live
from tests.simulation.world import SimWorld

FAULTS = tuple(Fault(Kind.LOSS, float(n), n + 1.0, amount=0.1) for n in range(6))
PLAN = Plan(seed=1, seconds=100.0, ports=3, people=(1, 2, 3), faults=FAULTS)
FIRST = Broken("I3", "for the test", 50.0)


def test_what_is_not_needed_for_the_failure_is_taken_away() -> None:
    def fails(plan: Plan) -> Broken | None:
        needed = FAULTS[2] in plan.faults and FAULTS[4] in plan.faults and 2 in plan.people
        return Broken("I3", "for the test", 5.0) if needed else None

    small, found = shrunk(PLAN, FIRST, fails)
    assert small.faults == (FAULTS[2], FAULTS[4])
    assert small.people == (2,)
    assert not small.far
    assert found.at == 5.0
    assert small.lives == found.at, "and the time after it"


def test_another_law_is_another_failure() -> None:
    def fails(plan: Plan) -> Broken | None:
        return Broken("I3" if len(plan.faults) > 3 else "I8", "for the test", 5.0)

    small, _ = shrunk(PLAN, FIRST, fails)
    assert len(small.faults) == 4


def test_a_failure_that_does_not_come_again_is_left_as_it_is() -> None:
    small, found = shrunk(PLAN, FIRST, lambda _: None)
    assert (small, found) == (PLAN, FIRST)


def test_a_failure_tells_the_law_the_small_plan_how_to_have_it_again_and_the_ladder() -> None:
    """Whoever mends it needs no more: a seed and a commit are the whole report."""
    noise = tuple(Fault(Kind.LOSS, at, at + 9.0, amount=0.05) for at in (20.0, 35.0, 50.0))
    plan = Plan(seed=2, seconds=90.0, faults=(Fault(Kind.STRANGER, 10.0, 60.0), *noise))

    def listens_to_everybody(plan: Plan) -> SimWorld:
        return SimWorld(plan, more='[security]\nsources = "any"')

    result = live(plan, listens_to_everybody)
    assert result.law == "I7"
    told = result.failure.splitlines()
    assert told[0].startswith("I7 at 1")
    assert told[1].startswith("seed 2: 1")
    assert "stranger" in told[2]
    assert told[3].startswith("again: python -m tests.simulation --seed 2 --seconds 90 --until 1")
    assert "loss" not in result.failure
    assert "gateway" in told[4], "the head of the ladder"
    assert "OPTIONS" in result.failure
