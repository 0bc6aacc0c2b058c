"""3xx to our INVITE: another number, or another of our servers (RFC 3261 section 8.1.3.4, B31).

Whoever answers may name any host in the world. A call is followed to a number at our own
domain or server only, so that neither a person's money nor our credentials can be led astray;
and not further than the settings allow, and never to where it has been.
"""

from __future__ import annotations

import re
from dataclasses import replace

from firmware.errors import SipError
from firmware.sip.call.call import Call
from firmware.sip.call.parts import Hop
from firmware.sip.caller import number_of
from firmware.sip.credentials import Attempt
from firmware.sip.grammar import lower
from firmware.sip.headers import STAR, NameAddr
from firmware.sip.message import Request, Response
from firmware.sip.uri import SipUri, TelUri, parse_uri

FOLLOWED = frozenset({300, 301, 302, 305})
"""380 offers another service than a call, in its body: there is nothing to follow."""
USE_PROXY = 305

_Q = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?", re.ASCII)
_OF_THE_URI = frozenset({"user", "phone-context"})
"""Parameters that say which number; the others say how to get there, which is ours to say."""


def places(response: Response) -> tuple[NameAddr, ...]:
    """Where the response points to, the most wanted first (section 20.10)."""
    try:
        return tuple(sorted((c for c in response.contacts if c != STAR), key=_dislike))
    except SipError:
        return ()


def place(response: Response) -> str:
    """The first of them in words, for the operator; empty: it names none."""
    return next((contact.uri for contact in places(response)), "")


def follow(call: Call, request: Request, response: Response) -> Request | None:
    """Take the call to where the response points.

    Returns:
        The INVITE for there, still without credentials, with the call's next hop set; None:
        it is not to be followed.
    """
    most = call.around.settings.call_redirects
    if response.status not in FOLLOWED or len(call.been) >= most:
        return None
    for contact in places(response):
        found = _there(call, request, response.status, contact.uri)
        if found is None or number_of(NameAddr("", found[0])).startswith(call.party.barred):
            continue
        uri, hop = found
        here = f"{uri} by {hop.target}"
        if here in {f"{request.uri} by {call.hop.target}", *call.been}:
            continue
        call.been.add(f"{request.uri} by {call.hop.target}")
        if hop is not call.hop:
            call.hop, call.others = hop, []  # that server and no other was named
            call.asked_servers.append(hop.name)
        call.attempt = Attempt(call.party.authenticator)
        call.progress = 0
        moved = Request(request.method, uri, request.headers, request.body)
        return call.around.composer.elsewhere(moved, hop.routes)
    return None


def _there(call: Call, request: Request, status: int, text: str) -> tuple[str, Hop] | None:
    """Request-URI and next hop for a Contact, if it leads to our domain or servers."""
    try:
        uri = parse_uri(text)
    except SipError:
        return None
    if isinstance(uri, TelUri):  # a number, and nothing about a host: our server knows the way
        return None if status == USE_PROXY else (str(uri), call.hop)
    if not isinstance(uri, SipUri) or uri.scheme != "sip" or uri.param("maddr") is not None:
        return None
    at_home = lower(uri.host) == lower(call.around.settings.domain)
    target = call.around.where(text)
    listed = target is not None and call.around.listed(target)
    if not at_home and not listed:
        return None
    hop = call.hop
    if not at_home and target is not None and target.host != hop.target.host:
        hop = Hop(target, f"{uri.host}:{target.port}")
    if status == USE_PROXY:
        return (request.uri, hop) if listed else None
    if uri.user is None:
        return None
    params = tuple(pair for pair in uri.params if lower(pair[0]) in _OF_THE_URI)
    return str(replace(uri, params=params, headers="", password=None)), hop


def _dislike(contact: NameAddr) -> float:
    """The higher the q, the sooner; without one, or with nonsense, it is 1."""
    digits = _Q.fullmatch(contact.param("q") or "1")
    return -float(digits[0]) if digits else -1.0
