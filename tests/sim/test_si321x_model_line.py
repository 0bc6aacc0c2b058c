"""Battery, feed, supervision and power alarms of the simulated Si321x."""

from __future__ import annotations

import math

import pytest

from drivers.sim.loop import Loop
from drivers.sim.si321x_faults import Faults
from tests.sim.si321x_bench import Bench, working

LINE = (78, 79, 80, 81, 82)


def measured(bench: Bench) -> list[int]:
    return [bench.read(address) for address in LINE]


# battery and telemetry


@pytest.mark.parametrize(
    ("linefeed", "ohms", "track", "expected"),
    [
        (1, math.inf, 1, [0x20, 0x00, 0x08, 0x88, 0xA0]),
        (5, math.inf, 1, [0x60, 0x00, 0x88, 0x08, 0xA0]),
        (1, 200, 1, [0x02, 0x10, 0x08, 0x13, 0x2B]),
        (1, 200, 0, [0x02, 0x10, 0x08, 0x13, 0x40]),
        (1, 600, 1, [0x08, 0x10, 0x08, 0x28, 0x40]),
        (5, 600, 1, [0x48, 0x50, 0x28, 0x08, 0x40]),
        (0, math.inf, 1, [0x00, 0x00, 0x00, 0x00, 0xC7]),
    ],
)
def test_telemetry_shows_the_golden_values(
    linefeed: int, ohms: float, track: int, expected: list[int]
) -> None:
    bench = working()
    bench.write(74, 0x32)
    bench.write(66, track)
    if not math.isinf(ohms):
        bench.loop.change(telephone_ohms=ohms)
        bench.loop.set_hook(True)
    bench.write(64, linefeed)
    bench.run(0.3)
    for value, golden in zip(measured(bench), expected, strict=True):
        assert value & 0x40 == golden & 0x40 or golden > 0x60
        assert value == pytest.approx(golden, abs=2)


def test_the_battery_is_up_within_half_a_second_and_the_line_test_finds_it_holding() -> None:
    bench = Bench()
    bench.write(14, 0x00)
    assert bench.wait_for(82, 0xC0, 0.5) < 0.2
    bench.write(14, 0x10)
    bench.run(0.5)
    assert 0x06 < bench.read(82) < 0x80


@pytest.mark.parametrize("fault", [Faults(vbat_never_up=True), Faults(vbat_slow=True)])
def test_a_broken_converter_does_not_reach_its_target(fault: Faults) -> None:
    bench = Bench()
    bench.chip.faults = fault
    bench.write(14, 0x00)
    bench.run(0.5)
    assert bench.read(82) < 0xB7


def test_leakage_empties_the_battery() -> None:
    bench = Bench()
    bench.write(14, 0x00)
    bench.run(0.3)
    bench.chip.faults = Faults(leakage=True)
    bench.write(14, 0x10)
    bench.run(0.5)
    assert bench.read(82) < 0x06


def test_foreign_voltage_is_seen_on_the_open_line() -> None:
    bench = Bench(loop=Loop(foreign_v=12.0))
    assert (bench.read(80), bench.read(81)) == (32, 32)


def test_the_battery_stands_still_without_pclk() -> None:
    bench = Bench()
    bench.write(14, 0x00)
    bench.run(0.010)
    bench.chip.set_pclk(0)
    before = bench.read(82)
    bench.run(5.0)
    assert bench.read(82) == before


def test_a_line_without_battery_feeds_nothing() -> None:
    bench = working()
    bench.loop.set_hook(True)
    bench.write(14, 0x10)
    bench.run(6.0)
    assert (bench.read(79), bench.read(68) & 1) == (0, 0)


def test_the_transistors_carry_the_loop_current_and_its_heat() -> None:
    bench = working()
    bench.loop.change(telephone_ohms=600)
    bench.loop.set_hook(True)
    bench.run(0.3)
    assert [bench.read(address) for address in range(84, 90)] == [63, 0, 0, 0, 63, 0]
    bench.write(76, 4)
    assert bench.read(77) == pytest.approx((24 - 15) * 0.020 / 0.0304, abs=1)


