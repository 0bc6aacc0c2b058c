"""A network in memory, for a loop whose time is virtual. The same seed gives the same run."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from socket import SOL_SOCKET
from struct import Struct
from typing import Any, ClassVar

from firmware.media.reports import STAMPS
from firmware.net import NetworkError, NoSocketError, Security, Wire
from firmware.replay.virtual import VirtualLoop
from firmware.sip.events import Address, Transport
from firmware.transport.ears import Ears
from firmware.transport.sockets import NoVoicePortError

__all__ = ["ANY", "Datagrams", "MemoryNetwork", "VirtualLoop"]

ANY = "0.0.0.0"  # noqa: S104 - nothing is bound, the network is in memory


class Datagrams:
    """A non-blocking datagram socket of the memory network, as the media engine uses it."""

    def __init__(self, network: MemoryNetwork, address: tuple[str, int]) -> None:
        self._network = network
        self._address = address
        self._peer: tuple[str, int] | None = None
        self.waiting: deque[tuple[bytes, tuple[str, int]]] = deque()
        self.newest = 0.0
        """When the last datagram came."""

    def getsockname(self) -> tuple[str, int]:
        return self._address

    def connect(self, address: tuple[str, int], /) -> None:
        self._peer = address

    def send(self, data: bytes, /) -> int:
        assert self._peer is not None
        return self.sendto(data, self._peer)

    def sendto(self, data: bytes, address: tuple[str, int], /) -> int:
        self._network.carry(bytes(data), self._address, address)
        return len(data)

    def recvfrom_into(self, buffer: bytearray, /) -> tuple[int, tuple[str, int]]:
        while self.waiting:
            data, source = self.waiting.popleft()
            if self._peer is None or source == self._peer:
                buffer[: len(data)] = data
                return len(data), source
        raise BlockingIOError

    def recv_into(self, buffer: bytearray, /) -> int:
        return self.recvfrom_into(buffer)[0]

    def recvmsg(
        self, size: int, _ancillary: int, /
    ) -> tuple[bytes, list[tuple[int, int, bytes]], int, tuple[str, int]]:
        """For RTCP, with the time at which the newest datagram came."""
        buffer = bytearray(max(size, 2048))
        taken, source = self.recvfrom_into(buffer)
        seconds, fraction = divmod(self.newest, 1)
        stamp = Struct("@ll").pack(int(seconds), int(fraction * 1e9))
        return bytes(buffer[:taken]), [(SOL_SOCKET, STAMPS, stamp)], 0, source

    def close(self) -> None:
        self._network.sockets.pop(self._address, None)


@dataclass
class MemoryNetwork:
    """Hosts and ports in memory; datagrams arrive after `delay` seconds, in order.

    Attributes:
        down: hosts that neither send nor receive.
        socketless: no socket is to be had to look for ways with.
        sockets: RTP sockets by address.
        tap: called with each signalling datagram: data, from, to, and whether it was sent now
            or came in now; what is lost never comes in.
        passes: whether this datagram of RTP or RTCP gets through.
        witnesses: of all networks: called with time, data, from and to of each datagram sent.
    """

    witnesses: ClassVar[
        list[Callable[[float, bytes, tuple[str, int], tuple[str, int]], None]]
    ] = []

    loop: VirtualLoop
    delay: float = 0.001
    down: set[str] = field(default_factory=set)
    sockets: dict[tuple[str, int], Datagrams] = field(default_factory=dict)
    _wires: dict[Address, Callable[[bytes, Address], None]] = field(default_factory=dict)
    own_host: str = "10.0.0.1"
    socketless: bool = False
    tap: Callable[[bytes, Address, Address, bool], None] = lambda *_: None
    passes: Callable[[bytes], bool] = lambda _: True

    async def resolve(
        self, host: str, port: int, transport: Transport = Transport.UDP
    ) -> tuple[Address, ...]:
        if not host.replace(".", "").isdigit():
            raise NetworkError(f"{host}: name not known")
        return (Address(host, port, transport),)

    async def local_towards(self, peer: Address) -> str:
        if self.socketless:
            raise NoSocketError("no socket is to be had: Too many open files")
        if self.own_host in self.down:
            raise NetworkError(f"no way to {peer}: network is unreachable")
        return self.own_host

    async def listen(
        self,
        local: Address,
        ears: Ears,
        tls: Security | None = None,  # noqa: ARG002 - nobody listens in
    ) -> Wire:
        return _MemoryWire(self, self.attach(local, ears.received))

    def attach(self, address: Address, received: Callable[[bytes, Address], None]) -> Address:
        """Have `received` called with what arrives at `address`."""
        self._wires[address] = received
        return address

    def detach(self, address: Address) -> None:
        self._wires.pop(address, None)

    def open_rtp(self, host: str, ports: range) -> Any:
        """The sockets of RTP and RTCP."""
        even = (p for p in ports if p % 2 == 0)
        port = next((p for p in even if (host, p) not in self.sockets), None)
        if port is None:
            raise NoVoicePortError(f"no free RTP port in {ports.start}-{ports.stop - 1}")
        pair = tuple(Datagrams(self, (host, number)) for number in (port, port + 1))
        self.sockets.update({sock.getsockname(): sock for sock in pair})
        return pair

    def carry(self, data: bytes, source: tuple[str, int], target: tuple[str, int]) -> None:
        """RTP: at once, so that a period sent is a period received."""
        self._witnessed(data, source, target)
        sock = self.sockets.get(target)
        up = not {source[0], target[0]} & self.down
        if sock is not None and up and self.passes(data):
            sock.waiting.append((data, source))
            sock.newest = self.loop.time()

    def send(self, data: bytes, source: Address, target: Address) -> None:
        """Signalling."""
        self.tap(data, source, target, True)
        self._witnessed(data, (source.host, source.port), (target.host, target.port))
        self.loop.call_later(self.delay, self._deliver, data, source, target)

    def _witnessed(self, data: bytes, source: tuple[str, int], target: tuple[str, int]) -> None:
        for witness in self.witnesses:
            witness(self.loop.time(), data, source, target)

    def _deliver(self, data: bytes, source: Address, target: Address) -> None:
        received = self._wires.get(target)
        if received is None and target.host == self.own_host:
            received = self._wires.get(Address(ANY, target.port))
        if received is not None and not {source.host, target.host} & self.down:
            self.tap(data, source, target, False)
            received(data, source)


class _MemoryWire:
    def __init__(self, network: MemoryNetwork, local: Address) -> None:
        self._network = network
        self._local = local

    def send(self, data: bytes, target: Address) -> None:
        anywhere = self._local.host == ANY
        here = replace(self._local, host=self._network.own_host) if anywhere else self._local
        self._network.send(data, here, target)

    def moved(self) -> None: ...

    def close(self) -> None:
        self._network.detach(self._local)
