"""Ring trip at its worst, and what is believed of a bus that does not carry bytes as it should."""

from __future__ import annotations

import pytest

from drivers.errors import ChipError
from drivers.si321x_registers import Direct
from drivers.si321x_supervision import TRIP_HOLD, Supervision
from drivers.slic import HookChanged, PowerAlarm
from tests.drivers.bench import Bench

ANSWERED = HookChanged(off_hook=True, ring_trip=True)
LIFTED = HookChanged(off_hook=True)
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


# is it true?


class OddBus:
    """A chip select on which one register reads wrongly."""

    def __init__(self, bench: Bench, register: int, flipped: int) -> None:
        self._below, self._register, self._flipped = bench.spi, register, flipped
        self._asked = 0

    def xfer2(self, values: list[int], /) -> list[int]:
        got = self._below.xfer2(values)
        asked, self._asked = self._asked, values[0]
        return [got[0] ^ self._flipped] if asked == 0x80 | self._register else got

    def close(self) -> None: ...


def test_a_hook_is_not_believed_of_a_chip_that_is_not_sure_and_is_heard_again() -> None:
    """D07: register 11 holds what no bus makes up; the telephone was lifted all the same."""
    bench = Bench().up()
    bus = bench.slic._chip.bus
    bench.loop.set_hook(True)
    bench.run(0.030)
    bus.spi = OddBus(bench, register=11, flipped=0x04)
    with pytest.raises(ChipError, match="port 1: register 11 reads 0x37, wants 0x33"):
        bench.slic.poll()
    bus.spi = bench.spi
    assert bench.slic.poll() == [LIFTED]
    assert bench.slic.poll() == []


class Doubtful(Latches):
    """Register 68 reads so, look by look, and then the last value for good."""

    def __init__(self, *looks: int) -> None:
        super().__init__()
        self.looks = list(looks)

    def read(self, address: int) -> int:
        if address != 68:
            return super().read(address)
        return self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]


@pytest.mark.parametrize(
    ("looks", "believed"),
    [
        ((LOOP_CLOSED, LOOP_CLOSED, LOOP_CLOSED), True),
        ((LOOP_CLOSED, LOOP_CLOSED, 0), False),
        ((LOOP_CLOSED, 0, LOOP_CLOSED), False),
        ((LOOP_CLOSED, 0, 0), False),
    ],
)
def test_on_a_chain_a_hook_is_looked_at_twice_more(looks: tuple[int, ...], believed: bool) -> None:
    """A chip that has lost step spoils every other answer: all three have to agree."""
    chip = Doubtful(*looks)
    supervision = Supervision(Direct(chip))
    heard = supervision.poll(ringing=False)
    assert heard == [LIFTED]
    if believed:
        supervision.confirm(heard)
        assert supervision.off_hook
        return
    with pytest.raises(ChipError, match="register 68 says two things"):
        supervision.confirm(heard)
    assert not supervision.off_hook, "it is not taken for told"
    chip.looks = [LOOP_CLOSED]
    assert supervision.poll(ringing=False) == [LIFTED]


def test_a_ring_trip_and_an_alarm_are_not_looked_at_twice() -> None:
    """The comparator of the ring trip is quiet again by then (register 68, RTP)."""
    chip = Doubtful(RING_TRIP, 0)
    supervision = Supervision(Direct(chip))
    heard = supervision.poll(ringing=True)
    supervision.confirm([*heard, PowerAlarm(("Q1",))])
    assert (heard, supervision.off_hook) == ([ANSWERED], True)
