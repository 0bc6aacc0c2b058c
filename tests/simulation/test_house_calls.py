"""The house rings telephones while whole gateways live with people, bad weather and faults."""

from __future__ import annotations

import random
from contextlib import suppress

import pytest

from firmware.errors import CommandError
from tests.simulation.plan import Plan
from tests.simulation.soak import live
from tests.simulation.world import SimWorld

LAST = 300.0
"""Seconds before the end after which the house calls nobody any more: worlds end at rest."""


class House:
    """Rings now and then, and sometimes changes its mind.

    Args:
        world: with the telephones.
    """

    def __init__(self, world: SimWorld) -> None:
        self._world = world
        self._dice = random.Random(f"{world.plan.seed} house")  # noqa: S311  it has to repeat
        self.rung = 0
        self._waits()

    def _waits(self) -> None:
        self._world.loop.call_later(self._dice.uniform(1.0, 40.0), self._acts)

    def _acts(self) -> None:
        if self._world.loop.time() - self._world.born > self._world.plan.seconds - LAST:
            return
        self._waits()
        if self._world.desk is None:
            return  # the service is being restarted
        port = {"port": self._dice.randint(1, self._world.plan.ports)}
        with suppress(CommandError):  # in use, out of service, not started: as it should be
            if self._dice.random() < 0.2:
                self._world.desk.handlers["ring-stop"](port)
            else:
                seconds = self._dice.choice((1, 5, 30, 120))
                self._world.desk.handlers["ring"]({**port, "seconds": seconds, "name": "Dinner"})
                self.rung += 1


@pytest.mark.parametrize("seed", [3])
def test_a_gateway_keeps_the_laws_when_the_house_calls(seed: int) -> None:
    """I1 to I13 and LIVE1 to LIVE5: no call is lost, no row is wrong, no bell rings on (U17)."""
    houses: list[House] = []
    result = live(
        Plan.draw(seed, 700.0),
        lambda plan: SimWorld(plan, meddle=lambda world: houses.append(House(world))),
        tries=4,
    )
    assert not result.law, result.failure
    assert houses[0].rung > 5
