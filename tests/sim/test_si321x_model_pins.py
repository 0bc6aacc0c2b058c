"""PCLK, reset and interrupt pin of the simulated Si321x."""

from __future__ import annotations

import pytest

from drivers.sim.si321x import Si321xModel
from drivers.sim.si321x_faults import Faults
from tests.sim.si321x_bench import Bench, working

# clock and reset


def test_pclk_must_not_change_without_a_reset() -> None:
    bench = Bench()
    bench.chip.set_pclk(512_000)
    assert bench.chip.pll_error
    bench.write(30, 20)
    bench.run(0.1)
    assert bench.read(31) == 1, "nothing moves without a PLL"
    bench.chip.set_reset(True)
    bench.chip.set_reset(False)
    assert not bench.chip.pll_error


def test_pclk_may_stop_and_come_back() -> None:
    bench = Bench()
    bench.chip.set_pclk(0)
    bench.run(1.0)
    bench.chip.set_pclk(1_024_000)
    assert not bench.chip.pll_error
    assert not bench.chip.undefined


def test_a_pclk_the_pll_does_not_know_is_an_error() -> None:
    chip = Si321xModel()
    chip.set_pclk(640_000)
    assert chip.pll_error


def test_losing_pclk_while_the_converter_runs_is_counted() -> None:
    bench = working()
    bench.chip.set_pclk(0)
    assert bench.chip.undefined == {"PCLK lost while the converter runs": 1}


def test_the_reset_pin_brings_everything_back() -> None:
    bench = working()
    before = bench.read_indirect(20)
    bench.chip.set_reset(True)
    assert bench.read(11) == 0xFF
    bench.chip.set_reset(False)
    assert (bench.read(8), bench.read(64), bench.read(14)) == (0x02, 0x00, 0x10)
    assert bench.read_indirect(20) != before


def test_a_glitch_looks_like_a_fresh_chip() -> None:
    bench = working()
    bench.chip.chip_reset()
    assert (bench.read(8), bench.read(64)) == (0x02, 0x00)


def test_time_only_goes_forward() -> None:
    bench = Bench()
    now = bench.chip.now
    bench.chip.advance(now - 1)
    assert bench.chip.now == now


@pytest.mark.parametrize("days", [0, 1, 300])
def test_advancing_to_the_deadline_always_gets_something_done(days: int) -> None:
    bench = working()
    bench.chip.advance(days * 86400 + 1 / 3)
    for address, value in ((49, 0x01), (51, 0x01), (34, 0x18), (64, 4), (36, 0x33), (38, 0x35)):
        bench.write(address, value)
    bench.write(32, 0x1E)
    bench.loop.set_hook(True)
    for _ in range(2000):
        before = bench.chip.deadline
        bench.chip.advance(before)
        assert bench.chip.deadline > before


def test_an_interrupt_says_when_it_happened() -> None:
    bench = working()
    times: list[float] = []
    bench.chip.on_int = lambda _: times.append(bench.chip.now)
    start = bench.chip.now
    bench.loop.set_hook(True)
    bench.run(1.0)
    assert times == [pytest.approx(start + 0.0133, abs=0.0008)]


def test_an_idle_chip_has_nothing_due() -> None:
    bench = working()
    bench.run(0.01)
    assert bench.chip.deadline == float("inf")
    bench.loop.set_hook(True)
    assert bench.chip.deadline - bench.chip.now <= 0.00125
    bench.run(1.0)
    assert bench.chip.deadline == float("inf"), "off-hook is a state of rest too"


# interrupts


def test_a_status_bit_needs_its_enable_and_falls_by_a_one() -> None:
    bench = working()
    seen: list[bool] = []
    bench.chip.on_int = seen.append
    bench.write(22, 0x00)
    bench.loop.set_hook(True)
    bench.run(0.05)
    assert (bench.read(19), seen) == (0x00, [])
    bench.write(22, 0xFF)
    bench.loop.set_hook(False)
    bench.run(0.05)
    assert (bench.read(19), seen) == (0x02, [True])
    bench.write(22, 0x00)
    bench.write(19, 0x00)
    assert bench.chip.int_asserted, "neither the enable nor a zero releases the pin"
    bench.write(19, 0x02)
    assert (bench.read(19), seen) == (0x00, [True, False])


def test_writing_a_one_clears_that_bit_only() -> None:
    bench = working()
    bench.chip.power_alarm(3)
    bench.chip.power_alarm(6)
    assert bench.read(19) == 0x90
    bench.write(19, 0x10)
    assert bench.read(19) == 0x80


@pytest.mark.parametrize("stuck", [True, False])
def test_a_stuck_interrupt_pin_leaves_the_registers_right(stuck: bool) -> None:
    bench = working()
    bench.chip.faults = Faults(int_stuck=stuck)
    bench.loop.set_hook(True)
    bench.run(0.05)
    assert bench.read(19) == 0x02
    assert bench.chip.int_asserted is stuck
