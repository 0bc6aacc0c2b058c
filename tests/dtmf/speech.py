"""Speech in which no digit is: read out by espeak-ng, in many voices and several languages."""

from __future__ import annotations

import audioop
import random
import shutil
import subprocess
from collections.abc import Iterator

VOICES = ("en", "en+f3", "en+m3", "en+f5", "en-us+f2", "en+croak", "de", "de+f4", "fr+f1", "cmn",
          "cmn+f2", "es+f4")  # fmt: skip
SPEEDS = (130, 175)
PEAK = 16000
"""Of the loudest sample: a person who shouts."""
_TEXT = """
about above after again alone always answer apple before begin better between bottle bridge
brother build butter candle carry castle center circle clear climb close cloud copper corner
dance dinner doctor dollar double early earth eleven engine every father feather field fire
flower follow forest garden gather gentle ground hammer happy harbour hollow honest horse
island jacket journey kettle kitchen ladder language letter little machine market matter middle
minute mirror morning mother mountain narrow needle number office orange paper people person
picture pocket question quiet rabbit reason river saddle school season second seven shadow
shoulder silver simple sister street summer table teacher thunder ticket tomorrow travel under
valley village water weather window winter wonder yellow
"""
_WORDS = _TEXT.split()


def installed() -> bool:
    return shutil.which("espeak-ng") is not None


def spoken(minutes: float) -> Iterator[tuple[str, bytes]]:
    """Voice, and a minute or so of 16-bit samples at 8 kHz; as many as make up `minutes`."""
    left, number = minutes * 60.0, 0
    while left > 0:
        voice = VOICES[number % len(VOICES)]
        speed = SPEEDS[number // len(VOICES) % len(SPEEDS)]
        samples = _read_out(voice, speed, number)
        yield voice, samples
        left -= len(samples) / 16000
        number += 1


def _read_out(voice: str, speed: int, seed: int) -> bytes:
    dice = random.Random(seed)  # noqa: S311  the words of a test
    sentences = (
        " ".join(dice.choice(_WORDS) for _ in range(dice.randint(5, 12))) + dice.choice(".?!,")
        for _ in range(speed // 8)
    )
    words = ["espeak-ng", "-v", voice, "-s", str(speed), "-p", str(dice.randint(10, 90))]
    wave = subprocess.run(
        [*words, "--stdout"], input=" ".join(sentences).encode(), capture_output=True, check=True
    ).stdout
    rate = int.from_bytes(wave[24:28], "little")
    samples, _ = audioop.ratecv(wave[44:], 2, 1, rate, 8000, None)
    return audioop.mul(samples, 2, PEAK / max(1, audioop.max(samples, 2)))
