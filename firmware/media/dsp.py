"""Signal processing by Debian's libspandsp, through cffi (ABI mode, see `spandsp_abi`).

Only calls that are polled are used, never callbacks: those need memory that is writable and
executable, which systemd's MemoryDenyWriteExecute= forbids.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from firmware.errors import MediaError
from firmware.media.g711 import from_linear, to_linear

LIBRARY = "libspandsp.so.2"
_STANDARDS = {"bell202": 1, "v23": 2}
_CALL_SETUP = 0x80
_TIME, _NUMBER, _ABSENT, _NAME = 1, 2, 4, 7
"""Parameter types of an MDMF call set-up message (GR-30, ETSI EN 300 659-3)."""
_MESSAGE_MOST = 255
_BURST_MOST = 3 * 8000
"""Samples: no message of this length takes three seconds."""
_MAYBE = ord("x")


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
    """Whether DTMF can be decoded and caller ID made."""
    try:
        spandsp()
    except MediaError:
        return False
    return True


class DtmfReceiver:
    """Decodes DTMF from companded periods, also while a dial tone is heard.

    Raises:
        MediaError: libspandsp is not there.
    """

    def __init__(self, law: str) -> None:
        ffi, lib = spandsp()
        self._law = law
        state = lib.dtmf_rx_init(ffi.NULL, ffi.NULL, ffi.NULL)
        self._state = ffi.gc(state, lib.dtmf_rx_free)
        # Dial tone filter on; low group up to 8 dB, high group up to 4 dB stronger (ITU-T
        # Q.24), and 2 dB more, because of keys at that edge itself only a part is taken; the
        # level stays the library's. Whole decibels: 0.0.6 takes int here.
        lib.dtmf_rx_parms(self._state, 1, 10, 6, -99)
        self._feed, self._status, self._get = lib.dtmf_rx, lib.dtmf_rx_status, lib.dtmf_rx_get
        self._digits = ffi.new("char[16]")
        self._string = ffi.string

    def feed(self, payload: bytes) -> int:
        """Listen to a period.

        Returns:
            0: no digit sounds; else the character of the digit that does, or ``x`` while it
            may be one.
        """
        self._feed(self._state, to_linear(self._law, payload), len(payload))
        status: int = self._status(self._state)
        return status

    def digits(self) -> str:
        """Take the digits recognised since the last time: each once, when it is certain."""
        self._get(self._state, self._digits, 15)
        text: bytes = self._string(self._digits)
        return text.decode("ascii")


def caller_id(
    law: str, standard: str, when: str, number: str, name: bytes, absence: str = "P"
) -> bytes:
    """The whole on-hook FSK burst: channel seizure, mark and an MDMF call set-up message.

    Args:
        law: of the result.
        standard: ``bell202`` or ``v23``.
        when: MMDDhhmm; empty: no time is sent.
        number: empty: the message says why there is none.
        name: octets as the telephone shows them.
        absence: ``P``, private, or ``O``, unknown: why there is no number (GR-30).

    Raises:
        MediaError: libspandsp is not there, the standard is unknown, or it is all too long.
    """
    if standard not in _STANDARDS:
        raise MediaError(f"{standard!r} is none of {', '.join(_STANDARDS)}")
    ffi, lib = spandsp()
    state = ffi.gc(lib.adsi_tx_init(ffi.NULL, _STANDARDS[standard]), lib.adsi_tx_free)
    digits = number.encode("ascii", "replace")
    fields = [
        (_TIME, when.encode("ascii", "replace")),
        (_NUMBER, digits) if digits else (_ABSENT, absence.encode("ascii")),
        (_NAME, name),
    ]
    if 2 + sum(2 + len(body) for _, body in fields) > _MESSAGE_MOST:
        raise MediaError("the caller's number and name are too long for caller ID")
    message = ffi.new(f"char[{_MESSAGE_MOST + 1}]")
    length = lib.adsi_add_field(state, message, -1, _CALL_SETUP, ffi.NULL, 0)
    for kind, body in fields:
        if body:
            length = lib.adsi_add_field(state, message, length, kind, body, len(body))
    if lib.adsi_tx_put_message(state, message, length) < 0:
        raise MediaError("libspandsp does not take the caller ID message")
    samples = ffi.new(f"char[{2 * _BURST_MOST}]")
    count = lib.adsi_tx(state, samples, _BURST_MOST)
    return from_linear(law, bytes(ffi.buffer(samples, 2 * count)))
