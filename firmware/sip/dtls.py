"""Handshakes in session descriptions: who we are, and who begins (DTLS-SRTP, RFC 5763).

A description names the certificate that its end will show (``a=fingerprint``, RFC 8122), who
begins (``a=setup``, RFC 4145) and which handshake it speaks of (``a=tls-id``, RFC 8842): keys
are no part of it. They stay as long as the far end names the same certificate and handshake.
"""

from __future__ import annotations

import re
from typing import Final

from firmware.machine import word
from firmware.sip.description import MediaLine
from firmware.sip.plan import Handshake
from firmware.sip.tokens import Dice

PROTOCOL: Final = "UDP/TLS/RTP/SAVP"
PROTOCOLS: Final = (PROTOCOL, "UDP/TLS/RTP/SAVPF")
"""That we offer, and those that we take (RFC 5764 section 8)."""
HASHES: Final = {"sha-256": 32, "sha-384": 48, "sha-512": 64}
"""Octets of the fingerprints that we believe; SHA-1 is none of them."""
MOST: Final = 16
"""Fingerprints of a line that are looked at."""
_FINGERPRINT: Final = re.compile(r"([a-z0-9-]{1,16})[ \t]+([0-9a-f]{2}(?::[0-9a-f]{2}){0,63})")
_ASSOCIATION: Final = re.compile(r"[A-Za-z0-9+/_-]{20,255}", re.ASCII)


@word
class Identity:
    """What we agree on keys with, in one call.

    Attributes:
        fingerprint: of our certificate, as descriptions have it.
        association: names our handshake (``a=tls-id``).
        standing: the handshake that was agreed on last; None: there was none.
    """

    fingerprint: str
    association: str
    standing: Handshake | None = None


def new_association(dice: Dice) -> str:
    """A name for a handshake that no other has (RFC 8842 section 4)."""
    return f"{dice.getrandbits(120):030x}"


def fingerprints(media: MediaLine) -> tuple[str, ...]:
    """Those that we can check, in one spelling."""
    found = []
    for text in [value for name, value in media.attributes if name == "fingerprint"][:MOST]:
        match = _FINGERPRINT.fullmatch(text.lower())
        if match is not None and HASHES.get(match[1]) == match[2].count(":") + 1:
            found.append(f"{match[1]} {match[2].upper()}")
    return tuple(sorted(set(found)))


def fits(media: MediaLine) -> bool:
    """Whether an m-line of an offer names a certificate, and lets somebody begin."""
    usable = fingerprints(media) and _setup(media, "active") in {"actpass", "active", "passive"}
    return media.protocol.upper() in PROTOCOLS and bool(usable)


def offered_lines(ours: Identity) -> list[str]:
    """The lines of our offer: the far end may choose who begins."""
    return _lines(ours, "actpass")


def answered_lines(media: MediaLine, ours: Identity, agreed: Handshake) -> list[str]:
    """Those of our answer; the name of a handshake only to who has named his."""
    return _lines(ours, "active" if agreed.active else "passive", named=bool(_association(media)))


def taken(media: MediaLine, ours: Identity) -> Handshake:
    """What our answer to that m-line means: we begin, unless they want to."""
    setup = _setup(media, "active")
    meant = _handshake(media, ours, active=setup != "active")
    kept = _kept(meant, ours)
    return kept if kept is not None and (setup == "actpass" or kept == meant) else meant


def agreed(media: MediaLine, ours: Identity) -> Handshake | None:
    """What their answer to our offer means; None: it is none.

    Who keeps certificate and handshake also keeps who began it, whatever is said in later
    answers: not all far ends remember.
    """
    setup = _setup(media, "passive")
    if not fingerprints(media) or setup not in {"active", "passive"}:
        return None
    meant = _handshake(media, ours, active=setup == "passive")
    return _kept(meant, ours) or meant


def identity_of(media: MediaLine, standing: Handshake | None) -> Identity:
    """What our own description says of us."""
    named = media.text("fingerprint") or ""
    return Identity(named, _association(media), standing)


def _kept(meant: Handshake, ours: Identity) -> Handshake | None:
    """The handshake that stands, if that one is no other."""
    stands = ours.standing
    if stands is None:
        return None
    same = (stands.ours, stands.theirs, stands.association)
    return stands if same == (meant.ours, meant.theirs, meant.association) else None


def _handshake(media: MediaLine, ours: Identity, *, active: bool) -> Handshake:
    return Handshake(active, ours.fingerprint, fingerprints(media), _association(media))


def _lines(ours: Identity, setup: str, *, named: bool = True) -> list[str]:
    lines = [f"a=fingerprint:{ours.fingerprint}", f"a=setup:{setup}"]
    return [*lines, f"a=tls-id:{ours.association}"] if named else lines


def _setup(media: MediaLine, usual: str) -> str:
    return (media.text("setup") or usual).lower()


def _association(media: MediaLine) -> str:
    """Their name of the handshake; empty: they have none."""
    name = media.text("tls-id") or ""
    return name if _ASSOCIATION.fullmatch(name) else ""
