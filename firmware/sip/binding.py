"""What a registrar has granted: our Contact among those of a 200 (RFC 3261 section 10.2.4)."""

from __future__ import annotations

from firmware.errors import SipError
from firmware.sip.grammar import clamped
from firmware.sip.headers import STAR, NameAddr
from firmware.sip.message import Response
from firmware.sip.uri import SipUri, parse_uri

SHORTEST, LONGEST = 30.0, 86400.0
"""s: a registrar may talk us neither into a storm nor into silence."""


def granted(response: Response, ours: str, asked: int) -> float | None:
    """How long our binding lasts, in seconds; None if it is not among those listed.

    The `expires` parameter of our Contact counts, else the Expires header, else what was
    asked (REG-02). A way through a translator may have changed host and port of our
    Contact; its user part is a token that nobody else has.

    Args:
        response: a 200 to REGISTER.
        ours: our Contact value as sent.
        asked: the Expires of the request.
    """
    own = parse_uri(NameAddr.parse(ours).uri)
    for contact in response.contacts:
        if contact == STAR or not _same(own, contact):
            continue
        seconds = clamped(contact.param("expires") or "")
        if seconds is None:
            seconds = response.expires
        if seconds is None:
            seconds = asked
        return min(max(float(seconds), SHORTEST), LONGEST)
    return None


def service_route(response: Response) -> tuple[str, ...]:
    """The Route values for requests outside dialogs (RFC 3608); unreadable counts as absent."""
    try:
        routes = response.addresses("Service-Route")
        for route in routes:
            parse_uri(route.uri)
    except SipError:
        return ()
    return tuple(str(route) for route in routes)


def _same(own: object, contact: NameAddr) -> bool:
    try:
        uri = parse_uri(contact.uri)
    except SipError:
        return False
    if not isinstance(own, SipUri) or not isinstance(uri, SipUri):
        return False
    return uri.equivalent(own) or uri.user_text == own.user_text
