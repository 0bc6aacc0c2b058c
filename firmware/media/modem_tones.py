"""The tones by which fax machines and modems begin (T.30, V.25, V.8), found by libspandsp.

Only calls that are polled are used: callbacks of cffi need memory that is writable and
executable, which systemd's MemoryDenyWriteExecute= forbids.
"""

from __future__ import annotations

from typing import Final, Literal

from firmware.media.fax_library import LIBRARY, fax_library
from firmware.media.g711 import to_linear
from firmware.media.libraries import owned

Tone = Literal["CNG", "CED", "ANS/", "ANSam", "ANSam/", "V.21"]
"""A calling fax; an answering fax or old modem; modems: with phase reversals, modulated (V.8),
both; the preamble of what one fax machine says to another."""

NAMES: Final[dict[int, Tone]] = {
    1: "CNG",
    2: "CED",
    3: "ANS/",
    4: "ANSam",
    5: "ANSam/",
    6: "V.21",
}
"""As the library numbers them."""
_CNG, _ANSWERS = 1, 7
"""What its receivers listen for: the one tone; all that an answering machine may begin with."""


class ToneListener:
    """One direction of a call.

    Args:
        law: of what it hears.
        calling: listen for the tone of a calling fax too.
        library: that recognises them.

    Raises:
        MediaError: libspandsp is not there.
    """

    def __init__(self, law: str, *, calling: bool, library: str = LIBRARY) -> None:
        ffi, lib = fax_library(library)
        self._lib = lib
        self._law = law
        self._receivers = [
            owned(
                ffi,
                lib,
                lib.modem_connect_tones_rx_init(ffi.NULL, kind, ffi.NULL, ffi.NULL),
                "modem_connect_tones_rx_free",
            )
            for kind in ((_CNG, _ANSWERS) if calling else (_ANSWERS,))
        ]

    def feed(self, heard: bytes) -> Tone | None:
        """The tone that is recognised in it, said once each time it sounds."""
        samples, found = to_linear(self._law, heard), 0
        for receiver in self._receivers:
            self._lib.modem_connect_tones_rx(receiver, samples, len(heard))
            found = self._lib.modem_connect_tones_rx_get(receiver) or found
        return NAMES.get(found)
