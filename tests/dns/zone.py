"""A name server on loopback, with a zone that the test writes."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset


class Zone(asyncio.DatagramProtocol):
    """Answers questions from `records`.

    Attributes:
        records: text as in a zone file, by name and kind.
        ttl: seconds, of every answer.
        silent: it does not answer at all.
        refuses: it answers SERVFAIL.
        forges: before each answer comes one with this address, by somebody who guesses its id.
        asked: every question so far, as ``name kind``.
    """

    def __init__(self, records: dict[tuple[str, str], list[str]]) -> None:
        self.records = records
        self.ttl = 300
        self.silent = False
        self.refuses: set[str] = set()
        self.forges = ""
        self.asked: list[str] = []
        self._transport: asyncio.DatagramTransport

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(
            lambda: self, local_addr=("127.0.0.1", 0)
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._transport.close()

    @property
    def port(self) -> int:
        port: int = self._transport.get_extra_info("sockname")[1]
        return port

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        (question,) = query.question
        name, kind = str(question.name).rstrip("."), dns.rdatatype.to_text(question.rdtype)
        self.asked.append(f"{name} {kind}")
        if self.silent:
            return
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        found = self.records.get((name, kind))
        if self.forges and kind == "A":
            self._forge(query, addr)
        if alias := self.records.get((name, "CNAME")):
            self._follow(response, name, alias[0], kind)
        elif kind in self.refuses:
            response.set_rcode(dns.rcode.SERVFAIL)
        elif found:
            response.answer.append(
                dns.rrset.from_text_list(question.name, self.ttl, dns.rdataclass.IN, kind, found)
            )
        elif name not in {known for known, _ in self.records}:
            response.set_rcode(dns.rcode.NXDOMAIN)
        self._transport.sendto(response.to_wire(), addr)

    def _follow(self, response: dns.message.Message, name: str, alias: str, kind: str) -> None:
        """The aliases of a name, as far as they go, and where they end; a loop does not end."""
        seen: list[str] = []
        while alias and name not in seen:
            seen.append(name)
            response.answer.append(dns.rrset.from_text(f"{name}.", self.ttl, "IN", "CNAME", alias))
            name = alias.rstrip(".")
            alias = self.records.get((name, "CNAME"), [""])[0]
        if found := self.records.get((name, kind)):
            response.answer.append(
                dns.rrset.from_text_list(f"{name}.", self.ttl, dns.rdataclass.IN, kind, found)
            )

    def _forge(self, query: dns.message.Message, addr: tuple[str, int]) -> None:
        response = dns.message.make_response(query)
        response.id = (query.id + 1) % 65536
        name = query.question[0].name
        response.answer.append(
            dns.rrset.from_text_list(name, self.ttl, dns.rdataclass.IN, "A", [self.forges])
        )
        self._transport.sendto(response.to_wire(), addr)
