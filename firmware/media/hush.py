"""Whether the telephone says nothing: silence suppression with comfort noise (RFC 3389).

The noise of the room is what was softest lately. Voice is what is clearly louder; some time
after its last sound the packets stop, and one that tells the level of the noise takes their place.
"""

from __future__ import annotations

from firmware.media.comfort import FAINTEST, LOUDEST, SQUARE_DB
from firmware.media.g711 import FULL_SCALE_DBM0, level_of

HANGOVER = 12
"""Periods (240 ms) after the last sound: ends of words, and pauses between them, are sent."""
ABOVE_DB = 8.0
"""Louder than the noise by so much is voice."""
LOUDEST_NOISE_DBM0 = -40.0
"""What is louder than this is voice in any case."""
_RISE_DB = 0.05
"""The noise that is assumed rises so much a period, 2.5 dB a second, while it is exceeded."""
_CHANGE_DB = 3.0
_FAINTEST_DBM0 = -70.0


class Hush:
    """Listens to one telephone.

    Args:
        law: of the periods.
    """

    def __init__(self, law: str) -> None:
        self._law = law
        self._noise = LOUDEST_NOISE_DBM0 - ABOVE_DB
        self._left = HANGOVER
        self._told: float | None = None
        """The level that the far end knows; None: it hears voice."""

    def feed(self, payload: bytes) -> bool:
        """A period; whether nothing was said for long enough."""
        level = max(level_of(self._law, payload), _FAINTEST_DBM0)
        self._noise = min(level, self._noise + _RISE_DB, LOUDEST_NOISE_DBM0 - ABOVE_DB)
        if level > self._noise + ABOVE_DB:
            self._left = HANGOVER
            self._told = None
        elif self._left:
            self._left -= 1
        return not self._left

    def news(self) -> int | None:
        """The level of the noise in -dBov, if the far end has to be told of it."""
        if self._told is not None and abs(self._noise - self._told) < _CHANGE_DB:
            return None
        self._told = self._noise
        dbov = FULL_SCALE_DBM0[self._law] + SQUARE_DB - self._noise
        return max(LOUDEST, min(round(dbov), FAINTEST + 1))
