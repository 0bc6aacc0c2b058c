"""Ringing, ring trip and the pauses between, of the simulated Si321x."""

from __future__ import annotations

import math

import pytest

from drivers.sim.loop import Loop
from tests.sim.si321x_bench import Bench, working


def ringing(bench: Bench, *, active_s: float = 1.0, pause_s: float = 4.0) -> None:
    for address, seconds in ((48, active_s), (50, pause_s)):
        ticks = round(seconds * 8000)
        bench.write(address, ticks & 0xFF)
        bench.write(address + 1, ticks >> 8)
    bench.write(34, 0x18)
    bench.write(64, 4)


def test_the_cadence_of_a_minute_is_exact() -> None:
    bench = working()
    ringing(bench)
    start, edges, level = bench.chip.now, [], True
    while bench.chip.now < start + 60:
        bench.run(0.005)
        now_on = bench.chip.linefeed == 4
        if now_on is not level:
            edges.append(bench.chip.now - start)
            level = now_on
    expected = [5 * (n // 2) + (1 if n % 2 == 0 else 5) for n in range(len(edges))]
    assert len(edges) in (23, 24)
    assert edges == pytest.approx(expected, rel=0.01)


def test_the_line_tells_burst_from_pause() -> None:
    bench = working()
    bench.write(21, 0x30)
    ringing(bench)
    bench.run(0.5)
    assert (bench.read(64), bench.read(34) & 0xA4) == (0x44, 0xA4)
    burst = bench.chip.snapshot()
    assert burst.ringing
    assert burst.ring_hz == pytest.approx(25.0, abs=0.05)
    assert burst.ring_vrms == pytest.approx(58.8, abs=0.5)
    bench.run(1.0)
    assert (bench.read(64), bench.read(34) & 0xA4, bench.read(18)) == (0x24, 0x00, 0x10)
    assert bench.chip.ring is None
    bench.run(3.6)
    assert (bench.read(64), bench.read(18)) == (0x44, 0x30)


def test_without_timers_ringing_lasts_until_the_host_ends_it() -> None:
    bench = working()
    bench.write(34, 0x00)
    bench.write(64, 4)
    bench.run(20.0)
    assert bench.read(64) == 0x44
    bench.write(64, 2)
    assert bench.read(64) == 0x22
    assert bench.chip.ring is None


@pytest.mark.parametrize(
    ("rco", "rngx", "hz", "peak_v"),
    [
        (0x7EFD, 0x0177, 20.0, 70.0),
        (0x7E6C, 0x023A, 25.0, 84.8),
        (0x7EF0, 0x0160, 20.5, 63.9),
        (0x7F4C, 0x017C, 16.67, 85.0),
        (0x79BC, 0x047D, 50.0, 85.0),
    ],
)
def test_ring_words_mean_what_the_data_sheet_says(
    rco: int, rngx: int, hz: float, peak_v: float
) -> None:
    bench = working(loop=Loop(ren=0))
    bench.write_indirect("RCO", rco)
    bench.write_indirect("RNGX", rngx)
    bench.write(64, 4)
    bench.run(0.2)
    ring = bench.chip.ring
    assert ring
    assert ring[0] == pytest.approx(hz, abs=0.15)
    assert ring[1] * math.sqrt(2) == pytest.approx(peak_v, abs=0.3)


def test_a_trapezoid_is_louder_than_a_sine_of_the_same_peak() -> None:
    bench = working(loop=Loop(ren=0))
    for name, word in (("RNGY", 0x00A0), ("RNGX", 0x7155), ("RCO", 0x02A0)):
        bench.write_indirect(name, word)
    bench.write(34, 0x01)
    bench.write(64, 4)
    bench.run(0.2)
    assert bench.chip.ring
    assert bench.chip.ring == pytest.approx((25.0, 68.0), abs=0.3)


def test_a_low_battery_cuts_the_ring_voltage() -> None:
    bench = working(loop=Loop(ren=5))
    bench.write(74, 0x32)
    bench.write(64, 4)
    bench.run(0.2)
    ring = bench.chip.ring
    assert ring
    assert 43 < ring[1] < 45, "about 44 Vrms are guaranteed"


def test_ring_trip_waits_for_its_debounce() -> None:
    times = []
    for word in (0x05, 0x1E):
        bench = working()
        bench.write(70, word)
        bench.write(64, 4)
        bench.run(0.3)
        start = bench.chip.now
        bench.loop.set_hook(True)
        bench.wait_for(19, 1, 0.2)
        times.append(bench.chip.now - start)
    assert times[1] - times[0] == pytest.approx(25 * 0.00125, abs=0.0013)


@pytest.mark.parametrize("word", [0, 8])
def test_the_input_must_stay_for_the_whole_debounce(word: int) -> None:
    bench = working()
    bench.write_indirect("NRTP", 0x8000)
    bench.write(70, word)
    bench.write(64, 4)
    first = (int(bench.chip.now / 0.00125) + 240) * 0.00125
    bench.chip.advance(first - 0.00001)
    bench.loop.set_hook(True)
    bench.chip.advance(first + word * 0.00125 - 0.00001)
    assert bench.chip.peek(19) == 0
    bench.chip.advance(first + word * 0.00125 + 0.00001)
    assert bench.chip.peek(19) == 1


@pytest.mark.parametrize("at", [0.02, 0.5, 0.97, 1.1, 3.0, 4.95])
def test_ring_trip_takes_less_than_200_ms_anywhere_in_the_cadence(at: float) -> None:
    bench = working()
    ringing(bench)
    bench.run(at)
    assert bench.read(68) & 3 == 0, "ringers alone do not trip"
    start = bench.chip.now
    bench.loop.set_hook(True)
    while not bench.chip.int_asserted:
        bench.run(0.00125)
    assert bench.chip.now - start < 0.200
    assert bench.read(68) & 3
    assert bench.read(64) == 0x11, "ring voltage is off"
    for _ in range(200):
        bench.run(0.00125)
        assert bench.read(68) & 3, "no gap between ring trip and loop closure"
    assert bench.read(68) & 3 == 1
    assert not bench.chip.undefined


def test_five_ringers_do_not_trip() -> None:
    bench = working(loop=Loop(ren=5))
    ringing(bench)
    bench.run(12.0)
    assert bench.read(19) == 0


def test_a_ring_trip_filter_left_open_trips_on_ringer_current() -> None:
    bench = working(loop=Loop(ren=5))
    bench.write_indirect("NRTP", 0x8000)
    bench.write(70, 0x05)
    ringing(bench)
    bench.run(0.5)
    assert bench.read(19) & 1


@pytest.mark.parametrize(
    ("name", "word"), [("RPTP", 0x7E00), ("NRTP", 0x0000)], ids=["threshold", "filter"]
)
def test_wrongly_programmed_ring_trip_does_not_trip(name: str, word: int) -> None:
    bench = working()
    bench.write_indirect(name, word)
    bench.write(34, 0x00)
    bench.write(64, 4)
    bench.run(0.2)
    bench.loop.set_hook(True)
    bench.run(1.0)
    assert bench.read(68) & 2 == 0


def test_without_aord_ring_trip_is_reported_and_ringing_goes_on() -> None:
    bench = working()
    bench.write(67, 0x13)
    bench.write(34, 0x00)
    bench.write(64, 4)
    bench.run(0.2)
    bench.loop.set_hook(True)
    bench.run(0.2)
    assert (bench.read(19) & 1, bench.read(64)) == (1, 0x44)


def test_the_pause_of_automatic_ringing_has_a_debounce_of_its_own() -> None:
    bench = working()
    ringing(bench)
    bench.run(2.0)
    bench.loop.set_hook(True)
    bench.run(0.100)
    assert bench.read(68) & 1 == 0
    bench.run(0.010)
    assert bench.read(68) & 1 == 1


def test_reversing_while_ringing_and_oscillator_2_while_ringing_are_counted() -> None:
    bench = working()
    bench.write(64, 4)
    bench.write(33, 0x06)
    bench.write(64, 5)
    assert set(bench.chip.undefined) == {
        "oscillator 2 while ringing",
        "polarity change while ringing",
    }
