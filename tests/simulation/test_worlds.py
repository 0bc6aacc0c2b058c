"""Whole gateways live with people, bad weather and a strange far end, and keep the laws.

`make soak` runs as many of these as wanted; here are some of each kind.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from itertools import takewhile
from pathlib import Path

import pytest

from firmware.sip.events import Address
from tests.simulation.plan import PIPED, Fault, Kind, Plan
from tests.simulation.servers import GATEWAY, SERVERS
from tests.simulation.soak import CHECKED, Result, live
from tests.simulation.world import SimWorld

WORLDS = range(1, 1 + int(os.environ.get("TIPRING_WORLDS", "130")))
"""Seeds that live for an hour with each change; `.ci/run` wants more of them than `make check`,
`make soak` has tens of thousands of others."""
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


TRIES = 8
"""So often a failure is made smaller here; `make soak` is more patient."""


def lives(plan: Plan) -> Result:
    """Live through a plan; a failure tells the plan, how to have it again, and the ladder."""
    result = live(plan, tries=TRIES)
    assert not result.law, result.failure
    return result


@pytest.mark.parametrize("seed", WORLDS)
def test_a_gateway_keeps_the_laws_whatever_happens(seed: int) -> None:
    """I1 to I10, I12, I13 and LIVE1 to LIVE5 at every event of an hour."""
    lives(Plan.draw(seed))


def test_a_soak_lives_worlds_that_no_check_has_lived() -> None:
    assert max(WORLDS) <= CHECKED


@pytest.mark.parametrize("seed", [1, 7])
def test_a_gateway_with_the_real_voice_keeps_them_too(seed: int) -> None:
    lives(Plan.draw(seed, 300.0, audio=True))


@pytest.mark.parametrize("kind", list(Kind), ids=lambda kind: kind.value.replace(" ", "-"))
def test_every_fault_alone_is_overcome(kind: Kind) -> None:
    amount = {Kind.REGISTRAR_REFUSES: 503.0}.get(kind, 0.3)
    plan = Plan(
        seed=3, seconds=120.0, pace=15.0, named=True, anywhere=True,
        faults=(Fault(kind, 30.0, 60.0, port=1, amount=amount),),
    )  # fmt: skip
    for transport in ("tcp",) if kind in PIPED else ("udp", "tcp"):
        lives(replace(plan, transport=transport))


def test_a_quiet_world_costs_next_to_nothing_and_loses_no_registration() -> None:
    outcome = lives(Plan(seed=1, seconds=3600.0, ports=4, people=(), far=False))
    assert outcome.calls == 0


def test_lines_and_calls_go_to_the_servers_that_live() -> None:
    """HB-05: three servers, and each of them is the only one for a while."""
    dark = Kind.SERVER_DOWN
    outages = (
        Fault(dark, 200.0, 500.0, server=2), Fault(dark, 250.0, 900.0, server=0),
        Fault(dark, 550.0, 850.0, server=1),
    )  # fmt: skip
    world = SimWorld(Plan(seed=4, seconds=960.0, servers=3, beat=10.0, pace=20.0, faults=outages))
    asked: Counter[tuple[bytes, Address]] = Counter()
    tap = world.network.tap

    def counted(data: bytes, source: Address, target: Address, sent: bool) -> None:
        tap(data, source, target, sent)
        asked[data.partition(b" ")[0], target] += sent and source == GATEWAY

    world.network.tap = counted
    world.run()
    for server in SERVERS:
        assert asked[b"REGISTER", server] > 0
        assert asked[b"INVITE", server] > 0


@pytest.mark.parametrize("exchange", [True, False])
def test_lost_connections_are_sought_again_and_calls_go_by_the_new_ones(exchange: bool) -> None:
    """C09: cut off, or half open, every two minutes; nobody is out of reach for long."""
    cuts = tuple(
        Fault((Kind.CUT, Kind.HALF_OPEN)[turn % 2], 60.0 + 120 * turn, 60.0 + 120 * turn)
        for turn in range(12)
    )
    plan = Plan(
        seed=6, seconds=1500.0, ports=2, pace=20.0, transport="tcp", exchange=exchange, faults=cuts
    )
    world = SimWorld(plan)
    opened = 0

    def counted(*_: object) -> None:
        nonlocal opened
        opened += 1

    world.network.pipes.watch = counted
    outcome = world.run()
    assert opened > len(cuts)
    assert outcome.talks > 5


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_telephones_of_a_box_that_is_cut_off_call_each_other(transport: str) -> None:
    """HB-08, I4: what they say of voice goes over no network by TCP, and was said all the same."""
    dark = Fault(Kind.SERVER_DOWN, 0.0, 600.0)
    plan = Plan(1, 600.0, people=(), far=False, transport=transport, faults=(dark,))

    async def call(world: SimWorld) -> None:
        caller, called = world.handsets[1], world.handsets[2]
        await asyncio.sleep(300.0)
        caller.lifts()
        await asyncio.sleep(1.0)
        for key in world.numbers[2]:
            await caller.presses(key)
        await asyncio.sleep(5.0)
        called.lifts()
        await asyncio.sleep(5.0)
        caller.hangs_up()
        called.hangs_up()

    def meddle(world: SimWorld) -> None:
        world.loop.create_task(call(world))

    outcome = SimWorld(plan, meddle=meddle).run()
    assert outcome.talks == 2, "one at either end"


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_people_reach_each_other_and_the_far_end(transport: str) -> None:
    outcome = lives(Plan(seed=5, seconds=900.0, ports=3, pace=20.0, transport=transport))
    assert outcome.calls > 30
    assert outcome.talks > 5


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_the_same_seed_gives_the_same_world_bit_for_bit(transport: str) -> None:
    plan = replace(STORMY, transport=transport)
    first, again = lives(plan), lives(plan)
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
    assert {plan.servers for plan in plans} == {1, 2, 3}
    assert {plan.transport for plan in plans} == {"udp", "tcp"}
    assert {plan.prack for plan in plans} == {"off", "supported", "required"}
    assert {plan.judge for plan in plans} == {"options", "register", "invite"}
    assert {plan.fail_back for plan in plans} == {"auto", "manual", "never"}
    assert all(0 <= f.at <= f.until <= plan.seconds for plan in plans for f in plan.faults)


def test_a_plan_says_what_brings_it_about_again() -> None:
    plan = next(plan for plan in map(Plan.draw, range(99)) if len(plan.faults) > 2)
    assert plan.arguments == f"--seed {plan.seed} --seconds 3600"
    smaller = plan.without(1)
    kept = [i for i in range(len(plan.faults)) if i != 1]
    assert smaller.arguments.endswith(f"--faults {','.join(map(str, kept))}")
    head = list(takewhile(lambda line: not line.startswith("  "), str(plan).splitlines()))
    assert len(head) == 1
