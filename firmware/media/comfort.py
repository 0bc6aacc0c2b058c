"""Comfort noise of a peer that is silent by intention (RFC 3389); ours is `hush`.

Noise is made once and companded once a level; a period of it is a slice.
"""

from __future__ import annotations

import audioop
import functools
from array import array

from drivers.highway import IDLE, PERIOD
from firmware.media.g711 import FULL_SCALE_DBM0, from_linear, level_of

PAYLOAD_TYPE = 13
"""RFC 3551 table 4."""
LOUDEST = 30
"""-dBov: a peer that asks for more gets no more. It is an ear that hears this."""
FAINTEST = 70
"""-dBov: below this the laws have no steps left, and it is silence."""
SQUARE_DB = 3.01
"""0 dBov is a square wave of full scale, which is so much above the greatest sine."""
_LENGTH = 8192


def _white() -> bytes:
    """Linear noise, always the same: a linear congruential generator (Knuth's MMIX)."""
    state, samples = 1, array("h")
    for _ in range(_LENGTH):
        state = (state * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF
        samples.append((state >> 51) - 4096)
    return samples.tobytes()


_NOISE = _white()


@functools.cache
def _companded(law: str, level: int) -> bytes:
    """The noise at `level`, and its first period again."""
    wanted = FULL_SCALE_DBM0[law] + SQUARE_DB - level
    is_now = level_of(law, from_linear(law, _NOISE))
    noise = from_linear(law, audioop.mul(_NOISE, 2, 10 ** ((wanted - is_now) / 20)))
    return noise + noise[:PERIOD]


class ComfortNoise:
    """The noise of one peer.

    Args:
        law: of the highway.
        payload: of the packet: the level in -dBov, then a spectrum that is not followed.
        begin: any number, another for each packet.
    """

    def __init__(self, law: str, payload: bytes, begin: int = 0) -> None:
        level = payload[0] & 0x7F if payload else FAINTEST + 1
        if level > FAINTEST:
            self._noise = bytes((IDLE[law],)) * (_LENGTH + PERIOD)
        else:
            self._noise = _companded(law, max(LOUDEST, level))
        self._at = begin % _LENGTH

    def take(self, count: int) -> bytes:
        """So many samples, a period at the most; they begin anywhere, or a loop would be heard."""
        self._at = (self._at * 4093 + 2731) % _LENGTH
        return self._noise[self._at : self._at + count]
