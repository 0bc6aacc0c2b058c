"""Many worlds, on all cores; the failures made small, and the figures summed."""

from __future__ import annotations

import math
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from multiprocessing import get_context

from tests.simulation.laws import Broken
from tests.simulation.plan import Kind, Plan
from tests.simulation.report import Total
from tests.simulation.shrink import MOST_TRIES, failure_of, shrunk
from tests.simulation.world import Outcome, SimWorld

AT_ONCE = 10
"""Worlds a process that are given out together."""
TWICE = 50
"""Every so many worlds one is lived through twice: the tape must be the same."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one seed."""

    plan: Plan
    outcome: Outcome | None
    cpu: float
    """Seconds."""
    failure: str = ""
    """Which law, how, with what, and the ladder."""
    law: str = ""


def live(
    plan: Plan, make: Callable[[Plan], SimWorld] = SimWorld, tries: int = MOST_TRIES
) -> Result:
    """Live through one plan; a failure is made small."""
    began = time.process_time()
    try:
        outcome = make(plan).run()
        if plan.seed % TWICE == 0 and make(plan).run().digest != outcome.digest:
            failure = f"{plan}\nthe second run of the same seed went otherwise"
            return Result(plan, None, time.process_time() - began, failure, "determinism")
    except Broken as broken:
        small, found = shrunk(plan, broken, partial(failure_of, make=make), tries)
        text = told(small, found)
        return Result(plan, None, time.process_time() - began, text, broken.law)
    return Result(plan, outcome, time.process_time() - began)


def told(plan: Plan, broken: Broken) -> str:
    """A failure as somebody needs it who is to mend it."""
    again = f"again: python -m tests.simulation {plan.arguments}"
    return f"{broken}\n{plan}\n{again}\n{broken.picture}"


def soak(plans: Iterable[Plan], jobs: int, minutes: float = math.inf) -> Iterator[Result]:
    """Live through all plans, some at a time; results come as they are ready, in order.

    Args:
        plans: the worlds.
        jobs: processes.
        minutes: after which no world is begun any more.
    """
    ends = time.monotonic() + 60 * minutes
    left = iter(plans)
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        while time.monotonic() < ends and (some := list(islice(left, AT_ONCE * jobs))):
            yield from pool.map(live, some)


def summed(results: Iterable[Result]) -> tuple[Total, Counter[Kind]]:
    """The figures, and how often each kind of fault has struck."""
    began = time.monotonic()
    total, kinds = Total(), Counter[Kind]()
    for result in results:
        lived = result.outcome
        kinds.update(fault.kind for fault in result.plan.faults)
        total = Total(
            worlds=total.worlds + 1,
            broken=total.broken + bool(result.failure),
            hours=total.hours + (lived.seconds / 3600 if lived else 0.0),
            events=total.events + (lived.events if lived else 0),
            datagrams=total.datagrams + (lived.datagrams if lived else 0),
            calls=total.calls + (lived.calls if lived else 0),
            talks=total.talks + (lived.talks if lived else 0),
            faults=total.faults + len(result.plan.faults),
            cpu=total.cpu + result.cpu,
            wall=time.monotonic() - began,
        )
        _progress(result, total)
    return total, kinds


def _progress(result: Result, total: Total) -> None:
    if result.failure:
        sys.stdout.write(f"\nseed {result.plan.seed}: {result.failure}\n\n")
    elif total.worlds % 20 == 0:
        sys.stdout.write(f"{total.worlds} worlds, {total.hours:.1f} h, {total.broken} broken\n")
    sys.stdout.flush()
