"""Many worlds, on all cores; the failures made small, and the figures written down."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

from tests.simulation.laws import Broken
from tests.simulation.plan import Kind, Plan
from tests.simulation.shrink import shrunk
from tests.simulation.world import Outcome, SimWorld

REPORT = Path(__file__).parents[2] / "docs" / "reference" / "soak.md"
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


@dataclass(frozen=True, slots=True)
class Total:
    """Figures of a run."""

    worlds: int = 0
    broken: int = 0
    hours: float = 0.0
    """That the worlds have lived."""
    datagrams: int = 0
    calls: int = 0
    talks: int = 0
    faults: int = 0
    cpu: float = 0.0
    wall: float = 0.0


def live(plan: Plan) -> Result:
    """Live through one plan; a failure is made small."""
    began = time.process_time()
    try:
        outcome = SimWorld(plan).run()
        if plan.seed % TWICE == 0 and SimWorld(plan).run().digest != outcome.digest:
            failure = f"{plan}\nthe second run of the same seed went otherwise"
            return Result(plan, None, time.process_time() - began, failure, "determinism")
    except Broken as broken:
        small, found = shrunk(plan, broken.law)
        text = told(small, found or broken)
        return Result(plan, None, time.process_time() - began, text, broken.law)
    return Result(plan, outcome, time.process_time() - began)


def told(plan: Plan, broken: Broken) -> str:
    """A failure as somebody needs it who is to mend it."""
    again = f"again: python -m tests.simulation {plan.arguments}"
    return f"{broken}\n{plan}\n{again}\n{broken.picture}"


def soak(plans: Iterable[Plan], jobs: int) -> Iterator[Result]:
    """Live through all plans, some at a time; results come as they are ready, in order."""
    if jobs == 1:
        yield from map(live, plans)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from pool.map(live, plans)


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


def summary(total: Total) -> str:
    """The figures in a few lines."""
    return (
        f"{total.worlds} worlds, {total.hours:.1f} simulated hours: {total.broken} broken\n"
        f"{total.calls} calls and attempts, {total.talks} answered, {total.datagrams} datagrams "
        f"sent, {total.faults} faults\n"
        f"{total.cpu:.0f} s of CPU, {total.wall:.0f} s\n"
    )


def record(total: Total, kinds: Counter[Kind], command: str) -> None:
    """Write the figures into docs/reference/soak.md."""
    rows = "\n".join(f"| {kind.value} | {kinds[kind]} |" for kind in Kind)
    REPORT.write_text(
        PAGE.format(
            command=command,
            day=datetime.now(UTC).date().isoformat(),
            machine=f"{os.cpu_count()} cores, {platform.machine()}",
            python=platform.python_version(),
            total=total,
            pace=total.hours * 3600 / total.cpu if total.cpu else 0.0,
            rows=rows,
        )
    )


PAGE = """\
# Soak: whole gateways in simulated time

Each world is drawn from one seed: a gateway with 1 to 4 ports, from the chips' registers to
the datagrams, people at its telephones, a server, telephones behind it, a network, and a
list of faults. It lives for a simulated hour; then all is mended, everybody goes home, and
everything must come to rest. The laws are those of `tests/simulation/laws`, watched at
every event. A seed repeats its world bit for bit.

    {command}

| last run | |
|---|---|
| day | {day} |
| machine | {machine}, Python {python} |
| worlds | {total.worlds} |
| simulated hours | {total.hours:.1f} |
| **laws broken** | **{total.broken}** |
| calls and attempts | {total.calls} |
| answered | {total.talks} |
| datagrams sent by the gateways | {total.datagrams} |
| CPU seconds | {total.cpu:.0f}, a simulated second costs 1/{pace:.0f} |

| fault | times |
|---|---|
{rows}
"""
