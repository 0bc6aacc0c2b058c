"""The adaptive filter of Debian's libspeexdsp (cffi in ABI mode, see `speex_abi`).

A multidelay block filter (MDF), constrained, with two sets of weights of which one is tried while
the other is heard. Long blocks make steps that a voice at the near end disturbs little, short ones
make more steps a second, and are disturbed more.
"""

from __future__ import annotations

from functools import cache
from itertools import cycle
from typing import Any

from drivers.highway import PERIOD, RATE
from firmware.errors import MediaError
from firmware.media.asides import Asides
from firmware.media.libraries import needed, owned

LIBRARY = "libspeexdsp.so.1"
CALM, QUICK = 160, 32
"""Samples a block; the transform is twice as long, and 64 is what the library does fastest."""
_SET_RATE = 24
_BARKER = 1, 1, 1, -1, -1, 1, -1
_RAILS = tuple((32767 * sign).to_bytes(2, "little", signed=True) for sign in _BARKER)
"""Samples that no voice has: the library takes them for a converter that is overdriven, and learns
nothing of their block. It takes fifty blocks in a row to which the filter adds energy for a filter
that has gone wild, and forgets all: that would be so with rails of one sign beside a tone of the
wrong phase. No sine changes its sign as Barker's code does."""
_AT = 4
"""Octets before the rail in a block: its high-passed trail is gone at the end of a long one."""


_FORGOT = "slapped (reset)"
"""In what the library writes when it has lost its way and begins anew (`mdf.c`)."""
_asides = Asides()


def told() -> list[str]:
    """What has become of filters since the last time, one line each: ours, or the library's."""
    return [
        "an echo canceller had lost its way: it forgot its line and learns it anew"
        if _FORGOT in line
        else f"{LIBRARY}: {line}"
        for line in _asides.heard()
    ]


@cache
def speexdsp(library: str = LIBRARY) -> tuple[Any, Any]:
    """The library, loaded when it is first needed.

    Raises:
        MediaError: it is not installed; the message names the Debian package.
    """
    with needed(library, "libspeexdsp1"):
        from firmware.media.speex_abi import ffi

        return ffi, ffi.dlopen(library)


def available() -> bool:
    """Whether echo can be cancelled."""
    try:
        speexdsp()
    except MediaError:
        return False
    return True


class Filter:
    """Learns what becomes of what is heard, and takes it out of what is said.

    Args:
        block: samples, `CALM` or `QUICK`.
        tail: samples after which nothing comes back.

    Raises:
        MediaError: libspeexdsp is not there.
    """

    def __init__(self, block: int, tail: int) -> None:
        ffi, lib = speexdsp()
        self.block = block
        state = lib.speex_echo_state_init(block, tail)
        self._state = owned(ffi, lib, state, "speex_echo_state_destroy")
        lib.speex_echo_ctl(self._state, _SET_RATE, ffi.new("int *", RATE))
        self._cancel = lib.speex_echo_cancellation
        self._clean = ffi.new(f"char[{2 * PERIOD}]")
        self._samples = ffi.buffer(self._clean)
        width = 2 * block
        self._blocks = [
            (slice(at, at + width), self._clean + at) for at in range(0, 2 * PERIOD, width)
        ]
        self._rails = cycle(_RAILS)
        self._quiet_periods = -(-tail // PERIOD) + 1
        """It takes so long until no block that was heard is remembered."""

    def run(self, said: bytes, heard: bytes) -> bytes:
        """What is left of a period that was said, and what was heard meanwhile, in samples."""
        with _asides:
            for part, clean in self._blocks:
                self._cancel(self._state, said[part], heard[part], clean)
        left: bytes = self._samples[:]
        return left

    def hear_nothing(self, silence: bytes) -> None:
        """Forget what was heard, and keep what was learnt, so that it can go on elsewhere."""
        for _ in range(self._quiet_periods):
            self.follow(silence, silence)

    def follow(self, said: bytes, heard: bytes) -> None:
        """Hear a period, and learn nothing from it."""
        railed = bytearray(said)
        for part, _ in self._blocks:
            at = part.start + _AT
            railed[at : at + 2] = next(self._rails)
        self.run(bytes(railed), heard)
