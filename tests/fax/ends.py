"""Fax machines in a world: at a telephone's socket, and behind the scripted server."""

from __future__ import annotations

import audioop
import struct

from drivers.sim.ear import Ear
from drivers.sim.phone import Phone
from drivers.sim.sounds import Mouth
from firmware.media.udptl import Receiver, Sender, read
from tests.fax.machine import PERIOD, FaxMachine, PacketFax
from tests.virtual import Datagrams, MemoryNetwork

PERIOD_S = 0.020
_HEADER = struct.Struct(">BBHII")


class _Modem(Mouth):
    """In place of a mouth."""

    def __init__(self, machine: FaxMachine) -> None:
        super().__init__()
        self._machine = machine

    def take(self, now: float) -> bytes | None:
        del now
        return self._machine.says()


class _Listening(Ear):
    """In place of an ear; what was heard is remembered all the same."""

    def __init__(self, machine: FaxMachine) -> None:
        super().__init__()
        self._machine = machine

    def hear(self, samples: bytes | None, now: float) -> None:
        super().hear(samples, now)
        self._machine.hears(samples or bytes(2 * PERIOD))


def plug_in(machine: FaxMachine, phone: Phone) -> None:
    """From now on the machine is at the telephone's wires."""
    phone.mouth, phone.ear = _Modem(machine), _Listening(machine)


class PacketPeer:
    """A fax that speaks T.38 itself, behind the scripted server.

    Args:
        network: with its socket.
        address: of the socket.
        calls: it is the calling one.
    """

    def __init__(self, network: MemoryNetwork, address: tuple[str, int], *, calls: bool) -> None:
        self._socket = Datagrams(network, address)
        network.sockets[address] = self._socket
        self._loop = network.loop
        self._sender, self._receiver = Sender(300, 3), Receiver()
        self._target: tuple[str, int] | None = None
        self.fax = PacketFax(calls=calls, send=self._send)
        self.strange = 0
        """Datagrams that were none of UDPTL: the last of voice."""

    def begins(self, target: tuple[str, int]) -> None:
        """From now on speak T.38 to that address."""
        self._target = target
        self._tick()

    def _send(self, ifp: bytes, times: int) -> None:
        if self._target is not None:
            data = self._sender.datagram(ifp)
            for _ in range(max(1, times)):
                self._socket.sendto(data, self._target)

    def _tick(self) -> None:
        while self._socket.waiting:
            datagram = read(self._socket.waiting.popleft()[0])
            if datagram is None:
                self.strange += 1
                continue
            for sequence, ifp in self._receiver.feed(datagram):
                self.fax.takes(sequence, ifp)
        self.fax.tick()
        if self.fax.result is None:
            self._loop.call_later(PERIOD_S, self._tick)


class VoicePeer:
    """A fax behind a gateway that knows nothing but A-law, 20 ms a packet, in their order."""

    def __init__(
        self, network: MemoryNetwork, address: tuple[str, int], machine: FaxMachine
    ) -> None:
        self._socket = Datagrams(network, address)
        network.sockets[address] = self._socket
        self._loop = network.loop
        self._machine = machine
        self._target: tuple[str, int] | None = None
        self._sent = 0

    def begins(self, target: tuple[str, int]) -> None:
        """From now on speak RTP to that address."""
        self._target = target
        self._tick()

    def _tick(self) -> None:
        assert self._target is not None, "it has begun"
        waiting = self._socket.waiting
        while len(waiting) > 3:  # what came before it listened
            waiting.popleft()
        data = waiting.popleft()[0] if waiting else b""
        heard = audioop.alaw2lin(data[12:], 2) if data[1:2] in {b"\x08", b"\x88"} else b""
        self._machine.hears(heard or bytes(2 * PERIOD))
        header = _HEADER.pack(0x80, 8, self._sent & 0xFFFF, PERIOD * self._sent, 0x1234)
        self._socket.sendto(header + audioop.lin2alaw(self._machine.says(), 2), self._target)
        self._sent += 1
        if self._machine.result is None:
            self._loop.call_later(PERIOD_S, self._tick)
