"""Where a 3xx to REGISTER may lead (REG-18, RFC 3261 section 8.1.3.4).

Only to one of our own servers: what a Contact names is the word of whoever answered, and
neither our credentials nor our incoming calls shall go to a host that nobody configured.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import replace

from firmware.errors import SipError
from firmware.sip.headers import STAR, NameAddr
from firmware.sip.message import Response
from firmware.sip.targets import Way, bare
from firmware.sip.uri import SipUri, parse_uri

Place = tuple[Way, str]
"""A way to a registrar, and the Request-URI there."""
_Q = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?", re.ASCII)
MOVED = frozenset({301, 302, 305})
"""The statuses that name another place for the same request."""
USE_PROXY = 305
MOST_HOPS = 5
"""In one attempt: who is sent from one to the next for longer is sent in circles."""


def next_place(
    response: Response, ways: Iterable[Way], uri: str, been: Collection[Place]
) -> Place | None:
    """Where the response leads, by the wishes of who sent it; None: nowhere that we may go.

    Args:
        response: the 3xx.
        ways: to our servers; a Contact that leads to none of them is passed over.
        uri: the Request-URI that was answered; a proxy to use (305) does not change it.
        been: where we have been in this attempt.
    """
    if len(been) > MOST_HOPS:
        return None
    known = list(ways)
    for contact in sorted(_contacts(response), key=_dislike):
        target = _target(contact.uri)
        way = None if target is None else _way(target, known)
        if target is None or way is None:
            continue
        there = target.host if target.port is None else f"{target.host}:{target.port}"
        place = way, uri if response.status == USE_PROXY else f"sip:{there}"
        if place not in been:
            return place
    return None


def named(response: Response) -> str:
    """Where it points to, in words; empty: nowhere."""
    return ", ".join(contact.uri for contact in _contacts(response))


def _contacts(response: Response) -> list[NameAddr]:
    try:
        return [contact for contact in response.contacts if contact != STAR]
    except SipError:
        return []


def _target(text: str) -> SipUri | None:
    try:
        uri = parse_uri(text)
    except SipError:
        return None
    return uri if isinstance(uri, SipUri) and uri.scheme == "sip" else None


def _way(target: SipUri, ways: Iterable[Way]) -> Way | None:
    host = bare(target.host)
    for way in ways:
        if host in {bare(way.address.host), bare(way.server.host)}:
            there = replace(way.address, port=target.port or way.address.port)
            return Way(way.server, there, way.living)
    return None


def _dislike(contact: NameAddr) -> float:
    """The higher the q, the sooner; without one, or with nonsense, it is 1 (section 20.10)."""
    digits = _Q.fullmatch(contact.param("q") or "1")
    return -float(digits[0]) if digits else -1.0
