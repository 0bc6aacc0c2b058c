"""A telephone that was off its hook when the gateway started."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from firmware.gateway import Gateway
from tests.world import World


class LiftedWorld(World):
    """Telephone 1 is off-hook from before the gateway starts."""

    async def _start(self, text: str) -> Gateway:
        self.card.phones[0].lift()
        return await super()._start(text)


@pytest.fixture
def world() -> Iterator[LiftedWorld]:
    with LiftedWorld(exchange=True) as world:
        yield world


def test_it_gets_dial_tone_and_the_calibration_is_made_up_for_when_it_rests(
    world: LiftedWorld,
) -> None:
    a, _ = world.people[:2]
    slic = world.gateway.ports[1].slic
    world.waits(1.0)
    assert world.row(1) == "reg-ok:Activ DialTone OFF-HOOK"
    assert a.hears(1.5).heard == "dial-tone"
    assert slic.unbalanced, "the longitudinal balance wants an idle line"
    a.hangs_up()
    world.waits(1.0)  # a flash is no end; then the next look at the chips
    world.waits_until(lambda: not slic.unbalanced)
    world.waits(0.1)
    assert world.row(1) == "reg-ok:Activ Idle ON-HOOK"
    a.lifts()
    world.waits(0.3)
    assert a.hears(1.5).heard == "dial-tone"


def test_a_calibration_that_fails_does_not_take_the_line_away_again_and_again(
    world: LiftedWorld,
) -> None:
    a, _ = world.people[:2]
    port = world.gateway.ports[1]
    a.hangs_up()
    world.waits_until(lambda: not port.in_service, most=5.0)
    a.lifts()  # in the middle of it
    world.waits(3.0)
    a.hangs_up()
    world.waits(2.0)
    assert port.slic.unbalanced
    assert port.in_service
    assert not port.wants_balance, "not before a minute has passed"
    world.waits_until(lambda: not port.slic.unbalanced, most=90.0)
