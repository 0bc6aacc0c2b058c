"""Whole gateways live with people, bad weather and a strange far end, and keep the laws.

`make soak` runs as many of these as wanted; here are some of each kind.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from itertools import takewhile
from pathlib import Path

import pytest

from tests.simulation.laws import Broken
from tests.simulation.plan import Fault, Kind, Plan
from tests.simulation.soak import told
from tests.simulation.world import Outcome, SimWorld

QUARTER = 900.0
"""Seconds of a short world; the long ones are for `make soak`."""
STORMY = Plan(
    seed=7,
    seconds=300.0,
    ports=2,
    faults=(
        Fault(Kind.LOSS, 10.0, 200.0, amount=0.3),
        Fault(Kind.DOUBLES, 10.0, 200.0, amount=0.3),
        Fault(Kind.DETOURS, 10.0, 200.0, amount=0.2),
    ),
)


def lives(plan: Plan) -> Outcome:
    """Live through a plan; a failure tells the plan, how to have it again, and the ladder."""
    try:
        return SimWorld(plan).run()
    except Broken as broken:
        raise AssertionError(told(plan, broken)) from None


@pytest.mark.parametrize("seed", range(1, 7))
def test_a_gateway_keeps_the_laws_whatever_happens(seed: int) -> None:
    lives(Plan.draw(seed, QUARTER))


@pytest.mark.parametrize("seed", [1, 7])
def test_a_gateway_with_the_real_voice_keeps_them_too(seed: int) -> None:
    lives(Plan.draw(seed, 300.0, audio=True))


@pytest.mark.parametrize("kind", list(Kind), ids=lambda kind: kind.value.replace(" ", "-"))
def test_every_fault_alone_is_overcome(kind: Kind) -> None:
    amount = {Kind.REGISTRAR_REFUSES: 503.0}.get(kind, 0.3)
    fault = Fault(kind, 30.0, 60.0, port=1, amount=amount)
    lives(Plan(seed=3, seconds=120.0, pace=15.0, named=True, anywhere=True, faults=(fault,)))


def test_a_quiet_world_costs_next_to_nothing_and_loses_no_registration() -> None:
    outcome = lives(Plan(seed=1, seconds=3600.0, ports=4, people=(), far=False))
    assert outcome.calls == 0


def test_people_reach_each_other_and_the_far_end() -> None:
    outcome = lives(Plan(seed=5, seconds=QUARTER, ports=3, pace=20.0))
    assert outcome.calls > 30
    assert outcome.talks > 5


def test_the_same_seed_gives_the_same_world_bit_for_bit() -> None:
    first, again = lives(STORMY), lives(STORMY)
    assert first.digest == again.digest
    assert first.datagrams == again.datagrams


def test_another_seed_gives_another_world() -> None:
    assert lives(STORMY).digest != lives(Plan(seed=8, seconds=300.0)).digest


def test_the_world_does_not_depend_on_how_python_hashes() -> None:
    command = [sys.executable, "-m", "tests.simulation", "--seed", "12", "--seconds", "300"]
    said = [
        subprocess.run(
            command, env={**os.environ, "PYTHONHASHSEED": seed}, cwd=Path(__file__).parents[2],
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2")
    ]  # fmt: skip
    assert said[0] == said[1]
    assert "tape" in said[0]


def test_plans_have_all_kinds_of_faults_and_servers() -> None:
    plans = [Plan.draw(seed) for seed in range(200)]
    kinds = Counter(fault.kind for plan in plans for fault in plan.faults)
    assert set(kinds) == set(Kind)
    assert {plan.ports for plan in plans} == {1, 2, 3, 4}
    assert {plan.exchange for plan in plans} == {True, False}
    assert all(0 <= f.at <= f.until <= plan.seconds for plan in plans for f in plan.faults)


def test_a_plan_says_what_brings_it_about_again() -> None:
    plan = next(plan for plan in map(Plan.draw, range(99)) if len(plan.faults) > 2)
    assert plan.arguments == f"--seed {plan.seed} --seconds 3600"
    smaller = plan.without(1)
    kept = [i for i in range(len(plan.faults)) if i != 1]
    assert smaller.arguments.endswith(f"--faults {','.join(map(str, kept))}")
    head = list(takewhile(lambda line: not line.startswith("  "), str(plan).splitlines()))
    assert len(head) == 1
