"""Ring trip at its worst: what the chip shows while the ring voltage goes off."""

from __future__ import annotations

import pytest

from drivers.si321x_registers import Direct
from drivers.si321x_supervision import TRIP_HOLD, Supervision
from drivers.slic import HookChanged

ANSWERED = HookChanged(off_hook=True, ring_trip=True)
HUNG_UP = HookChanged(off_hook=False)
LOOP_CLOSED, RING_TRIP = 0x01, 0x02


class Latches:
    """Registers 18 to 20 and 68, set by hand."""

    port = 1

    def __init__(self) -> None:
        self.cells = {18: 0, 19: 0, 20: 0, 68: 0}
        self.endless = False

    def read(self, address: int) -> int:
        return self.cells[address]

    def write(self, address: int, value: int) -> None:
        if not self.endless:
            self.cells[address] &= ~value


@pytest.mark.parametrize("gap", range(TRIP_HOLD))
def test_no_gap_between_ring_trip_and_loop_closure_is_seen_as_on_hook(gap: int) -> None:
    chip = Latches()
    supervision = Supervision(Direct(chip))
    chip.cells[19] = 0x01  # tripped, and the comparator is quiet again
    assert supervision.poll(ringing=True) == [ANSWERED]
    for _ in range(gap):
        assert supervision.poll(ringing=False) == []
    chip.cells |= {19: 0x02, 68: LOOP_CLOSED}
    assert supervision.poll(ringing=False) == []
    chip.cells |= {19: 0x02, 68: 0}
    assert supervision.poll(ringing=False) == [HUNG_UP]


def test_a_trip_without_a_closure_is_taken_back() -> None:
    chip = Latches()
    supervision = Supervision(Direct(chip))
    chip.cells |= {19: 0x01, 68: RING_TRIP}
    assert supervision.poll(ringing=True) == [ANSWERED]
    chip.cells[68] = 0
    seen = [supervision.poll(ringing=False) for _ in range(TRIP_HOLD)]
    assert seen == [[]] * (TRIP_HOLD - 1) + [[HUNG_UP]]


def test_latches_that_never_rest_do_not_hold_the_poll() -> None:
    chip = Latches()
    chip.endless = True
    chip.cells[18] = 0x10
    assert Supervision(Direct(chip)).poll(ringing=False) == []
