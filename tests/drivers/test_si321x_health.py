"""A chip that loses its registers, overheats or vanishes; telemetry and battery."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.errors import (
    ChipError,
    ChipResetError,
    LinefeedRefusedError,
    PowerAlarmError,
)
from drivers.sim.loop import Loop
from drivers.sim.si321x_faults import Faults
from drivers.slic import ChipReset, Linefeed, LineSettings, PowerAlarm
from tests.drivers.bench import Bench, RecordingSpi, ringing


def test_every_linefeed_mode_is_entered_and_confirmed() -> None:
    bench = Bench().up()
    for mode in Linefeed:
        bench.slic.set_linefeed(mode)
        assert bench.slic.linefeed is mode
        bench.run(0.1)
    assert not bench.chip.undefined


def test_a_mode_that_does_not_stick_is_reported() -> None:
    bench = Bench().up()

    class Stuck(RecordingSpi):
        """LFS says OPEN whatever is asked for."""

        def xfer2(self, values: list[int], /) -> list[int]:
            answer = super().xfer2(values)
            return [0] if self.bytes[-2:-1] and self.bytes[-2][0] == 0xC0 else answer

    bench.slic._chip.bus.spi = Stuck(bench.chip)
    with pytest.raises(
        LinefeedRefusedError, match="register 64: wanted REVERSE_ON_HOOK_TRANSMISSION, is OPEN"
    ) as caught:
        bench.slic._enter(Linefeed.REVERSE_ON_HOOK_TRANSMISSION)
    assert caught.value.port == 1


def test_shutting_down_opens_the_line_and_stops_the_battery() -> None:
    bench = Bench().up()
    bench.slic.shut_down()
    assert (bench.chip.peek(64), bench.chip.peek(14)) == (0x00, 0x10)
    assert not bench.chip.int_asserted
    bench.slic.check()


def test_a_healthy_chip_passes_the_check_cheaply() -> None:
    bench = Bench().up()
    bench.slic.check()
    assert len(bench.spi.bytes) == 6


def test_a_chip_reset_is_found_and_told() -> None:
    bench = Bench().up()
    bench.chip.chip_reset()
    with pytest.raises(ChipResetError, match="port 1: register 8 reads 0x02: the chip has been"):
        bench.slic.check()
    assert bench.slic.poll() == [ChipReset()]
    assert bench.slic.poll() == []


def test_a_chip_reset_is_found_while_the_line_is_open_too() -> None:
    """Else the port would be fed again with thresholds that nobody has set, and hear nothing."""
    bench = Bench().up()
    bench.slic.set_linefeed(Linefeed.OPEN)
    bench.slic.check()
    bench.chip.chip_reset()
    with pytest.raises(ChipResetError, match="register 8 reads 0x02"):
        bench.slic.check()


def test_a_chip_reset_is_found_although_the_line_was_fed_again_since() -> None:
    bench = Bench().up()
    bench.chip.chip_reset()
    bench.slic.ring_burst(False)
    bench.chip._write(64, 0x01)
    with pytest.raises(ChipResetError, match="register 8 reads 0x02"):
        bench.slic.check()


def test_a_chip_that_lost_step_needs_its_registers_again() -> None:
    bench = Bench().up()
    bench.chip.spi_slip()
    with pytest.raises(ChipResetError, match="lost step"):
        bench.slic.check()
    bench.do(bench.slic.bring_up(LineSettings()))
    bench.slic.check()
    assert bench.slic.linefeed is Linefeed.FORWARD_ACTIVE


def test_a_missing_chip_fails_the_check() -> None:
    bench = Bench().up()
    bench.chip.faults = replace(Faults(), missing=True)
    with pytest.raises(ChipError, match="register 11 reads 0xff, wants 0x33"):
        bench.slic.check()


def test_a_power_alarm_names_the_transistors_and_the_check_feeds_the_line_again() -> None:
    bench = Bench().up()
    bench.chip.power_alarm(1)
    bench.chip.power_alarm(5)
    assert bench.slic.poll() == [PowerAlarm(("Q1", "Q5"))]
    assert bench.chip.peek(64) == 0x00
    with pytest.raises(PowerAlarmError, match="power alarm 1, line fed again"):
        bench.slic.check()
    assert bench.slic.linefeed is Linefeed.FORWARD_ACTIVE
    assert bench.slic.telemetry().power_alarms == 1
    bench.slic.check()


def test_a_power_alarm_in_ringing_leaves_the_line_fed_and_quiet() -> None:
    bench = ringing()
    bench.run(0.5)
    bench.chip.power_alarm(6)
    with pytest.raises(PowerAlarmError):
        bench.slic.check()
    assert bench.slic.linefeed is Linefeed.FORWARD_ACTIVE
    bench.run(6)
    assert bench.chip.ring is None


def test_the_tenth_power_alarm_is_the_last() -> None:
    bench = Bench().up()
    for count in range(1, 11):
        bench.chip.power_alarm(2)
        with pytest.raises(PowerAlarmError, match="stays open" if count == 10 else "fed again"):
            bench.slic.check()
    assert bench.slic.linefeed is Linefeed.OPEN
    bench.do(bench.slic.bring_up(LineSettings()))
    bench.chip.power_alarm(2)
    with pytest.raises(PowerAlarmError, match="power alarm 1, line fed again"):
        bench.slic.check()  # who starts it anew has waited long enough: the count is new too


def test_power_alarms_are_forgotten_slowly() -> None:
    bench = Bench().up()
    for _ in range(15):
        bench.chip.power_alarm(2)
        with pytest.raises(PowerAlarmError, match="alarm 1, line fed again"):
            bench.slic.check()
        for _ in range(10):
            bench.slic.check()
    assert bench.slic.telemetry().power_alarms == 15


GOLDEN = [
    # mode, loop resistance off-hook, registers 78 to 81
    (Linefeed.FORWARD_ACTIVE, None, (0x20, 0x00, 0x08, 0x88)),
    (Linefeed.REVERSE_ACTIVE, None, (0x60, 0x00, 0x88, 0x08)),
    (Linefeed.FORWARD_ACTIVE, 200, (0x02, 0x10, 0x08, 0x13)),
    (Linefeed.FORWARD_ACTIVE, 600, (0x08, 0x10, 0x08, 0x28)),
    (Linefeed.REVERSE_ACTIVE, 600, (0x48, 0x50, 0x28, 0x08)),
]


@pytest.mark.parametrize(("mode", "ohms", "registers"), GOLDEN)
def test_telemetry_reads_what_the_sheet_says(
    mode: Linefeed, ohms: int | None, registers: tuple[int, ...]
) -> None:
    bench = Bench(loop=Loop(wire_ohms=0, telephone_ohms=ohms or 200)).up()
    bench.slic.set_linefeed(mode)
    bench.loop.set_hook(ohms is not None)
    bench.run(2)
    seen = tuple(bench.chip.peek(address) for address in range(78, 82))
    for got, wanted in zip(seen, registers, strict=True):
        assert abs(got - wanted) <= 2, f"{seen} against {registers}"
    telemetry = bench.slic.telemetry()
    sign = -1 if mode is Linefeed.REVERSE_ACTIVE else 1
    assert telemetry.linefeed is mode
    assert telemetry.off_hook is (ohms is not None)
    assert telemetry.loop_v == pytest.approx(sign * (registers[0] & 0x3F) * 1.5, abs=3)
    assert telemetry.loop_ma == pytest.approx(sign * (20 if ohms else 0), abs=2.5)
    assert telemetry.tip_v == pytest.approx(-0.376 * registers[2], abs=0.8)
    assert telemetry.ring_v == pytest.approx(-0.376 * registers[3], abs=0.8)
    assert telemetry.tip_v is not None
    assert telemetry.ring_v is not None
    tip_to_ring = telemetry.tip_v - telemetry.ring_v
    assert tip_to_ring == pytest.approx(telemetry.loop_v, abs=2)


def test_the_battery_follows_the_line() -> None:
    bench = Bench(loop=Loop(wire_ohms=0)).up()
    bench.run(3)
    assert bench.slic.telemetry().battery_v == pytest.approx(-60, abs=1)
    bench.slic.set_linefeed(Linefeed.OPEN)
    bench.run(1)
    assert bench.slic.telemetry().battery_v == pytest.approx(-93, abs=1)
