"""Who calls: the number and name that the telephone may show (RFC 3323, RFC 3325)."""

from __future__ import annotations

from dataclasses import dataclass

from firmware.errors import SipError
from firmware.sip.headers import NameAddr
from firmware.sip.message import Request
from firmware.sip.uri import SipUri, TelUri, parse_uri

HIDING = frozenset({"id", "user", "header", "critical"})


@dataclass(frozen=True, slots=True)
class Caller:
    """Both are empty if the caller does not want to be known, or is not."""

    number: str = ""
    name: str = ""


def caller_of(invite: Request, *, trusted: bool) -> Caller:
    """Read P-Asserted-Identity if it comes from a trusted proxy, else From.

    Args:
        invite: the INVITE.
        trusted: it came from one of our servers, which assert what they have verified.
    """
    if _hidden(invite):
        return Caller()
    asserted: tuple[NameAddr, ...] = ()
    if trusted:
        try:
            asserted = invite.addresses("P-Asserted-Identity")
        except SipError:
            asserted = ()
    shown = asserted[0] if asserted else invite.from_
    return Caller(_number(shown), shown.display)


def _hidden(invite: Request) -> bool:
    words = {word.strip() for line in invite.tokens("privacy") for word in line.split(";")}
    return bool(words & HIDING) or invite.from_.uri.lower().startswith("sip:anonymous@")


def _number(address: NameAddr) -> str:
    try:
        uri = parse_uri(address.uri)
    except SipError:
        return ""
    if isinstance(uri, SipUri):
        return uri.user_text.partition(";")[0]
    return uri.user_text if isinstance(uri, TelUri) else ""
