"""The voice of whoever talks behind the scripted server: RTP, made and heard by itself."""

from __future__ import annotations

import audioop
import struct
from collections.abc import Callable

from drivers.sim.hearing import Heard, listen
from drivers.sim.sounds import sine
from tests.virtual import Datagrams, MemoryNetwork

PERIOD = 0.020
_HEADER = struct.Struct(">BBHII")


class FarEnd:
    """A peer with a mouth and an ear, both G.711 A-law.

    Args:
        network: with its socket.
        address: of the socket.
        waits: lets time pass.
    """

    def __init__(
        self, network: MemoryNetwork, address: tuple[str, int], waits: Callable[[float], None]
    ) -> None:
        self._socket = Datagrams(network, address)
        network.sockets[address] = self._socket
        self._loop = network.loop
        self._waits = waits
        self._target: tuple[str, int] | None = None
        self._sound = b""
        self._sent = 0

    def sings(self, hz: int, to: tuple[str, int]) -> None:
        """From now on send a tone of -10 dBm0 to that address; 20 ms a packet."""
        begin = self._target is None
        self._target, self._sound = to, sine(hz, -10.0, 8000)
        if begin:
            self._speak()

    def hushes(self) -> None:
        """Send nothing more."""
        self._target = None

    def packets(self) -> list[bytes]:
        """What has come since the last look."""
        came = [data for data, _ in self._socket.waiting]
        self._socket.waiting.clear()
        return came

    def hears(self, seconds: float) -> Heard:
        """Listen for so long; packets are taken in the order they came."""
        self.packets()
        self._waits(seconds)
        codes = b"".join(data[12:] for data in self.packets() if data[1] & 0x7F == 8)
        return listen(audioop.alaw2lin(codes, 2))

    def _speak(self) -> None:
        if self._target is None:
            return
        turns = len(self._sound) // 2
        at = 160 * self._sent % turns
        samples = (self._sound * (2 + 320 // len(self._sound)))[2 * at : 2 * at + 320]
        header = _HEADER.pack(0x80, 8, self._sent & 0xFFFF, 160 * self._sent, 0x1234)
        self._socket.sendto(header + audioop.lin2alaw(samples, 2), self._target)
        self._sent += 1
        self._loop.call_later(PERIOD, self._speak)
