"""Eight ports on one chip select, through the whole gateway; and a chip that loses its state."""

from __future__ import annotations

import pytest

from drivers.errors import BusError
from drivers.sim.si321x_faults import Faults
from tests.flows.scenes import talk
from tests.seams import TimedChain
from tests.world import World

IDLE = "reg-ok:Activ Idle ON-HOOK"


def chain(ports: int) -> World:
    return World(ports=ports, exchange=True, daisy=True).registers()


def test_eight_telephones_on_a_chain_call_and_are_called() -> None:
    """The first calls the last; the others stay as they are."""
    with chain(8) as world:
        a, b = world.person(1), world.person(8)
        a.lifts()
        world.waits(0.5)
        a.dials("108")
        world.waits_until(lambda: b.bell_rings)
        world.waits(0.5)
        b.lifts()
        world.waits(1.0)
        b.says(1000, 0.6)
        world.waits(0.2)
        assert a.hears_tone(1000, 0.3).level_dbm0 == pytest.approx(-10, abs=1.5)
        assert [world.row(n) for n in range(2, 8)] == [IDLE] * 6


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_a_chip_that_loses_its_state_is_started_alone_and_its_neighbours_talk_on(n: int) -> None:
    """D07: a glitch costs the call of its own port at the most; it is back in a second or two."""
    with chain(4) as world:
        talk(world)
        assert all("Talking" in world.row(port) for port in (1, 2))
        world.card.chips[n - 1].chip_reset()
        world.waits(4.0)
        talking = [port for port in (1, 2) if "Talking" in world.row(port)]
        assert talking == ([] if n in {1, 2} else [1, 2])
        if n > 2:
            assert world.row(n) == IDLE
            world.person(1).says(1000, 0.6)
            world.waits(0.2)
            assert world.person(2).hears_tone(1000, 0.3).snr_db > 20
        for person in world.people:
            person.hangs_up()
        world.waits(2.0)
        assert [world.row(port) for port in (1, 2, 3, 4)] == [IDLE] * 4
        starts = [m.port for m in world.gateway.trace.since() if m.what == "in service"]
        assert sorted(starts) == sorted([1, 2, 3, 4, n])


def test_a_chip_that_keeps_losing_its_state_costs_its_neighbours_nothing() -> None:
    """It is started at once six times in an hour; then ever more seldom, like any that fails."""
    with chain(2) as world:
        for _ in range(6):
            world.card.chips[1].chip_reset()
            world.waits(3.0)
            assert [world.row(1), world.row(2)] == [IDLE, IDLE]
        starts = [m.port for m in world.gateway.trace.since() if m.what == "in service"]
        assert starts.count(1) == 1


def test_a_chip_that_went_silent_waits_for_its_neighbours_to_be_idle() -> None:
    with chain(3) as world:
        world.card.chips[2].faults = Faults(missing=True)
        world.waits(6.0)  # once all of them were taken through reset
        assert "Fault" in world.row(3)
        talk(world)
        world.sleeps(150.0)
        assert "Talking" in world.row(1)
        assert "Fault" in world.row(3)
        world.card.chips[2].faults = Faults()
        for person in world.people:
            person.hangs_up()
        world.sleeps(30.0)
        assert [world.row(n) for n in (1, 2, 3)] == [IDLE] * 3


def test_a_chain_that_cannot_be_enabled_is_a_fault_of_all_its_ports() -> None:
    with chain(2) as world:
        card = world.gateway.rack.card
        assert card is not None

        class Broken(TimedChain):
            def xfer2(self, _values: list[int], /) -> list[int]:
                raise OSError(5, "Input/output error")

        card._spis = [Broken(world.card, world.loop.time)]
        with pytest.raises(BusError, match=r"register 0: .*Input/output error"):
            list(card.reset())
        world.gateway.rack._restart_chain()
        world.waits(1.0)
        assert all("Fault" in world.row(n) for n in (1, 2))
        card._spis = [TimedChain(world.card, world.loop.time)]
        world.sleeps(130.0)
        assert [world.row(n) for n in (1, 2)] == [IDLE] * 2
