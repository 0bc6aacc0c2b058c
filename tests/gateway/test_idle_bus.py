"""What idle ports cost on the SPI bus, and what a wild interrupt wire may cost."""

from __future__ import annotations

import pytest

from drivers.sim.si321x_faults import Faults
from tests.world import World

IDLE = "reg-ok:Activ Idle ON-HOOK"


def counted(world: World) -> list[int]:
    """From now on, one number for each transfer: its bytes."""
    sizes: list[int] = []
    card = world.gateway.rack.card
    assert card is not None
    for slic in card.slics:
        bus = slic._chip.bus  # type: ignore[attr-defined] # the seam below the driver
        below = bus.spi

        class Counted:
            def xfer2(self, values: list[int], /, below: object = below) -> list[int]:
                sizes.append(len(values))
                got: list[int] = below.xfer2(values)  # type: ignore[attr-defined] # a Spi
                return got

            def close(self) -> None: ...

        bus.spi = Counted()
    return sizes


@pytest.mark.parametrize(("daisy", "most"), [(False, 35), (True, 65)])
def test_an_idle_port_costs_few_bytes_a_second(daisy: bool, most: int) -> None:
    """400 bytes a second and port are allowed; slow poll and health check together."""
    with World(ports=2, exchange=True, daisy=daisy).registers() as world:
        world.waits(2.0)
        sizes = counted(world)
        world.waits(10.0)
        assert [world.row(1), world.row(2)] == [IDLE, IDLE]
        assert sum(sizes) / 10 / 2 <= most


def test_a_storm_of_interrupts_is_left_to_the_slow_poll() -> None:
    """D09: two thousand edges a second; the bus is not drowned, and a lift is still seen."""
    with World(ports=2, exchange=True).registers() as world:
        sizes = counted(world)
        edge = world.card.on_interrupt
        assert edge is not None
        for _ in range(2000):
            edge(True)
            world.waits(0.0005)
        assert sum(sizes) <= 210 * 2 * 8 + 2 * 100
        a = world.person(1)
        a.lifts()
        for _ in range(400):
            edge(True)
            world.waits(0.0005)
        assert "OFF-HOOK" in world.row(1)


@pytest.mark.parametrize("port", [1, 2])
def test_a_lift_that_no_interrupt_tells_of_is_found_whenever_it_comes(port: int) -> None:
    """D09: the wire is dead; lines that nobody uses are looked at in turn, each in 100 ms."""
    with World(ports=2, exchange=True).registers() as world:
        for chip in world.card.chips:
            chip.faults = Faults(int_stuck=False)
        person = world.person(port)
        for n in range(12):
            at = person.lifts()
            world.waits_until(lambda: "OFF-HOOK" in world.row(port), most=0.2)
            assert world.now - at <= 0.1 + 0.0125 + 0.05  # turn, the chip's debounce, ours
            world.waits(0.3)
            person.hangs_up()
            world.waits(1.5 + 0.0087 * n)


@pytest.mark.parametrize("stuck", [True, False])
def test_a_stuck_interrupt_wire_costs_an_instant_and_no_call(stuck: bool) -> None:
    """D09: no edge ever comes; the level that the chip shows is the truth."""
    with World(ports=2, exchange=True).registers() as world:
        for chip in world.card.chips:
            chip.faults = Faults(int_stuck=stuck)
        sizes = counted(world)
        world.waits(5.0)
        assert sum(sizes) / 5 / 2 <= 400
        a, b = world.people
        at = a.lifts()
        world.waits(0.5)
        assert a.heard_first(at) <= 0.2
        a.dials("102")
        world.waits_until(lambda: b.bell_rings)
        world.waits(0.5)
        b.lifts()
        world.waits(1.0)
        assert "Talking" in world.row(1)
