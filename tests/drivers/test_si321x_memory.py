"""A start-up that takes over what a process before it has measured (restarts in half a second)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.board import Card, CardSettings, open_card
from drivers.bus import Spi
from drivers.errors import BringUpError
from drivers.sim.card import SimCard
from drivers.sim.pins import SimPins
from drivers.slic import Calibration, LineSettings
from tests.drivers.test_board import side_by_side

CHIPS = ["si3210", "si3215", "si3215m"]


def reset(sim: SimCard) -> tuple[Card, float]:
    """A card as the next process finds it."""
    spis = [sim.spi(n) for n in range(len(sim.chips))]
    card = open_card(CardSettings(ports=len(sim.chips)), spis=spis, pins=SimPins(sim))
    return card, side_by_side(sim, [card.reset()])


def started(sim: SimCard, *before: Calibration) -> tuple[Card, float]:
    """Reset and started, with what was measured before; and the seconds that it took."""
    card, took = reset(sim)
    for slic, calibration in zip(card.slics, before, strict=False):
        slic.recall(calibration)
    works = [slic.bring_up(LineSettings(timeslot=slic.port - 1)) for slic in card.slics]
    return card, took + side_by_side(sim, works)


def measured(card: Card) -> list[Calibration]:
    return [found for slic in card.slics if (found := slic.calibration)]


def fresh(variant: str, ports: int = 2) -> SimCard:
    sim = SimCard(ports, variant=variant)
    sim.set_clock(True)
    return sim


@pytest.mark.parametrize("variant", CHIPS)
def test_what_was_measured_serves_the_next_process_and_saves_the_measuring(variant: str) -> None:
    sim = fresh(variant)
    first, slowly = started(sim)
    before = measured(first)
    first.close()
    second, quickly = started(sim, *before)
    assert quickly < 0.5 < slowly
    assert measured(second) == before
    assert [chip.peek(64) for chip in sim.chips] == [0x11] * 2
    values = [[chip.peek(n) for n in before[0].registers] for chip in sim.chips]
    assert values == [list(known.registers.values()) for known in before]
    assert [slic.notes for slic in second.slics] == [slic.notes for slic in first.slics]


def test_a_balance_that_was_put_off_stays_put_off() -> None:
    sim = fresh("si3210", 1)
    sim.phones[0].lift()
    first, _ = started(sim)
    before = measured(first)
    assert first.slics[0].unbalanced
    first.close()
    second, _ = started(sim, *before)
    assert second.slics[0].unbalanced


def test_another_chip_than_before_is_measured() -> None:
    sim = fresh("si3210", 1)
    first, slowly = started(sim)
    (before,) = measured(first)
    first.close()
    _, took = started(sim, replace(before, chip="Si3215 rev B"))
    assert took > 0.9 * slowly


class Unsteady:
    """A chip select that fails once, at its so manieth transfer."""

    def __init__(self, below: Spi, nth: int) -> None:
        self._below = below
        self._left = nth

    def xfer2(self, values: list[int], /) -> list[int]:
        self._left -= 1
        if not self._left:
            raise OSError(5, "Input/output error")
        return self._below.xfer2(values)

    def close(self) -> None: ...


def test_a_chip_that_does_not_take_it_is_measured() -> None:
    sim = fresh("si3210", 1)
    first, slowly = started(sim)
    (before,) = measured(first)
    first.close()
    spi = Unsteady(sim.spi(0), 500)
    card = open_card(CardSettings(ports=1), spis=[spi], pins=SimPins(sim))
    took = side_by_side(sim, [card.reset()])
    card.slics[0].recall(before)
    took += side_by_side(sim, [card.slics[0].bring_up(LineSettings())])
    assert took > 0.9 * slowly
    assert sim.chips[0].peek(64) == 0x11


def test_a_line_without_voltage_is_not_believed() -> None:
    """Neither what was kept nor a new measurement helps: the register is named."""
    sim = fresh("si3210", 1)
    first, _ = started(sim)
    before = measured(first)
    first.close()
    sim.loops[0].foreign_v = 30.0
    with pytest.raises(BringUpError, match="register 8"):
        started(sim, *before)
    assert sim.chips[0].peek(64) == 0


def test_half_a_calibration_is_none() -> None:
    sim = fresh("si3210", 1)
    first, slowly = started(sim)
    (before,) = measured(first)
    first.close()
    _, took = started(sim, replace(before, registers={98: 0x10}))
    assert took > 0.9 * slowly
