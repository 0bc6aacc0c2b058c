"""One world of many: lived through, and made small if it breaks a law."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec

from tests.simulation.laws import Broken
from tests.simulation.plan import Kind, Plan
from tests.simulation.shrink import MOST_TRIES, failure_of, shrunk
from tests.simulation.world import SimWorld

TWICE = 50
"""Every so many worlds one is lived through twice: the tape must be the same."""
CHECKED = 100_000
"""Seeds up to this one are for `make check`; a soak has others."""


class Result(msgspec.Struct, frozen=True, omit_defaults=True):
    """What came of one seed; a line of the journal."""

    seed: int
    cpu: float = 0.0
    """Seconds."""
    memory: int = 0
    """MB that the process has had at the most so far."""
    kinds: list[Kind] = []
    """Of the faults that struck."""
    digest: str = ""
    """Of everything that happened; empty: a law was broken."""
    seconds: float = 0.0
    events: int = 0
    datagrams: int = 0
    calls: int = 0
    talks: int = 0
    law: str = ""
    """The one that was broken, or what else went wrong."""
    failure: str = ""
    """How, with what, and the ladder."""


def live(
    plan: Plan, make: Callable[[Plan], SimWorld] = SimWorld, tries: int = MOST_TRIES
) -> Result:
    """Live through one plan; a failure is made small."""
    began = time.process_time()
    law = failure = ""
    lived: dict[str, Any] = {}
    digest = ""
    try:
        outcome = make(plan).run()
        if plan.seed % TWICE == 0 and make(plan).run().digest != outcome.digest:
            law = "determinism"
            failure = f"{plan}\nthe second run of the same seed went otherwise"
        digest = outcome.digest
        lived = {name: getattr(outcome, name) for name in OUTCOME}
    except Broken as broken:
        small, found = shrunk(plan, broken, partial(failure_of, make=make), tries)
        law, failure = broken.law, told(small, found)
    return Result(
        plan.seed,
        cpu=round(time.process_time() - began, 3),
        memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
        kinds=[fault.kind for fault in plan.faults],
        digest=digest,
        law=law,
        failure=failure,
        **lived,
    )


OUTCOME = "seconds", "events", "datagrams", "calls", "talks"
"""What of an outcome is counted."""


def told(plan: Plan, broken: Broken) -> str:
    """A failure as somebody needs it who is to mend it."""
    again = f"again: python -m tests.simulation {plan.arguments}"
    return f"{broken}\n{plan}\n{again}\n{broken.picture}"
