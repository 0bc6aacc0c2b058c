"""One line circuit takes longer to start than its neighbour, which works already."""

from __future__ import annotations

from drivers.sim.si321x_faults import Faults
from firmware.gateway import Gateway
from tests.gateway.faulty import IDLE, FaultyWorld

SLOW = {1: Faults(vbat_slow=True)}
"""The converter of port 1 takes seconds, and is given up."""


class UnevenWorld(FaultyWorld):
    """A gateway that starts while handset 2 is off the hook; it is put down so much later."""

    def __init__(self, down_after: float) -> None:
        self.down_after = down_after
        super().__init__(SLOW)

    async def _start(self, text: str) -> Gateway:
        phone, timeline = self.card.phones[1], self.card.timeline
        self.card.advance(self.loop.time())
        phone.lift()
        timeline.plan(timeline.now + self.down_after, phone.hang_up)
        return await super()._start(text)

    def when(self, what: str, port: int) -> float:
        """When the ladder says that of a port first."""
        marks = self.gateway.trace.since()
        return next(m.at for m in marks if m.what == what and m.port == port) - 1000.0


def moments() -> tuple[float, float]:
    """When port 2 works, and when port 1 is given up: the time in between is meant."""
    with UnevenWorld(1000.0) as world:
        return world.when("in service", 2), world.when("out of service", 1)


def test_a_handset_put_down_while_the_neighbour_still_starts_is_down() -> None:
    works, given_up = moments()
    assert works + 0.3 < given_up
    with UnevenWorld((works + given_up) / 2) as world:
        world.waits(2.0)
        assert world.row(2) == IDLE
        world.person(2).lifts()
        world.waits(0.5)
        assert world.person(2).hears(0.4).heard == "dial-tone"


def test_a_port_works_while_the_neighbour_still_starts() -> None:
    works, given_up = moments()
    with UnevenWorld((works + given_up) / 2) as world:
        assert works < world.when("on-hook", 2) < given_up + 0.7
