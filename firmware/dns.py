"""Where a SIP server is, when all we have is its name (RFC 3263 section 4, RFC 2782).

NAPTR says how the domain wants to be spoken to, SRV which hosts do it at which port, A and
AAAA where they are. Answers are kept as long as they say; the last good one is kept for as
long as nobody answers. dnspython is imported here and nowhere else, in a thread and only
when there is a name to look up, because that takes longer than a telephone can wait.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

from firmware.errors import GatewayError
from firmware.sip.events import Address, Transport
from firmware.sip.tokens import Dice

SERVICE = {Transport.UDP: "SIP+D2U", Transport.TCP: "SIP+D2T", Transport.TLS: "SIPS+D2T"}
"""In NAPTR: SIP over that transport (RFC 3263 section 4.1)."""
PREFIX = {Transport.UDP: "_sip._udp.", Transport.TCP: "_sip._tcp.", Transport.TLS: "_sips._tcp."}
EVERYBODY = ip_address("255.255.255.255")
PATIENCE = 5.0
"""s for one question, all name servers and repetitions included."""
SHORTEST, LONGEST = 30.0, 86400.0
"""s that an answer is kept: a TTL may talk us neither into a storm nor into stone."""


class LookUpError(GatewayError):
    """A name is not known, or nobody could be asked."""


class NoServerError(LookUpError):
    """The name service has answered, and what it says can be no server."""


@dataclass(frozen=True, slots=True)
class Host:
    """A host that serves the domain, and at which port."""

    name: str
    port: int


@dataclass(frozen=True, slots=True)
class Service:
    """One SRV record."""

    priority: int
    weight: int
    host: Host


@dataclass(frozen=True, slots=True)
class _Known:
    addresses: tuple[Address, ...]
    until: float


@dataclass(slots=True)
class _Age:
    """The shortest TTL of all answers that led to a result."""

    seconds: float = LONGEST

    def take(self, ttl: float) -> None:
        self.seconds = min(self.seconds, max(ttl, SHORTEST))


@dataclass(slots=True)
class Resolver:
    """Looks names up.

    Args:
        dice: chooses among hosts of equal priority by their weights.
        clock: monotonic seconds.
        servers: addresses of name servers; empty: those of /etc/resolv.conf, read each time.
        port: of the name servers.
        patience: seconds for one question.
    """

    dice: Dice
    clock: Callable[[], float]
    servers: Sequence[str] = ()
    port: int = 53
    patience: float = PATIENCE
    _known: dict[tuple[str, int, Transport], _Known] = field(default_factory=dict, init=False)

    async def resolve(
        self, host: str, port: int, transport: Transport = Transport.UDP
    ) -> tuple[Address, ...]:
        """The addresses of a server, in the order in which to try them.

        Args:
            host: its name.
            port: as configured; 0: the name service says, and the usual one if it does not.
            transport: that is to be spoken there.

        Raises:
            LookUpError: the name has no address, or nobody answers and nobody ever did.
        """
        key = host.lower().rstrip("."), port, transport
        known = self._known.get(key)
        if known is not None and self.clock() < known.until:
            return known.addresses
        age = _Age()
        try:
            found = await self._look_up(*key, age)
        except LookUpError:
            if known is None:
                raise
            return known.addresses
        self._known[key] = _Known(found, self.clock() + age.seconds)
        return found

    async def _look_up(
        self, host: str, port: int, transport: Transport, age: _Age
    ) -> tuple[Address, ...]:
        ask = _Questions(await self._resolver(), age)
        if port:
            return await _addresses(ask, [Host(host, port)], transport)
        service = await _service_name(ask, host, transport)
        records = await ask.optional(service, "SRV")
        if any(str(record.target) == "." for record in records):
            raise NoServerError(f"{host}: its domain offers no SIP over {transport.name}")
        services = [
            Service(r.priority, r.weight, Host(_text(r.target), int(r.port))) for r in records
        ]
        hosts = in_order(services, self.dice) or [Host(host, transport.port)]
        return await _addresses(ask, hosts, transport)

    async def _resolver(self) -> Any:
        """A fresh one: /etc/resolv.conf may have changed."""
        library = await asyncio.to_thread(importlib.import_module, "dns.asyncresolver")
        try:
            resolver = library.Resolver(configure=not self.servers)
        except library.NoResolverConfiguration as error:
            raise LookUpError("no name server is configured") from error
        if self.servers:
            resolver.nameservers = list(self.servers)
            resolver.port = self.port
        resolver.lifetime = self.patience
        resolver.timeout = self.patience / 2
        return resolver


@dataclass(frozen=True, slots=True)
class _Questions:
    """Questions to the name servers, whose answers bear an age."""

    resolver: Any
    age: _Age

    async def ask(self, name: str, kind: str) -> list[Any]:
        """The records of that kind; empty: the name has none.

        Raises:
            LookUpError: the name does not exist, or nobody answers.
        """
        import dns.exception
        import dns.resolver

        try:
            answer = await self.resolver.resolve(name, kind, search=False)
        except dns.resolver.NoAnswer:
            return []
        except dns.resolver.NXDOMAIN as error:
            raise LookUpError(f"{name}: name not known") from error
        except (dns.exception.DNSException, OSError) as error:
            raise LookUpError(f"{name}: no name server answers") from error
        self.age.take(answer.rrset.ttl)
        return list(answer)

    async def optional(self, name: str, kind: str) -> list[Any]:
        """The same, for what need not exist: some name servers choke on rare kinds."""
        try:
            return await self.ask(name, kind)
        except LookUpError:
            return []


async def _service_name(ask: _Questions, host: str, transport: Transport) -> str:
    """The name whose SRV records count (RFC 3263 section 4.1)."""
    records = await ask.optional(host, "NAPTR")
    wanted = SERVICE[transport]
    ours = [r for r in records if _upper(r.service) == wanted and _upper(r.flags) == "S"]
    if not ours:
        return PREFIX[transport] + host
    best = min(ours, key=lambda record: (record.order, record.preference))
    return _text(best.replacement)


async def _addresses(
    ask: _Questions, hosts: Iterable[Host], transport: Transport
) -> tuple[Address, ...]:
    """All addresses of all hosts, IPv4 first; a host that has none is passed over.

    Raises:
        LookUpError: there is none at all; with the reason of the first failure.
    """
    found: dict[Address, None] = {}
    problem: LookUpError | None = None
    for host in hosts:
        for kind in ("A", "AAAA"):
            try:
                records = await ask.ask(host.name, kind)
            except LookUpError as error:
                problem = problem or error
                break
            at = [str(record.address) for record in records]
            fit = [address for address in at if _can_serve(address)]
            if at and not fit:
                problem = problem or NoServerError(f"{host.name}: {at[0]} can be no server")
            found.update((Address(address, host.port, transport), None) for address in fit)
    if not found:
        raise problem or LookUpError("no address")
    return tuple(found)


def _can_serve(address: str) -> bool:
    """Not this machine, nor many, nor none: such an answer is a mistake, or meant badly."""
    ip = ip_address(address)
    return not (ip.is_loopback or ip.is_multicast or ip.is_unspecified or ip == EVERYBODY)


def in_order(services: Iterable[Service], dice: Dice) -> list[Host]:
    """Hosts in the order in which to try them (RFC 2782): by priority, then by weighted chance."""
    left = sorted(services, key=lambda service: (service.priority, service.weight))
    hosts: list[Host] = []
    while left:
        equals = [service for service in left if service.priority == left[0].priority]
        mark = dice.random() * sum(service.weight for service in equals)
        chosen = equals[0]
        for service in equals:
            chosen = service
            mark -= service.weight
            if mark < 0:
                break
        left.remove(chosen)
        hosts.append(chosen.host)
    return hosts


def _text(name: Any) -> str:
    return str(name).rstrip(".")


def _upper(text: bytes) -> str:
    return text.decode("ascii", "replace").upper()
