"""Tones are told apart by ear, from audio that has been through the A-law."""

from __future__ import annotations

import audioop
import json
import random
import subprocess
import sys
import time
from array import array

import pytest

from drivers.sim.hearing import Heard, bursts_and_pauses, listen
from drivers.sim.levels import ZERO_DBM0_RMS, dbm0, peak
from drivers.sim.sounds import dtmf, pause, tone
from drivers.sim.spectrum import spectrum, tone_level_and_snr

Parts = tuple[tuple[float, float], ...]

CN: Parts = ((450, -10),)
US_BUSY: Parts = ((480, -13), (620, -13))
US_RING: Parts = ((440, -13), (480, -13))
US_DIAL: Parts = ((350, -13), (440, -13))
JP_RING: Parts = ((384, -18.7), (400, -11.3), (416, -18.7))
NOTHING: Parts = ()


def line(*pieces: tuple[Parts, int], skip_ms: int = 0, ms: int | None = None) -> bytes:
    """Audio of (tone, milliseconds) one after the other, companded; a part of it."""
    audio = b""
    for parts, length in pieces:
        sound = tone(parts, length / 1000) if parts else pause(length / 1000)
        audio += sound.cut(0, sound.samples)
    end = None if ms is None else 16 * (skip_ms + ms)
    return audioop.alaw2lin(audioop.lin2alaw(audio[16 * skip_ms : end], 2), 2)


