"""G.726 and G.729 by Debian's libspandsp and libbcg729, through cffi (ABI mode).

A period of either takes less than 0.1 ms, so they are worked in the media process itself, and
nothing is delayed. G.729 is optional: its library is nobody's dependency, and is under the GPL.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from firmware.codecs import CODECS
from firmware.media.g711 import from_linear, to_linear
from firmware.media.libraries import needed, owned

_RATE_BITS = 32_000
_LEFT, _RIGHT = 1, 2
"""G.726 in octets: the first code in the upper bits (AAL2, I.366.2 annex E), or in the lower ones
(RFC 3551 section 4.5.4)."""
_FRAME = 10
"""Octets of G.729 for 10 ms."""
_SILENT_FRAME = 2
"""Of a description of silence instead (annex B)."""
_FRAME_SAMPLES = 80
_MOST = 60 * 8
"""Samples of the longest packet: what is longer is cut off."""


@cache
def _library(codec: str) -> tuple[Any, Any]:
    """The library of a codec, loaded when it is first needed.

    Raises:
        MediaError: it is not installed; the message names the Debian package.
    """
    facts = CODECS[codec]
    with needed(facts.library, facts.package):
        if codec == "G729":
            from firmware.media.bcg729_abi import ffi
        else:
            from firmware.media.g726_abi import ffi
        return ffi, ffi.dlopen(facts.library)


def available(codec: str) -> bool:
    """Whether the library is installed; it is let go until it is needed."""
    try:
        if codec == "G729":
            from firmware.media.bcg729_abi import ffi
        else:
            from firmware.media.g726_abi import ffi
        ffi.dlclose(ffi.dlopen(CODECS[codec].library))
    except (ImportError, OSError):
        return False
    return True


class G726:
    """32 kbit/s, one call's two directions.

    Args:
        law: of the periods.
        codec: ``G726-32`` or ``AAL2-G726-32``, which differ in the order of their bits.

    Raises:
        MediaError: libspandsp is not installed.
    """

    def __init__(self, law: str, codec: str) -> None:
        self._law = law
        ffi, lib = _library(codec)
        self._lib = lib
        packing = _LEFT if codec.startswith("AAL2") else _RIGHT
        self._out, self._in = (
            owned(ffi, lib, lib.g726_init(ffi.NULL, _RATE_BITS, 0, packing), "g726_free")
            for _ in range(2)
        )
        self._octets, self._samples = ffi.new(f"char[{_MOST}]"), ffi.new(f"char[{2 * _MOST}]")
        self._buffer = ffi.buffer

    def encode(self, said: bytes) -> bytes:
        """A period of the highway as a payload."""
        size = self._lib.g726_encode(
            self._out, self._octets, to_linear(self._law, said), len(said)
        )
        return bytes(self._buffer(self._octets, size))

    def decode(self, payload: bytes) -> bytes:
        """A payload as samples of the highway."""
        payload = payload[: _MOST // 2]
        count = self._lib.g726_decode(self._in, self._samples, payload, len(payload))
        return from_linear(self._law, bytes(self._buffer(self._samples, 2 * count)))


class G729:
    """8 kbit/s (annex A), one call's two directions; silence is understood and never sent (B).

    Args:
        law: of the periods.

    Raises:
        MediaError: libbcg729 is not installed.
    """

    def __init__(self, law: str) -> None:
        self._law = law
        ffi, self._lib = _library("G729")
        lib = self._lib
        self._out = owned(ffi, lib, lib.initBcg729EncoderChannel(0), "closeBcg729EncoderChannel")
        self._in = owned(ffi, lib, lib.initBcg729DecoderChannel(), "closeBcg729DecoderChannel")
        self._octets, self._size = ffi.new(f"char[{_FRAME}]"), ffi.new("unsigned char *")
        self._samples = ffi.new(f"char[{2 * _FRAME_SAMPLES}]")
        self._buffer = ffi.buffer

    def encode(self, said: bytes) -> bytes:
        """A period of the highway as a payload."""
        samples, payload = to_linear(self._law, said), bytearray()
        for at in range(0, len(samples), 2 * _FRAME_SAMPLES):
            frame = samples[at : at + 2 * _FRAME_SAMPLES]
            self._lib.bcg729Encoder(self._out, frame, self._octets, self._size)
            payload += self._buffer(self._octets, self._size[0])
        return bytes(payload)

    def decode(self, payload: bytes) -> bytes:
        """A payload as samples of the highway; what is no whole frame at its end is left out."""
        samples = bytearray()
        while len(payload) >= _SILENT_FRAME and len(samples) < 2 * _MOST:
            frame, payload = payload[:_FRAME], payload[_FRAME:]
            silent = len(frame) == _SILENT_FRAME
            if not silent and len(frame) < _FRAME:
                break
            self._lib.bcg729Decoder(self._in, frame, len(frame), 0, silent, 0, self._samples)
            samples += self._buffer(self._samples)
        return from_linear(self._law, bytes(samples))
