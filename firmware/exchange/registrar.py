"""Who is where: the bindings of the exchange (RFC 3261 section 10.3)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from firmware.errors import SipError
from firmware.sip.events import Address
from firmware.sip.headers import NameAddr
from firmware.sip.message import Request
from firmware.sip.uri import SipUri, Uri, parse_uri

LONGEST = 3600
"""Seconds; what is asked beyond is cut (section 10.3 step 7 permits it)."""
SHORTEST = 10
"""Less is refused with 423, so that nobody registers in a tight loop."""
MOST_BINDINGS = 8
"""A user's telephones."""


@dataclass(frozen=True, slots=True)
class Binding:
    """One telephone of a user."""

    contact: str
    """The URI, as it was registered."""
    address: Address
    """Where the REGISTER came from: reachable also through a NAT, and by its connection."""
    expires_at: float
    call_id: str
    cseq: int


class Registrar:
    """The bindings of all users; time is an argument."""

    def __init__(self) -> None:
        self._bindings: dict[str, list[Binding]] = {}

    def bindings(self, user: str, now: float) -> list[Binding]:
        """The living bindings of a user, the newest first."""
        living = [b for b in self._bindings.get(user, []) if b.expires_at > now]
        self._bindings[user] = living
        return list(reversed(living))

    def all(self, now: float) -> dict[str, list[Binding]]:
        """Every user that has a binding."""
        living = {user: self.bindings(user, now) for user in tuple(self._bindings)}
        return {user: found for user, found in living.items() if found}

    def way_to(self, contact: str, now: float) -> Address | None:
        """The connection by which a contact was registered; None: it was by datagram, or not."""
        meant = parse_uri(contact)
        for found in self.all(now).values():
            for binding in found:
                if binding.address.transport.reliable and _same(binding, meant):
                    return binding.address
        return None

    def register(self, user: str, request: Request, source: Address, now: float) -> None:
        """Take the bindings of a REGISTER over; all of them or none.

        Raises:
            SipError: 400, 423 or 500 by section 10.3; nothing has changed then.
        """
        cseq = request.cseq.number
        old = self.bindings(user, now)
        if any(b.call_id == request.call_id and b.cseq >= cseq for b in old):
            raise SipError("CSeq does not grow", status=500)
        if any(contact.uri == "*" for contact in request.contacts):
            if len(request.contacts) > 1 or request.expires != 0:
                raise SipError("Contact: * goes with Expires: 0 and alone")
            self._bindings[user] = []
            return
        wishes = [(contact, _lifetime(contact, request.expires)) for contact in request.contacts]
        if any(0 < seconds < SHORTEST for _, seconds in wishes):
            raise SipError("too brief", status=423)
        new = list(reversed(old))
        for contact, seconds in wishes:
            uri = parse_uri(contact.uri)
            new = [b for b in new if not _same(b, uri)]
            if seconds:
                at = _reached(uri, source)
                new.append(Binding(contact.uri, at, now + seconds, request.call_id, cseq))
        self._bindings[user] = new[-MOST_BINDINGS:]


def _lifetime(contact: NameAddr, expires: int | None) -> int:
    own = contact.param("expires")
    if own is not None and own.isascii() and own.isdigit():
        return min(int(own[:10]), LONGEST)
    return LONGEST if expires is None else min(expires, LONGEST)


def _reached(contact: Uri, source: Address) -> Address:
    """By the connection that it came on, and when that has gone at the port of the contact."""
    if not source.transport.reliable or not isinstance(contact, SipUri):
        return source
    return replace(source, port=contact.port or source.transport.port)


def _same(binding: Binding, uri: Uri) -> bool:
    return parse_uri(binding.contact).equivalent(uri)
