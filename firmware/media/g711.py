"""G.711 on whole payloads: A-law and mu-law, levels in dBm0. Nothing here works per sample."""

from __future__ import annotations

import audioop
import math

LAWS = ("PCMA", "PCMU")

_ALL = bytes(range(256))
A_TO_MU = audioop.lin2ulaw(audioop.alaw2lin(_ALL, 2), 2)
"""For `bytes.translate`: the mu-law code nearest to each A-law code."""
MU_TO_A = audioop.lin2alaw(audioop.ulaw2lin(_ALL, 2), 2)
"""For `bytes.translate`: the A-law code nearest to each mu-law code."""

FULL_SCALE_DBM0 = {"PCMA": 3.14, "PCMU": 3.17}
"""Level of the greatest sine a law can carry (G.711 section 4)."""
_FULL_SCALE = {"PCMA": 4096 * 8, "PCMU": 8159 * 4}
"""Its peak in 16-bit samples: the virtual decision value of the uppermost segment."""


def translation(source: str, target: str) -> bytes | None:
    """The table from one law to the other; None when they are the same."""
    if source == target:
        return None
    return A_TO_MU if source == "PCMA" else MU_TO_A


def to_linear(law: str, payload: bytes) -> bytes:
    """16-bit samples in the machine's byte order."""
    if law == "PCMA":
        return audioop.alaw2lin(payload, 2)
    return audioop.ulaw2lin(payload, 2)


def from_linear(law: str, samples: bytes) -> bytes:
    """Compand 16-bit samples."""
    if law == "PCMA":
        return audioop.lin2alaw(samples, 2)
    return audioop.lin2ulaw(samples, 2)


def peak_of(law: str, dbm0: float) -> float:
    """Peak, in 16-bit samples, of a sine of this level."""
    return _FULL_SCALE[law] * math.pow(10, (dbm0 - FULL_SCALE_DBM0[law]) / 20)


def level_of(law: str, payload: bytes) -> float:
    """Power of a payload in dBm0; -inf for digital silence."""
    rms = audioop.rms(to_linear(law, payload), 2)
    if rms == 0:
        return -math.inf
    return 20 * math.log10(rms * math.sqrt(2) / _FULL_SCALE[law]) + FULL_SCALE_DBM0[law]


def quiet(law: str, payload: bytes, peak: int = 256) -> bool:
    """Whether no sample is louder than `peak` (256: a sine of -39 dBm0)."""
    return audioop.max(to_linear(law, payload), 2) <= peak
