"""A failure is made small: what it does not need is taken away."""

from __future__ import annotations

from tests.simulation.laws import Broken
from tests.simulation.plan import Fault, Kind, Plan
from tests.simulation.shrink import shrunk
from tests.simulation.soak import Result, summary, summed
from tests.simulation.world import Outcome

FAULTS = tuple(Fault(Kind.LOSS, float(n), n + 1.0, amount=0.1) for n in range(6))
PLAN = Plan(seed=1, seconds=100.0, ports=3, people=(1, 2, 3), faults=FAULTS)


def test_what_is_not_needed_for_the_failure_is_taken_away() -> None:
    def fails(plan: Plan) -> Broken | None:
        needed = FAULTS[2] in plan.faults and FAULTS[4] in plan.faults and 2 in plan.people
        return Broken("I3", "for the test", 5.0) if needed else None

    small, found = shrunk(PLAN, "I3", fails)
    assert small.faults == (FAULTS[2], FAULTS[4])
    assert small.people == (2,)
    assert not small.far
    assert found is not None


def test_another_law_is_another_failure() -> None:
    def fails(plan: Plan) -> Broken | None:
        return Broken("I3" if len(plan.faults) > 3 else "I8", "for the test", 5.0)

    small, _ = shrunk(PLAN, "I3", fails)
    assert len(small.faults) == 4


def test_a_failure_that_does_not_come_again_is_left_as_it_is() -> None:
    small, found = shrunk(PLAN, "I3", lambda _: None)
    assert (small, found) == (PLAN, None)


def test_figures_are_summed_over_all_worlds() -> None:
    outcome = Outcome(PLAN, "0" * 16, 7200.0, datagrams=50, calls=7, talks=3)
    results = [Result(PLAN, outcome, cpu=2.0), Result(PLAN, None, cpu=1.0, failure="I3", law="I3")]
    total, kinds = summed(results)
    assert (total.worlds, total.broken, total.hours, total.calls) == (2, 1, 2.0, 7)
    assert kinds == {Kind.LOSS: 12}
    assert "2 worlds, 2.0 simulated hours: 1 broken" in summary(total)
