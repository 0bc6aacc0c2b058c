"""Signal processing by Debian's libspandsp, through cffi (ABI mode, see `spandsp_abi`).

Only calls that are polled are used, never callbacks: those need memory that is writable and
executable, which systemd's MemoryDenyWriteExecute= forbids.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from firmware.errors import MediaError
from firmware.media.g711 import from_linear

LIBRARY = "libspandsp.so.2"
_MODEMS = {"bell202": 1, "v23": 2, "ntt": 4}
"""As the library numbers them: CLASS, CLIP, JCLIP."""
_SEIZURE, _MARKS, _MARKS_IN_CALL = 300, 180, 80
"""Bits before a message: alternating, so that a display on-hook wakes, then ones (GR-30, EN 300
659-1); to a telephone that has answered the alerting tone ones alone (EN 300 659-2)."""
_NTT_MARKS, _NTT_STOP_BITS = 75, 4
_LAST_MARKS = 5
_MESSAGE_MOST = 257
_BURST_MOST = 3 * 8000
"""Samples: no message of this length takes three seconds."""


@cache
def spandsp(library: str = LIBRARY) -> tuple[Any, Any]:
    """The library, loaded when it is first needed.

    Raises:
        MediaError: it is not installed; the message names the Debian package.
    """
    try:
        from firmware.media.spandsp_abi import ffi

        return ffi, ffi.dlopen(library)
    except (ImportError, OSError) as error:
        raise MediaError(
            f"{library} cannot be loaded ({error}); install the Debian package libspandsp2"
            " (Debian 12) or libspandsp2t64 (Debian 13)"
        ) from error


def available() -> bool:
    """Whether data for displays can be sent as FSK; the library is let go until it is needed."""
    try:
        from firmware.media.spandsp_abi import ffi

        ffi.dlclose(ffi.dlopen(LIBRARY))
    except (ImportError, OSError):
        return False
    return True


def fsk(law: str, modem: str, message: bytes, *, in_call: bool = False) -> bytes:
    """The burst that carries a message to the display of a telephone.

    Args:
        law: of the result.
        modem: ``bell202`` and ``v23`` add a checksum, ``ntt`` header, parity and CRC.
        message: type, length and content.
        in_call: to a telephone off-hook that waits for it, so nothing need wake it.

    Raises:
        MediaError: libspandsp is not there, the modem is unknown, or the message too long.
    """
    if modem not in _MODEMS:
        raise MediaError(f"{modem!r} is none of {', '.join(_MODEMS)}")
    if not 2 <= len(message) <= _MESSAGE_MOST:
        raise MediaError(f"a message of {len(message)} octets cannot be sent")
    ffi, lib = spandsp()
    state = ffi.gc(lib.adsi_tx_init(ffi.NULL, _MODEMS[modem]), lib.adsi_tx_free)
    if modem == "ntt":
        lib.adsi_tx_set_preamble(state, 0, _NTT_MARKS, _LAST_MARKS, _NTT_STOP_BITS)
    elif in_call:
        lib.adsi_tx_set_preamble(state, 0, _MARKS_IN_CALL, _LAST_MARKS, 1)
    else:
        lib.adsi_tx_set_preamble(state, _SEIZURE, _MARKS, _LAST_MARKS, 1)
    if lib.adsi_tx_put_message(state, message, len(message)) < 0:
        raise MediaError("libspandsp does not take the message")
    samples = ffi.new(f"char[{2 * _BURST_MOST}]")
    count = lib.adsi_tx(state, samples, _BURST_MOST)
    return from_linear(law, bytes(ffi.buffer(samples, 2 * count)))
