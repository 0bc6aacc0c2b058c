"""Tip and ring with leaks to earth and foreign voltage, by hand-made sums and at the registers."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.sim.loop import PROPERTIES, Loop
from drivers.sim.pair import RELEASED, RELEASED_OHMS, Drive, solve
from drivers.sim.si321x_faults import Faults
from tests.sim.si321x_bench import Bench

SOFT = Drive(51.0, 1 / 160, 20.0)
STIFF = Drive(3.0, 1e3)
OPEN, TIP_OPEN, RING_OPEN = 0, 3, 7
LVS, LCS, TIP, RING = 78, 79, 80, 81
Q1, Q2, Q5, Q6 = 84, 85, 88, 89


def test_a_released_wire_is_pulled_along_by_what_joins_it_to_the_other() -> None:
    """Data sheet, linefeed states: about 150 kilohms from a wire that is not driven."""
    wires = solve(Loop(leakage_ohms=150e3), RELEASED, SOFT, 0.0)
    assert wires.tip_v == pytest.approx(wires.ring_v / 2, rel=1e-6)
    assert wires.tip_ma == 0
    assert wires.ring_ma == pytest.approx(51.0 / (300e3 + 160) * 1000)


def test_a_leak_to_earth_is_fed_by_one_transistor_only() -> None:
    wires = solve(Loop(ring_ground_ohms=10e3), STIFF, SOFT, 0.0)
    assert wires.ring_ma == pytest.approx(51 / 10_160 * 1000, rel=1e-3)
    assert wires.tip_ma == pytest.approx(0, abs=1e-3)
    assert wires.milliamps == pytest.approx(wires.ring_ma / 2, rel=1e-3)


def test_a_wire_that_touches_earth_gets_no_more_than_the_current_limit() -> None:
    wires = solve(Loop(ring_ground_ohms=0), STIFF, SOFT, 0.0)
    assert wires.ring_ma == pytest.approx(20.0)
    assert wires.ring_v == pytest.approx(0.02, abs=0.01)


def test_a_wire_that_touches_another_battery_is_drawn_to_it() -> None:
    wires = solve(Loop(tip_ground_ohms=50e3, tip_ground_v=48.0), RELEASED, RELEASED, 0.0)
    assert wires.tip_v == pytest.approx(48 * RELEASED_OHMS / (RELEASED_OHMS + 50e3))
    assert wires.ring_v == 0


@given(
    st.floats(100, 1e6), st.floats(100, 1e6), st.floats(100, 1e6),
    st.floats(-60, 60), st.booleans(),
)  # fmt: skip
def test_what_flows_into_the_wires_flows_out_to_ground(
    tip_ohms: float, ring_ohms: float, joined: float, volts: float, hook: bool
) -> None:
    """Kirchhoff, for any faults: both drivers together feed exactly the ways to ground."""
    loop = Loop(
        leakage_ohms=joined,
        tip_ground_ohms=tip_ohms,
        ring_ground_ohms=ring_ohms,
        ring_ground_v=volts,
    )
    loop.set_hook(hook)
    wires = solve(loop, STIFF, SOFT, 0.0)
    to_ground = wires.tip_v / tip_ohms + (wires.ring_v - volts) / ring_ohms
    assert (wires.ring_ma - wires.tip_ma) / 1000 == pytest.approx(to_ground, rel=1e-6, abs=1e-9)
    assert abs(wires.ring_ma) <= 20.0 + 1e-9


def test_the_chip_measures_each_wire_by_itself() -> None:
    """LCS of a loop is the mean of both wires, of one fed wire all (data sheet, DR79)."""
    bench = Bench(loop=Loop(ring_ground_ohms=5000))
    bench.work()
    assert bench.read(Q5) * 0.316 == pytest.approx(51 / 5160 * 1000, abs=0.2)
    assert (bench.read(Q1), bench.read(Q2), bench.read(Q6)) == (0, 0, 0)
    assert bench.read(LCS) == int(51 / 5160 * 1000 / 2 / 1.25)
    bench.write(64, TIP_OPEN)
    bench.run(0.1)
    assert bench.read(LCS) == int(51 / 5160 * 1000 / 1.25)
    assert bench.read(LVS) == int(bench.read(RING) * 0.376 / 1.5)
    bench.write(64, RING_OPEN)
    bench.run(0.1)
    assert (bench.read(LCS), bench.read(RING)) == (0, 0)
    assert bench.read(TIP) == round(51 / 0.376)


def test_mains_on_the_wires_shows_on_the_open_line_as_half_waves() -> None:
    """A wire above ground reads 0: the monitors see what is below."""
    bench = Bench(loop=Loop(foreign_ac_v=20.0))
    bench.work()
    bench.write(64, OPEN)
    seen = []
    for _ in range(100):
        bench.run(0.0027)
        seen.append(bench.read(TIP) * 0.376)
    assert max(seen) == pytest.approx(20 * math.sqrt(2), abs=0.6)
    assert 35 < seen.count(0) < 65


def test_the_monitors_err_as_much_as_they_are_told_to() -> None:
    """Data sheet: gain error of the monitor converter 10 % in volts, 20 % in amperes."""
    bench = Bench(loop=Loop(leakage_ohms=4000))
    bench.work()
    volts, amps = bench.read(RING), bench.read(Q5)
    bench.chip.faults = Faults(volts_gain=0.9, amps_gain=1.2)
    assert bench.read(RING) == pytest.approx(0.9 * volts, abs=1)
    assert bench.read(Q5) == pytest.approx(1.2 * amps, abs=1)


def test_ringing_below_the_open_circuit_voltage_is_no_ringing() -> None:
    """The ring peak must exceed VOC, or the waveform is cut (data sheet, ringing)."""
    bench = Bench()
    bench.work()
    bench.write_indirect("RNGX", 0x0050)  # 12 V peak
    bench.write(64, 4)
    bench.run(0.05)
    ring = bench.chip.ring
    assert ring is not None
    assert ring[1] == 0
    assert bench.chip.undefined["ring peak below the open-circuit voltage"]
    bench.write(72, 4)
    bench.run(0.05)
    ring = bench.chip.ring
    assert ring is not None
    assert ring[1] > 5


def test_a_cut_wire_carries_neither_volts_nor_bells() -> None:
    loop = Loop(wire_ohms=math.inf)
    loop.set_hook(True)
    assert (loop.dc(48, 20).milliamps, loop.dc(48, 20).telephone_volts) == (0, 0)
    assert (loop.ring(85, 25).peak_milliamps, loop.ring(85, 25).telephone_vrms) == (0, 0)


def test_a_leak_takes_from_the_bell_and_a_short_silences_it() -> None:
    sound, leaky, shorted = Loop(), Loop(leakage_ohms=1000), Loop(leakage_ohms=0)
    assert leaky.ring(85, 25).telephone_vrms < 0.9 * sound.ring(85, 25).telephone_vrms
    assert shorted.ring(85, 25).telephone_vrms < 1


def test_an_electronic_telephone_holds_some_volts_before_it_draws() -> None:
    loop = Loop(wire_ohms=0, telephone_ohms=150, telephone_v=6)
    loop.set_hook(True)
    assert loop.dc(48, 20).volts == pytest.approx(6 + 0.020 * 150)
    assert loop.dc(48, 29).volts == pytest.approx(6 + 0.029 * 150)
    assert loop.dc(5, 20).milliamps == 0


def test_mending_leaves_telephone_and_bells_alone() -> None:
    loop = Loop(telephone_ohms=600, ren=3, ring_ground_ohms=1000, foreign_v=20)
    loop.mend()
    assert (loop.telephone_ohms, loop.ren, loop.grounded) == (600, 3, False)
    with pytest.raises(TypeError):
        loop.change(colour=3)
    with pytest.raises(ValueError, match="ren"):
        loop.change(ren=-1)
    assert "hook_closed" not in PROPERTIES
