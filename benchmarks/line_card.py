"""The line card in virtual time: how long chips take to start, and what idle ports cost on SPI.

The driver is the one for hardware, the chips are models, and the clock is theirs: what is counted
here does not depend on the machine. What the bus itself takes is not in it: a byte at 1 MHz is
8 us and two system calls more.
"""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.figures import table
from benchmarks.targets import Target
from drivers.board import CardSettings, open_card
from drivers.sim.card import SimCard
from drivers.sim.pins import SimPins
from drivers.slic import LineSettings
from tests.drivers.test_board import side_by_side
from tests.gateway.test_idle_bus import counted
from tests.world import World

MOST_S = {2: 5.0, 8: 8.0}
MOST_BYTES = 400
WATCHED_S = 20.0


@dataclass(frozen=True)
class Cost:
    """Of a card with so many ports."""

    ports: int
    daisy: bool
    start_s: float
    idle_bytes: float
    """A second and port, slow poll and health check."""

    def targets(self) -> list[Target]:
        what = f"{self.ports} ports{', one chain' if self.daisy else ''}"
        return [
            Target("line_card", f"bring-up of {what}", MOST_S[self.ports], self.start_s, "s",
                   "the waits and calibrations of the data sheet, of chips side by side"),
            Target("line_card", f"SPI of {what}, idle", MOST_BYTES, self.idle_bytes,
                   "bytes/s a port", "the slow poll and the health check of every chip"),
        ]  # fmt: skip


def measure() -> list[Cost]:
    return [
        Cost(ports, daisy, start_up(ports, daisy), idle_bytes(ports, daisy))
        for ports in MOST_S
        for daisy in (False, True)
    ]


def start_up(ports: int, daisy: bool) -> float:
    """Seconds from reset until all lines are fed."""
    sim = SimCard(ports)
    sim.set_clock(True)
    spis = [sim.chain()] if daisy else [sim.spi(n) for n in range(ports)]
    card = open_card(CardSettings(ports=ports, daisy=daisy), spis=spis, pins=SimPins(sim))
    took = side_by_side(sim, [card.reset()])
    return took + side_by_side(
        sim, [slic.bring_up(LineSettings(timeslot=slic.port - 1)) for slic in card.slics]
    )


def idle_bytes(ports: int, daisy: bool) -> float:
    """Bytes a second and port that a whole gateway moves with all handsets in place."""
    with World(ports=ports, exchange=True, daisy=daisy).registers() as world:
        world.waits(2.0)
        sizes = counted(world)
        world.waits(WATCHED_S)
        return sum(sizes) / WATCHED_S / ports


def told(costs: list[Cost]) -> str:
    return table(
        ("ports", "wired", "bring-up, s", "target", "SPI idle, bytes/s a port", "target"),
        [
            [
                str(cost.ports),
                "one chain" if cost.daisy else "a chip select each",
                f"{cost.start_s:.2f}",
                f"<= {MOST_S[cost.ports]:g}",
                f"{cost.idle_bytes:.0f}",
                f"<= {MOST_BYTES}",
            ]
            for cost in costs
        ],
    )
