"""The line test of the Si321x: what it says of a line, and that the line is as before.

Accuracy after the data sheet: the monitor converters err by 10 % in volts and 20 % in amperes
and go in steps of 0.376 V and 0.32 mA; the rest is the method's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.errors import ChipError, LinefeedRefusedError
from drivers.line_test import LineReadings, WireVoltage, wire_voltage
from drivers.sim.loop import Loop
from drivers.sim.si321x_faults import Faults
from drivers.slic import Linefeed, LineSettings
from tests.drivers.bench import CHINA, Bench
from tests.drivers.module_bench import ModuleBench

MOST_S = 6.0
"""No line test may take longer."""
VARIANTS = ["Si3210", "Si3215"]


def measure(
    bench: Bench,
    at: Callable[[float], object] = lambda _: None,
    hz: float = 25,
    off_hook: bool | None = None,
) -> LineReadings:
    """Run one line test; `at` is told the time at each of its steps."""
    began = bench.chip.now
    found: list[LineReadings] = []

    def work() -> Iterator[float]:
        found.append((yield from bench.slic.measure_line(hz, off_hook=off_hook)))

    for wait in work():
        at(bench.chip.now - began)
        bench.run(wait)
    assert bench.chip.now - began < MOST_S
    return found[0]


def line(*, hook: bool = False, faults: Faults | None = None, **copper: float) -> Bench:
    """A port in service on a line with that copper."""
    bench = Bench().up()
    bench.loop.change(**copper)
    bench.loop.set_hook(hook)
    bench.chip.faults = faults or Faults()
    bench.run(0.2)
    bench.slic.poll()
    return bench


ohms = st.floats(math.log(100), math.log(100e3)).map(math.exp)
errors = st.builds(Faults, volts_gain=st.floats(0.9, 1.1), amps_gain=st.floats(0.8, 1.2))


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_sound_line_has_one_bell_and_nothing_else(variant: str) -> None:
    found = measure(Bench(variant).up())
    assert found.tip == found.ring == WireVoltage()
    assert found.tip_ring_ohms == found.tip_ground_ohms == found.ring_ground_ohms == math.inf
    assert found.ren == pytest.approx(1.0, abs=0.05)
    assert found.loop is None
    assert (found.closed, found.moved) == (False, False)


@settings(max_examples=8)
@given(ohms, errors)
def test_a_leak_to_ground_is_found_on_its_wire_within_the_stated_accuracy(
    true: float, faults: Faults
) -> None:
    """40 % below 50 kilohms, a factor of two up to 100, whatever the converters err by."""
    found = measure(line(ring_ground_ohms=true, faults=faults))
    assert found.ring_ground_ohms is not None
    share = 1.5 if true < 50e3 else 2.0
    assert true / share < found.ring_ground_ohms < true * share
    assert found.tip_ground_ohms == math.inf
    assert found.tip_ring_ohms == math.inf


@pytest.mark.parametrize(
    ("tip", "ring"),
    [(300, 300), (1e3, 4e3), (4e3, 1e3), (5e3, 20e3), (20e3, 5e3), (20e3, 25e3), (40e3, 40e3)],
)
def test_leaks_of_both_wires_are_told_apart(tip: float, ring: float) -> None:
    """Above 50 kilohms the two spoil each other: a factor of two there, or a little more."""
    found = measure(line(tip_ground_ohms=tip, ring_ground_ohms=ring))
    for true, other, told in (
        (tip, ring, found.tip_ground_ohms),
        (ring, tip, found.ring_ground_ohms),
    ):
        if true < 5 * other:  # else it is within the errors of the worse one
            assert told == pytest.approx(true, rel=0.4, abs=15)
    assert found.tip_ring_ohms == math.inf


@settings(max_examples=8)
@given(st.floats(math.log(10), math.log(120e3)).map(math.exp), errors)
def test_what_joins_the_wires_is_measured_within_the_stated_accuracy(
    true: float, faults: Faults
) -> None:
    """40 % below 50 kilohms, a factor of two above: as to ground."""
    found = measure(line(leakage_ohms=true, faults=faults))
    assert found.tip_ring_ohms is not None
    share = 1.5 if true < 50e3 else 2.0
    assert true / share - 15 < found.tip_ring_ohms < true * share + 15
    assert math.inf in {found.tip_ground_ohms, found.pair_ground_ohms}


@pytest.mark.parametrize("ren", [1.0, 5.0])
def test_bells_that_take_charge_are_given_the_time_for_it(ren: float) -> None:
    """8 uF a REN behind 6.9 kohm: each step of the feed draws through them for 0.2 s."""
    bench = line(ren=ren, ring_ground_ohms=40e3)
    bench.loop.bell_charges = True
    bench.run(1.0)
    found = measure(bench)
    assert found.tip_ring_ohms == found.tip_ground_ohms == math.inf
    assert found.ring_ground_ohms == pytest.approx(40e3, rel=0.2)
    bench.slic.set_linefeed(Linefeed.FORWARD_ACTIVE)
    assert abs(bench.chip.peek(79)) == 0
    bench.chip.transfer(bytes((72,)))
    bench.chip.transfer(bytes((0,)))
    assert bench.chip.peek(79) & 0x3F, "what the test waits for is there"


def test_150_kilohms_to_ground_are_seen_as_some_and_a_megohm_as_none() -> None:
    found = measure(line(tip_ground_ohms=150e3))
    assert found.tip_ground_ohms == pytest.approx(150e3, rel=0.4)
    assert measure(line(tip_ground_ohms=1e6)).tip_ground_ohms == math.inf


def test_wires_that_are_joined_have_one_way_to_ground_together() -> None:
    found = measure(line(hook=True, ring_ground_ohms=10e3))
    assert found.pair_ground_ohms == pytest.approx(10e3, rel=0.2)
    assert (found.tip_ground_ohms, found.ring_ground_ohms) == (None, None)


@settings(max_examples=8)
@given(st.integers(0, 55).map(lambda tenths: tenths / 10), errors)
def test_bells_are_counted_without_being_heard(ren: float, faults: Faults) -> None:
    bench = line(ren=ren, faults=faults)
    loudest = []

    def listen(_: float) -> None:
        loudest.append(bench.chip.snapshot().ring_vrms)

    found = measure(bench, listen)
    assert found.ren == pytest.approx(ren, rel=0.3, abs=0.12)
    assert max(loudest) < 15, "no bell moves below 20 V"


@pytest.mark.parametrize("hz", [16.667, 50])
def test_bells_are_counted_with_the_frequency_they_are_made_for(hz: float) -> None:
    """line-profiles.md: 16.67 Hz in Japan to 50 Hz in France."""
    assert measure(line(ren=2), hz=hz).ren == pytest.approx(2, abs=0.15)


def test_bells_are_counted_beside_a_leak_but_not_beside_a_bad_one() -> None:
    assert measure(line(ren=1, tip_ground_ohms=15e3)).ren == pytest.approx(1, abs=0.1)
    assert measure(line(ren=1, leakage_ohms=15e3)).ren == pytest.approx(1, abs=0.15)
    assert measure(line(ren=1, tip_ground_ohms=4e3)).ren is None


@pytest.mark.parametrize(("ac", "dc"), [(8.0, 0.0), (30.0, 0.0), (20.0, 10.0), (5.0, 30.0)])
def test_foreign_voltage_is_taken_apart_into_direct_and_alternating(ac: float, dc: float) -> None:
    """GR-909 foreign electromotive force; a wire above ground is invisible to the chip."""
    found = measure(line(foreign_ac_v=ac, foreign_v=dc))
    for wire in (found.tip, found.ring):
        assert wire is not None
        assert wire.ac_vrms == pytest.approx(ac, rel=0.15)
        assert wire.dc_v == pytest.approx(-dc, abs=2.5)


@pytest.mark.parametrize("copper", [{"foreign_v": 20.0}, {"foreign_ac_v": 15.0}])
def test_nothing_is_fed_against_foreign_voltage(copper: dict[str, Any]) -> None:
    bench = line(**copper)
    states: list[int] = []
    found = measure(bench, lambda _: states.append(bench.chip.linefeed))
    assert (found.tip_ring_ohms, found.ren) == (None, None)
    assert not {3, 4, 7} & set(states)


def test_the_end_of_the_scale_is_told() -> None:
    found = measure(line(foreign_v=120))
    assert found.ring is not None
    assert found.ring.over
    assert found.ring.dc_v < -90


def test_a_leak_to_the_battery_of_another_line_is_no_leak_to_earth() -> None:
    """Positive voltage cannot be seen, but it draws current where the earth would draw none."""
    found = measure(line(ring_ground_ohms=5000, ring_ground_v=-48))
    assert found.ring_ground_v == pytest.approx(48, abs=4)
    assert found.ring_ground_ohms == pytest.approx(5000, rel=0.1)


def test_a_handset_holds_volts_that_a_short_does_not() -> None:
    """Fact sheet, line tests: I and V at two feeds; constant R is a telephone, no V a short."""
    handset, electronic, short = (
        measure(line(hook=True)),
        measure(line(hook=True, telephone_v=6.0)),
        measure(line(leakage_ohms=0)),
    )
    assert handset.loop
    assert electronic.loop
    assert short.loop
    weak, strong = handset.loop
    assert weak.ohms == pytest.approx(strong.ohms, rel=0.15)
    assert strong.ohms == pytest.approx(220, rel=0.05), "telephone and wires of the bench"
    assert strong.milliamps == pytest.approx(29, abs=0.5)
    weak, strong = electronic.loop
    assert weak.ohms > 1.5 * strong.ohms
    assert short.loop[1].volts < 0.5
    assert all(found.closed for found in (handset, electronic, short))


def test_a_handset_that_is_not_where_it_should_be_ends_the_test_at_once() -> None:
    bench = line(hook=True)
    assert measure(bench, off_hook=False) == LineReadings(closed=True, moved=True)


# what it leaves behind


def state(bench: Bench) -> dict[str, Any]:
    """Everything of the chip that a line test touches, but what the next ringing loads."""
    registers = (11, 14, 18, 19, 20, 21, 22, 23, 32, 33, 64, 66, 67, 69, 70, 71, 72, 73, 74, 108)
    return {f"DR{address}": bench.chip.peek(address) for address in registers}


@pytest.mark.parametrize("mode", [Linefeed.FORWARD_ACTIVE, Linefeed.REVERSE_ACTIVE, Linefeed.OPEN])
def test_the_line_is_as_it_was(mode: Linefeed) -> None:
    bench = line()
    bench.slic.set_linefeed(mode)
    bench.run(0.1)
    before = state(bench)
    measure(bench)
    assert state(bench) == before
    bench.run(0.1)
    assert bench.slic.linefeed is mode
    assert bench.slic.poll() == []
    bench.slic.check()
    assert not bench.chip.undefined


@pytest.mark.parametrize("steps", range(1, 250, 49))
def test_a_test_that_is_given_up_leaves_the_line_as_it_was(steps: int) -> None:
    """A daemon that stops, a lifted handset, an exception: whatever ends it, wherever."""
    bench = line()
    before = state(bench)
    work = bench.slic.measure_line(25)
    for _ in range(steps):
        bench.run(next(work))
    work.close()
    assert state(bench) == before
    bench.run(0.1)
    assert bench.slic.linefeed is Linefeed.FORWARD_ACTIVE


def test_the_next_ringing_is_as_loud_as_ever() -> None:
    bench = line(ren=1)
    bench.slic.start_ringing(CHINA)
    bench.run(0.3)
    loud = bench.chip.ring
    bench.slic.stop_ringing()
    bench.run(0.3)
    measure(bench)
    bench.slic.start_ringing(CHINA)
    bench.run(0.3)
    assert bench.chip.ring == loud


def test_a_tone_that_sounds_ends_before_the_test_and_spoils_nothing() -> None:
    """Registers 32 and 33: oscillator 2 shares its hardware with the ring generator."""
    quiet, loud = line(ren=1), line(ren=1)
    loud.slic.play_tone((350, 440), -13.0)
    assert (loud.chip.peek(32), loud.chip.peek(33)) != (0, 0)
    assert measure(loud) == measure(quiet)
    assert (loud.chip.peek(32), loud.chip.peek(33)) == (0, 0)


def test_nobody_is_told_of_what_the_test_does_to_the_line() -> None:
    """The interrupt is shared: it must not stay asserted for a leak that one wire feeds."""
    bench = line(ring_ground_ohms=500)
    asserted = []
    measure(bench, lambda _: asserted.append(bench.chip.int_asserted))
    assert not any(asserted)
    assert bench.slic.poll() == []


def lifting(bench: Bench, at: float) -> Iterator[float]:
    """Lift the handset so many seconds into the test."""

    def look(now: float) -> None:
        if now >= at:
            bench.loop.set_hook(True)

    assert measure(bench, look).moved
    yield at


@pytest.mark.parametrize("at", [0.1, 0.9, 1.7, 2.2])
def test_a_handset_that_is_lifted_meanwhile_ends_the_test(at: float) -> None:
    bench = line()
    next(lifting(bench, at))
    bench.run(0.05)
    (event,) = bench.slic.poll()
    assert getattr(event, "off_hook", False)


def test_no_voltage_of_the_test_is_above_that_of_the_feed() -> None:
    """48 V and the common mode; what the bells get is softer than any ringing."""
    bench = line()
    highest = 0.0

    def look(_: float) -> None:
        nonlocal highest
        if bench.chip.linefeed != Linefeed.RINGING:
            highest = max(highest, bench.chip.peek(80) * 0.376, bench.chip.peek(81) * 0.376)

    measure(bench, look)
    assert 50 < highest < 52


def test_a_chip_that_does_not_follow_is_no_result() -> None:
    bench = line()
    bench.chip.faults = Faults(linefeed_stuck=True)
    with pytest.raises(LinefeedRefusedError, match="register 64"):
        measure(bench)


@pytest.mark.parametrize("at", [1.2, 2.4, 4.6])
def test_a_transistor_that_gets_too_hot_is_an_alarm_and_no_open_line(at: float) -> None:
    """AOPN opens the line: what is measured then is nothing."""
    bench = line()
    hot: list[float] = []

    def heat(now: float) -> None:
        if now >= at and not hot:
            hot.append(now)
            bench.chip.power_alarm(5)

    with pytest.raises(LinefeedRefusedError, match="a power alarm"):
        measure(bench, heat)


# hybrid


@pytest.mark.parametrize(("db", "word"), [(0.0, 0x33), (4.0, 0x30), (1.0, 0x32), (-2.77, 0x36)])
def test_the_hybrid_is_set_and_proves_the_bus_as_well(db: float, word: int) -> None:
    """DR11: 4.08, 2.5, 1.16, 0, -1.02, -1.94 or -2.77 dB; HYBP stays as after reset."""
    bench = Bench().up(LineSettings(hybrid_db=db))
    assert bench.chip.peek(11) == word
    assert bench.chip.audio.hybrid_db == pytest.approx(db, abs=0.2)
    bench.slic.check()
    bench.chip.chip_reset()
    with pytest.raises(ChipError, match="register 8 reads 0x02: the chip has been reset"):
        bench.slic.check()


def test_a_hybrid_that_no_chip_has_is_refused() -> None:
    with pytest.raises(ChipError, match=r"5 dB is not in -2\.77\.\.4\.08"):
        Bench().up(LineSettings(hybrid_db=5))


# the other chip


def test_an_ag1171_measures_nothing_and_says_so() -> None:
    bench = ModuleBench().up(LineSettings(hybrid_db=2.5))
    with pytest.raises(ChipError, match="Ag1171 measures nothing"):
        bench.slic.measure_line(25)
    assert bench.slic.notes == ["the hybrid of an Ag1171 is fixed"]
    source = bench.slic.ring_source(CHINA)
    assert (source.vrms, source.battery_v, source.most_ren) == (65, 72, 3)


def test_a_si321x_says_what_it_rings_with() -> None:
    source = Bench(loop=Loop()).up().slic.ring_source(CHINA)
    assert (source.vrms, round(source.peak_v, 1), source.battery_v) == (60, 84.9, 93)


def test_a_wire_that_is_nearly_at_ground_is_at_ground() -> None:
    assert wire_voltage([0.0, 0.376, 0.376, 0.0], 0.376, 95.5) == wire_voltage([0.0], 0.376, 95.5)
