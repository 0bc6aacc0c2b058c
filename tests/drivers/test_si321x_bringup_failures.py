"""Every check of the start-up that may fail: named, and the line left open."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.errors import BringUpError, BusError
from drivers.si321x_tables import BoardValues
from drivers.sim.loop import Loop
from drivers.sim.si321x import Si321xModel
from drivers.sim.si321x_faults import CalibrationStage, Faults
from drivers.slic import Linefeed, LineSettings, RingSpec, Steps
from tests.drivers.bench import Bench, RecordingSpi


def fails(bench: Bench, settings: LineSettings | None = None) -> BringUpError:
    """Run a start-up that must fail and leave the line open, the converter off."""
    with pytest.raises(BringUpError) as caught:
        bench.do(bench.slic.bring_up(settings or LineSettings()))
    if not bench.chip.faults.missing:
        assert bench.chip.peek(64) == 0x00
        assert bench.chip.peek(14) == 0x10
    assert str(caught.value).startswith("port 1: ")
    return caught.value


def faulty(**faults: object) -> Bench:
    bench = Bench()
    bench.chip.faults = replace(Faults(), **faults)  # type: ignore[arg-type]
    return bench


def test_a_missing_chip_is_named() -> None:
    error = fails(faulty(missing=True))
    assert (error.step, error.message) == (
        "identification",
        "identification: register 0 reads 0xff: no SLIC answers",
    )


def test_the_first_silicon_is_refused() -> None:
    bench = Bench()
    old = Si321xModel("Si3210", bench.loop, revision=1)
    old.set_pclk(1_024_000)
    bench.chip = bench.spi.chip = old
    assert "revision A is too old" in str(fails(bench))


def test_a_chip_that_was_not_reset_is_refused_at_first() -> None:
    bench = Bench()
    bench.slic._direct.loop_back = 0
    assert "register 8 reads 0x00" in str(fails(bench))


def test_a_second_attempt_takes_the_chip_as_it_is() -> None:
    bench = faulty(cal_timeout="calibration")
    fails(bench)
    bench.chip.faults = Faults()
    bench.up()
    assert bench.slic.linefeed is Linefeed.FORWARD_ACTIVE


def test_a_chip_that_lost_step_on_the_bus_is_brought_back() -> None:
    bench = Bench()
    bench.chip.spi_slip()
    bench.up()
    assert bench.slic.linefeed is Linefeed.FORWARD_ACTIVE


@pytest.mark.parametrize("behind", range(3))
def test_a_chip_that_a_lost_byte_has_put_into_the_mode_of_a_chain_is_brought_back(
    behind: int,
) -> None:
    """Out of step, data 0x00 is a command, and the command after it goes into register 0."""
    bench = Bench().up()
    for byte in (0x00, 0x8B, *(0xFF,) * behind):
        bench.spi.xfer2([byte])
    bench.up()
    bench.slic.check()
    assert bench.slic.linefeed is Linefeed.FORWARD_ACTIVE


def test_without_a_clock_indirect_access_is_named() -> None:
    bench = Bench()
    bench.chip.set_pclk(0)
    error = fails(bench)
    assert error.step == "indirect registers"
    assert "register 31: IAS stuck" in str(error)
    assert "PCLK missing?" in str(error)


def test_a_word_that_does_not_read_back_is_named() -> None:
    bench = Bench()

    class Forgetful(RecordingSpi):
        """The high data byte of indirect register 20 comes back wrong."""

        def xfer2(self, values: list[int], /) -> list[int]:
            answer = super().xfer2(values)
            if len(self.bytes) > 1 and self.bytes[-2][0] == 0x9D and self.chip.peek(30) == 20:
                return [answer[0] ^ 0x80]
            return answer

    spi = Forgetful(bench.chip)
    bench.slic._chip.bus.spi = spi
    error = fails(bench)
    assert error.step == "indirect registers"
    assert "indirect register 20 (ring): wrote 0x7e6d, reads 0xfe6d" in str(error)


def test_foreign_voltage_stops_the_start_before_the_converter_runs() -> None:
    bench = Bench(loop=Loop(foreign_v=40))
    error = fails(bench)
    assert error.step == "foreign voltage"
    assert "register 80 reads" in str(error)
    assert (14, 0x00) not in bench.spi.writes


def test_a_converter_that_does_not_come_up_is_tried_three_times_and_stopped_at_once() -> None:
    bench = faulty(vbat_never_up=True)
    began = bench.chip.now
    error = fails(bench)
    assert error.step == "DC-DC converter"
    assert "register 82 reads" in str(error)
    switched = [write for write in bench.spi.writes if write[0] == 14]
    assert switched == [(14, 0x10), *[(14, 0x00), (14, 0x10)] * 3, (14, 0x10)]
    assert bench.chip.now - began == pytest.approx(3 * 0.5 + 2 * 2.0, abs=0.3)


def test_a_slow_converter_fails_like_a_dead_one() -> None:
    assert fails(faulty(vbat_slow=True)).step == "DC-DC converter"


def test_leakage_is_a_note_and_no_failure() -> None:
    bench = faulty(leakage=True)
    bench.do(bench.slic.bring_up(LineSettings()))
    assert bench.slic.notes == ["leakage: the battery collapses when the converter stops"]
    assert bench.slic.linefeed is Linefeed.FORWARD_ACTIVE


def test_the_leakage_test_can_be_left_out() -> None:
    bench = Bench(values=BoardValues(leakage_test=False))
    bench.do(bench.slic.bring_up(LineSettings()))
    assert [write for write in bench.spi.writes if write[0] == 14] == [(14, 0x10), (14, 0x00)]


@pytest.mark.parametrize(
    ("stage", "step", "says"),
    [
        ("converter", "DC-DC calibration", "register 93 reads 0x99 after 1 s"),
        ("calibration", "calibration", "register 96 reads 0x47 after 0.8 s"),
        ("gain-mismatch", "gain mismatch", "register 88 reads 0x03 with register 98 at 1"),
        ("balance", "longitudinal balance", "register 96 reads 0x40 after 0.8 s"),
    ],
)
def test_each_calibration_that_does_not_end_is_named(
    stage: CalibrationStage, step: str, says: str
) -> None:
    error = fails(faulty(cal_timeout=stage))
    assert error.step == step
    assert says in str(error)


def test_a_senseless_converter_calibration_is_replaced_and_noted() -> None:
    bench = faulty(cal_timeout="peak-current")
    bench.do(bench.slic.bring_up(LineSettings()))
    assert bench.chip.peek(107) == 0x08
    assert bench.slic.notes == ["DC-DC calibration gave no sane result (register 107): default"]


@pytest.mark.parametrize("variant", ["Si3210", "Si3215"])
def test_a_telephone_off_hook_at_boot_puts_the_balance_off(variant: str) -> None:
    bench = Bench(variant)
    bench.loop.set_hook(True)
    bench.do(bench.slic.bring_up(LineSettings()))
    assert bench.slic.unbalanced
    assert bench.slic.notes == ["off-hook during start-up: longitudinal balance put off"]
    assert (97, 0x01) not in bench.spi.writes
    assert (97, 0x1F) not in bench.spi.writes
    bench.run(0.1)
    assert [event.off_hook for event in bench.slic.poll()] == [True]  # type: ignore[union-attr]

    bench.loop.set_hook(False)
    bench.run(0.1)
    bench.slic.poll()
    bench.do(bench.slic.balance())
    assert not bench.slic.unbalanced
    assert (97, 0x01) in bench.spi.writes
    assert bench.slic.linefeed is Linefeed.FORWARD_ACTIVE
    bench.run(0.3)
    assert bench.slic.poll() == []


def test_a_telephone_lifted_during_the_balance_puts_it_off() -> None:
    bench = Bench()
    for wait in bench.slic.bring_up(LineSettings()):
        if bench.spi.writes[-1:] == [(96, 0x40)]:
            bench.loop.set_hook(True)
        bench.run(wait)
    assert bench.slic.unbalanced
    assert bench.chip.peek(106) == 0x20, "the default stands"


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (LineSettings(law="G722"), "companding 'G722'"),
        (LineSettings(impedance="wet string"), "impedance 'wet string' is not one of 600"),
        (LineSettings(ring=RingSpec(vrms=90)), "90 V RMS is above 70 V"),
        (LineSettings(loop_current_ma=90), "90 mA"),
        (LineSettings(rx_gain_db=20), "20 dB"),
    ],
)
def test_settings_that_the_chip_cannot_follow_are_refused_first(
    settings: LineSettings, says: str
) -> None:
    bench = Bench()
    error = fails(bench, settings)
    assert error.step == "settings"
    assert says in str(error)
    assert (14, 0x00) not in bench.spi.writes


def test_a_start_that_is_given_up_leaves_the_line_open() -> None:
    bench = Bench()
    steps = bench.slic.bring_up(LineSettings())
    for wait in steps:
        bench.run(wait)
        if bench.chip.peek(14) == 0x00:
            break
    steps.close()
    assert (bench.chip.peek(14), bench.chip.peek(64)) == (0x10, 0x00)


def test_a_line_without_voltage_is_not_put_into_service() -> None:
    bench = Bench()

    def overheating() -> Steps:
        for wait in bench.slic.bring_up(LineSettings()):
            if bench.spi.writes[-2:] == [(1, 0x21), (64, 0x01)]:
                bench.chip.power_alarm(1)
            yield wait

    with pytest.raises(BringUpError, match="line feed: register 78 reads 0x00, wants about 0x20"):
        bench.do(overheating())
    assert (bench.chip.peek(14), bench.chip.peek(64)) == (0x10, 0x00)


def test_a_bus_that_fails_names_port_and_register() -> None:
    bench = Bench()

    class Broken(RecordingSpi):
        def xfer2(self, values: list[int], /) -> list[int]:
            del values
            raise OSError(5, "Input/output error")

    bench.slic._chip.bus.spi = Broken(bench.chip)
    with pytest.raises(BusError, match=r"port 1: register 11: .*Input/output error"):
        bench.do(bench.slic.bring_up(LineSettings()))
