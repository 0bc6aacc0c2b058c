"""A network in memory with weather: loss, duplicates, detours, dead hosts, a lost address.

Datagrams travel here; connections are pipes, and what comes out of them is a message again.
Whoever watches is told of both in the same way, with addresses that say nothing of transports.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from firmware.net import NetworkError, Security, Wire
from firmware.sip.events import Address, Transport
from firmware.transport.ears import Ears
from firmware.transport.sockets import NoVoicePortError
from tests.simulation.loop import WorldLoop
from tests.simulation.pipes import Pipes
from tests.simulation.streams import PipedStreams
from tests.simulation.tape import Tape
from tests.virtual import ANY, MemoryNetwork

NEAR = 0.002, 0.030
"""Seconds that a datagram takes, when nothing is wrong."""
DETOUR = 0.3, 3.0
"""What a delay spike adds: others overtake it."""
SIP_PORT = 5060
"""Where a name without a port leads to."""
NAMES = "sbc.example.net", "sbc2.example.net", "sbc3.example.net"
"""What the servers are called in worlds that look them up."""


@dataclass(slots=True)
class Weather:
    """What is wrong with the network now; shares of all datagrams are 0 to 1."""

    loss: float = 0.0
    doubling: float = 0.0
    detours: float = 0.0
    nameless: bool = False
    """Nobody answers name look-ups."""
    addressless: bool = False
    """The gateway has lost its address: nothing can be sent, no socket opened."""


class RoughNetwork(MemoryNetwork):
    """The memory network of the flow tests, in the open.

    Args:
        loop: for the delays.
        chance: decides what is lost and what is late.
        tape: notes every datagram.
        piped: decides the same of connections.

    Attributes:
        named: the host behind each of `NAMES`; may change.
        told: hosts that the gateway has been told when it asked for a name.
        cut_at: when the gateway has lost its address last, or got another.
    """

    def __init__(
        self, loop: WorldLoop, chance: random.Random, tape: Tape, piped: random.Random
    ) -> None:
        super().__init__(loop)
        self.weather = Weather()
        self.one_way: set[tuple[str, str]] = set()
        """From host, to host: nothing passes in this direction."""
        self.before: Callable[[bytes, Address, Address], None] = lambda *_: None
        self.after: Callable[[bytes, Address, Address], None] = lambda *_: None
        """Called when a datagram has been delivered, and all it caused has happened."""
        self.carried: Callable[[tuple[str, int], tuple[str, int]], None] = lambda *_: None
        """Called with the addresses of each packet of voice that is sent."""
        self.not_sent: Callable[[bytes, Address], None] = lambda *_: None
        """Called when the gateway could not send, for want of an address."""
        self.lost: Callable[[Address], None] = lambda *_: None
        """Called when the gateway's connection to somebody is lost, or cannot be had."""
        self.pipes = Pipes(loop, piped, self._gets_to, lambda: self.weather.loss, self._delay)
        self._streams: dict[Address, PipedStreams] = {}
        self._gateway: PipedStreams | None = None
        self._left: set[str] = set()
        """Addresses that have been the gateway's."""
        self._chance = chance
        self._tape = tape
        self.named: dict[str, str] = {}
        self.told: dict[str, str] = {}
        self.cut_at = float("-inf")
        self._rtp = 0
        self.under_way = 0
        """Datagrams that have been sent and have not come yet, those of heartbeats included."""

    # what the gateway asks for

    async def resolve(
        self, host: str, port: int, transport: Transport = Transport.UDP
    ) -> tuple[Address, ...]:
        if host in NAMES:
            if self.weather.nameless or self.weather.addressless:
                raise NetworkError(f"{host}: temporary failure in name resolution")
            self.told[host] = self.named[host]
            return (Address(self.named[host], port or SIP_PORT, transport),)
        return await super().resolve(host, port, transport)

    async def local_towards(self, peer: Address) -> str:
        if self.weather.addressless:
            raise NetworkError(f"no way to {peer}: network is unreachable")
        return await super().local_towards(peer)

    async def listen(
        self,
        local: Address,
        ears: Ears,
        tls: Security | None = None,  # noqa: ARG002 - nobody listens in
    ) -> Wire:
        if not local.transport.reliable:
            return _RoughWire(self, self.attach(local, ears.received), ears.failed)
        here = replace(local, host=self.own_host)
        self._gateway = PipedStreams(self.pipes, here, self._told(ears), self.pipes.chance)
        return _PipedWire(self, self._gateway, ears.failed)

    def _told(self, ears: Ears) -> Ears:
        """The gateway's ears, and whoever watches hears as well."""

        def received(data: bytes, source: Address) -> None:
            here = Address(self.own_host, SIP_PORT)
            self.before(data, plain(source), here)
            self.tap(data, plain(source), here, False)
            ears.received(data, source)
            self.after(data, plain(source), here)

        def failed(target: Address, reason: str) -> None:
            self.lost(plain(target))
            ears.failed(target, reason)

        return replace(ears, received=received, failed=failed)

    def relocates(self, host: str) -> None:
        """The gateway is there from now on."""
        if host != self.own_host:
            self._left.add(self.own_host)
            old, self.own_host = self.own_host, host
            if self._gateway is not None:
                self._gateway.relocated(old, host)

    def gone(self) -> None:
        """The gateway has closed its address."""
        self._gateway = None

    # where servers and telephones are

    def attach(self, address: Address, received: Callable[[bytes, Address], None]) -> Address:
        if not address.transport.reliable:
            return super().attach(address, received)
        if (before := self._streams.pop(address, None)) is not None:
            before.close()
        ears = Ears(received, lambda *_: None, admits=lambda _: True)
        self._streams[address] = PipedStreams(self.pipes, address, ears, self.pipes.chance)
        return address

    def detach(self, address: Address) -> None:
        super().detach(address)
        if (before := self._streams.pop(address, None)) is not None:
            before.vanishes()

    def open_rtp(self, host: str, ports: range) -> Any:
        """As the real network: the port just freed is the last to be taken again."""
        even = [port for port in ports if port % 2 == 0]
        if self.weather.addressless:
            raise NoVoicePortError(f"no free RTP port in {ports.start}-{ports.stop - 1}")
        for step in range(len(even)):
            port = even[(self._rtp + step) % len(even)]
            if (host, port) not in self.sockets:
                self._rtp = (self._rtp + step + 1) % len(even)
                return super().open_rtp(host, range(port, port + 1))
        raise NoVoicePortError(f"no free RTP port in {ports.start}-{ports.stop - 1}")

    # on the way

    def submit(self, data: bytes, target: Address) -> None:
        """The gateway says something on a connection."""
        here = Address(self.own_host, SIP_PORT)
        self._tape.note(self.loop.time(), str(here), str(target), data)
        self.tap(data, here, plain(target), True)
        if self._gateway is not None:
            self._gateway.send(data, target)

    def send(self, data: bytes, source: Address, target: Address) -> None:
        self._tape.note(self.loop.time(), str(source), str(target), data)
        if source.transport.reliable:
            if source in self._streams:
                self._streams[source].send(data, target)
            return
        self.tap(data, source, target, True)
        roll = self._chance.random
        lost, doubled, detour = roll(), roll(), roll()  # always three: one fault less, same dice
        weather = self.weather
        if not self._passes(source, target) or lost < weather.loss:
            return
        for _ in range(2 if doubled < weather.doubling else 1):
            delay = self._chance.uniform(*NEAR)
            if detour < weather.detours:
                delay += self._chance.uniform(*DETOUR)
            self.under_way += 1
            self.loop.call_later(delay, self._deliver, data, source, target)

    def carry(self, data: bytes, source: tuple[str, int], target: tuple[str, int]) -> None:
        self._tape.note(self.loop.time(), source, target, data)
        self.carried(source, target)
        if not self.weather.addressless and self._chance.random() >= self.weather.loss:
            super().carry(data, source, target)

    def _deliver(self, data: bytes, source: Address, target: Address) -> None:
        self.under_way -= 1
        if self._passes(source, target) and self._listens(target):
            self.before(data, source, target)
            super()._deliver(data, source, target)
            self.after(data, source, target)

    def _listens(self, target: Address) -> bool:
        anywhere = Address(ANY, target.port)
        return target in self._wires or (target.host == self.own_host and anywhere in self._wires)

    def _passes(self, source: Address, target: Address) -> bool:
        return self._gets_to(source.host, target.host)

    def _gets_to(self, source: str, target: str) -> bool:
        both = {source, target}
        if self.weather.addressless and self.own_host in both:
            return False
        if both & self.down or both & (self._left - {self.own_host}):
            return False
        return (source, target) not in self.one_way

    def _delay(self) -> float:
        """Of a piece of a connection."""
        chance = self.pipes.chance
        delay = chance.uniform(*NEAR)
        return delay + chance.uniform(*DETOUR) * (chance.random() < self.weather.detours)


