"""The feed tells a machine on the line that the far end has hung up: a gap in the loop current."""

from __future__ import annotations

import pytest

from tests.flows.scenes import talk
from tests.gateway.test_port_suite import IDLE, KINDS, gateway
from tests.world import World

GAP = "disconnect_ms = 800"


def gaps(world: World, port: int, seconds: float) -> list[tuple[float, float]]:
    """When no current flowed on an off-hook line, in steps of 5 ms; relative to now."""
    person, began = world.person(port), world.now
    found: list[tuple[float, float]] = []
    while world.now < began + seconds:
        at = round(world.now - began, 3)
        if abs(person.sees.loop_ma) < 1:
            if found and at - found[-1][1] < 0.02:
                found[-1] = (found[-1][0], at)
            else:
                found.append((at, at))
        world.waits(0.005)
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_the_loop_current_stops_for_a_moment_when_the_far_end_hangs_up(kind: str) -> None:
    """800 ms: longer than a hang-up takes, and taken for none; busy tone follows."""
    with gateway(kind, exchange=True, line=GAP) as world:
        a, b = talk(world)
        world.looks()
        b.hangs_up()
        world.waits(0.70)
        ((begin, end),) = gaps(world, 1, 1.6)
        assert end - begin == pytest.approx(0.8, abs=0.08)
        assert [what for what in world.copper(1) if "feed" in what] == ["feed off", "feed on"]
        assert "on-hook" not in world.copper(1)
        assert world.row(1).split()[1:3] == ["Busy", "OFF-HOOK"]
        assert a.hears(1.0).heard == "busy"
        a.hangs_up()
        world.waits(1.0)
        assert [world.row(1), world.row(2)] == [IDLE, IDLE]
        assert "feed off" not in world.copper(2)


@pytest.mark.parametrize("kind", KINDS)
def test_a_machine_that_hangs_up_in_the_gap_is_idle_after_it(kind: str) -> None:
    with gateway(kind, exchange=True, line=GAP) as world:
        a, b = talk(world)
        b.hangs_up()
        world.waits(1.0)
        a.hangs_up()
        world.waits(2.0)
        assert [world.row(1), world.row(2)] == [IDLE, IDLE]


def test_without_the_setting_the_current_flows_on() -> None:
    with gateway("si3210", exchange=True) as world:
        _, b = talk(world)
        b.hangs_up()
        world.waits(0.6)
        assert gaps(world, 1, 1.0) == []


def test_the_polarity_is_normal_after_the_gap() -> None:
    with gateway("si3210", exchange=True, line=GAP + "\npolarity_reversal = true") as world:
        a, b = talk(world)
        assert a.sees.polarity == "reversed"
        b.hangs_up()
        world.waits(2.5)
        assert a.sees.polarity == "normal"
        assert a.sees.loop_ma > 15


def test_a_port_taken_out_of_service_in_the_gap_stays_dead() -> None:
    with gateway("si3210", exchange=True, line=GAP) as world:
        a, b = talk(world)
        b.hangs_up()
        world.waits(1.0)
        world.asks("disable", port=1)
        world.waits(2.0)
        assert a.sees.loop_ma == 0
        world.asks("enable", port=1)
        world.waits(1.0)
        assert a.hears(0.5).heard == "dial-tone"