def turns(parts: Parts, *cadence: int, skip_ms: int = 130, ms: int = 5000) -> bytes:
    pieces = [(parts if n % 2 == 0 else NOTHING, length) for n, length in enumerate(cadence)]
    count = -(-(skip_ms + ms) // sum(cadence))
    return line(*pieces * count, skip_ms=skip_ms, ms=ms)


TONES = [
    ("cn dial", line((CN, 2000)), "dial-tone", (450,), ()),
    ("cn dial that begins late", line((NOTHING, 1500), (CN, 900)), "dial-tone", (450,), ()),
    ("cn ringback", turns(CN, 1000, 4000, ms=11000), "ringback", (450,), (1000, 4000)),
    ("cn ringback, short", turns(CN, 1000, 4000, skip_ms=4000, ms=2500), "ringback", (450,), None),
    ("cn busy", turns(CN, 350, 350), "busy", (450,), (350, 350)),
    ("cn busy, one second", turns(CN, 350, 350, ms=1200), "busy", (450,), (350, 350)),
    ("cn congestion", turns(CN, 700, 700), "congestion", (450,), (700, 700)),
    (
        "cn unobtainable",
        turns(CN, 100, 100, 100, 100, 100, 100, 400, 400),
        "unobtainable",
        (450,),
        (100, 100, 100, 100, 100, 100, 400, 400),
    ),
    ("cn waiting", turns(CN, 400, 4000, ms=9500), "call-waiting", (450,), (400, 4000)),
    ("cn howler", line((((950, 0),), 2000)), "howler", (950,), ()),
    ("us dial", line((US_DIAL, 2000)), "dial-tone", (350, 440), ()),
    ("us ringback", turns(US_RING, 2000, 4000, ms=13000), "ringback", (440, 480), (2000, 4000)),
    ("us busy", turns(US_BUSY, 500, 500), "busy", (480, 620), (500, 500)),
    ("us congestion", turns(US_BUSY, 250, 250), "congestion", (480, 620), (250, 250)),
    (
        "special information",
        line(*[(((hz, -10),), 330) for hz in (950, 1400, 1800)], (NOTHING, 1000)),
        "unobtainable",
        (950, 1400, 1800),
        (),
    ),
    ("1 kHz", line((((1000, -10),), 2000)), "tone", (1000,), ()),
    ("jp ringback", turns(JP_RING, 1000, 2000, ms=7000), "ringback", (400,), (1000, 2000)),
    ("jp waiting", turns(JP_RING, 500, 8000, ms=9200), "call-waiting", (400,), (500, 8000)),
    ("in dial, swelling without pause", line((JP_RING, 2000)), "dial-tone", (400,), ()),
]


@pytest.mark.parametrize(
    ("audio", "name", "frequencies", "cadence"),
    [case[1:] for case in TONES],
    ids=[case[0] for case in TONES],
)
def test_a_tone_is_recognised(
    audio: bytes, name: str, frequencies: tuple[int, ...], cadence: tuple[int, ...] | None
) -> None:
    heard = listen(audio)
    assert heard.heard == name
    assert heard.frequencies_hz == pytest.approx(frequencies, abs=1)
    if cadence is not None:
        assert len(heard.cadence_ms) == len(cadence)
        for measured, played in zip(heard.cadence_ms, cadence, strict=True):
            assert measured == pytest.approx(played, abs=10)


@pytest.mark.parametrize("hz", [15, 16, 20, 25, 33, 50])
def test_swelling_and_fading_is_told_from_a_chord(hz: int) -> None:
    """E.180 Supp. 2 has modulations from 15 to 50 Hz; three tones further apart are a chord."""
    heard = listen(line((((400 - hz, -19), (400, -11), (400 + hz, -19)), 2000)))
    assert heard.frequencies_hz == pytest.approx((400,), abs=1)
    assert heard.modulation_hz == pytest.approx(hz, abs=1)
    chord = listen(line((((400, -15), (500, -15), (600, -15)), 2000)))
    assert (chord.frequencies_hz, chord.modulation_hz) == ((400, 500, 600), 0)


def test_the_level_is_that_of_the_bursts() -> None:
    assert listen(turns(CN, 350, 350)).level_dbm0 == pytest.approx(-10.0, abs=0.3)
    assert listen(turns(US_BUSY, 500, 500)).level_dbm0 == pytest.approx(-10.0, abs=0.3)


def test_an_a_law_full_scale_sine_is_3_14_dbm0() -> None:
    assert dbm0(ZERO_DBM0_RMS) == pytest.approx(0.0)
    assert peak(3.14) == pytest.approx(32768)


def test_a_line_without_sound_is_heard_as_silence() -> None:
    assert listen(bytes(80000)) == Heard("silence")
    assert listen(b"").heard == "silence"


def test_the_noise_of_an_idle_line_is_silence() -> None:
    dice = random.Random(1)  # noqa: S311 - a test has to repeat itself
    noise = array("h", (dice.randint(-40, 40) for _ in range(24000))).tobytes()
    assert listen(noise).heard == "silence"


def test_a_changing_harmonic_sound_is_a_voice() -> None:
    """Syllables: a gliding pitch with harmonics, and hiss between them."""
    dice = random.Random(2)  # noqa: S311 - a test has to repeat itself
    samples, phase = array("h"), 0.0
    for syllable in range(12):
        pitch = dice.uniform(90, 180)
        for n in range(1600):
            phase += pitch * (1 + n / 4000) / 8000
            glottis = 2 * (phase % 1) - 1
            hiss = dice.uniform(-1, 1) if syllable % 3 == 2 else 0.3 * dice.uniform(-1, 1)
            samples.append(round(3000 * (1 - abs(n - 800) / 800) * (0.6 * glottis + hiss)))
    heard = listen(samples.tobytes())
    assert heard.heard == "voice"
    assert heard.frequencies_hz == ()


def test_keys_being_pressed_are_tones_of_changing_frequency() -> None:
    audio = b"".join(sound.cut(0, sound.samples) for sound in dtmf("1234567890"))
    assert listen(audio).heard == "tone"


def test_echo_in_the_pauses_does_not_hide_the_cadence() -> None:
    busy = turns(CN, 350, 350)
    echo = audioop.mul(bytes(1600) + busy[:-1600], 2, 0.05)
    assert listen(audioop.add(busy, echo, 2)).heard == "busy"


def test_bursts_are_measured_from_edge_to_edge() -> None:
    runs = bursts_and_pauses(line((NOTHING, 200), (CN, 70), (NOTHING, 130)))
    assert [(run.on, run.length_ms, run.whole) for run in runs] == [
        (False, 200, False),
        (True, 70, True),
        (False, 130, False),
    ]


def test_the_beat_of_two_frequencies_is_no_cadence() -> None:
    assert [run.on for run in bursts_and_pauses(line((US_RING, 2000)))] == [True]


def test_two_close_frequencies_are_told_apart() -> None:
    assert spectrum(line((((425, -13), (450, -13)), 300))).frequencies_hz == (425, 450)


def test_level_and_snr_of_one_sine_at_c_speed() -> None:
    measured = tone_level_and_snr(line((((1000, -10),), 1000)), 1000)
    assert measured.level_dbm0 == pytest.approx(-10.0, abs=0.1)
    assert 33 < measured.snr_db < 40, "what the A-law leaves of a sine"
    assert tone_level_and_snr(line((CN, 1000)), 1000).snr_db < -30
    assert tone_level_and_snr(b"", 1000).level_dbm0 == -99.0


def test_five_seconds_take_less_than_a_third_of_a_second() -> None:
    audio = turns(CN, 100, 100, 100, 100, 100, 100, 400, 400)
    listen(audio)
    start = time.process_time()
    listen(audio)
    assert time.process_time() - start < 0.3


def test_as_a_program_it_prints_json() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "drivers.sim.hearing", "450"],
        input=line((CN, 1000)),
        capture_output=True,
        check=True,
        timeout=30,
    )
    said = json.loads(done.stdout)
    assert (said["heard"], said["frequencies_hz"]) == ("dial-tone", [450])
    assert said["tone_dbm0"] == pytest.approx(-10, abs=0.2)
