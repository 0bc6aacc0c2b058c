"""The set of servers: what they are called, where they are, which ways lead to them.

One set is shared by all lines and by REGISTER, INVITE and the list of permitted sources.
Names are looked up by somebody else (RFC 3263 is I/O): this machine only says when, and
keeps the last good answer while the name service is silent. Which of the servers live is
told by their heartbeats; which one is used is `firmware.sip.failover`'s to say.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field, replace
from enum import Enum, auto
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

from firmware.machine import Timers, word
from firmware.sip.events import Address, Resolve, Resolved, Server, Transport
from firmware.sip.grammar import numeric_address
from firmware.sip.servers import Life

RETRY = (5.0, 300.0)
"""s, the first and the longest pause after a name could not be looked up; it doubles."""
REFRESH = 60.0
"""s between look-ups of a name that is known: servers move. Who looks up keeps answers as long
as their TTL says, so that this costs nothing on the wire."""
LEAST = 5.0
"""s between look-ups, however many lines ask for one."""
_RANK = {transport: rank for rank, transport in enumerate(Transport)}
"""The safer, the higher."""
MOST_WAYS = 4
"""Of one server: a name may have any number of addresses."""


class Timer(Enum):
    LOOK_UP = auto()


@word
class Target:
    """One server as it is known now."""

    server: Server
    addresses: tuple[Address, ...] = ()
    """Of the last good look-up, in the order given."""
    problem: str = ""
    """Why the last look-up failed; empty after a success."""
    life: Life = Life.UNKNOWN
    barred: bool = False
    """Not to be used at all: a drill wants it dead."""

    @property
    def name(self) -> str:
        return self.server.name

    @property
    def usable(self) -> bool:
        return bool(self.addresses) and not self.barred

    @property
    def living(self) -> bool:
        """Its address is known, and nothing is known against it."""
        return self.usable and self.life is not Life.DEAD


@word
class Way:
    """One address of one server: where a request can be sent."""

    server: Server
    address: Address
    living: bool = field(default=True, compare=False)
    """False: its heartbeat says that it is dead, and there is nobody else."""


class Targets:
    """The servers in order of preference."""

    def __init__(self, servers: tuple[Server, ...]) -> None:
        self._targets = [Target(server, numeric(server)) for server in servers]
        self._pause = RETRY[0]
        self._asked_at = float("-inf")
        self._timers: Timers[Timer] = Timers()
        spoken = [Transport.UDP, *[target.server.transport for target in self._targets]]
        self._least = max(spoken, key=_RANK.__getitem__)
        """The transport that is spoken to the servers, the safest of them."""
        self._changed()

    @property
    def deadline(self) -> float | None:
        return self._timers.next

    def start(self, now: float) -> list[Resolve]:
        return self.look_up(now)

    def feed(self, event: Resolved, now: float) -> list[Resolve]:
        """Take the answer of a look-up; an empty one changes nothing but the reason."""
        for i, target in enumerate(self._targets):
            if (target.server.host, target.server.port) != (event.host, event.port):
                continue
            if event.addresses:
                found = tuple(_reached(target.server, a) for a in event.addresses)
                if set(found) == set(target.addresses):
                    found = target.addresses  # of equals, chance shall not choose anew each time
                self._targets[i] = replace(target, addresses=found, problem="")
            else:
                self._targets[i] = replace(target, problem=event.reason or "no address")
        self._changed()
        if any(not target.addresses for target in self._targets):
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

    def __iter__(self) -> Iterator[Target]:
        return iter(self._targets)

    def judge(self, rank: int, life: Life, *, barred: bool) -> None:
        """Note what the heartbeat of a server has found out.

        Args:
            rank: its place in the order of preference, counted from 0.
            life: the judgement.
            barred: a drill forbids the server.
        """
        self._targets[rank] = replace(self._targets[rank], life=life, barred=barred)
        self._changed()

    def prefer(self, server: Server, found: Address) -> None:
        """Try this of the server's addresses first: it has answered there."""
        for i, target in enumerate(self._targets):
            if target.server == server and found in target.addresses:
                others = tuple(address for address in target.addresses if address != found)
                self._targets[i] = replace(target, addresses=(found, *others))
        self._changed()

    def _changed(self) -> None:
        """What is asked for with every call is made anew when a target changes."""
        self._hosts = frozenset(a.host for target in self._targets for a in target.addresses)
        self._ways: dict[Server | None, tuple[Way, ...]] = {}
        self._isolated = not any(target.living for target in self._targets)

    def ways(self, first: Server | None = None) -> tuple[Way, ...]:
        """Where a request can go, in the order in which to try.

        The living servers; if there are none, the dead ones, because a heartbeat that finds
        nobody may be wrong (some servers do not answer OPTIONS), and there is nothing to lose.

        Args:
            first: the server to begin with, if it is among them; then the order of preference.
        """
        if first not in self._ways:
            self._ways[first] = self._ways_from(first)
        return self._ways[first]

    def _ways_from(self, first: Server | None) -> tuple[Way, ...]:
        chosen = [target for target in self._targets if target.living]
        chosen = chosen or [target for target in self._targets if target.usable]
        chosen.sort(key=lambda target: target.server != first)
        return tuple(
            Way(target.server, address, target.living)
            for target in chosen
            for address in target.addresses[:MOST_WAYS]
        )

    @property
    def isolated(self) -> bool:
        """No server can be reached (HB-08)."""
        return self._isolated

    @property
    def doubted(self) -> bool:
        """Some server is not known to live."""
        return any(target.life is not Life.ALIVE for target in self._targets)

    @property
    def problem(self) -> str:
        """Why there is no server, in words."""
        if not self._targets:
            return "no server configured"
        return "; ".join(f"{t.name}: {_problem_of(t)}" for t in self._targets)

    @property
    def names(self) -> str:
        return ", ".join(target.name for target in self._targets)

    def name_of(self, source: Address) -> str:
        """What the server is called that a datagram came from; else its address."""
        host = bare(source.host)
        named = (t.name for t in self._targets if any(host == a.host for a in t.addresses))
        return next(named, str(source))

    def server_at(self, address: Address) -> Server | None:
        """Which server has that address."""
        return next((t.server for t in self._targets if address in t.addresses), None)

    def lists(self, source: Address) -> bool:
        """Whether a datagram from there comes from one of the servers, whatever its port."""
        return source.host in self._hosts or bare(source.host) in self._hosts

    def address_of(
        self, host: str, port: int = 0, named: Transport | None = None
    ) -> Address | None:
        """Where the host of a URI is, if it is numeric or one of the servers' names.

        Who speaks TCP or TLS to its servers never goes back to less (RFC 3261 section 26.2.2):
        a URI that names a lesser transport means the server as we know it.

        Args:
            host: numeric, or a name.
            port: 0: the URI has none, so the name service says (RFC 3263 section 4.2).
            named: the transport that the URI names; None: none.
        """
        transport = self._better(named)
        if transport.reliable and (known := self._connected(host, port, transport, named)):
            return known
        if (found := _numeric(host, port, transport)) is not None:
            return found
        alike = [t for t in self._targets if t.server.host.lower() == host.lower() and t.addresses]
        if not alike:
            return None
        exact = [t for t in alike if t.server.port == port]
        if exact and not port:
            return exact[0].addresses[0]
        return replace(
            (exact or alike)[0].addresses[0], port=port or transport.port, transport=transport
        )

    def _better(self, named: Transport | None) -> Transport:
        """What a URI names, but never less than we speak to our servers."""
        least = self._least
        return least if named is None or _RANK[named] < _RANK[least] else named

    def _connected(
        self, host: str, port: int, transport: Transport, named: Transport | None
    ) -> Address | None:
        """The server that is meant, so that the connection to it is used (RFC 5923)."""
        means = bare(host)
        for target in self._targets:
            for address in target.addresses:
                if address.transport is not transport:
                    continue
                if means not in {address.host, target.server.host.lower()}:
                    continue
                if port in {0, address.port} or named is not transport:
                    return address
        return None


def _reached(server: Server, found: Address) -> Address:
    """An address of a server: by its transport, under its name."""
    return Address(bare(found.host), found.port, server.transport, name=server.host)


def numeric(server: Server) -> tuple[Address, ...]:
    """The address of a server that is written as one; nothing for a name."""
    found = _numeric(server.host, server.port, server.transport)
    return () if found is None else (found,)


@lru_cache(maxsize=256)
def _numeric(host: str, port: int, transport: Transport) -> Address | None:
    host = bare(host)
    try:
        numeric_address(host)
    except ValueError:
        return None
    return Address(host, port or transport.port, transport)


def _problem_of(target: Target) -> str:
    if target.barred:
        return "drill"
    if target.life is Life.DEAD:
        return "dead"
    return target.problem or "being looked up"


@lru_cache(maxsize=256)
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
