"""The card, or its highway, is not there when the gateway starts."""

from __future__ import annotations

import pytest

from drivers.board import Card, CardSettings
from drivers.errors import BusError
from firmware.card.rack import RETRY
from firmware.errors import CommandError
from tests.gateway.faulty import IDLE, FaultyWorld

NO_DEVICE = "/dev/spidev0.0: no such device"


class Cardless(FaultyWorld):
    """The card's device is missing until `there`."""

    def __init__(self) -> None:
        self.there = False
        super().__init__()

    def _open_card(self, settings: CardSettings) -> Card:
        if not self.there:
            raise BusError(NO_DEVICE, port=0)
        return super()._open_card(settings)


def test_ports_without_card_have_rows_that_say_why_and_come_when_it_does() -> None:
    with Cardless() as world:
        for port in (1, 2):
            assert world.row(port) == "unreg:Fault Idle DOWN"
            assert world.status(port).last_error == NO_DEVICE
        with pytest.raises(CommandError, match=r"port 1 does not work yet: /dev/spidev0\.0"):
            world.asks("line", port=1)
        with pytest.raises(CommandError, match=r"port 3 not present \(ports: 1 2\)"):
            world.asks("ports", port=3)
        world.there = True
        world.sleeps(RETRY[0])
        world.waits_until(lambda: [world.row(p) for p in (1, 2)] == [IDLE, IDLE])
        assert world.alarms() == {}
        world.talks()
