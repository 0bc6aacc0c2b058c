"""Supervision, tones and digits, against the chip model with a telephone on its loop."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.errors import ChipError
from drivers.sim.si321x_faults import Faults
from drivers.slic import DtmfDigit, HookChanged
from tests.drivers.bench import CHINA, Bench

LIFTED = HookChanged(off_hook=True)
HUNG_UP = HookChanged(off_hook=False)

both_families = pytest.mark.parametrize("variant", ["Si3210", "Si3215"])


@both_families
def test_lifting_and_hanging_up_are_reported_once_each(variant: str) -> None:
    bench = Bench(variant).up()
    bench.loop.set_hook(True)
    bench.wait_until(lambda: bench.chip.int_asserted, 0.020)
    assert bench.slic.poll() == [LIFTED]
    assert bench.slic.poll() == []
    assert bench.slic.off_hook
    bench.loop.set_hook(False)
    bench.wait_until(lambda: bench.chip.int_asserted, 0.030)
    assert bench.slic.poll() == [HUNG_UP]
    assert bench.slic.poll() == []
    assert not bench.chip.undefined


def test_the_interrupt_is_released_by_a_poll() -> None:
    bench = Bench().up()
    bench.loop.set_hook(True)
    bench.run(0.050)
    assert bench.chip.int_asserted
    bench.slic.poll()
    assert not bench.chip.int_asserted


def test_a_hook_change_without_an_interrupt_is_found_by_the_level() -> None:
    bench = Bench().up()
    bench.slic._direct.line_enable = type(bench.slic._direct.line_enable)(0)
    bench.loop.set_hook(True)
    bench.run(0.050)
    assert not bench.chip.int_asserted
    assert bench.slic.poll() == [LIFTED]


def test_an_idle_poll_moves_less_than_400_bytes_a_second() -> None:
    bench = Bench().up()
    for _ in range(10):
        bench.run(0.100)
        assert bench.slic.poll() == []
    assert len(bench.spi.bytes) == 80
    assert [access[0] for access in bench.spi.accesses] == ["r"] * 40


def test_two_changes_between_two_polls_are_no_change() -> None:
    bench = Bench().up()
    for closed in (True, False):
        bench.loop.set_hook(closed)
        bench.run(0.100)
    assert bench.slic.poll() == []


@pytest.mark.parametrize("per_second", [8, 10, 20])
def test_dial_pulses_pass_the_debounce(per_second: int) -> None:
    bench = Bench().up()
    bench.loop.set_hook(True)
    bench.run(0.500)
    bench.slic.poll()
    seen = []
    for _ in range(5):
        for closed, share in ((False, 1.6 / 2.6), (True, 1 / 2.6)):
            bench.loop.set_hook(closed)
            until = bench.chip.now + share / per_second
            while bench.chip.now < until:
                bench.run(0.001)
                seen += bench.slic.poll()
    assert seen == [HUNG_UP, LIFTED] * 5


def test_a_chip_that_vanishes_is_an_error_and_no_hook_change() -> None:
    bench = Bench().up()
    bench.chip.faults = replace(Faults(), missing=True)
    with pytest.raises(ChipError, match="port 1: registers 18 to 20 read 0xff: no chip answers"):
        bench.slic.poll()
    with pytest.raises(ChipError, match="register 68 reads 0xff"):
        _ = bench.slic.off_hook
    bench.slic.shut_down()


@pytest.mark.parametrize(
    ("variant", "words"),
    [
        ("Si3210", [(13, 0x7817), (14, 0x0143)]),
        ("Si3215", [(0, 0x7E02), (1, 0x00A0)]),
    ],
)
def test_a_tone_is_made_at_the_clock_of_the_family(
    variant: str, words: list[tuple[int, int]]
) -> None:
    bench = Bench(variant).up()
    bench.slic.play_tone([450], -10)
    assert bench.spi.indirect_writes == words
    assert bench.chip.peek(32) & 0x7F == 0x06
    assert bench.chip.peek(33) & 0x7F == 0x00
    bench.slic.stop_tone()
    assert bench.chip.peek(32) & 0x7F == 0x00


def test_two_frequencies_share_the_level() -> None:
    bench = Bench().up()
    bench.slic.play_tone([350, 440], -10)
    written = dict(bench.spi.indirect_writes)
    assert (written[13], written[16]) == (0x7B32, 0x786F)
    assert written[14] == pytest.approx(0xFA / 2**0.5, abs=1)
    assert bench.chip.peek(33) & 0x7F == 0x06


def test_no_tone_is_played_into_ringing_and_ringing_ends_a_tone() -> None:
    bench = Bench().up()
    bench.slic.play_tone([350, 440], -13)
    bench.slic.start_ringing(CHINA)
    assert bench.chip.peek(33) & 0x04 == 0
    with pytest.raises(ChipError, match="no tones during ringing"):
        bench.slic.play_tone([450], -10)
    assert not bench.chip.undefined


@pytest.mark.parametrize(
    ("frequencies", "level", "says"),
    [([450], 12, "full scale"), ([1, 2, 3], -10, "3 frequencies"), ([5000], -10, "voice")],
)
def test_a_tone_that_the_oscillators_cannot_make_is_refused(
    frequencies: list[float], level: float, says: str
) -> None:
    bench = Bench().up()
    with pytest.raises(ChipError, match=says):
        bench.slic.play_tone(frequencies, level)


def test_dtmf_is_reported_only_when_asked_for() -> None:
    bench = Bench("Si3210").up()
    bench.chip.dtmf_heard("5")
    assert bench.slic.poll() == []
    bench.slic.listen_dtmf(True)
    seen = []
    for digit in "1234567890*#ABCD":
        bench.chip.dtmf_heard(digit)
        seen += bench.slic.poll()
        bench.chip.dtmf_heard(None)
        seen += bench.slic.poll()
    assert seen == [DtmfDigit(digit) for digit in "1234567890*#ABCD"]
    bench.slic.listen_dtmf(False)
    bench.chip.dtmf_heard("5")
    assert bench.slic.poll() == []


def test_the_si3215_decodes_no_dtmf() -> None:
    with pytest.raises(ChipError, match="Si3215 rev E decodes no DTMF"):
        Bench("Si3215").up().slic.listen_dtmf(True)
