"""A world with two servers, either of which may die and come back."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Self

from firmware.sip.events import Address
from firmware.status import Alarm, ServerStatus
from firmware.trace.ladder import render
from firmware.trace.marks import Mark
from tests.packets import Packet
from tests.sbc import GATEWAY, SBC, Registrar, Sbc, description
from tests.world import FLOWS, World

STANDBY = Address("10.0.0.8", 5060)
FAR = "10.0.0.20"
"""Where voice comes from: the talk does not go through the servers."""
SECOND = """
[[sip.server]]
host = "10.0.0.8"
"""


class TwoServers:
    """`world` and its server are those of every flow; `standby` is the second server."""

    def __init__(self, *, ports: int = 2, sip: str = "", heartbeat: str = "") -> None:
        self.world = World(ports=ports, sip=sip, more=f"{SECOND}[sip.heartbeat]\n{heartbeat}\n")
        self.first = self.world.sbc
        self.standby = Sbc(
            lambda data: self.world.network.send(data, STANDBY, GATEWAY),
            lambda true: self.world.waits_until(true, most=40.0),
            at=STANDBY,
        )
        self.registrar = Registrar(self.standby)
        self.standby.on("REGISTER", self.registrar)
        self.world.network.attach(STANDBY, self.standby.received)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.world.ends()

    def registers(self) -> Self:
        """Both lines are registered at the first server; the picture begins here."""
        self.world.registers()
        self.standby.forgets()
        return self

    # the servers

    def dies(self, server: Address = SBC) -> None:
        self.world.network.down.add(server.host)

    def lives(self, server: Address = SBC) -> None:
        self.world.network.down.discard(server.host)

    @property
    def servers(self) -> list[ServerStatus]:
        """The rows of show sbc."""
        rows = self.world.asks("servers")
        assert isinstance(rows, list)
        return rows

    @property
    def alarms(self) -> dict[str, str]:
        """What is wrong, by place."""
        rows: Any = self.world.asks("alarms")
        return {alarm.where: alarm.what for alarm in rows if isinstance(alarm, Alarm)}

    def sleeps_until(self, what: Callable[[], bool], most: float = 200.0) -> float:
        """Let time pass in which nobody touches a telephone; returns how long it took."""
        began = self.world.now
        while not what():
            assert self.world.now < began + most, self.picture
            self.world.sleeps(0.5)
        return self.world.now - began

    def sees(self, server: int, state: str) -> float:
        """Wait until show sbc says so; returns how long it took."""
        return self.sleeps_until(lambda: self.servers[server - 1].state == state)

    def registered_at(self, server: int) -> bool:
        """Whether both lines are."""
        name = self.servers[server - 1].server
        lines = [self.world.registration(port) for port in (1, 2)]
        return all(line.registrar == name and line.expires_in_s for line in lines)

    # the picture, heartbeats in it

    @property
    def marks(self) -> list[Mark]:
        return self.world.gateway.trace.since(self.world._marks_seen)

    @property
    def picture(self) -> str:
        return render(self.marks, ports=[1, 2], heartbeat=True)

    def matches(self, name: str) -> None:
        """Compare the picture with docs/reference/flows/NAME.txt (UPDATE_GOLDEN=1 writes it)."""
        path = FLOWS / f"{name}.txt"
        if os.environ.get("UPDATE_GOLDEN"):
            path.write_text(self.picture)
        assert self.picture == path.read_text()

    def sent_to(self, server: Address) -> list[Packet]:
        """What the gateway has sent there since the picture began, heartbeats too."""
        world = self.world
        peers = [m.peer for m in self.marks if m.peer and m.outward]
        packets = [p for p in world._packets[world._packets_seen :] if p.outward]
        assert len(peers) == len(packets)
        return [p for p, peer in zip(packets, peers, strict=True) if peer == str(server)]

    def invited(self, server: Address) -> bool:
        """Whether a call has gone there since the picture began."""
        return any(p.name == ">INVITE" for p in self.sent_to(server))


def voice() -> bytes:
    """The far end's description: its voice comes from elsewhere than the server."""
    return description().replace(SBC.host.encode(), FAR.encode())
