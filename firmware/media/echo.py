"""Line echo cancelled by an adaptive filter (`echo_filter`), which learns soon (`echo_study`).

Where two wires become four, the hybrid of the line circuit lets some of what the telephone hears
through to the network, 6 to 20 dB softer and within milliseconds. The person at the far end
would hear himself, later by the whole way there and back. The canceller learns the way through
the hybrid from what was played and what came back, and takes its part out of what was said.
"""

from __future__ import annotations

import audioop
from collections import deque
from collections.abc import Callable

from drivers.highway import IDLE, PERIOD, RATE
from firmware.media.echo_filter import Filter
from firmware.media.echo_study import Study
from firmware.media.echo_tone import ToneKeeper
from firmware.media.g711 import from_linear, to_linear

TAIL_MS, DEVICE_TAIL_MS = 32, 64
"""Echo is looked for so late after what caused it. The hybrid's takes a few milliseconds, a long
loop 20. A sound device, which is given periods ahead, may be later than it says: so long then."""
_NOISE = 70
"""Root mean square (-47 dBm0) of what has no echo that anybody would hear: 6 dB below that, at the
most, it comes back, in the noise of a room. It is noise of the far end, or what its canceller has
left of us (G.168 asks for nothing below -30 dBm0). The library would adapt to it, and harm what is
said here: by P.862 from 4.3 to 3.3."""
_FAINT = 0.35
"""What was heard is so much softer than what is said now: -9 dB, after Geigel. No hybrid returns
more than half of it, so its echo is lost under the voice; but it may be that very voice, come back
from the far end. A canceller that believed a tone to be its own cause would take it for echo, and
two of them, one at each end of a call, would chase each other's errors for ever."""
_ECHO = 0.6
"""Of the level of what was heard: what comes back is softer, so what is louder than this has a
voice in it. Gone over again and again, that would teach a filter to take the voice for echo."""


class EchoCanceller:
    """One port's, for one call.

    Args:
        law: of the highway.
        lag: periods from the tick that plays something to the one that captures its echo.
        may_study: whether the port may use the time of this period to learn its line sooner.

    Raises:
        MediaError: libspeexdsp is not there.
    """

    def __init__(
        self, law: str, lag: int = 1, may_study: Callable[[], bool] = lambda: True
    ) -> None:
        self._law = law
        tail = (TAIL_MS if lag == 1 else DEVICE_TAIL_MS) * RATE // 1000
        self._silence = bytes((IDLE[law],)) * PERIOD
        self._unheard = to_linear(law, self._silence)
        self._study: Study | None = Study(tail, self._unheard, may_study)
        """Until the line is known; the next call has the same line."""
        self._filter: Filter = self._study.serving
        self._tones = ToneKeeper(tail, self._unheard)
        lasts = -(-tail // PERIOD) + 1
        self._lasts = lasts
        """Periods after which nothing that was heard can come back."""
        self._levels: deque[int] = deque([0] * lasts, maxlen=lasts)
        """Of what was heard while it can still come back, in samples, root mean square."""
        self._played: deque[bytes] = deque([self._silence] * lag, maxlen=lag)
        self._quiet = 0
        """Periods for which nothing was heard."""
        self._rests = True
        """What is said is not looked at. The library takes out hum as well, so a voice that came
        now through it and now past it would be torn: it rests from when nothing is said."""

    def rest(self) -> None:
        """There was a pause in which nobody told what was played: only the line is remembered."""
        for _ in range(self._lasts):
            self._played.append(self._silence)
            self._levels.append(0)
            self._filter.run(self._unheard, self._unheard)
        self._rests = True
        if self._study is not None:
            self._study.interrupted()

    def played(self, heard: bytes) -> None:
        """The telephone is given this period, in the highway's law; tell of every one."""
        self._played.append(heard)

    def cancel(self, said: bytes) -> bytes:
        """A captured period without what the hybrid has let through.

        Where nothing has been heard lately there is no echo, and it stays as it is. Where it was
        faint beside what is said (`_FAINT`) nothing is taken out either.
        """
        law = self._law
        played = self._played[0]
        heard = to_linear(law, played)
        near = to_linear(law, said)
        spoken = audioop.rms(near, 2)
        level = 0 if played == self._silence else audioop.rms(heard, 2)
        self._levels.append(level)
        loudest = max(self._levels)
        if loudest <= _NOISE or loudest <= _FAINT * spoken:
            if self._rests:
                return said
            self._quiet += 1
            self._rests = self._quiet >= self._lasts and spoken <= _NOISE
            heard, level = self._unheard, 0
        else:
            self._quiet, self._rests = 0, False
            level = level if level > _NOISE else 0
        alone = spoken <= max(_NOISE, _ECHO * loudest)
        return from_linear(law, self._clean(near, heard, level, alone=alone))

    def _clean(self, near: bytes, heard: bytes, level: int, *, alone: bool) -> bytes:
        """Samples; `level` is that of what is heard, if it can be heard well."""
        study, of_tone = self._study, self._tones.run(self._filter, near, heard, level)
        if study is not None and (of_tone or not alone):
            study.interrupted()
        if of_tone:
            return of_tone
        if study is None or not alone:
            return self._filter.run(near, heard)
        clean = study.run(near, heard, loud=level > 0)
        self._filter = study.serving
        if study.over:
            self._study = None
        return clean
