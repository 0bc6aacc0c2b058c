"""The start-up against the chip model: order of accesses, and every check that may fail."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.errors import BringUpError, BusError
from drivers.si321x_tables import BoardValues
from drivers.sim.loop import Loop
from drivers.sim.si321x import Si321xModel
from drivers.sim.si321x_faults import CalibrationStage, Faults
from drivers.slic import Capability, Linefeed, LineSettings, RingSpec, Steps
from tests.drivers.bench import Bench, RecordingSpi

BEFORE_CALIBRATION = """
14=10 64=00
08=00 108=EB 67=17 66=01
92=FF 93=19
74=3E 75=10 72=20 73=02 71=00
14=00
64=00 14=10 14=00
93=99
21=00 22=00 23=00 64=00
"""
"""Safe; set up; converter timing; feed; converter on; leakage test; its calibration."""
INTO_SERVICE = """
18=FF 19=FF 20=FF 21=00 22=FF 23=00
01=01 02=01 03=00 04=01 05=00
63=54 67=17 69=08 70=0A 65=61 71=00 72=20 73=02 09=00 10=08 11=33
01=21 64=01
"""
BALANCE = "20=04 23=04 64=01 64=00 97=01 96=40"


def text(writes: list[tuple[int, int]]) -> str:
    return " ".join(f"{register:02}={value:02X}" for register, value in writes)


def words(*parts: str) -> str:
    return " ".join(" ".join(parts).split())


def search(register: int, last: int) -> str:
    return " ".join(f"{register}={value:02X}" for value in range(0x1F, last - 1, -1))


def test_the_si3210_is_started_in_the_order_of_the_application_note() -> None:
    bench = Bench("Si3210")
    bench.do(bench.slic.bring_up(LineSettings()))
    tip, ring = bench.chip.peek(98), bench.chip.peek(99)
    assert text(bench.spi.writes) == words(
        BEFORE_CALIBRATION,
        "97=1E 96=47",
        "98=10 99=10",
        search(98, tip),
        search(99, ring),
        BALANCE,
        INTO_SERVICE,
    )
    assert not bench.chip.undefined


def test_the_si3215_calibrates_its_gains_by_itself() -> None:
    bench = Bench("Si3215")
    bench.do(bench.slic.bring_up(LineSettings(law="PCMU", timeslot=5)))
    into_service = INTO_SERVICE.replace("01=01 02=01 03=00 04=01", "01=09 02=29 03=00 04=29")
    assert text(bench.spi.writes) == words(
        BEFORE_CALIBRATION,
        "64=01 64=00 97=1F 96=5F",
        into_service.replace("01=21", "01=29"),
    )
    assert not bench.chip.undefined


def test_the_si3215_with_a_linefeed_chip_is_searched_as_the_si3210_is() -> None:
    bench = Bench("Si3215", values=BoardValues(discrete_linefeed=False))
    bench.do(bench.slic.bring_up(LineSettings()))
    assert (97, 0x1E) in bench.spi.writes
    assert (98, 0x1F) in bench.spi.writes
    assert dict(bench.spi.indirect_writes)[20] == 0x7F80


def test_the_transformer_converter_has_its_own_timing() -> None:
    for variant, timing in {
        "Si3210M": [(92, 0x60), (93, 0x38), (93, 0xB8)],
        "Si3215": [(92, 0xFF), (93, 0x19), (93, 0x99)],
    }.items():
        bench = Bench(variant)
        bench.do(bench.slic.bring_up(LineSettings()))
        assert [write for write in bench.spi.writes if write[0] in {92, 93}] == timing
    own = Bench(values=BoardValues(converter_period=0xCA, converter_off_time=0x0C))
    own.do(own.slic.bring_up(LineSettings()))
    written = [write for write in own.spi.writes if write[0] in {92, 93}]
    assert written == [(92, 0xCA), (93, 0x0C), (93, 0x8C)]


def test_all_indirect_registers_are_loaded_and_the_filters_last() -> None:
    bench = Bench("Si3210")
    bench.do(bench.slic.bring_up(LineSettings(ring=RingSpec(hz=20, vrms=49.5))))
    written = bench.spi.indirect_writes
    first = [address for address, _ in written[:49]]
    assert first == [*range(42), 43, *range(99, 105)]
    held = [(address, 0x8000) for address in range(35, 40)]
    assert [write for write in written[:49] if write in held] == held
    final = [(35, 0x8000), (36, 0x0320), (37, 0x008C), (38, 0x0100), (39, 0x0010)]
    assert written[-5:] == final
    assert (bench.chip.peek_indirect(20), bench.chip.peek_indirect(21)) == (0x7EFE, 0x0178)
    assert bench.chip.peek_indirect(193) == 0, "scratch memory flushed"
    order = bench.spi.accesses
    assert order.index(("w", 14, 0x00)) > order.index(("w", 30, 104))


def test_the_si3215_has_its_indirect_registers_elsewhere() -> None:
    bench = Bench("Si3215")
    bench.do(bench.slic.bring_up(LineSettings()))
    written = [address for address, _ in bench.spi.indirect_writes]
    assert written[:-5] == [*range(10), *range(13, 28), 64, 66, *range(69, 75)]
    assert written[-5:] == [22, 23, 24, 25, 26]
    assert not bench.chip.undefined


@pytest.mark.parametrize(
    ("variant", "name"),
    [
        ("Si3210", "Si3210 rev E"),
        ("Si3210M", "Si3210M rev E"),
        ("Si3215", "Si3215 rev E"),
        ("Si3215M", "Si3215M rev E"),
    ],
)
def test_each_member_of_the_family_comes_up_idle_and_fed(variant: str, name: str) -> None:
    bench = Bench(variant)
    took = bench.do(bench.slic.bring_up(LineSettings()))
    assert took < 6
    assert bench.slic.chip == name
    assert bench.slic.linefeed is Linefeed.FORWARD_ACTIVE
    assert bench.slic.poll() == []
    assert bench.slic.notes == []
    assert not bench.chip.int_asserted
    assert abs(bench.chip.peek(78) - 0x20) <= 2
    assert 2 <= bench.chip.peek(107) <= 13


def test_capabilities_are_those_of_the_chip_found() -> None:
    dtmf = Capability.HARDWARE_DTMF | Capability.METERING
    assert dtmf in Bench("Si3210").up().slic.capabilities
    assert not dtmf & Bench("Si3215").up().slic.capabilities
    assert Capability.HARDWARE_CADENCE in Bench("Si3215").slic.capabilities


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


@pytest.mark.parametrize(
    ("variant", "name", "code", "note"),
    [
        ("Si3210", "600", 0x08, ""),
        ("Si3215", "china", 0x0F, ""),
        ("Si3210", "china", 0x08, "impedance china is not in a Si3210: 600 ohm used"),
        ("Si3210", "uk", 0x0F, ""),
        ("Si3215", "uk", 0x0C, ""),
        ("Si3215", "japan", 0x08, "impedance japan needs R_ZREF on the card: 600 ohm used"),
    ],
)
def test_impedance_by_name_and_family(variant: str, name: str, code: int, note: str) -> None:
    bench = Bench(variant)
    bench.do(bench.slic.bring_up(LineSettings(impedance=name)))
    assert bench.chip.peek(10) == code
    assert bench.slic.notes == ([note] if note else [])


def test_gains_reach_the_analog_and_the_digital_stage() -> None:
    bench = Bench("Si3210")
    bench.do(bench.slic.bring_up(LineSettings(rx_gain_db=-6, tx_gain_db=9.5)))
    assert bench.chip.peek(9) == 0b1000
    assert (bench.chip.peek_indirect(26), bench.chip.peek_indirect(27)) == (0x2010, 0x7FB0)


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


def test_a_chip_that_lost_its_registers_gets_its_calibration_back() -> None:
    bench = Bench().up()
    before = [bench.chip.peek(address) for address in range(96, 108)]
    bench.chip.chip_reset()
    with pytest.raises(Exception, match="has been reset"):
        bench.slic.check()
    bench.spi.bytes.clear()
    took = bench.do(bench.slic.bring_up(LineSettings()))
    assert took < 0.3
    assert [bench.chip.peek(address) for address in range(96, 108)] == before
    assert (96, 0x47) not in bench.spi.writes
    assert bench.slic.linefeed is Linefeed.FORWARD_ACTIVE
    bench.run(0.2)
    assert bench.slic.poll() == []
    assert bench.slic.telemetry().loop_v == pytest.approx(48, abs=1.5)
    assert not bench.chip.undefined
