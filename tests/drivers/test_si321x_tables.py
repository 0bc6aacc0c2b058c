"""Golden vectors: exact against the rounded tables, one step against the sheets' examples."""

from __future__ import annotations

import math

import pytest

from drivers.si321x_tables import (
    battery_code,
    battery_reading,
    fsk_words,
    gain_words,
    loop_current_code,
    metering_words,
    ring_trip_values,
    ring_words,
    sine_ring,
    timer_word,
    tone_words,
    trapezoid_ring,
    trapezoid_words,
    volts_of_dbm,
)

HALF_SCALE_DBM = 10 * math.log10(0.555**2 / 0.6)

TONES_AT_MINUS_10 = """
330 7BBA 00EC 7EED 0075
350 7B32 00FA 7ECB 007C
400 79BC 011E 7E6D 008E
413 7953 0128 7E52 0093
420 7919 012D 7E43 0095
425 78EF 0131 7E39 0097
438 7880 013A 7E1C 009C
440 786F 013B 7E18 009D
450 7817 0143 7E02 00A0
480 7703 0159 7DBC 00AB
620 711F 01C1 7C3A 00DD
950 5DFE 02C4 7732 0155
1400 3A1C 0454 6D23 01FE
1800 1406 0608 6155 029B
"""
DTMF_AT_MINUS_9 = """
697 6D4C 0239 7B3C 0117
770 694C 0279 7A31 0135
852 6465 02C1 78E7 0157
941 5E9B 0312 775C 017B
1209 4A81 0413 71D8 01EB
1336 3FC5 0496 6EC9 0221
1477 331D 0531 6B11 025D
1633 2463 05EA 6692 02A2
"""
LEVELS_OF_450 = {
    -3: (0x02D3, 0x0167),
    -6: (0x0200, 0x00FE),
    -9: (0x016A, 0x00B4),
    -10: (0x0143, 0x00A0),
    -13: (0x00E5, 0x0071),
    -18: (0x0081, 0x0040),
    -20: (0x0066, 0x0033),
    -24: (0x0040, 0x0020),
}
RING_PEAKS = (56, 64, 70, 75, 83, 85, 87, 89)
RINGS = """
16.67 7F4C 00FA 011E 0139 014F 0173 017C 0185 018E
20 7EFE 012D 0158 0178 0193 01BE 01C8 01D3 01DE
25 7E6D 0178 01AE 01D6 01F8 022D 023B 0248 0256
30 7DBC 01C4 0204 0235 025D 029E 02AE 02BE 02CE
50 79BC 02F5 0361 03B2 03F6 0462 047D 0498 04B3
60 7703 0390 0412 0473 04C5 0547 0568 0588 05A9
"""
TIMERS = {
    60: 0x01E0, 100: 0x0320, 190: 0x05F0, 200: 0x0640, 250: 0x07D0, 350: 0x0AF0,
    375: 0x0BB8, 400: 0x0C80, 480: 0x0F00, 500: 0x0FA0, 600: 0x12C0, 700: 0x15E0,
    750: 0x1770, 1000: 0x1F40, 1500: 0x2EE0, 2000: 0x3E80, 3000: 0x5DC0, 3500: 0x6D60,
    4000: 0x7D00, 5000: 0x9C40,
}  # fmt: skip


def rows(table: str) -> list[tuple[float, list[int]]]:
    lines = (line.split() for line in table.split("\n") if line)
    return [(float(first), [int(word, 16) for word in rest]) for first, *rest in lines]


@pytest.mark.parametrize(("hz", "words"), rows(TONES_AT_MINUS_10))
def test_call_progress_tones_at_minus_10_dbm(hz: float, words: list[int]) -> None:
    assert [*tone_words(hz, -10, 8000), *tone_words(hz, -10, 16000)] == words


@pytest.mark.parametrize(("hz", "words"), rows(DTMF_AT_MINUS_9))
def test_dtmf_at_minus_9_dbm(hz: float, words: list[int]) -> None:
    assert [*tone_words(hz, -9, 8000), *tone_words(hz, -9, 16000)] == words


@pytest.mark.parametrize(("dbm", "amplitudes"), LEVELS_OF_450.items())
def test_the_level_scales_the_amplitude(dbm: float, amplitudes: tuple[int, int]) -> None:
    assert (tone_words(450, dbm, 8000)[1], tone_words(450, dbm, 16000)[1]) == amplitudes


def test_the_sheets_examples_agree_when_rounded() -> None:
    assert tone_words(852, HALF_SCALE_DBM, 8000) == (0x6465, 0x0590)
    assert tone_words(1336, HALF_SCALE_DBM, 8000) == (0x3FC5, 0x0942)
    assert tone_words(852, HALF_SCALE_DBM, 16000) == (0x78E7, 0x02B4)
    assert tone_words(1336, HALF_SCALE_DBM, 16000) == (0x6EC9, 0x044C)


def test_minus_10_dbm_is_a_quarter_of_a_volt() -> None:
    assert volts_of_dbm(-10) == pytest.approx(0.2449, abs=1e-4)
    assert volts_of_dbm(0) == pytest.approx(0.7746, abs=1e-4)


def test_a_tone_above_full_scale_or_outside_the_band_is_refused() -> None:
    with pytest.raises(ValueError, match="above full scale"):
        tone_words(450, 4, 8000)
    with pytest.raises(ValueError, match="no voice frequency"):
        tone_words(4000, -10, 8000)


