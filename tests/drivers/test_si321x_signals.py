"""Metering pulses, ringing on a direct voltage, and the power in the line feed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.errors import BringUpError, ChipError, ChipResetError
from drivers.si321x_tables import BoardValues, load_ma, offset_word, ring_words
from drivers.slic import LineSettings, RingSpec
from tests.drivers.bench import CHINA, Bench, ringing
from tests.drivers.module_bench import ModuleBench


@pytest.mark.parametrize(("hz", "vrms"), [(12_000, 0.85), (12_000, 0.5), (16_000, 0.5)])
def test_a_metering_pulse_is_sent_once_for_as_long_as_told(hz: float, vrms: float) -> None:
    bench = Bench().up()
    bench.loop.set_hook(True)
    bench.run(0.2)
    for _ in range(2):
        bench.slic.meter(hz, vrms, 0.150)
        bench.run(0.149)
        sent = bench.chip.metering
        assert sent is not None
        assert sent.hz == pytest.approx(hz, rel=0.001)
        assert sent.vrms == pytest.approx(vrms, rel=0.01)
        bench.run(0.010)
        assert bench.chip.metering is None
        bench.run(1.0)
        assert bench.chip.metering is None
    assert len(bench.spi.indirect_writes) == 2  # the words are loaded once
    assert not bench.chip.undefined


def test_metering_pulses_are_as_loud_as_ever_after_a_new_start() -> None:
    """Indirect registers 24 and 25 are undefined after a reset, whatever was sent before it."""
    bench = Bench().up()
    bench.slic.meter(16_000, 0.8, 0.150)
    bench.chip.chip_reset()
    with pytest.raises(ChipResetError):
        bench.slic.check()
    bench.up()
    bench.loop.set_hook(True)
    bench.run(0.2)
    bench.slic.meter(16_000, 0.8, 0.150)
    bench.run(0.1)
    assert bench.chip.metering is not None
    assert bench.chip.metering.vrms == pytest.approx(0.8, rel=0.01)


@pytest.mark.parametrize(
    ("hz", "vrms", "seconds", "says"),
    [
        (50, 0.5, 0.1, "metering: 50 Hz with 0.5 V; 12 or 16 kHz"),
        (12_000, 0.9, 0.1, "up to 0.85 V may be"),
        (12_000, 0.5, 9.0, "metering: 9000.0 ms is not in"),
    ],
)
def test_a_pulse_that_the_chip_cannot_send_is_refused(
    hz: float, vrms: float, seconds: float, says: str
) -> None:
    with pytest.raises(ChipError, match=says):
        Bench().up().slic.meter(hz, vrms, seconds)


def test_who_has_no_metering_says_so() -> None:
    with pytest.raises(ChipError, match="Si3215 sends no metering pulses"):
        Bench("Si3215").up().slic.meter(12_000, 0.5, 0.1)
    with pytest.raises(ChipError, match="Ag1171 sends no metering pulses"):
        ModuleBench().up().slic.meter(12_000, 0.5, 0.1)
    with pytest.raises(ChipError, match="no metering during ringing"):
        ringing().slic.meter(12_000, 0.5, 0.1)


@pytest.mark.parametrize("variant", ["Si3210", "Si3215"])
def test_ringing_may_stand_on_a_direct_voltage(variant: str) -> None:
    """The battery carries both; without the wish there is none again."""
    bench = Bench(variant).up(LineSettings(ring=replace(CHINA, vrms=45)))
    for offset in (18.0, 0.0):
        bench.slic.start_ringing(replace(CHINA, vrms=45, offset_v=offset))
        bench.run(0.3)
        wave = bench.chip._blocks.ring.wave
        assert wave.offset_v == offset
        assert wave.peak_v == pytest.approx(63.6, abs=0.2)
        assert (bench.chip.peek(74) & 0x3F) * 1.5 >= 63.6 + offset + 7
        assert bench.chip.ring is not None
        assert bench.chip.ring[1] == pytest.approx(45, abs=2)
        bench.slic.stop_ringing()
        bench.run(0.3)


def test_a_ring_signal_with_its_offset_has_to_fit_below_the_battery() -> None:
    assert offset_word(48) == 32 << 9
    with pytest.raises(ChipError, match="ringing: 60 V RMS is above 54 V"):
        Bench().up().slic.start_ringing(RingSpec(25, 60, (1000, 4000), offset_v=20))
    with pytest.raises(ChipError, match="an offset of -3 V"):
        Bench().up().slic.start_ringing(RingSpec(25, 60, (1000, 4000), offset_v=-3))


def test_a_ring_signal_must_not_ask_too_much_of_the_transistors() -> None:
    """80 mA at the peak: five bells at 85 V, seven not."""
    assert load_ma(85, 5) == pytest.approx(63.6, abs=0.1)
    assert ring_words(25, 60, ren=5).peak_v == pytest.approx(84.9, abs=0.1)
    with pytest.raises(ValueError, match=r"60 V RMS into 7 REN is 88 mA, 80 mA may be"):
        ring_words(25, 60, ren=7)
    with pytest.raises(BringUpError, match="into 7 REN"):
        Bench(values=BoardValues(ren=7)).up()


def test_the_power_in_each_transistor_is_measured() -> None:
    bench = Bench().up()
    idle = bench.slic.telemetry().transistor_mw
    bench.loop.set_hook(True)
    bench.run(2.0)
    talking = bench.slic.telemetry().transistor_mw
    assert idle is not None
    assert talking is not None
    assert len(talking) == 6
    assert sum(talking) > sum(idle)
    assert ModuleBench().up().slic.telemetry().transistor_mw is None
