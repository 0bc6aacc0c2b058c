"""A network in memory with weather: loss, duplicates, detours, dead hosts, a lost address."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from firmware.net import NetworkError, Security, Wire
from firmware.sip.events import Address, Transport
from firmware.transport.ears import Ears
from firmware.transport.sockets import NoVoicePortError
from tests.simulation.tape import Tape
from tests.virtual import ANY, MemoryNetwork, VirtualLoop

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

    Attributes:
        named: the host behind each of `NAMES`; may change.
        told: hosts that the gateway has been told when it asked for a name.
        cut_at: when the gateway has lost its address last, or got another.
    """

    def __init__(self, loop: VirtualLoop, chance: random.Random, tape: Tape) -> None:
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
        self._chance = chance
        self._tape = tape
        self.named: dict[str, str] = {}
        self.told: dict[str, str] = {}
        self.cut_at = float("-inf")
        self._rtp = 0

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
        return _RoughWire(self, self.attach(local, ears.received), ears.failed)

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

    def send(self, data: bytes, source: Address, target: Address) -> None:
        self._tape.note(self.loop.time(), str(source), str(target), data)
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
            self.loop.call_later(delay, self._deliver, data, source, target)

    def carry(self, data: bytes, source: tuple[str, int], target: tuple[str, int]) -> None:
        self._tape.note(self.loop.time(), source, target, data)
        self.carried(source, target)
        if not self.weather.addressless and self._chance.random() >= self.weather.loss:
            super().carry(data, source, target)

    def _deliver(self, data: bytes, source: Address, target: Address) -> None:
        if self._passes(source, target) and self._listens(target):
            self.before(data, source, target)
            super()._deliver(data, source, target)
            self.after(data, source, target)

    def _listens(self, target: Address) -> bool:
        anywhere = Address(ANY, target.port)
        return target in self._wires or (target.host == self.own_host and anywhere in self._wires)

    def _passes(self, source: Address, target: Address) -> bool:
        if self.weather.addressless and self.own_host in {source.host, target.host}:
            return False
        if {source.host, target.host} & self.down:
            return False
        return (source.host, target.host) not in self.one_way


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
