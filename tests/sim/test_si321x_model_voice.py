"""Calibration, tones and the audio path of the simulated Si321x."""

from __future__ import annotations

import math

import pytest

from drivers.sim.si321x_faults import CalibrationStage, Faults
from tests.sim.si321x_bench import Bench, working

# calibration


def calibrate(bench: Bench, first: int, second: int) -> float:
    """Seconds until DR96 reads 0."""
    bench.write(97, second)
    bench.write(96, first)
    start = bench.chip.now
    while bench.read(96):
        assert bench.chip.now - start < 2.0
        bench.run(0.005)
    return bench.chip.now - start


@pytest.mark.parametrize(
    ("first", "second", "least", "most"),
    [
        (0x47, 0x1E, 0.3, 0.6),
        (0x40, 0x01, 0.3, 0.6),
        (0x5F, 0x1F, 0.3, 0.6),
        (0x67, 0x1E, 0.03, 0.3),
    ],
)
def test_calibration_takes_its_time_and_ends(
    first: int, second: int, least: float, most: float
) -> None:
    bench = Bench("Si3215")
    assert least < calibrate(bench, first, second) < most
    assert (bench.read(96), bench.read(97)) == (0, 0)


def test_each_stage_clears_its_bit() -> None:
    bench = Bench()
    bench.write(97, 0x1E)
    bench.write(96, 0x47)
    bench.run(0.330)
    assert 0x40 < bench.read(96) < 0x47
    assert bench.read(97) == 0x1E


def test_writing_saved_results_back_starts_nothing() -> None:
    bench = Bench()
    bench.write(96, 0x00)
    bench.run(1.0)
    assert (bench.read(96), bench.read(97)) == (0, 0x1F)


@pytest.mark.parametrize("seed", range(5))
def test_the_search_for_the_gain_mismatch_finds_a_balance(seed: int) -> None:
    bench = Bench(seed=seed)
    calibrate(bench, 0x47, 0x1E)
    for result, current in ((98, 88), (99, 89)):
        for step in range(0x1F, 0, -1):
            bench.write(result, step)
            if bench.read(current) == 0:
                break
        assert bench.read(current) == 0
        assert 1 <= bench.read(result) <= 0x1E


def test_the_si3215_finds_the_gain_mismatch_itself() -> None:
    bench = Bench("Si3215")
    bench.write(98, 0x1F)
    assert bench.read(88) > 0
    calibrate(bench, 0x5F, 0x1F)
    assert (bench.read(88), bench.read(89)) == (0, 0)


@pytest.mark.parametrize("off_hook", [False, True])
def test_balancing_notices_a_telephone_off_hook(off_hook: bool) -> None:
    bench = Bench()
    bench.write(23, 0x04)
    bench.loop.set_hook(off_hook)
    calibrate(bench, 0x40, 0x01)
    assert bench.read(20) == (0x04 if off_hook else 0)


def test_the_converter_calibrates_its_peak_current() -> None:
    bench = Bench()
    bench.write(93, 0x99)
    assert bench.read(93) == 0x99
    bench.run(0.020)
    assert bench.read(93) == 0x19
    assert 2 <= bench.read(107) <= 13


@pytest.mark.parametrize(
    ("stage", "first", "second"), [("calibration", 0x47, 0x1E), ("balance", 0x40, 0x01)]
)
def test_a_calibration_that_hangs_stays_busy(
    stage: CalibrationStage, first: int, second: int
) -> None:
    bench = Bench()
    bench.chip.faults = Faults(cal_timeout=stage)
    bench.write(97, second)
    bench.write(96, first)
    bench.run(5.0)
    assert bench.read(96) == first


def test_the_other_calibrations_fail_on_demand() -> None:
    bench = Bench()
    bench.chip.faults = Faults(cal_timeout="converter")
    bench.write(93, 0x99)
    bench.run(2.0)
    assert bench.read(93) & 0x80
    bench.chip.faults = Faults(cal_timeout="peak-current")
    bench.write(93, 0x99)
    bench.run(2.0)
    assert bench.read(107) == 0x0F
    bench.chip.faults = Faults(cal_timeout="gain-mismatch")
    bench.write(98, 1)
    assert bench.read(88) > 0


# tones


@pytest.mark.parametrize(
    ("variant", "coefficient", "amplitude", "hz", "dbm"),
    [
        ("Si3210", 0x7B30, 0x0063, 350.25, -18.0),
        ("Si3210", 0x7120, 0x00B2, 619.94, -18.0),
        ("Si3210", 0x7817, 0x0143, 450.0, -10.0),
        ("Si3215", 0x7E02, 0x00A0, 450.0, -10.0),
        ("Si3215", 0x7C40, 0x0057, 617.9, -18.1),
    ],
)
def test_oscillator_words_mean_what_the_data_sheet_says(
    variant: str, coefficient: int, amplitude: int, hz: float, dbm: float
) -> None:
    bench = working(variant)
    bench.write_indirect("OSC1", coefficient)
    bench.write_indirect("OSC1X", amplitude)
    bench.write(32, 0x05)
    tone = bench.chip.audio.tones_to_pcm[0]
    assert tone.hz == pytest.approx(hz, abs=0.3)
    assert 10 * math.log10(tone.vrms**2 / 0.6) == pytest.approx(dbm, abs=0.15)
    assert not bench.chip.audio.tones_to_line


def test_two_oscillators_sound_on_an_off_hook_line() -> None:
    bench = working()
    bench.write(32, 0x06)
    bench.write(33, 0x06)
    assert not bench.chip.audio.tones_to_line, "on-hook the codec sleeps"
    bench.loop.set_hook(True)
    bench.run(0.05)
    assert [round(tone.hz) for tone in bench.chip.audio.tones_to_line] == [450, 480]
    bench.write(32, 0x00)
    assert [round(tone.hz) for tone in bench.chip.audio.tones_to_line] == [480]


