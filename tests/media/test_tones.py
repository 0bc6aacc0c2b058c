"""Tones: exact lengths, true frequencies, true levels, no clicks where a loop joins."""

from __future__ import annotations

import math
from array import array
from itertools import pairwise

import pytest

from firmware.media.g711 import level_of, to_linear
from firmware.media.tones import Player, dtmf, render
from firmware.tone import Segment, ToneSpec

CN_DIAL = ToneSpec((Segment((450,), 0),))
US_DIAL = ToneSpec((Segment((350, 440), 0, -13.0),))
AU_DIAL = ToneSpec((Segment((413, 438), 0),))
JP_SWELL = ToneSpec((Segment((400,), 0, modulation_hz=16),))
CN_BUSY = ToneSpec((Segment((450,), 350), Segment((), 350)))
CN_RINGBACK = ToneSpec((Segment((450,), 1000), Segment((), 4000)))
SIT_THEN_VOICE = ToneSpec((Segment((950,), 330), Segment((1400,), 330)), loop_from=None)
US_STUTTER = ToneSpec(
    (*(Segment((350, 440), 100), Segment((), 100)) * 3, Segment((350, 440), 0)), loop_from=6
)
HOWLER = ToneSpec((Segment((950,), 2000, -20.0, 0.0), Segment((950,), 0, 0.0)), loop_from=1)


def heard(tone: ToneSpec, ticks: int, law: str = "PCMA") -> bytes:
    player = Player(render(tone, law))
    return b"".join(player.next() for _ in range(ticks))


def power(payload: bytes, hertz: float, law: str = "PCMA") -> float:
    """Level of one frequency in dBm0."""
    samples = array("h", to_linear(law, payload))
    turn = math.tau * hertz / 8000
    cosine = sum(s * math.cos(turn * n) for n, s in enumerate(samples))
    sine = sum(s * math.sin(turn * n) for n, s in enumerate(samples))
    peak = 2 * math.hypot(cosine, sine) / len(samples)
    return 20 * math.log10(peak / 32768) + 3.14


@pytest.mark.parametrize("law", ["PCMA", "PCMU"])
@pytest.mark.parametrize("tone", [CN_DIAL, AU_DIAL, JP_SWELL], ids=["one", "two", "swelling"])
def test_the_level_is_that_of_the_sum(tone: ToneSpec, law: str) -> None:
    assert level_of(law, heard(tone, 50, law)) == pytest.approx(-10.0, abs=0.15)


def test_two_frequencies_are_each_3_db_below_the_sum() -> None:
    sound = heard(US_DIAL, 50)
    assert power(sound, 350) == pytest.approx(-16.0, abs=0.15)
    assert power(sound, 440) == pytest.approx(-16.0, abs=0.15)
    assert power(sound, 600) < -50


@pytest.mark.parametrize("law", ["PCMA", "PCMU"])
def test_a_modulated_tone_swells_and_fades(law: str) -> None:
    """Japan's ringback: the envelope goes from 185 to 15 % of its mean, 16 times a second."""
    samples = array("h", to_linear(law, heard(JP_SWELL, 50, law)))
    crests = [max(samples[n : n + 20]) for n in range(0, len(samples) - 20, 20)]  # of each 400 Hz
    loud, soft = max(crests), min(crests)
    assert soft / loud == pytest.approx(0.15 / 1.85, abs=0.02)
    assert sum(a < 0.5 * loud <= b for a, b in pairwise(crests)) == pytest.approx(16, abs=1)


@pytest.mark.parametrize("tone", [CN_DIAL, US_DIAL, AU_DIAL, JP_SWELL])
def test_a_tone_without_end_never_clicks(tone: ToneSpec) -> None:
    samples = array("h", to_linear("PCMA", heard(tone, 150)))
    steepest = max(abs(b - a) for a, b in pairwise(samples[:1600]))
    assert max(abs(b - a) for a, b in pairwise(samples)) <= steepest + 300


def test_a_cadence_has_its_exact_lengths() -> None:
    sound = heard(CN_BUSY, 350)
    for start in range(0, 50_000, 5600):
        on, off = sound[start : start + 2800], sound[start + 2800 : start + 5600]
        assert off == b"\xd5" * len(off)
        assert len(off) < 2800 or on[-2] != 0xD5
        assert on[1] != 0xD5


def test_ringback_of_five_seconds_repeats() -> None:
    sound = heard(CN_RINGBACK, 500)
    assert sound[:40_000] == sound[40_000:]
    assert sound[8000:40_000] == b"\xd5" * 32_000


def test_a_tone_played_once_ends() -> None:
    player = Player(render(SIT_THEN_VOICE, "PCMA"))
    lengths = [len(player.next()) for _ in range(36)]
    assert lengths == [160] * 33 + [0, 0, 0]
    assert player.ended


def test_a_tone_that_ends_within_a_period_gives_what_is_left() -> None:
    player = Player(render(ToneSpec((Segment((450,), 30),), loop_from=None), "PCMA"))
    assert [len(player.next()) for _ in range(3)] == [160, 80, 0]


def test_what_comes_before_the_loop_is_played_once() -> None:
    sound = heard(US_STUTTER, 100)
    assert sound[800:1600] == sound[2400:3200] == b"\xd5" * 800
    assert b"\xd5" * 20 not in sound[4800:]


def test_the_howler_rises_and_stays() -> None:
    sound = heard(HOWLER, 150)
    levels = [level_of("PCMA", sound[n : n + 400]) for n in range(0, 16_000, 400)]
    assert levels == sorted(levels)
    assert levels[0] == pytest.approx(-20, abs=0.2)
    assert levels[-1] == pytest.approx(0, abs=0.2)
    assert level_of("PCMA", sound[16_000:]) == pytest.approx(0, abs=0.2)
    samples = array("h", to_linear("PCMA", sound))
    assert max(abs(b - a) for a, b in pairwise(samples)) < 20_000, "no click between two steps"


def test_a_very_short_loop_still_fills_periods() -> None:
    tick = ToneSpec((Segment((1000,), 5), Segment((), 5)))
    sound = heard(tick, 10)
    assert sound[:80] == sound[80:160] == sound[1520:]


def test_silence_without_end_is_silence() -> None:
    assert heard(ToneSpec((Segment((), 0),)), 3, "PCMU") == b"\xff" * 480


def test_the_same_tone_is_rendered_once() -> None:
    assert render(CN_BUSY, "PCMA") is render(ToneSpec(CN_BUSY.segments), "PCMA")


def test_dtmf_has_its_two_frequencies() -> None:
    sound = dtmf("7", 100, "PCMA")
    assert len(sound) == 800
    assert power(sound, 852) == pytest.approx(-10, abs=0.5)
    assert power(sound, 1209) == pytest.approx(-10, abs=0.5)
