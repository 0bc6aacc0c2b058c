"""Whether a sound keeps its level, as tones of machines do and voices do not.

To look for the tones of fax machines and modems costs more than all else that is done with a
period. So nobody looks for them until something has sounded steadily for a moment; then what
was heard meanwhile is looked through, and what follows.
"""

from __future__ import annotations

import audioop
from collections import deque

from firmware.media.g711 import to_linear

EVERY = 4
"""Periods between two looks at the level: 80 ms."""
LOOKS = 2
"""So many in a row that are like the one before: 160 ms of one level."""
KEPT = 3 * EVERY
"""Periods that are remembered: what began just after a look is still there at the last."""
LISTENING = 50
"""Periods for which is listened from the last steady moment on."""
_FAINTEST = 110
"""Root mean square, -43 dBm0: what is softer is no tone of a machine (V.21, V.25: -43 dBm)."""
_LIKE = 1.5
"""Levels this much apart, 3.5 dB, are alike: an ANSam swings so over 20 ms (V.8)."""


class Steady:
    """Listens to one direction of a call.

    Args:
        law: of the periods.
    """

    def __init__(self, law: str) -> None:
        self._law = law
        self._kept: deque[bytes] = deque(maxlen=KEPT)
        self._until_look = EVERY
        self._level = 0
        self._alike = 0
        self._left = 0

    def feed(self, payload: bytes) -> bytes:
        """A period; what has to be listened to now: nothing, this one, or those before it too."""
        self._until_look -= 1
        if not self._until_look:
            self._until_look = EVERY
            if self._look(payload):
                before, self._left = self._left, LISTENING
                if not before:
                    heard = b"".join((*self._kept, payload))
                    self._kept.clear()
                    return heard
        if self._left:
            self._left -= 1
            return payload
        self._kept.append(payload)
        return b""

    def _look(self, payload: bytes) -> bool:
        level, before = audioop.rms(to_linear(self._law, payload), 2), self._level
        self._level = level
        if level < _FAINTEST or not before <= level * _LIKE or not level <= before * _LIKE:
            self._alike = 0
            return False
        self._alike += 1
        return self._alike >= LOOKS