@pytest.mark.parametrize(("hz", "words"), rows(RINGS))
def test_the_words_of_sine_ringing_are_those_of_the_sheet(hz: float, words: list[int]) -> None:
    # 16.67 Hz in the table is a sixtieth of a second
    exact = 50 / 3 if hz == 16.67 else hz
    rings = [sine_ring(exact, peak) for peak in RING_PEAKS]
    assert {ring.coefficient for ring in rings} == {words[0]}
    assert [ring.amplitude for ring in rings] == words[1:]
    assert {(ring.phase, ring.trapezoid) for ring in rings} == {(0, False)}


def test_the_words_of_trapezoidal_ringing_are_those_of_the_sheet() -> None:
    words = [
        (ring.phase, ring.amplitude, ring.coefficient)
        for ring in (
            trapezoid_ring(20, 71, 1.3),
            trapezoid_ring(25, 85, 1.25),
            trapezoid_ring(25, 75, 1.3),
            trapezoid_words(0.25, 93, 0.050),
        )
    ]
    assert words == [
        (0x00C8, 0x5EAB, 0x018C),
        (0x00A0, 0x7155, 0x02A0),
        (0x00A0, 0x6400, 0x020B),
        (0x03E8, 0x7C00, 0x009F),  # one source takes 0x7BEF, a little less than 93 V
    ]


def test_ringing_is_a_sine_while_the_battery_allows_it() -> None:
    assert not ring_words(25, 61.5).trapezoid
    loud = ring_words(25, 68)
    assert loud.trapezoid
    assert (loud.phase, loud.amplitude, loud.coefficient) == (0x00A0, 0x7155, 0x02A0)


@pytest.mark.parametrize(("hz", "vrms"), [(25, 70), (25, 30), (12, 60), (120, 60)])
def test_ringing_that_no_chip_can_make_is_refused(hz: float, vrms: float) -> None:
    with pytest.raises(ValueError, match=r"is above|would be cut|is not in 15"):
        ring_words(hz, vrms)


def test_the_battery_follows_the_ring_peak() -> None:
    codes = {64: 0x30, 66: 0x31, 70: 0x34, 75: 0x37, 85: 0x3E, 87: 0x3F}
    assert {peak: battery_code(peak) for peak in codes} == codes
    assert battery_reading(0x32) == 0xB8  # 69 V of 75


@pytest.mark.parametrize(("ms", "word"), TIMERS.items())
def test_a_timer_counts_periods_of_125_microseconds(ms: float, word: int) -> None:
    assert timer_word(ms) == word


def test_a_timer_counts_no_further_than_8_seconds() -> None:
    with pytest.raises(ValueError, match="9000 ms"):
        timer_word(9000)


def test_ring_trip_values_of_the_nearest_frequency() -> None:
    found = {hz: ring_trip_values(hz) for hz in (16.67, 20, 25, 26, 50)}
    assert found == {
        16.67: (0x0200, 0x0F),
        20: (0x0320, 0x0B),
        25: (0x0350, 0x0A),
        26: (0x0350, 0x0A),
        50: (0x06A8, 0x05),
    }


def test_the_words_of_a_gain_are_those_of_the_sheet() -> None:
    table = {-12: 0x1013, -6: 0x2013, -3: 0x2D4E, 0: 0x4000, 3: 0x5A67, 6: 0x7FB2}
    assert {db: gain_words(db) for db in table} == {db: (0, word) for db, word in table.items()}


def test_the_analog_step_extends_the_gain_both_ways() -> None:
    assert gain_words(-15.5) == (0b01, 0x1013)
    assert gain_words(9.5) == (0b10, 0x7FB2)
    with pytest.raises(ValueError, match="10 dB"):
        gain_words(10)


def test_the_loop_current_is_the_nearest_step() -> None:
    codes = {20: 0, 21: 0, 22: 1, 23: 1, 25: 2, 41: 7, 43: 7}
    assert {ma: loop_current_code(ma) for ma in codes} == codes
    with pytest.raises(ValueError, match="60 mA"):
        loop_current_code(60)


def test_the_words_of_the_fsk_generator_are_those_of_the_sheet() -> None:
    bell = fsk_words(mark_hz=1200, space_hz=2200, vrms=0.22)
    assert (bell.space, bell.mark, bell.space_to_mark) == (0x6B5A, 0x79BC, 0x111C)
    assert bell.mark_to_space in {0x3BD8, 0x3BD9}
    assert (bell.space_amplitude, bell.mark_amplitude) == (0x01E1, 0x0101)
    quiet = fsk_words(mark_hz=1200, space_hz=2200, vrms=volts_of_dbm(-13.5))
    assert (quiet.space_amplitude, quiet.mark_amplitude) == (0x0166, 0x00BF)
    v23 = fsk_words(mark_hz=1300, space_hz=2100, vrms=0.22)
    assert (v23.space, v23.mark, v23.space_to_mark) == (0x6D23, 0x78A8, 0x137F)
    assert (v23.space_amplitude, v23.mark_amplitude) == (0x01CA, 0x0117)


def test_the_words_of_metering_pulses_are_those_of_the_sheet() -> None:
    assert metering_words(12_000, 0.85) == (0x30FB, 0x1562)
    assert metering_words(12_000, 0.5) == (0x30FB, 0x0C94)
    assert metering_words(16_000, 0.85) == (0x0000, 0x2000)
    assert metering_words(16_000, 0.5) == (0x0000, 0x12D3)
