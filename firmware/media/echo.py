"""Line echo cancelled by Debian's libspeexdsp, through cffi (ABI mode, see `speex_abi`).

Where two wires become four, the hybrid of the line circuit lets some of what the telephone hears
through to the network, 6 to 20 dB softer and within milliseconds. The person at the far end
would hear himself, later by the whole way there and back. The canceller learns the way through
the hybrid from what was played and what came back, and takes its part out of what was said.
"""

from __future__ import annotations

from collections import deque
from functools import cache
from typing import Any

from drivers.highway import IDLE, PERIOD, RATE
from firmware.errors import MediaError
from firmware.media.g711 import from_linear, to_linear

LIBRARY = "libspeexdsp.so.1"
TAIL_MS = 64
"""Echo is looked for so late after what caused it. The hybrid's takes a few milliseconds, a long
loop 20; the rest is for sound devices that are later than they say."""
_SET_RATE = 24
_REMEMBERED = -(-TAIL_MS * RATE // 1000 // PERIOD) + 1
"""Periods after which nothing that was heard can come back."""


@cache
def speexdsp(library: str = LIBRARY) -> tuple[Any, Any]:
    """The library, loaded when it is first needed.

    Raises:
        MediaError: it is not installed; the message names the Debian package.
    """
    try:
        from firmware.media.speex_abi import ffi

        return ffi, ffi.dlopen(library)
    except (ImportError, OSError) as error:
        raise MediaError(
            f"{library} cannot be loaded ({error}); install the Debian package libspeexdsp1"
        ) from error


def available() -> bool:
    """Whether echo can be cancelled."""
    try:
        speexdsp()
    except MediaError:
        return False
    return True


class EchoCanceller:
    """One port's, for one call.

    Args:
        law: of the highway.
        lag: periods from the tick that plays something to the one that captures its echo.

    Raises:
        MediaError: libspeexdsp is not there.
    """

    def __init__(self, law: str, lag: int = 1) -> None:
        ffi, lib = speexdsp()
        self._law = law
        state = lib.speex_echo_state_init(PERIOD, TAIL_MS * RATE // 1000)
        self._state = ffi.gc(state, lib.speex_echo_state_destroy)
        lib.speex_echo_ctl(self._state, _SET_RATE, ffi.new("int *", RATE))
        self._cancel = lib.speex_echo_cancellation
        self._clean = ffi.new(f"char[{2 * PERIOD}]")
        self._samples = ffi.buffer(self._clean)
        self._silence = bytes((IDLE[law],)) * PERIOD
        self._played: deque[bytes] = deque([self._silence] * lag, maxlen=lag)
        self._quiet = _REMEMBERED
        """Periods for which nothing was heard; after `_REMEMBERED` there is no echo left."""

    def rest(self) -> None:
        """There was a pause in which nobody told what was played: only the line is remembered."""
        quiet = to_linear(self._law, self._silence)
        for _ in range(_REMEMBERED):
            self._played.append(self._silence)
            self._cancel(self._state, quiet, quiet, self._clean)
        self._quiet = _REMEMBERED

    def played(self, heard: bytes) -> None:
        """The telephone is given this period, in the highway's law; tell of every one."""
        self._played.append(heard)

    def cancel(self, said: bytes) -> bytes:
        """A captured period without what the hybrid has let through.

        Where nothing has been heard lately there is no echo, and it stays as it is.
        """
        heard = self._played[0]
        if heard == self._silence:
            if self._quiet >= _REMEMBERED:
                return said
            self._quiet += 1
        else:
            self._quiet = 0
        law = self._law
        self._cancel(self._state, to_linear(law, said), to_linear(law, heard), self._clean)
        return from_linear(law, self._samples[:])
