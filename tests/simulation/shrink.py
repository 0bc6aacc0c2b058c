"""A broken world made small: what is not needed for the failure is taken away, bit by bit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.simulation.laws import Broken
from tests.simulation.plan import Plan
from tests.simulation.world import SimWorld

MOST_TRIES = 60


def failure_of(plan: Plan) -> Broken | None:
    """Live through a plan; the law that is broken, or None."""
    try:
        SimWorld(plan).run()
    except Broken as broken:
        return broken
    return None


def shrunk(
    plan: Plan, law: str, fails: Callable[[Plan], Broken | None] = failure_of
) -> tuple[Plan, Broken | None]:
    """The smallest plan found in which the same law is broken, and how it is broken there.

    Args:
        plan: in which it is.
        law: its name.
        fails: lives through a plan.
    """
    found: Broken | None = None
    tries = 0
    smaller = True
    while smaller and tries < MOST_TRIES:
        smaller = False
        for candidate in _smaller(plan):
            tries += 1
            broken = fails(candidate)
            if broken is not None and broken.law == law:
                plan, found, smaller = candidate, broken, True
                break
            if tries >= MOST_TRIES:
                break
    return plan, found


def _smaller(plan: Plan) -> Iterator[Plan]:
    """Plans with one thing less."""
    if plan.faults:
        yield replace(plan, faults=())
    for index in range(len(plan.faults)):
        yield plan.without(index)
    for port in plan.people:
        yield replace(plan, people=tuple(p for p in plan.people if p != port))
    if plan.far:
        yield replace(plan, far=False)