def test_the_snapshot_is_what_a_meter_at_the_telephone_shows() -> None:
    bench = working(loop=Loop(wire_ohms=100))
    idle = bench.chip.snapshot()
    assert (idle.line_v, idle.loop_ma, idle.reversed) == (48.0, 0.0, False)
    bench.write(64, 5)
    bench.loop.set_hook(True)
    bench.run(0.3)
    talking = bench.chip.snapshot()
    assert talking.line_v == pytest.approx(-4.0, abs=0.01)
    assert talking.loop_ma == pytest.approx(-20.0, abs=0.01)
    assert talking.reversed


# supervision


@pytest.mark.parametrize(("word", "milliseconds"), [(0x0A, 12.5), (0x04, 5.0), (0x50, 100.0)])
def test_loop_closure_is_reported_after_the_debounce(word: int, milliseconds: float) -> None:
    bench = working()
    bench.write(69, word)
    for closed in (True, False):
        start = bench.chip.now
        bench.loop.set_hook(closed)
        while not bench.chip.int_asserted:
            bench.run(0.00025)
        passed = (bench.chip.now - start) * 1000
        assert milliseconds - 0.1 <= passed <= milliseconds + 2.75
        assert bench.read(19) == 0x02
        assert bench.read(68) & 5 == (1 if closed else 4)
        bench.clear_interrupts()


def test_contacts_that_bounce_shorter_than_the_debounce_are_not_seen() -> None:
    bench = working()
    for _ in range(20):
        bench.loop.set_hook(True)
        bench.run(0.010)
        bench.loop.set_hook(False)
        bench.run(0.010)
    assert (bench.read(19), bench.read(68)) == (0, 4)


@pytest.mark.parametrize(
    ("name", "word"), [("LCRT", 0x2000), ("NCLR", 0x0000)], ids=["threshold", "filter"]
)
def test_wrongly_programmed_supervision_sees_no_loop_closure(name: str, word: int) -> None:
    bench = working()
    bench.write_indirect(name, word)
    bench.loop.set_hook(True)
    bench.run(1.0)
    assert bench.read(68) & 1 == 0


def test_hysteresis_holds_a_current_between_the_thresholds() -> None:
    bench = working()
    bench.write(66, 0x08)  # a fixed battery, so that the current is there at once
    bench.loop.set_hook(True)
    bench.run(0.1)
    bench.loop.change(telephone_ohms=4800)
    bench.run(0.1)
    assert bench.read(79) == int(48 / 4960 * 1000 / 1.25)
    assert bench.read(68) & 1 == 1
    bench.loop.set_hook(False)
    bench.run(0.1)
    bench.loop.set_hook(True)
    bench.run(0.1)
    assert bench.read(68) & 1 == 0


def test_loop_closure_ends_on_hook_transmission() -> None:
    bench = working()
    for transmission, active in ((2, 1), (6, 5)):
        bench.write(64, transmission)
        bench.loop.set_hook(True)
        bench.run(0.05)
        assert bench.read(64) >> 4 == active
        bench.loop.set_hook(False)
        bench.run(0.05)


# power alarms


@pytest.mark.parametrize("state", [1, 4])
def test_a_power_alarm_opens_the_line_and_names_the_transistor(state: int) -> None:
    bench = working()
    bench.write(64, state)
    bench.run(0.1)
    bench.chip.power_alarm(5)
    assert (bench.read(19), bench.read(64), bench.read(8)) == (0x40, 0x00, 0x00)
    bench.write(64, 1)
    assert bench.read(64) == 0x11


def test_without_aopn_a_power_alarm_only_reports() -> None:
    bench = working()
    bench.write(67, 0x16)
    bench.chip.power_alarm(1)
    assert (bench.read(19), bench.read(64)) == (0x04, 0x11)
