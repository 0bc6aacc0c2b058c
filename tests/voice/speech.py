"""Sentences read out by espeak-ng, and how much of them is left, after ITU-T P.862."""

from __future__ import annotations

import audioop
import shutil
import subprocess
import wave
from functools import cache
from pathlib import Path

import numpy as np
import pesq  # type: ignore[import-untyped]  # it has no types

RATE = 8000
LEVEL = 3000
"""Root mean square of the samples, -14.6 dBm0: a person who speaks up."""
_TEXT = """The birch canoe slid on the smooth planks. Glue the sheet to the dark blue background.
It is easy to tell the depth of a well. These days a chicken leg is a rare dish."""
"""Of the sentences of IEEE 269 that every telephone engineer has heard."""


def installed() -> bool:
    return shutil.which("espeak-ng") is not None


@cache
def read_out(voice: str = "en+f2") -> bytes:
    """Ten seconds of 16-bit samples at 8 kHz."""
    spoken = subprocess.run(
        ["espeak-ng", "-v", voice, "-s", "130", "--stdout"],
        input=_TEXT.encode(),
        capture_output=True,
        check=True,
    ).stdout
    rate = int.from_bytes(spoken[24:28], "little")
    samples, _ = audioop.ratecv(spoken[44:], 2, 1, rate, RATE, None)
    return audioop.mul(samples, 2, LEVEL / audioop.rms(samples, 2))


def score(said: bytes, heard: bytes) -> float:
    """P.862 in the narrow band, mapped to a mean opinion score by P.862.1: 1.0 to 4.55."""
    pair = (np.frombuffer(one, dtype=np.int16) for one in (said, heard))
    return float(pesq.pesq(RATE, *pair, "nb"))


def write(samples: bytes, path: Path) -> Path:
    """As a WAV file, for a telephone to speak."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples)
    return path
