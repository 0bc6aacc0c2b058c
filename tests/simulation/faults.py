"""What goes wrong in a world is done here, and put right again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from firmware.sip.events import Address, Deregister, Register
from tests.simulation.pipes import End
from tests.simulation.plan import AT_A_PORT, Fault, Kind
from tests.simulation.servers import GATEWAY, MOVED, OURS

if TYPE_CHECKING:
    from tests.simulation.world import SimWorld

STRANGER = Address("10.66.6.6", 5060)
HIGHWAY = "simulated board: the highway is in use"
KNOCKS = 0.2
"""Seconds between two datagrams of a stranger."""
KNOCKING = (
    b"OPTIONS sip:101@10.0.0.1 SIP/2.0\r\n%s\r\n",
    b"REGISTER sip:10.0.0.1 SIP/2.0\r\n%s\r\n",
    b"INVITE sip:101@10.0.0.1 SIP/2.0\r\n%s\r\n",
    b"BYE sip:101@10.0.0.1 SIP/2.0\r\n%s\r\n",
    b"SIP/2.0 200 OK\r\n%s\r\n",
    b"INVITE sip:101@10.0.0.1 SIP/2.0\r\nVia: broken\r\n\r\n",
    b"\x00\x01\x00\x00!\x12\xa4B" + bytes(12),
    b"\r\n\r\n",
)
LINES = (
    b"Via: SIP/2.0/UDP 10.66.6.6;branch=z9hG4bKx%d\r\nFrom: <sip:x@x>;tag=1\r\n"
    b"To: <sip:101@10.0.0.1>\r\nCall-ID: %d\r\nCSeq: 1 %s\r\nMax-Forwards: 70\r\n"
    b"Contact: <sip:x@10.66.6.6>\r\nContent-Length: 0\r\n"
)


class Faults:
    """Everything that is wrong now; several faults of a kind may overlap."""

    def __init__(self, world: SimWorld) -> None:
        self._world = world
        self._now: list[Fault] = []
        self._knocks = 0
        self._hit: dict[int, float] = {}
        begins: dict[Kind, Callable[[Fault], None]] = {
            Kind.SERVER_FORGETS: lambda fault: world.operator.servers[fault.server].forgets(),
            Kind.MEDIA_DIES: lambda _: self._kill(),
            Kind.CHIP_RESET: lambda fault: world.copper.chip(fault.port).chip_reset(),
            Kind.POWER_ALARM: lambda fault: world.copper.chip(fault.port).power_alarm(1),
            Kind.SPI_SLIP: lambda fault: world.copper.chip(fault.port).spi_slip(),
            Kind.DISABLED: lambda fault: self._enable(fault, on=False),
            Kind.DEREGISTERED: lambda fault: self._tell(Deregister(fault.port)),
            Kind.RESTART: lambda fault: world.restarts(fault.until - fault.at),
            Kind.STRANGER: lambda _: self._knock(),
            Kind.CUT: lambda fault: world.network.pipes.cut(self._host(fault)),
            Kind.HALF_OPEN: lambda fault: world.network.pipes.forget(self._host(fault)),
        }
        ends: dict[Kind, Callable[[Fault], None]] = {
            Kind.DISABLED: lambda fault: self._enable(fault, on=True),
            Kind.DEREGISTERED: lambda fault: self._tell(Register(fault.port)),
        }
        self._begins, self._ends = begins, ends
        loop = world.loop
        for fault in world.plan.faults:
            loop.call_at(world.born + fault.at, self._begin, fault)

    @property
    def now(self) -> list[Fault]:
        return list(self._now)

    def hit(self, port: int) -> float:
        """When something happened to the chip of a port last."""
        return self._hit.get(port, float("-inf"))

    def touches(self, *kinds: Kind) -> bool:
        """One of these is going on."""
        return any(fault.kind in kinds for fault in self._now)

    def _begin(self, fault: Fault) -> None:
        self._world.happens(f"fault: {fault.kind.value}")
        self._now.append(fault)
        if fault.kind in AT_A_PORT:
            self._hit[fault.port] = self._world.loop.time()
            self._world.handsets[fault.port].careful = False  # what was dialled so far is lost
        self._settle(fault)
        self._world.copper.catch_up()
        if begin := self._begins.get(fault.kind):
            begin(fault)
        if fault.kind in AT_A_PORT:
            self._world.copper.struck()
        self._world.loop.call_later(fault.until - fault.at, self._end, fault)

    def _end(self, fault: Fault) -> None:
        self._world.happens(f"mended: {fault.kind.value}")
        self._now.remove(fault)
        self._settle(fault)
        if end := self._ends.get(fault.kind):
            end(fault)

    def _settle(self, changed: Fault) -> None:
        """Make the surroundings what the faults say, all together."""
        world, kinds = self._world, {fault.kind for fault in self._now}
        network, weather = world.network, world.network.weather
        weather.loss = self._share(Kind.LOSS)
        weather.doubling = self._share(Kind.DOUBLES)
        weather.detours = self._share(Kind.DETOURS)
        weather.nameless = Kind.NO_NAMES in kinds
        moved = Kind.WE_MOVE in kinds
        weather.addressless = Kind.NO_ADDRESS in kinds or (moved and not world.plan.anywhere)
        network.relocates((MOVED if moved and world.plan.anywhere else GATEWAY).host)
        if {Kind.NO_ADDRESS, Kind.WE_MOVE} & {changed.kind}:
            network.cut_at = world.loop.time()
        network.down, network.one_way = set(), set()
        for rank, server in enumerate(world.operator.servers):
            server.refuses = None
            moved = any(f.kind is Kind.SERVER_MOVES and f.server == rank for f in self._now)
            world.operator.place(rank, away=moved)
        for fault in self._now:
            self._strike(fault)
        world.voices.refused = HIGHWAY if Kind.MEDIA_DIES in kinds else ""

    def _strike(self, fault: Fault) -> None:
        """What a fault does to one server."""
        network, server = self._world.network, self._world.operator.servers[fault.server]
        host = server.address.host
        match fault.kind:
            case Kind.SERVER_DOWN:
                network.down.add(host)
            case Kind.NO_WAY_IN:
                network.one_way |= {(host, ours.host) for ours in OURS}
            case Kind.NO_WAY_OUT:
                network.one_way |= {(ours.host, host) for ours in OURS}
            case Kind.REGISTRAR_REFUSES:
                server.refuses = int(fault.amount)

    def _host(self, fault: Fault) -> str:
        return self._world.operator.servers[fault.server].address.host

    def _share(self, kind: Kind) -> float:
        return max((fault.amount for fault in self._now if fault.kind is kind), default=0.0)

    def _kill(self) -> None:
        if self._world.voices.running:
            self._world.voices.running.dies()

    def _enable(self, fault: Fault, *, on: bool) -> None:
        gateway = self._world.gateway
        port = gateway.ports.get(fault.port) if gateway else None
        if gateway and port:
            gateway.set_enabled(port, on=on)

    def _tell(self, event: Register | Deregister) -> None:
        gateway = self._world.gateway
        if gateway and event.line in gateway.ports:
            gateway.signalling.feed(event)

    def _knock(self) -> None:
        """Somebody who is not the server talks to the gateway."""
        if not self.touches(Kind.STRANGER):
            return
        self._knocks += 1
        kind = KNOCKING[self._knocks % len(KNOCKING)]
        method = kind.partition(b" ")[0] if b" sip:" in kind else b"INVITE"
        lines = LINES % (self._knocks, self._knocks, method)
        data = kind % lines if b"%s" in kind else kind
        network = self._world.network
        if self._world.plan.transport == "udp":
            network.send(data, STRANGER, replace(GATEWAY, host=network.own_host))
        else:
            Knock(self._world, data)
        self._world.loop.call_later(KNOCKS, self._knock)


class Knock:
    """A connection of somebody who is not the server; the gateway has nothing to say on it."""

    def __init__(self, world: SimWorld, data: bytes) -> None:
        self._world = world
        self._data = data
        target = replace(GATEWAY, host=world.network.own_host)
        world.network.pipes.connect(self, STRANGER.host, target)

    def opened(self, end: End) -> None:
        end.write(self._data)
        self._world.loop.call_later(KNOCKS, end.close)

    def came(self, end: End, data: bytes) -> None:
        self._world.court.breaks("I7", f"{end.here} was told {data!r}")

    def gone(self, end: End, why: str) -> None:
        """As it should be."""
