"""The copper pair."""

from __future__ import annotations

import math

import pytest

from drivers.sim.loop import Loop


def test_an_open_pair_carries_the_open_circuit_voltage_and_no_current() -> None:
    point = Loop().dc(48.0, 20.0)
    assert (point.volts, point.milliamps, point.telephone_volts) == (48.0, 0.0, 48.0)


def test_a_short_loop_gets_the_constant_current() -> None:
    loop = Loop(wire_ohms=100, telephone_ohms=200)
    loop.set_hook(True)
    point = loop.dc(48.0, 20.0)
    assert point.milliamps == pytest.approx(20.0)
    assert point.volts == pytest.approx(6.0)
    assert point.telephone_volts == pytest.approx(4.0)


def test_a_long_loop_gets_what_the_source_resistance_leaves() -> None:
    loop = Loop(wire_ohms=2800, telephone_ohms=200)
    loop.set_hook(True)
    assert loop.dc(48.0, 20.0).milliamps == pytest.approx(48 / 3160 * 1000)


def test_a_battery_that_is_not_up_limits_the_current() -> None:
    loop = Loop(wire_ohms=0)
    loop.set_hook(True)
    assert loop.dc(48.0, 20.0, available_v=1.0).milliamps == pytest.approx(5.0)


def test_leakage_draws_current_on_hook_and_beside_the_telephone() -> None:
    loop = Loop(wire_ohms=0, leakage_ohms=2240)
    assert loop.dc(48.0, 40.0).milliamps == pytest.approx(20.0)
    loop.set_hook(True)
    assert loop.dc_ohms == pytest.approx(1 / (1 / 200 + 1 / 2240))
    loop.change(leakage_ohms=math.inf)
    assert loop.dc_ohms == 200


@pytest.mark.parametrize(("ren", "least_ma", "most_ma"), [(1, 11.5, 12.4), (5, 53, 62)])
def test_ring_current_grows_with_the_ringers(ren: float, least_ma: float, most_ma: float) -> None:
    assert least_ma < Loop(ren=ren).ring(85.0, 25.0).peak_milliamps < most_ma


def test_five_ringers_still_get_44_volts_from_a_75_volt_battery() -> None:
    loop = Loop(ren=5, wire_ohms=160)
    assert loop.ring(75.0 - 3.5, 20.0).telephone_vrms > 40
    assert Loop(ren=0).ring(85.0, 25.0).telephone_vrms == pytest.approx(60.1, abs=0.1)


def test_who_watches_is_told_of_changes_only() -> None:
    loop, told = Loop(), []
    loop.watch(lambda: told.append(loop.hook_closed))
    loop.set_hook(False)
    loop.set_hook(True)
    loop.set_hook(True)
    loop.change(ren=3)
    loop.set_hook(False)
    assert told == [True, True, False]
