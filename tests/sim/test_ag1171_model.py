"""The simulated Ag1171 at its pins; every rule of the sheets is broken on purpose."""

from __future__ import annotations

import pytest

from drivers.sim.ag1171 import Ag1171Model
from drivers.sim.ag1171_faults import ModuleFaults

STATIC = "RM high with F/R static for more than 100 ms"
EARLY = "RM dropped before F/R had rested for 10 ms"


def rung(model: Ag1171Model, seconds: float, hz: float = 25.0) -> None:
    """A burst as it should be."""
    model.drive_ring_mode(True)
    model.toggle_reverse(hz)
    model.advance(model.now + seconds)
    model.drive_reverse(True)
    model.advance(model.now + 0.015)
    model.drive_ring_mode(False)


def test_a_burst_as_it_should_be_breaks_nothing() -> None:
    model = Ag1171Model()
    rung(model, 1.0)
    assert not model.broken
    ((hz, begin, end),) = model.bursts
    assert hz == pytest.approx(25)
    assert (end - begin) * hz == pytest.approx(25, abs=1)


def test_p_d_may_not_be_driven_high() -> None:
    model = Ag1171Model()
    model.drive_power(None)
    model.drive_power(False)
    assert not model.broken
    model.drive_power(True)
    assert model.broken == {"PD driven high": 1}


def test_r_m_may_not_be_high_while_f_r_rests() -> None:
    model = Ag1171Model()
    model.drive_ring_mode(True)
    model.advance(0.2)
    model.drive_ring_mode(False)
    assert model.broken == {STATIC: 1}


def test_r_m_may_not_fall_with_f_r_or_before_it_rested() -> None:
    model = Ag1171Model()
    model.drive_ring_mode(True)
    model.toggle_reverse(25)
    model.advance(0.550)
    model.drive_reverse(True)
    model.advance(0.555)
    model.drive_ring_mode(False)
    assert model.broken == {EARLY: 1}


def test_r_m_may_not_be_high_for_long_nor_often() -> None:
    model = Ag1171Model()
    rung(model, 3.1)
    assert model.broken == {"RM high for more than 3 s": 1}
    often = Ag1171Model()
    for _ in range(8):
        rung(often, 2.0)
        often.advance(often.now + 2.0)
    assert set(often.broken) == {"RM high for more than a third of 30 s"}


def test_f_r_may_not_be_toggled_with_r_m_low_nor_reversed_when_it_rises() -> None:
    model = Ag1171Model()
    for level in (False, True, False):
        model.drive_reverse(level)
        model.advance(model.now + 0.05)
    assert model.broken == {"F/R toggled with RM low": 2}
    model.drive_ring_mode(True)
    assert model.broken["RM raised with F/R reversed"] == 1


def test_ringing_is_what_toggles_between_15_and_30_hz_with_r_m_high() -> None:
    for hz, rings in ((10, False), (16, True), (28, True), (50, False)):
        model = Ag1171Model()
        model.drive_ring_mode(True)
        model.toggle_reverse(hz)
        model.advance(0.3)
        assert model.ringing is rings, hz
        assert (model.snapshot().ring_vrms > 55) is rings
    quiet = Ag1171Model()
    quiet.toggle_reverse(25)
    quiet.advance(0.3)
    assert not quiet.ringing


def test_edges_by_hand_ring_as_well_and_the_last_one_ends_it() -> None:
    model = Ag1171Model()
    model.drive_ring_mode(True)
    for n in range(20):
        model.drive_reverse(n % 2 == 1)
        model.advance(model.now + 0.020)
    assert model.ringing
    model.advance(model.now + 0.05)
    assert not model.ringing


def test_the_switch_hook_follows_the_loop_2_ms_later() -> None:
    model = Ag1171Model()
    seen: list[tuple[float, bool]] = []
    model.on_shk = lambda level: seen.append((round(model.now, 3), level))
    model.loop.set_hook(True)
    model.advance(0.1)
    model.loop.set_hook(False)
    model.advance(0.2)
    assert seen == [(0.002, True), (0.102, False)]
    assert model.dc().milliamps == 0


def test_a_lift_in_ringing_is_a_pulse_first() -> None:
    model = Ag1171Model()
    seen: list[bool] = []
    model.on_shk = seen.append
    model.drive_ring_mode(True)
    model.toggle_reverse(25)
    model.advance(0.2)
    model.loop.set_hook(True)
    model.advance(0.3)
    assert seen == [True, False, True]


def test_a_long_line_draws_too_little_to_be_seen() -> None:
    model = Ag1171Model()
    model.loop.change(wire_ohms=4000)
    model.loop.set_hook(True)
    model.advance(0.1)
    assert 0 < model.dc().milliamps < 13
    assert not model.shk


def test_powered_down_nothing_is_left() -> None:
    model = Ag1171Model()
    model.loop.set_hook(True)
    model.advance(0.1)
    model.set_pclk(1_024_000)
    assert (model.shk, model.audio.transmit_gain, model.audio.tx_slot) == (True, 1.0, 0)
    model.drive_power(False)
    assert (model.shk, model.snapshot().line_v, model.audio.receive_gain) == (False, 0.0, 0.0)
    model.set_pclk(0)
    assert model.audio.tx_slot is None


def test_faults_do_what_they_say() -> None:
    model = Ag1171Model()
    model.faults = ModuleFaults(shk_stuck=True)
    assert model.shk
    model.faults = ModuleFaults(fr_swapped=True)
    assert model.snapshot().line_v < 0
    assert model.audio.receive_gain == 1.0
    model.faults = ModuleFaults(no_oht=True)
    assert model.audio.receive_gain == 0.0
    seen: list[bool] = []
    model.on_shk = seen.append
    model.faults = ModuleFaults(shk_bounce_ms=6)
    model.loop.set_hook(True)
    model.advance(model.now + 0.1)
    assert len(seen) == 7
    model.faults = ModuleFaults(supply_drop=True)
    seen.clear()
    model.drive_ring_mode(True)
    model.toggle_reverse(25)
    model.advance(model.now + 0.1)
    assert seen == [False]
