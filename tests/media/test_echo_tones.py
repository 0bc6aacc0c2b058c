"""Tones and the echo canceller (C25, G.168 test 6 in kind): the line is not forgotten."""

from __future__ import annotations

import audioop

import numpy as np
import pytest

from firmware.media.echo_filter import CALM, Filter
from firmware.media.echo_tone import ToneKeeper, sinusoidal
from tests.media.hybrid import (
    HYBRIDS,
    PERIOD,
    RATE,
    VOICES,
    Samples,
    coded,
    composite,
    linear,
    read_out,
    speech,
    tone,
)
from tests.media.test_echo import erle, part, run
from tests.voice import speech as sentences

USUAL = HYBRIDS["900 ohms on 600, 14 dB"]
RINGBACK = tone(440, 3.0, -13) + tone(480, 3.0, -13)
SOUNDS = {
    "300 Hz": tone(300, 3.0, -10),
    "425 Hz": tone(425, 3.0, -10),
    "1000 Hz": tone(1000, 3.0, -10),
    "2100 Hz": tone(2100, 3.0, -10),
    "2400 Hz, faint": tone(2400, 3.0, -25),
    "440 and 480": RINGBACK,
    "425 Hz, now and then": tone(425, 3.0, -10) * (np.arange(3 * RATE) // 2800 % 2),
}


def keys(seconds: float, each: float) -> Samples:
    """Digits, one after the other, with pauses that are as long."""
    pairs = ((697, 1209), (770, 1336), (852, 1477), (941, 1336))
    pause = np.zeros(int(each * RATE))
    found: list[Samples] = []
    for low, high in pairs * round(seconds / each / 8):
        found += [tone(low, each, -13) + tone(high, each, -13), pause]
    return np.concatenate(found)


@pytest.mark.parametrize("name", SOUNDS)
def test_a_tone_is_cancelled_and_spoils_nothing_that_was_learnt(name: str) -> None:
    """G.168 test 6: a narrow band says little of the hybrid, and must not be believed too much."""
    heard = np.concatenate([speech(3.0, -15), SOUNDS[name], speech(2.0, -15, seed=3)])
    echoed, left = run(heard, USUAL)
    assert erle(echoed, left, 3.5, 6.0) >= (29 if name[-3:] == "0 Hz" else 22)
    assert erle(echoed, left, 6.0, 6.5) >= 30
    assert erle(echoed, left, 6.5, 8.0) >= 30


def test_a_tone_that_comes_first_uses_up_no_lesson() -> None:
    """Ringback of the network, then who answers: his echo is gone as soon as without it."""
    echoed, left = run(np.concatenate([tone(425, 4.0, -10), speech(3.0, -15)]), USUAL)
    assert erle(echoed, left, 4.6, 5.0) >= 27
    assert erle(echoed, left, 5.0, 7.0) >= 30


@pytest.mark.parametrize("each", [0.1, 0.375])
def test_digits_do_no_harm(each: float) -> None:
    """Two frequencies each, that no sine explains, and short."""
    heard = np.concatenate([speech(3.0, -15), keys(3.0, each), speech(2.0, -15, seed=3)])
    echoed, left = run(heard, USUAL)
    assert erle(echoed, left, 3.0, 6.0) >= 30
    assert erle(echoed, left, 6.0, 6.5) >= 30


def test_who_speaks_into_a_tone_is_heard_and_the_line_is_kept() -> None:
    heard = np.concatenate([speech(3.0, -15), tone(425, 4.0, -10), speech(2.0, -15, seed=3)])
    voice = np.zeros(len(heard))
    voice[int(3.5 * RATE) : int(6.5 * RATE)] = speech(3.0, -15, seed=9)
    echoed, left = run(heard, USUAL, voice)
    assert erle(echoed, left, 7.0, 7.5) >= 28


@pytest.mark.parametrize("hz", [400, 425, 437.5, 450, 1000, 1100, 2100])
@pytest.mark.parametrize("phase", [0.0, 0.25, 0.5, 0.75])
def test_a_filter_that_follows_a_tone_forgets_nothing(hz: float, phase: float) -> None:
    """Ten seconds; a filter that seems to add energy for a second would forget the line."""
    line, keeper = Filter(CALM, 256), ToneKeeper(256, bytes(2 * PERIOD))
    sine = tone(hz, 10.5, -10)[int(phase * RATE / hz) :][: 10 * RATE]
    heard = np.concatenate([speech(2.0, -15), sine, speech(0.5, -15)])
    played = linear(coded(heard))
    echoed = np.convolve(played, USUAL / 4)[: len(played)]
    left = []
    said = linear(coded(echoed)).astype("<i2").tobytes()
    told = played.astype("<i2").tobytes()
    for at in range(0, len(told), 2 * PERIOD):
        near, far = said[at : at + 2 * PERIOD], told[at : at + 2 * PERIOD]
        clean = keeper.run(line, near, far, audioop.rms(far, 2))
        left.append(line.run(near, far) if clean is None else clean)
    found = np.frombuffer(b"".join(left), "<i2").astype(np.float64)
    assert erle(echoed, found, 12.0, 12.5) >= erle(echoed, found, 1.5, 2.0) - 6


def tones_in(samples: Samples) -> int:
    """The most periods in a row that sound like a sine."""
    most = row = 0
    for period in coded(samples):
        found = linear([period]).astype("<i2").tobytes()
        row = row + 1 if audioop.rms(found, 2) > 70 and sinusoidal(found) else 0
        most = max(most, row)
    return most


def test_tones_are_told_from_other_sounds() -> None:
    for dbm0 in (-5, -25, -35):
        for hz in (300, 425, 1000, 1800, 2100, 2400, 3000):
            assert tones_in(tone(hz, 0.5, dbm0)) == 25
    assert tones_in(RINGBACK) == 150
    for sound in (keys(2.0, 0.1), speech(4.0, -15), composite(4.0, -15)):
        assert tones_in(sound) <= 2
    assert not sinusoidal(bytes(2 * PERIOD))


@pytest.mark.skipif(not sentences.installed(), reason="espeak-ng is not installed")
@pytest.mark.parametrize("voice", range(len(VOICES)))
def test_no_voice_is_a_tone(voice: int) -> None:
    assert tones_in(part(read_out(8.0, -15, seed=voice), 0.0, 8.0)) <= 2
