"""Tones are cancelled by a filter of their own, so that what was learnt of the line is kept.

A tone says what the line does at one frequency. A filter that hears nothing else for seconds
forgets the others: what it learnt of speech is worth 10 to 20 dB less after three seconds of
ringback tone or of a fax that answers. Digits and other short ones do no harm.
"""

from __future__ import annotations

import audioop

from firmware.media.echo_filter import Filter

_TONE = 0.12
"""Root mean square of what one sine does not explain, as a part of it. Tones, also two close to
each other (ringback of 440 and 480 Hz), leave 0.05 of them at the most; what is spoken leaves less
than this for two periods in a row and no longer."""
_PERIODS = 3
"""In a row that sound like a sine: it is a tone."""
_ALIKE = 2
"""A tone does not change its level by more than a part of this."""
_BLOCK = 80
"""Samples; shorter blocks now and then stop learning at half, long ones take a second."""
_AS_GOOD = 2
"""Times what the filter of the line leaves, 6 dB, that may be left so as to spare it the tone."""
_GOOD = 12
"""Or so much softer than what is said: 22 dB. Of two tones more is learnt late or never."""


def sinusoidal(heard: bytes) -> bool:
    """Whether a period of samples is a sine: x[n-1] + x[n+1] = 2 cos(w) x[n]."""
    quarter = audioop.mul(heard, 2, 0.25)
    middle = quarter[2:-2]
    sums = audioop.add(quarter[4:], quarter[:-4], 2)
    level = audioop.rms(middle, 2)
    if not level:
        return False
    explained = audioop.mul(middle, 2, -audioop.findfactor(sums, middle))
    return audioop.rms(audioop.add(sums, explained, 2), 2) < _TONE * level


class ToneKeeper:
    """Of one port.

    Args:
        tail: samples after which nothing comes back.
        silence: a period of samples in which nothing is heard.
    """

    def __init__(self, tail: int, silence: bytes) -> None:
        self._tail = tail
        self._silence = silence
        self._own: Filter | None = None
        """Made for the first tone."""
        self._serves = False
        self._level = self._periods = 0

    def run(self, line: Filter, said: bytes, heard: bytes, loud: int) -> bytes | None:
        """What is left of a period that was said; None: no tone lasts, run the filter of the line.

        Args:
            line: the filter of the line; it hears the tone, and learns next to nothing of it.
            said: samples of a period.
            heard: samples of it.
            loud: root mean square of what is heard; 0: too soft to matter.
        """
        if not self._lasts(heard, loud):
            self._serves = False
            return None
        own = self._own
        if own is None:
            own = self._own = Filter(_BLOCK, self._tail)
        if self._periods == _PERIODS:
            own.hear_nothing(self._silence)
        clean = own.run(said, heard)
        if self._serves:
            line.follow(said, heard)
            return clean
        left = line.run(said, heard)
        level = audioop.rms(clean, 2)
        self._serves = level <= _AS_GOOD * audioop.rms(left, 2) or level * _GOOD <= audioop.rms(
            said, 2
        )
        return left

    def _lasts(self, heard: bytes, level: int) -> bool:
        steady = level and abs(level - self._level) * _ALIKE <= level
        self._level = level
        self._periods = self._periods + 1 if steady and sinusoidal(heard) else 0
        return self._periods >= _PERIODS
