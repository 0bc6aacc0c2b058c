"""Who calls: the number and name that the telephone may show (RFC 3323, RFC 3325).

P-Asserted-Identity is the word of the network and is believed from our servers only; From is
what the caller says of himself. A caller who asked not to be known is not, whatever else the
headers give away: a server that leaves the Privacy header in relies on us (RFC 3325 section 9.2).
"""

from __future__ import annotations

import re

from firmware.errors import SipError
from firmware.machine import word
from firmware.sip.headers import NameAddr
from firmware.sip.message import Request
from firmware.sip.uri import SipUri, TelUri, Uri, parse_uri

HIDING = frozenset({"id", "user", "header"})
"""Values of Privacy by which a number is not to be shown (RFC 3323 section 4.2, RFC 3325)."""
ANONYMOUS = "sip:anonymous@"
"""How the From of an anonymous caller begins (RFC 3323 section 4.1.1.3)."""

_TELEPHONE = re.compile(r"\+?[0-9*#.() \-]*[0-9*#][0-9*#.() \-]*", re.ASCII)
_SEPARATORS = str.maketrans("", "", "-.() ")
UNKNOWN = "unknown"
"""A caller in whose address there is no user, such as a server that calls by itself."""
MOST = 64
"""Characters of a number; no telephone number is longer."""


@word
class Caller:
    """Both are empty if the caller does not want to be known; UNKNOWN if nobody names a number."""

    number: str = ""
    name: str = ""


def caller_of(invite: Request, *, trusted: bool) -> Caller:
    """Who may be shown: of P-Asserted-Identity if that is to be believed, else of From.

    Args:
        invite: the INVITE.
        trusted: it came from one of our servers, and what they assert is to be believed.
    """
    if hidden(invite):
        return Caller()
    asserted = _asserted(invite) if trusted else ()
    for address in sorted(asserted, key=_rank):
        if number := number_of(address):
            names = (a.display for a in (address, *asserted))
            return Caller(number, next((name for name in names if name), ""))
    return Caller(number_of(invite.from_) or UNKNOWN, invite.from_.display)


def hidden(invite: Request) -> bool:
    """Whether the caller has asked not to be known.

    ``none`` is the caller's wish to be shown (RFC 3323 section 4.2), even where From was made
    anonymous on the way.
    """
    words = {word.strip() for line in invite.tokens("privacy") for word in line.split(";")}
    if "none" in words:
        return False
    return bool(words & HIDING) or invite.from_.uri.lower().startswith(ANONYMOUS)


def number_of(address: NameAddr) -> str:
    """The number that an address stands for, as a person would dial it; empty: none.

    Of a telephone number only digits, ``*``, ``#`` and a leading ``+`` are left: separators,
    a phone-context and other parameters mean nothing to a telephone (RFC 3966 section 5).
    """
    uri = _uri(address)
    if isinstance(uri, SipUri):
        text = uri.user_text.partition(";")[0]
    else:
        text = uri.user_text if isinstance(uri, TelUri) else ""
    if _TELEPHONE.fullmatch(text):
        text = text.translate(_SEPARATORS)
    return text[:MOST]


def _asserted(invite: Request) -> tuple[NameAddr, ...]:
    try:
        return invite.addresses("P-Asserted-Identity")
    except SipError:
        return ()


def _rank(address: NameAddr) -> int:
    """There may be two, a SIP and a tel URI (RFC 3325 section 9.1): the surest number first."""
    match _uri(address):
        case TelUri():
            return 0
        case SipUri() as uri if (uri.param("user") or "").lower() == "phone":
            return 1
        case _ if _TELEPHONE.fullmatch(number_of(address)):
            return 2
    return 3


def _uri(address: NameAddr) -> Uri | None:
    try:
        return parse_uri(address.uri)
    except SipError:
        return None
