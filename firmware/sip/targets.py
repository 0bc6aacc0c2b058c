"""The set of servers: what they are called, where they are, which one is used now.

One set is shared by all lines and by REGISTER, INVITE and the list of permitted sources.
Names are looked up by somebody else (RFC 3263 is I/O): this machine only says when, and
keeps the last good answer while the name service is silent.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto
from ipaddress import IPv6Address, ip_address

from firmware.machine import Timers
from firmware.sip.events import Address, Resolve, Resolved, Server

RETRY = (5.0, 300.0)
"""s, the first and the longest pause after a name could not be looked up; it doubles."""
REFRESH = 600.0
"""s between look-ups of a name that is known: servers move."""
LEAST = 5.0
"""s between look-ups, however many lines ask for one."""


class Timer(Enum):
    LOOK_UP = auto()


@dataclass(frozen=True, slots=True)
class Target:
    """One server as it is known now."""

    server: Server
    addresses: tuple[Address, ...] = ()
    """Of the last good look-up, in the order given."""
    problem: str = ""
    """Why the last look-up failed; empty after a success."""

    @property
    def name(self) -> str:
        return f"{self.server.host}:{self.server.port}"


class Targets:
    """The servers in order of preference."""

    def __init__(self, servers: tuple[Server, ...]) -> None:
        self._targets = [Target(server, numeric(server)) for server in servers]
        self._pause = RETRY[0]
        self._asked_at = float("-inf")
        self._timers: Timers[Timer] = Timers()

    @property
    def deadline(self) -> float | None:
        return self._timers.next

    def start(self, now: float) -> list[Resolve]:
        return self.look_up(now)

    def feed(self, event: Resolved, now: float) -> list[Resolve]:
        """Take the answer of a look-up; an empty one changes nothing but the reason."""
        asked = Server(event.host, event.port)
        for i, target in enumerate(self._targets):
            if target.server != asked:
                continue
            if event.addresses:
                found = tuple(Address(bare(a.host), a.port) for a in event.addresses)
                self._targets[i] = Target(target.server, found)
            else:
                self._targets[i] = replace(target, problem=event.reason or "no address")
        if any(not target.addresses for target in self._targets):
            if (due := self._timers.due(Timer.LOOK_UP)) is None or due > now + self._pause:
                self._timers.start(Timer.LOOK_UP, now + self._pause)
        else:
            self._pause = RETRY[0]
        return []

    def tick(self, now: float) -> list[Resolve]:
        if self._timers.pop_due(now) is None:
            return []
        self._pause = min(2 * self._pause, RETRY[1])
        return self.look_up(now)

    def look_up(self, now: float) -> list[Resolve]:
        """Ask for every name again, unless that has just been done."""
        names = [t.server for t in self._targets if not numeric(t.server)]
        if now < self._asked_at + LEAST:
            return []
        if names:
            self._asked_at = now
            self._timers.start(Timer.LOOK_UP, now + REFRESH)
        return [Resolve(server.host, server.port) for server in names]

    @property
    def current(self) -> Target | None:
        """The server in use: the first whose address is known."""
        return next((target for target in self._targets if target.addresses), None)

    @property
    def address(self) -> Address | None:
        """Where requests go when nothing else decides."""
        return self.current.addresses[0] if self.current else None

    @property
    def problem(self) -> str:
        """Why there is no server, in words."""
        if not self._targets:
            return "no server configured"
        waiting = [f"{t.name}: {t.problem or 'being looked up'}" for t in self._targets]
        return "; ".join(waiting)

    @property
    def names(self) -> str:
        return ", ".join(target.name for target in self._targets)

    def lists(self, source: Address) -> bool:
        """Whether a datagram from there comes from one of the servers, whatever its port."""
        host = bare(source.host)
        return any(host == a.host for t in self._targets for a in t.addresses)

    def address_of(self, host: str, port: int) -> Address | None:
        """Where the host of a URI is, if it is numeric or one of the servers' names."""
        if found := numeric(Server(host, port)):
            return found[0]
        named = [t for t in self._targets if t.server.host.lower() == host.lower() and t.addresses]
        if not named:
            return None
        exact = [t for t in named if t.server.port == port]
        return Address((exact or named)[0].addresses[0].host, port)


def numeric(server: Server) -> tuple[Address, ...]:
    """The address of a server that is written as one; nothing for a name."""
    host = bare(server.host)
    try:
        ip_address(host)
    except ValueError:
        return ()
    return (Address(host, server.port),)


def bare(host: str) -> str:
    """One spelling an address: no brackets, no zone, no IPv4 dressed up as IPv6."""
    host = host.strip("[]").partition("%")[0]
    try:
        address = ip_address(host)
    except ValueError:
        return host.lower()
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(address)
