"""A broken world made small: what is not needed for the failure is taken away, bit by bit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from math import ceil

from tests.simulation.laws import Broken
from tests.simulation.plan import Plan
from tests.simulation.world import SimWorld

MOST_TRIES = 40


def failure_of(plan: Plan, make: Callable[[Plan], SimWorld] = SimWorld) -> Broken | None:
    """Live through a plan; the law that is broken, or None."""
    try:
        make(plan).run()
    except Broken as broken:
        return broken
    return None


def shrunk(
    plan: Plan,
    first: Broken,
    fails: Callable[[Plan], Broken | None] = failure_of,
    most: int = MOST_TRIES,
) -> tuple[Plan, Broken]:
    """The smallest plan found in which the same law is broken, and how it is broken there.

    Args:
        plan: in which it is.
        first: how it is.
        fails: lives through a plan.
        most: how often that may be tried.
    """
    found = first
    tries = 0
    smaller = True
    while smaller and tries < most:
        smaller = False
        for candidate in _smaller(plan, found.at):
            tries += 1
            broken = fails(candidate)
            if broken is not None and broken.law == first.law:
                plan, found, smaller = candidate, broken, True
                break
            if tries >= most:
                break
    return plan, found


def _smaller(plan: Plan, at: float) -> Iterator[Plan]:
    """Plans with one thing less; what was broken was broken `at`."""
    if (end := ceil(at)) < plan.lives:
        yield plan.cut(float(end))
    if plan.faults:
        yield replace(plan, faults=())
    if (half := len(plan.faults) // 2) > 1:
        yield replace(plan, faults=plan.faults[half:])
        yield replace(plan, faults=plan.faults[:half])
    for index in range(len(plan.faults)):
        yield plan.without(index)
    for port in plan.people:
        yield replace(plan, people=tuple(p for p in plan.people if p != port))
    if plan.far:
        yield replace(plan, far=False)
