"""Reset and interrupt, on gpiozero's own pretended pins."""

from __future__ import annotations

from typing import Any

import pytest

from drivers.errors import DriverError
from drivers.pins import GpioPins, pin_factory


def pins() -> tuple[GpioPins, Any]:
    factory = pin_factory("mock")
    return GpioPins(factory), factory


def test_the_card_is_in_reset_until_it_is_released() -> None:
    card, factory = pins()
    reset = factory.pin(24)
    assert reset.state == 0
    card.release_reset()
    assert reset.state == 1
    card.assert_reset()
    assert reset.state == 0
    card.close()


def test_the_interrupt_is_a_low_level() -> None:
    card, factory = pins()
    assert not card.interrupt_asserted
    factory.pin(25).drive_low()
    assert card.interrupt_asserted
    card.close()


def test_a_watcher_is_called_at_each_falling_edge() -> None:
    card, factory = pins()
    edges: list[int] = []
    card.watch(lambda: edges.append(1))
    for _ in range(3):
        factory.pin(25).drive_low()
        factory.pin(25).drive_high()
    assert edges == [1, 1, 1]
    card.close()


def test_closing_leaves_the_card_in_reset() -> None:
    card, factory = pins()
    card.release_reset()
    reset = factory.pin(24)
    states: list[bool] = reset.states
    card.close()
    assert [state.state for state in states][-1] == 0  # type: ignore[attr-defined]


def test_a_factory_that_is_not_installed_is_named() -> None:
    with pytest.raises(DriverError, match="pin factory 'abacus' is not installed"):
        pin_factory("abacus")


def test_a_factory_that_finds_no_pins_is_named() -> None:
    with pytest.raises(DriverError, match=r"pin factory 'fxs-sim': .*simulated board"):
        pin_factory("fxs-sim", socket="/nonexistent/board.sock")


def test_a_pin_that_is_in_use_is_named() -> None:
    card, factory = pins()
    with pytest.raises(DriverError, match="pins 24 and 25: "):
        GpioPins(factory)
    card.close()
