"""What an incoming request is refused for, cheap checks first (RFC 3261 section 8.2)."""

from __future__ import annotations

from firmware.errors import SipError
from firmware.machine import word
from firmware.sip.abilities import ACCEPT, ACCEPT_ENCODING, Abilities
from firmware.sip.grammar import is_token, lower
from firmware.sip.headers import STAR
from firmware.sip.message import Request, Response
from firmware.sip.multipart import unreadable
from firmware.sip.uri import SipUri, TelUri, parse_uri

_LISTS = ("require", "supported", "accept", "privacy")
"""Of a request; of a response the first."""
WILL_DO = frozenset({"application/sdp", "application/*", "*/*"})


@word
class Refusal:
    """Answer the request with this."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()


def look(message: Request | Response) -> None:
    """Read every header that will be needed later, so that nothing fails half-way.

    Raises:
        SipError: something in it is malformed.
    """
    message.check()
    index = message.headers.index
    if message.body:
        unreadable(message)
    if isinstance(message, Response):
        message.rseq  # noqa: B018  reading is the test
    for name in _LISTS if isinstance(message, Request) else _LISTS[:1]:
        if name in index:
            message.tokens(name)
    if "contact" in index and message.contacts:
        first = message.contacts[0]
        if first is STAR:
            if message.cseq.method != "REGISTER":
                raise SipError("Contact: * outside a REGISTER")
            return
        parse_uri(first.uri)
    for address in message.record_routes if "record-route" in index else ():
        parse_uri(address.uri)


def refused_outside(request: Request, abilities: Abilities) -> Refusal | None:
    """Why a request that begins something new is refused, if it is."""
    if request.method not in abilities.methods:
        return Refusal(405, (abilities.allow,))
    if request.method in {"BYE", "UPDATE", "PRACK"}:
        return Refusal(481)
    target = request.target
    if not isinstance(target, SipUri | TelUri) or target.scheme not in {"sip", "tel"}:
        return Refusal(416)
    return refused_always(request, abilities)


def refused_always(request: Request, abilities: Abilities) -> Refusal | None:
    """Why any request but ACK and CANCEL is refused, if it is; in a dialog or not."""
    if request.method not in abilities.methods:
        return Refusal(405, (abilities.allow,))
    if not all(is_token(tag) for tag in request.require):
        return Refusal(400)
    strange = abilities.strange(request.require)
    if strange:  # PR-06: 100rel is one of them
        return Refusal(420, (("Unsupported", ", ".join(strange)),))
    if request.body and lower(request.headers.get("Content-Encoding") or "identity") != "identity":
        return Refusal(415, (ACCEPT_ENCODING,))
    if request.method == "PRACK" and not _acknowledges(request):
        return Refusal(400)
    if request.method == "INVITE":
        if request.body and unreadable(request):
            return Refusal(415, (ACCEPT,))
        if "Accept" in request.headers and not _takes_sdp(request):
            return Refusal(406)
    return None


def _takes_sdp(request: Request) -> bool:
    ranges = {lower(item.partition(";")[0].strip(" \t")) for item in request.tokens("accept")}
    return bool(ranges & WILL_DO)


def _acknowledges(prack: Request) -> bool:
    """Whether a PRACK says what it acknowledges (RFC 3262 section 7.2)."""
    try:
        return bool(prack.rack)
    except SipError:
        return False
