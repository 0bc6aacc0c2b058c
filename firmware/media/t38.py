"""Between a fax machine and packets: what it modulates becomes T.38, and the other way round.

The gateway is libspandsp's. It reads what the machines say to each other (T.30), so that it
knows which modem comes next, and cuts their abilities down to what can be carried: V.17, V.29
and V.27ter, no V.34.
"""

from __future__ import annotations

from dataclasses import dataclass

from drivers.highway import PERIOD
from firmware.media.fax_library import fax_library, new_gateway
from firmware.media.g711 import from_linear, to_linear
from firmware.media.udptl import Packet

VERSION = 0
"""Of T.38: the one that everybody knows."""
FASTEST = 14400
"""bit/s."""
_V27TER, _V29, _V17 = 1, 2, 4
_SPAN = 2 * PERIOD


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a fax has come.

    Attributes:
        bit_rate: of pages, bit/s.
        corrects: the machines repeat what was damaged (ECM).
        pages: that were carried to their end.
    """

    bit_rate: int = 0
    corrects: bool = False
    pages: int = 0


class FaxGateway:
    """One call's.

    Args:
        law: of the periods.
        fastest: bit/s that the peer takes.

    Raises:
        MediaError: libspandsp is not there, or must not call back.
    """

    def __init__(self, law: str, fastest: int = FASTEST) -> None:
        ffi, self._lib = fax_library()
        self._law = law
        self._state, self._outgoing = new_gateway()
        self._core = self._lib.t38_gateway_get_t38_core_state(self._state)
        self._lib.t38_set_t38_version(self._core, VERSION)
        self._lib.t38_gateway_set_transmit_on_idle(self._state, 1)
        self._lib.t38_gateway_set_ecm_capability(self._state, 1)
        self._lib.t38_gateway_set_supported_modems(self._state, _modems(fastest))
        self._samples = ffi.new(f"char[{_SPAN}]")
        self._buffer = ffi.buffer(self._samples)
        self._figures = ffi.new("int[3]")

    def say(self, payload: bytes) -> list[tuple[bytes, int]]:
        """A period of the machine; the packets that come of it, and how often to send each."""
        self._buffer[:] = to_linear(self._law, payload)  # the library works in its place
        self._lib.t38_gateway_rx(self._state, self._samples, PERIOD)
        said = self._outgoing[:]
        self._outgoing.clear()
        return said

    def take(self, packet: Packet) -> None:
        """A packet of the peer, in its order."""
        sequence, ifp = packet
        self._lib.t38_core_rx_ifp_packet(self._core, ifp, len(ifp), sequence)

    def hear(self) -> bytes:
        """The next period for the machine."""
        made = self._lib.t38_gateway_tx(self._state, self._samples, PERIOD)
        return from_linear(self._law, self._buffer[: 2 * made] + bytes(_SPAN - 2 * made))

    @property
    def progress(self) -> Progress:
        """So far."""
        self._lib.t38_gateway_get_transfer_statistics(self._state, self._figures)
        bit_rate, corrects, pages = self._figures
        return Progress(bit_rate, bool(corrects), pages)


def _modems(fastest: int) -> int:
    if fastest < 7200:
        return _V27TER
    return _V27TER | _V29 | (_V17 if fastest > 9600 else 0)
