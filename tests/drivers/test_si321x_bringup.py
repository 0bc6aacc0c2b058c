"""The start-up against the chip model: order of accesses, and what it ends in."""

from __future__ import annotations

import pytest

from drivers.si321x_tables import BoardValues
from drivers.slic import Capability, Linefeed, LineSettings, RingSpec
from tests.drivers.bench import Bench

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
    assert bench.chip.peek_indirect(36) == 0x0350, "the ring-trip filter of 25 Hz"
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


def bench_of(seed: int) -> Bench:
    return Bench(seed=seed)


def balances_at(bench: Bench, point: int) -> bool:
    """Whether the current of Q5 vanishes at this gain and not at the next."""
    shown = []
    for gain in (point, point + 1):
        bench.slic._direct.ring_gain = gain
        shown.append(bench.slic._direct.current_q5)
    return shown[0] == 0 != shown[1]


@pytest.mark.parametrize("point", [1, 0x1E])
def test_the_gain_search_goes_as_far_as_it_has_to(point: int) -> None:
    bench = next(bench for bench in map(bench_of, range(1000)) if balances_at(bench, point))
    bench.do(bench.slic.bring_up(LineSettings()))
    assert bench.chip.peek(98) == point


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
