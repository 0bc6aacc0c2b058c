"""The tones that machines begin with are found, and voices are not taken for them."""

from __future__ import annotations

import audioop
import random
from array import array

import pytest

from firmware.media.g711 import from_linear, peak_of
from firmware.media.modem_tones import NAMES, Tone, ToneListener
from firmware.media.steady import KEPT, LISTENING, Steady
from tests.fax.machine import FaxMachine, tone
from tests.voice import speech

PERIOD_MS = 20


def found(samples: bytes, law: str = "PCMA", *, calling: bool = True) -> list[tuple[Tone, int]]:
    """Tones, and the millisecond at which each was known."""
    listener, told = ToneListener(law, calling=calling), []
    for at in range(0, len(samples) - 319, 320):
        heard = listener.feed(from_linear(law, samples[at : at + 320]))
        if heard is not None:
            told.append((heard, at // 320 * PERIOD_MS))
    return told


def level(samples: bytes, dbm0: float) -> bytes:
    """The same, its loudest part being a sine of that level."""
    return audioop.mul(samples, 2, peak_of("PCMA", dbm0) / audioop.max(samples, 2))


@pytest.mark.parametrize("law", ["PCMA", "PCMU"])
@pytest.mark.parametrize(
    ("kind", "most_ms"), [(1, 500), (2, 1000), (3, 1700), (4, 1000), (5, 1700)]
)
@pytest.mark.parametrize("dbm0", [-6.0, -30.0])
def test_a_tone_is_found_within_its_time(kind: int, most_ms: int, dbm0: float, law: str) -> None:
    """T.30 5.3.1.1, V.25, V.8: 0.2 s of silence come first, but for the calling tone."""
    told = found(level(tone(kind, 3.0), dbm0), law)
    assert told, "nothing was found"
    name, at = told[0]
    assert name == NAMES[kind]
    assert at <= most_ms


@pytest.mark.parametrize("at", range(0, 80, 20))
def test_the_shortest_calling_tone_is_found_wherever_it_begins(at: int) -> None:
    """0.5 s less 15 %: what was heard before anybody looked is looked through."""
    short = bytes(16 * at) + level(tone(1, 0.425), -15) + bytes(8000)
    assert [name for name, _ in found(short)] == ["CNG"]


def test_what_a_fax_says_first_is_known_by_its_preamble() -> None:
    """V.21 flags before the first frame: an answering fax, beyond doubt (T.30 section 5.3.1.4)."""
    machine = FaxMachine(calls=False)
    told = found(b"".join(machine.says() for _ in range(250)))
    assert [name for name, _ in told] == ["CED", "V.21"]
    assert told[1][1] <= 3600


def test_a_calling_tone_from_far_is_not_looked_for() -> None:
    assert found(tone(1, 3.0), calling=False) == []


@pytest.mark.parametrize("snr_db", [30.0, 20.0])
def test_noise_does_not_hide_a_tone(snr_db: float) -> None:
    samples = level(tone(2, 2.5), -12)
    dice, rms = random.Random(1), peak_of("PCMA", -12 - snr_db) / 2**0.5  # noqa: S311  a test's
    loud = array("h", (round(dice.gauss(0, rms)) for _ in range(len(samples) // 2))).tobytes()
    assert [name for name, _ in found(audioop.add(samples, loud, 2))] == ["CED"]


@pytest.mark.skipif(not speech.installed(), reason="espeak-ng is not installed")
def test_speech_is_no_machine_and_hardly_ever_listened_to() -> None:
    """What is looked through costs; of speech it is little."""
    said = speech.read_out()
    assert found(said) == []
    steady, looked_through = Steady("PCMA"), 0
    for at in range(0, len(said) - 319, 320):
        looked_through += bool(steady.feed(from_linear("PCMA", said[at : at + 320])))
    assert looked_through < len(said) // 320 * 0.35


def test_silence_is_not_listened_to() -> None:
    steady = Steady("PCMA")
    assert not any(steady.feed(b"\xd5" * 160) for _ in range(200))


def test_a_steady_sound_is_listened_to_with_what_came_before_it() -> None:
    steady = Steady("PCMA")
    sound = from_linear("PCMA", level(tone(2, 3.0), -20)[6400:])
    heard = [steady.feed(sound[at : at + 160]) for at in range(0, 160 * 40, 160)]
    first = next(n for n, part in enumerate(heard) if part)
    assert b"".join(heard) == sound[max(0, first - KEPT) * 160 : 160 * 40]
    still = [bool(steady.feed(b"\xd5" * 160)) for _ in range(LISTENING + 5)]
    assert still.index(False) <= LISTENING
