"""Concealment of lost voice: go on with the last pitch period, fade out, fade back in.

After ITU-T G.711 appendix I, in short: the pitch is searched between 5 and 15 ms, the
cycle is repeated, and it fades to silence within 60 ms. While nothing is lost the only
work is to remember the last frames.
"""

from __future__ import annotations

import audioop
from collections import deque

from drivers.highway import IDLE
from firmware.media.g711 import from_linear, to_linear

_TEMPLATE = 80
"""Samples (10 ms) whose like is searched in what was heard before them."""
_SHORTEST, _LONGEST = 40, 120
"""Pitch lags, in samples: 200 Hz to 67 Hz (multiples of a higher pitch fit as well)."""
_STEP = 80
"""Samples of one gain."""
_FADE = 0.2
"""Gain lost a step: silence after 60 ms."""
_JOIN = 10
"""Samples of one gain where heard voice takes over; there are four such."""
_JOINS = 4


class Concealer:
    """Remembers what was heard, and goes on with it.

    Attributes:
        heard: to be called with each good frame while `concealing` is false.
    """

    def __init__(self, law: str) -> None:
        self._law = law
        self._idle = bytes((IDLE[law],))
        self._history: deque[bytes] = deque(maxlen=4)
        self.heard = self._history.append
        self.concealing = False
        """The last that was given was made up: the next good frame belongs to `rejoin`."""
        self._cycle = b""
        self._phase = 0
        self._gain = 0.0

    def forget(self) -> None:
        """A new source: nothing said before goes on."""
        self._history.clear()
        self.concealing = False

    def skip(self) -> None:
        """Voice is left out here: the next good frame belongs to `rejoin` as well."""
        if not self.concealing:
            self._begin()

    def conceal(self, count: int) -> bytes:
        """Make up so many samples."""
        if not self.concealing:
            self._begin()
        if self._gain <= 0 or not self._cycle:
            return self._idle * count
        made_up = from_linear(self._law, self._go_on(count))
        self._history.append(made_up)  # what follows the next gap follows on this
        return made_up

    def rejoin(self, frame: bytes) -> bytes:
        """The first good frame after a gap, with its head crossed over from what was made up."""
        self.concealing = False
        self.heard(frame)
        if self._gain <= 0 or not self._cycle:  # silence: there is nothing to cross over from
            return frame
        joined = min(_JOIN * _JOINS, len(frame) // _JOINS * _JOINS)
        head, made_up = to_linear(self._law, frame[:joined]), self._go_on(joined)
        crossed = bytearray()
        size = 2 * joined // _JOINS
        for join in range(_JOINS):
            share = (join + 0.5) / _JOINS
            part = slice(join * size, (join + 1) * size)
            crossed += audioop.add(
                audioop.mul(head[part], 2, share), audioop.mul(made_up[part], 2, 1 - share), 2
            )
        return from_linear(self._law, bytes(crossed)) + frame[joined:]

    def _begin(self) -> None:
        self.concealing = True
        self._cycle, self._phase, self._gain = b"", 0, 0.0
        heard = to_linear(self._law, b"".join(self._history))
        if len(heard) < 2 * (_TEMPLATE + _LONGEST + 1):
            return
        lag = max(range(_SHORTEST, _LONGEST + 1, 2), key=lambda lag: _likeness(heard, lag))
        lag = max((lag - 1, lag, lag + 1), key=lambda lag: _likeness(heard, lag))
        self._cycle = heard[-2 * lag :]
        self._gain = 1.0

    def _go_on(self, count: int) -> bytes:
        """Linear samples that follow what was given last, fading."""
        made = bytearray()
        while count:
            samples = min(count, _STEP - self._phase % _STEP)
            made += audioop.mul(self._repeat(samples), 2, self._gain)
            self._phase += samples
            count -= samples
            if self._phase % _STEP == 0:
                self._gain = max(0.0, round(self._gain - _FADE, 3))
        return bytes(made)

    def _repeat(self, samples: int) -> bytes:
        cycle = self._cycle
        start = 2 * self._phase % len(cycle)
        rounds = -(-(start + 2 * samples) // len(cycle))
        return (cycle * rounds)[start : start + 2 * samples]


def _likeness(heard: bytes, lag: int) -> float:
    """How much the end is like what was heard `lag` samples before (normalised correlation)."""
    template = heard[-2 * _TEMPLATE :]
    before = heard[-2 * (_TEMPLATE + lag) : -2 * lag]
    return float(audioop.findfactor(template, before) * audioop.rms(before, 2))
