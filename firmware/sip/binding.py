"""What a registrar has bound for a line, and what a 200 to REGISTER says of it."""

from __future__ import annotations

from dataclasses import dataclass

from firmware.errors import SipError
from firmware.sip.grammar import clamped
from firmware.sip.headers import STAR, NameAddr
from firmware.sip.message import Response
from firmware.sip.uri import SipUri, parse_uri

LONGEST = 86400.0
"""Longest time that is believed, in seconds: a registrar must not keep us silent for ever."""


@dataclass(slots=True)
class Held:
    """The bindings of a line that its registrar still has.

    Attributes:
        contact: as bound last; empty: nothing is.
    """

    contact: str = ""
    _until: float = 0.0
    _old: str = ""
    _old_until: float = 0.0

    def take(self, contact: str, until: float) -> None:
        """Note the Contact that was granted, and when it ends."""
        self.contact, self._until = contact, until

    def outdate(self) -> None:
        """Our address has changed: the Contact has to be removed later."""
        if self.contact:
            self._old, self._old_until = self.contact, self._until
        self.contact = ""

    def lasts(self, now: float) -> bool:
        """Whether the last binding is still good."""
        return bool(self.contact) and now < self._until

    def outdated(self, now: float) -> str:
        """The Contact of our old address, while it is still bound; empty: there is none."""
        return self._old if now < self._old_until else ""

    def swept(self) -> None:
        """Forget the Contact of our old address: it was removed, or is left to end by itself."""
        self._old = ""

    def any_contact(self, now: float) -> str:
        """A Contact that can be removed; empty: there is none."""
        return self.contact if self.lasts(now) else self.outdated(now)


def granted(response: Response, ours: str, asked: int) -> float | None:
    """How long our binding lasts, in seconds; None if it is not among those listed.

    The `expires` parameter of our Contact counts, else the Expires header, else what was
    asked (REG-02). A way through a translator may have changed host and port of our
    Contact; its user part is a token that nobody else has, but for ourselves at an
    address of before: so a Contact that is ours by all rules of comparison comes first.

    Args:
        response: a 200 to REGISTER.
        ours: our Contact value as sent.
        asked: the Expires of the request.
    """
    own = parse_uri(NameAddr.parse(ours).uri)
    listed = [(_likeness(own, contact), contact) for contact in response.contacts]
    likeness, contact = max(listed, key=lambda pair: pair[0], default=(0, STAR))
    if not likeness:
        return None
    seconds = clamped(contact.param("expires") or "")
    if seconds is None:
        seconds = response.expires
    if seconds is None:
        seconds = asked
    return min(float(seconds), LONGEST)


def service_route(response: Response) -> tuple[str, ...]:
    """The Route values for requests outside dialogs (RFC 3608); unreadable counts as absent."""
    try:
        routes = response.addresses("Service-Route")
        for route in routes:
            parse_uri(route.uri)
    except SipError:
        return ()
    return tuple(str(route) for route in routes)


def _likeness(own: object, contact: NameAddr) -> int:
    """2: the same URI (section 19.1.4); 1: our token at another host; 0: not ours."""
    if contact == STAR or not isinstance(own, SipUri):
        return 0
    try:
        uri = parse_uri(contact.uri)
    except SipError:
        return 0
    if not isinstance(uri, SipUri):
        return 0
    if uri.equivalent(own):
        return 2
    return 1 if uri.user_text == own.user_text else 0
