"""Whether a sound keeps its level, as tones of machines do and voices do not."""

from __future__ import annotations

import audioop

from firmware.media.g711 import to_linear

LOOKS = 3
"""So many in a row that are like the one before."""
_FAINTEST = 110
"""Root mean square, -43 dBm0: what is softer is no tone of a machine (V.21, V.25: -43 dBm)."""
_LIKE = 1.5
"""Levels this much apart, 3.5 dB, are alike: an ANSam swings so over 20 ms (V.8)."""


class Steady:
    """Looks at one direction of a call now and then.

    Args:
        law: of the periods.
    """

    def __init__(self, law: str) -> None:
        self._law = law
        self.level = 0
        """When it was looked at last: root mean square of the samples."""
        self._alike = 0

    def look(self, payload: bytes) -> bool:
        """A period; whether it sounds as loud as those before it."""
        level, before = audioop.rms(to_linear(self._law, payload), 2), self.level
        self.level = level
        if level < _FAINTEST or not before <= level * _LIKE or not level <= before * _LIKE:
            self._alike = 0
            return False
        self._alike += 1
        return self._alike >= LOOKS