class _RoughWire:
    """The gateway's socket: without an address a datagram is refused at once, as in the field."""

    def __init__(
        self, network: RoughNetwork, local: Address, failed: Callable[[Address, str], None]
    ) -> None:
        self._network = network
        self._local = local
        self._failed = failed

    def send(self, data: bytes, target: Address) -> None:
        if self._network.weather.addressless:
            self._network.not_sent(data, target)
            self._failed(target, "Network is unreachable")
        else:
            anywhere = self._local.host == ANY
            here = Address(self._network.own_host, self._local.port) if anywhere else self._local
            self._network.send(data, here, target)

    def moved(self) -> None: ...

    def close(self) -> None:
        self._network.detach(self._local)


class _PipedWire:
    """The gateway's address where it speaks TCP."""

    def __init__(
        self, network: RoughNetwork, streams: PipedStreams, failed: Callable[[Address, str], None]
    ) -> None:
        self._network = network
        self._streams = streams
        self._failed = failed

    def send(self, data: bytes, target: Address) -> None:
        if target.transport.reliable:
            self._network.submit(data, target)
        else:
            self._network.loop.call_soon(self._failed, target, "UDP is not spoken here")

    def moved(self) -> None:
        self._streams.moved()

    def close(self) -> None:
        self._streams.close()
        self._network.gone()


def plain(address: Address) -> Address:
    """Where somebody is, whatever is spoken there and by which connection it came."""
    return Address(address.host, SIP_PORT if address.transport.reliable else address.port)
