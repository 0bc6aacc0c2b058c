"""What carries a message (RFC 3261 section 18): the transport of a request, the way of an answer.

A request goes by the transport of its target, and its Via says so. One that is too large for
a datagram goes by TCP, and by UDP after all if nobody takes it there (section 18.1.1).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from firmware.sip.events import Address, Transport
from firmware.sip.grammar import lower
from firmware.sip.message import Request
from firmware.sip.uri import SipUri

LARGEST = 1300
"""Most bytes of a request in a datagram, since nobody knows what the path can carry."""
_CALLED = {transport.value: transport for transport in Transport}
NO_TCP = 600.0
"""Seconds for which a server that has refused TCP is not tried by TCP again."""


@dataclass(slots=True)
class Carriage:
    """Chooses the transport of requests, and remembers which servers take no TCP."""

    _refused: dict[Address, float] = field(default_factory=dict)

    def way(self, request: Request, target: Address, now: float) -> Address:
        """Where a request goes: to its target, or to the same address by TCP."""
        if target.transport is not Transport.UDP or len(request.encode()) <= LARGEST:
            return target
        stream = replace(target, transport=Transport.TCP)
        return target if self._refused.get(stream, now) > now else stream

    def refused(self, stream: Address, now: float) -> None:
        """Note that nobody takes TCP at this address."""
        self._refused = {at: until for at, until in self._refused.items() if until > now}
        self._refused[stream] = now + NO_TCP


def carried(request: Request, transport: Transport) -> Request:
    """The request with a Via that names what carries it."""
    via = request.via
    named = via.carried_by(transport.via)
    if named is via:
        return request
    below = request.headers.all("Via")[1:]
    headers = request.headers.replaced("Via", str(named), *below)
    return Request(request.method, request.uri, headers, request.body)


def spoken(uri: SipUri) -> Transport | None:
    """The transport that a URI names; `sips` means TLS (RFC 3261 section 26.2.2)."""
    if uri.scheme == "sips":
        return Transport.TLS
    named = uri.param("transport")
    return None if named is None else _CALLED.get(lower(named))


def way_back(request: Request, source: Address) -> Address:
    """Where the answer goes: by the connection it came on, or as the Via says (section 18.2.2).

    If the connection has gone by then, a new one is opened to the port that the Via names.

    Args:
        request: its top Via completed.
        source: where it came from.
    """
    if not source.transport.reliable:
        return Address(*request.via.reply_to)
    return replace(source, port=request.via.port or source.transport.port)
