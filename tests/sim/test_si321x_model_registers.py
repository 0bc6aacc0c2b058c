"""Direct and indirect registers of the simulated Si321x, and the bus to them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.sim.si321x import Si321xModel
from drivers.sim.si321x_faults import Faults
from drivers.sim.si321x_registers import VARIANTS
from drivers.sim.si321x_spi import DaisyChain
from tests.sim.si321x_bench import Bench, working

# The registers of the Si3210 that are not zero after reset, read from the data sheet.
RESET = {
    0: 0x05,
    1: 0x08,
    8: 0x02,
    10: 0x08,
    11: 0x33,
    14: 0x10,
    63: 0x54,
    65: 0x61,
    66: 0x03,
    67: 0x1F,
    68: 0x04,  # the comparator's raw output is inverted
    69: 0x0A,
    70: 0x0A,
    72: 0x20,
    73: 0x02,
    74: 0x32,
    75: 0x10,
    92: 0xFF,
    93: 0x14,
    96: 0x1F,
    97: 0x1F,
    98: 0x10,
    99: 0x10,
    100: 0x11,
    101: 0x11,
    102: 0x08,
    103: 0x88,
    106: 0x20,
    107: 0x08,
}
UNDEFINED_AFTER_RESET = {30, *range(84, 90), 94}
OTHER = {
    "Si3210": {},
    "Si3210M": {0: 0x35, 93: 0x34},
    "Si3215": {1: 0x88, 67: 0x17, 106: 0x00},
    "Si3215M": {0: 0x35, 1: 0x88, 6: 0x60, 67: 0x17, 93: 0x34, 106: 0x00},
}
RESERVED = (7, 12, 13, 16, 17, 25, 26, 27, *range(53, 63), 90, 91, 95, *range(109, 128))


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_register_has_its_reset_value(variant: str) -> None:
    bench = Bench(variant)
    expected = dict.fromkeys(range(128), 0) | RESET | OTHER[variant]
    for address in UNDEFINED_AFTER_RESET:
        del expected[address]
    assert {address: bench.read(address) for address in expected} == expected


def test_revision_c_of_the_si3210_debounces_shorter_after_reset() -> None:
    assert Si321xModel(revision=3).peek(63) == 0x32


@pytest.mark.parametrize(
    ("variant", "written", "read"),
    [
        ("Si3210", {1: 0x20, 67: 0x1F, 108: 0xEB, 92: 0xBF, 93: 0x19, 64: 0xF1}, None),
        ("Si3215", {1: 0x21, 67: 0x17, 108: 0xEB}, {1: 0xA1, 67: 0x17, 108: 0xE3}),
        ("Si3215M", {93: 0x18, 67: 0x1F}, {93: 0x38, 67: 0x17}),
    ],
)
def test_reserved_and_read_only_bits_do_not_take_part(
    variant: str, written: dict[int, int], read: dict[int, int] | None
) -> None:
    bench = Bench(variant)
    for address, value in written.items():
        bench.write(address, value)
    expected = read or {**written, 92: 0xFF, 64: 0x11}
    assert {address: bench.read(address) for address in written} == expected


@pytest.mark.parametrize("address", RESERVED)
def test_writing_a_reserved_register_is_counted_and_does_nothing(address: int) -> None:
    bench = Bench()
    bench.write(address, 0xFF)
    assert bench.read(address) == 0
    assert bench.chip.undefined == {f"write to reserved register {address}": 1}


def test_an_absent_chip_floats_high() -> None:
    bench = Bench()
    bench.chip.faults = Faults(missing=True)
    assert bench.read(11) == 0xFF
    assert not bench.chip.int_asserted


def test_two_bytes_under_one_chip_select_are_an_access_too() -> None:
    chip = Bench().chip
    assert chip.transfer(b"\x8b\x00") == b"\xff\x33"
    assert chip.transfer(b"\x40\x01\xc0\x00")[3] == 0x11


def test_a_lost_byte_swaps_command_and_data_until_a_partial_byte() -> None:
    bench = Bench()
    bench.chip.spi_slip()
    bench.write(2, 0x5A)
    bench.chip.partial_byte()
    assert (bench.read(2), bench.read(11)) == (0x00, 0x33)


def test_a_read_out_of_step_turns_the_daisy_chain_on() -> None:
    bench = Bench()
    bench.chip.spi_slip()
    assert bench.read(11) == 0xFF, "the command was lost, the dummy became one"
    assert bench.read(11) == 0xFF, "the command became data for DR0"
    assert bench.chip.awaits_select or bench.chip.peek(0) & 0x80


def test_bit_errors_flip_bits() -> None:
    bench = Bench()
    bench.chip.faults = Faults(spi_bit_error_rate=0.2)
    assert len({bench.read(11) for _ in range(50)}) > 5


def test_chips_of_a_daisy_chain_are_selected_by_a_moving_bit() -> None:
    chips = [Bench(seed=n).chip for n in range(3)]
    chain = DaisyChain(chips)
    chain.transfer(b"\x00")
    chain.transfer(b"\x80")
    chain.transfer(b"\x04\x02\x5a")
    chain.transfer(b"\xff\x04\x11")
    assert [chip.peek(2) for chip in chips] == [0, 0, 0x5A]
    assert [chip.peek(4) for chip in chips] == [0x11] * 3
    assert chain.transfer(b"\x01\x80\x00")[2] == 0x85


# indirect registers


def test_indirect_ram_holds_anything_after_reset_but_repeats_with_the_seed() -> None:
    first, again, other = (
        [Bench(seed=seed).chip.peek_indirect(n) for n in range(44)] for seed in (1, 1, 2)
    )
    assert first == again != other
    assert len(set(first)) > 40


def test_a_word_written_is_read_back() -> None:
    bench = Bench()
    bench.write_indirect("RCO", 0x7E6D)
    assert bench.read_indirect(20) == 0x7E6D
    assert not bench.chip.undefined


def test_an_access_is_served_within_62_5_microseconds() -> None:
    bench = Bench()
    bench.write(30, 20)
    assert bench.chip.peek(31) == 1
    bench.run(62.5e-6)
    assert bench.chip.peek(31) == 0


def test_without_pclk_an_access_is_never_served() -> None:
    bench = Bench()
    bench.chip.set_pclk(0)
    bench.write(30, 20)
    bench.run(10.0)
    assert bench.read(31) == 1
    bench.chip.set_pclk(1_024_000)
    bench.run(0.001)
    assert bench.read(31) == 0


def test_touching_the_mailbox_while_it_is_busy_is_counted() -> None:
    bench = Bench()
    bench.chip.set_pclk(0)
    bench.write(30, 20)
    bench.write(28, 1)
    bench.read(28)
    assert set(bench.chip.undefined) == {
        "indirect access while IAS = 1",
        "indirect data read while IAS = 1",
    }


def test_the_si3215_has_no_word_at_the_addresses_of_the_dtmf_decoder() -> None:
    bench = Bench("Si3215")
    for address, value in ((28, 0), (29, 0), (30, 10)):
        bench.write(address, value)
    bench.run(0.001)
    assert bench.chip.undefined == {"write to reserved indirect register 10": 1}


def test_the_served_access_interrupts_when_enabled() -> None:
    bench = Bench()
    bench.write(23, 0x02)
    bench.read_indirect(20)
    assert bench.read(20) == 0x02
    assert bench.chip.int_asserted


# the DTMF decoder of the Si3210


def test_the_decoder_reports_a_digit_while_it_lasts() -> None:
    bench = working()
    for name, word in (
        ("ROW0", 0x55C2),
        ("ROW1", 0x51E6),
        ("ROW2", 0x4B85),
        ("ROW3", 0x4937),
        ("COL", 0x3333),
    ):
        bench.write_indirect(name, word)
    bench.write(23, 0x01)
    bench.chip.dtmf_heard("0")
    assert (bench.read(20), bench.read(24)) == (0x01, 0x1A)
    bench.chip.dtmf_heard(None)
    assert bench.read(24) == 0x0A


def test_the_si3215_hears_no_digits() -> None:
    bench = working("Si3215")
    bench.write(23, 0x01)
    bench.chip.dtmf_heard("5")
    assert (bench.read(20), bench.read(24)) == (0, 0)


# anything

step = st.one_of(
    st.tuples(
        st.sampled_from([1, 2, 8, 9, 14, *range(28, 53), *range(63, 109)]), st.integers(0, 255)
    ),
    st.floats(0, 1.5),
    st.booleans(),
)


@given(st.sampled_from(sorted(VARIANTS)), st.lists(step, max_size=40))
@settings(max_examples=60, deadline=None)
def test_whatever_is_written_the_chip_goes_on(
    variant: str, steps: list[tuple[int, int] | float | bool]
) -> None:
    bench = Bench(variant)
    for each in steps:
        match each:
            case bool():
                bench.loop.set_hook(each)
            case float():
                bench.run(each)
            case address, value:
                bench.write(address, value)
        assert bench.chip.deadline > bench.chip.now - 1e-9
        snapshot, path = bench.chip.snapshot(), bench.chip.audio
        assert abs(snapshot.line_v) <= 96
        assert abs(path.receive_gain) < 4
        assert all(0 <= bench.chip.peek(address) <= 255 for address in range(128))
