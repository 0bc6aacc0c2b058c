"""The wires of an Ag1171 on gpiozero's own pretended pins, and a card of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from gpiozero.pins.mock import MockFactory, MockPWMPin

from drivers.ag1171 import ModuleValues
from drivers.ag1171_gpio import MOST_EDGES, GpioWires
from drivers.ag1171_wires import ModulePins, Wiring
from drivers.board import CardSettings, open_card
from drivers.errors import DriverError

WIRING = Wiring()
SHK, RM, FR, PD = 5, 16, 12, 23


@pytest.fixture
def factory() -> Iterator[Any]:
    made = MockFactory(pin_class=MockPWMPin)
    yield made
    made.close()


def wired(factory: Any, *, idle: bool = True, wiring: Wiring = WIRING) -> GpioWires:
    return GpioWires(factory, wiring, 0, idle=idle)


def test_everything_is_off_when_the_pins_have_been_opened(factory: Any) -> None:
    for idle in (True, False):
        wires = wired(factory, idle=idle)
        assert [factory.pin(n).function for n in (SHK, RM, FR, PD)] == ["input"] + 3 * ["output"]
        assert [bool(factory.pin(n).state) for n in (RM, FR, PD)] == [False, idle, False]
        wires.close()


def test_power_down_is_an_open_drain(factory: Any) -> None:
    """PD driven high damages the part: it is low or an input, and was never anything else."""
    wires = wired(factory)
    pd = factory.pin(PD)
    for _ in range(3):
        wires.power(True)
        assert (pd.function, pd.pull) == ("input", "floating")
        wires.power(False)
        assert (pd.function, pd.state) == ("output", 0)
    assert not any(state.state for state in pd.states)


def test_f_r_is_toggled_by_pwm_with_equal_halves(factory: Any) -> None:
    wires = wired(factory)
    wires.ring_mode(True)
    wires.toggle(25)
    fr = factory.pin(FR)
    assert (fr.frequency, fr.state, factory.pin(RM).state) == (25, 0.5, 1)
    wires.reverse(True)
    assert (fr.frequency, fr.state) == (None, 1)


def test_edges_are_kept_with_their_stamps_until_they_are_fetched(factory: Any) -> None:
    wires = wired(factory)
    said: list[int] = []
    wires.watch(lambda: said.append(1))
    shk = factory.pin(SHK)
    shk.drive_high()
    shk.drive_low()
    shk.drive_high()
    assert wires.shk
    edges = wires.edges()
    assert [level for _, level in edges] == [True, False, True]
    assert sorted(at for at, _ in edges) == [at for at, _ in edges]
    assert said == [1, 1, 1]
    assert wires.edges() == []
    wires.close()
    shk.drive_low()
    assert wires.edges() == []


def test_a_storm_of_edges_fills_no_memory(factory: Any) -> None:
    """D09: the level is read anyway."""
    wires = wired(factory)
    shk = factory.pin(SHK)
    for _ in range(MOST_EDGES):
        shk.drive_high()
        shk.drive_low()
    assert len(wires.edges()) == MOST_EDGES


def test_without_pd_three_pins_are_taken(factory: Any) -> None:
    wires = wired(factory, wiring=Wiring(power=()))
    wires.power(False)
    wires.power(True)
    assert factory.pin(PD).function == "input"
    assert not wires.powered_by_us


def test_a_pin_that_is_in_use_is_named(factory: Any) -> None:
    first = wired(factory)
    with pytest.raises(DriverError, match=r"port 1: pins 5, 16, 12 and 23: .*in use"):
        wired(factory)
    first.close()
    wired(factory).close()


def test_a_card_of_modules_has_a_reset_of_its_own(factory: Any) -> None:
    wires = [GpioWires(factory, WIRING, n, idle=True) for n in range(2)]
    closed: list[int] = []
    pins = ModulePins(wires, idle=True, release=lambda: closed.append(1))
    pins.release_reset()
    assert [factory.pin(n).function for n in (23, 27)] == ["input", "input"]
    assert not pins.interrupt_asserted
    said: list[int] = []
    pins.watch(lambda: said.append(1))
    factory.pin(6).drive_high()
    assert said == [1]
    wires[1].ring_mode(True)
    wires[1].toggle(25)
    pins.assert_reset()
    assert [factory.pin(n).state for n in (23, 27, 26, 13)] == [0, 0, 0, 1]
    pins.close()
    assert closed == [1]


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (CardSettings(driver="ag1171", socket="/nonexistent/board.sock"), "/nonexistent/board"),
        (CardSettings(driver="ag1171", bus="gpio", pcm="hw:0"), "pin factory 'lgpio'"),
    ],
)
def test_a_card_that_cannot_be_opened_says_why(settings: CardSettings, says: str) -> None:
    with pytest.raises(DriverError, match=says):
        open_card(settings)


def test_the_simulated_board_is_wired_as_configured() -> None:
    settings = CardSettings(
        driver="ag1171", ports=1, wiring=Wiring((1, 2), (3,), (4,), ()), module=ModuleValues()
    )
    assert settings.wires == {"GPIO1": ("hook", 0), "GPIO3": ("ring", 0), "GPIO4": ("reverse", 0)}
    assert settings.variant == "ag1171"
    clone = CardSettings(driver="ag1171", module=ModuleValues(idle=False))
    assert clone.variant == "ks0835f"
    assert CardSettings(reset=17).wires == {
        "GPIO17": ("reset", 0),
        "GPIO25": ("interrupt", 0),
    }