def test_a_tone_follows_its_timers_and_says_so() -> None:
    bench = working()
    bench.write(21, 0x03)
    for address, value in ((36, 0xF0), (37, 0x0A), (38, 0xF0), (39, 0x0A), (32, 0x1E)):
        bench.write(address, value)
    bench.run(0.300)
    assert bench.read(32) == 0x9E
    bench.run(0.100)
    assert (bench.read(32), bench.read(18)) == (0x1E, 0x01)
    bench.run(0.350)
    assert (bench.read(32), bench.read(18)) == (0x9E, 0x03)


def test_a_single_burst_ends_for_good() -> None:
    bench = working()
    for address, value in ((36, 0x20), (37, 0x03), (32, 0x16)):
        bench.write(address, value)
    bench.run(0.090)
    assert bench.read(32) & 0x80
    bench.run(5.0)
    assert not bench.read(32) & 0x80


def test_fsk_bits_last_1200th_parts_of_a_second() -> None:
    bench = working()
    bench.write(21, 0x01)
    for address, value in ((36, 19), (52, 1), (32, 0x56)):
        bench.write(address, value)
    start, bits = bench.chip.now, 0
    while bits < 120:
        bench.run(20e-6)
        if bench.chip.int_asserted:
            bench.write(18, 0x01)
            bits += 1
    assert bench.chip.now - start == pytest.approx(0.1, abs=0.0005)


# the audio path


def test_the_codec_sleeps_on_hook_and_wakes_for_talk_and_transmission() -> None:
    bench = working()
    heard = bench.chip.audio
    assert (heard.transmit_gain, heard.receive_gain) == (0.0, 0.0)
    bench.write(64, 2)
    assert (bench.chip.audio.transmit_gain, bench.chip.audio.receive_gain) == (1.0, 1.0)
    bench.write(64, 1)
    bench.loop.set_hook(True)
    bench.run(0.05)
    assert bench.chip.audio.receive_gain == 1.0
    bench.write(64, 4)
    assert bench.chip.audio.receive_gain == 0.0


def test_without_aold_or_by_hand_the_codec_follows_the_registers() -> None:
    bench = working()
    bench.write(67, 0x15)
    bench.loop.set_hook(True)
    bench.run(0.05)
    assert (bench.chip.audio.transmit_gain, bench.chip.audio.receive_gain) == (0.0, 0.0)
    bench.write(15, 0x30)
    assert (bench.chip.audio.transmit_gain, bench.chip.audio.receive_gain) == (1.0, 0.0)


def test_digital_loopback_is_on_after_reset() -> None:
    bench = Bench()
    after_reset = bench.chip.audio.loopback
    bench.write(8, 0)
    assert (after_reset, bench.chip.audio.loopback) == ("digital", "")


@pytest.mark.parametrize(
    ("gain", "transmit", "receive"),
    [
        (0x00, 1.0, 0.5),
        (0x10, 1.0, 0.0),
        (0x20, 0.0, 0.5),
        (0x0A, 1.496, 0.748),
        (0x05, 0.668, 0.334),
        (0x0F, 0.0, 0.0),
    ],
)
def test_register_9_sets_the_gains_and_mutes(gain: int, transmit: float, receive: float) -> None:
    bench = working()
    bench.write_indirect("DACG", 0x2000)
    bench.write(64, 2)
    bench.write(9, gain)
    path = bench.chip.audio
    assert path.transmit_gain == pytest.approx(transmit, abs=0.001)
    assert path.receive_gain == pytest.approx(receive, abs=0.001)


@pytest.mark.parametrize(
    ("mode", "law", "enabled"),
    [(0x20, "PCMA", True), (0x28, "PCMU", True), (0x3C, "linear", True), (0x08, "PCMU", False)],
)
def test_the_pcm_mode_names_law_and_timeslot(mode: int, law: str, enabled: bool) -> None:
    bench = working()
    for address, value in ((2, 17), (4, 25), (1, mode)):
        bench.write(address, value)
    path = bench.chip.audio
    assert (path.law, path.tx_slot, path.rx_slot) == (law, *((2, 3) if enabled else (None, None)))


@pytest.mark.parametrize(("start", "slot"), [(1, 0), (121, 15), (129, None), (8, None)])
def test_a_timeslot_must_lie_in_the_frame_and_on_a_byte(start: int, slot: int | None) -> None:
    bench = working()
    bench.write(2, start)
    bench.write(1, 0x20)
    assert bench.chip.audio.tx_slot == slot


def test_the_audio_path_is_the_same_object_until_something_changes() -> None:
    bench = working()
    bench.run(0.01)
    path = bench.chip.audio
    bench.run(10.0)
    assert bench.chip.audio is path
    bench.write(9, 0)
    assert bench.chip.audio is not path


def test_without_pclk_there_is_no_timeslot() -> None:
    bench = working()
    bench.write(2, 1)
    bench.write(1, 0x20)
    assert bench.chip.audio.tx_slot == 0
    bench.chip.set_pclk(0)
    assert bench.chip.audio.tx_slot is None


def test_metering_pulses_follow_their_timer() -> None:
    bench = working()
    bench.write(21, 0x40)
    for address, value in ((45, 0x03), (35, 0x94)):
        bench.write(address, value)
    assert bench.read(35) == 0x94
    bench.run(0.100)
    assert (bench.read(35), bench.read(18)) == (0x14, 0x40)
