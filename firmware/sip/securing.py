"""How voice is encrypted, as descriptions agree on it: keys told (SDES) or made (DTLS).

A line has one of the two, or neither: which one says its mode.
"""

from __future__ import annotations

from typing import Final, Literal

from firmware.sip import dtls, sdes
from firmware.sip.description import Description, MediaLine
from firmware.sip.dtls import Identity
from firmware.sip.plan import Handshake, Protection
from firmware.sip.sdes import NotSecuredError

Mode = Literal["off", "optional", "required", "dtls"]
"""Voice is never encrypted; if the far end tells a key; always by such; always by a handshake."""
Keys = tuple[bytes, ...] | Identity
"""What we have for it: keys of our own, or a certificate. Nothing: voice goes as it is."""
Agreed = Protection | Handshake | None
Way = tuple[str, list[str]]
"""The transport of an m-line, and its lines about it."""

NO_FINGERPRINT: Final = "the far end offers no DTLS handshake that we know how to do"
NO_HANDSHAKE: Final = "the far end does not encrypt by DTLS"


def offered(ours: Keys) -> Way:
    """For our offer."""
    if isinstance(ours, Identity):
        return dtls.PROTOCOL, dtls.offered_lines(ours)
    return (sdes.SECURED, sdes.offered_lines(ours)) if ours else (sdes.PLAIN, [])


def answered(media: MediaLine, ours: Keys, agreed: Agreed) -> Way:
    """For our answer to that m-line."""
    if isinstance(agreed, Handshake) and isinstance(ours, Identity):
        return media.protocol.upper(), dtls.answered_lines(media, ours, agreed)
    if agreed is None or isinstance(ours, Identity):
        return sdes.PLAIN, []
    return sdes.SECURED, sdes.answered_lines(media, ours)


def taken(media: MediaLine, ours: Keys) -> Agreed:
    """What that answer means."""
    if isinstance(ours, Identity):
        return dtls.taken(media, ours)
    return sdes.taken(media, ours)


def agreed(ours: MediaLine, theirs: MediaLine, standing: Handshake | None) -> Agreed:
    """What their answer to our offer means.

    Raises:
        NotSecuredError: it is no answer to that offer.
    """
    if ours.protocol not in dtls.PROTOCOLS:
        return sdes.agreed(ours, theirs)
    if theirs.protocol.upper() != ours.protocol:
        raise NotSecuredError(NO_HANDSHAKE)
    found = dtls.agreed(theirs, dtls.identity_of(ours, standing))
    if found is None:
        raise NotSecuredError(NO_FINGERPRINT)
    return found


def fits(media: MediaLine, mode: Mode) -> bool:
    """Whether the way in which an m-line of the far end carries voice is one of ours."""
    return dtls.fits(media) if mode == "dtls" else sdes.fits(media, mode)


def secret(media: MediaLine) -> bool:
    """Whether an m-line has voice that is encrypted."""
    return media.protocol.upper() in {sdes.SECURED, *dtls.PROTOCOLS}


def is_secured(described: bytes) -> bool:
    """Whether a description has voice that is encrypted, be it on hold by port 0."""
    lines = Description.parse(described).media if described else ()
    audio = [media for media in lines if media.kind == "audio"]
    used = [media for media in audio if media.port]
    return any(secret(media) for media in used or audio)


def misfit(audio: list[MediaLine], mode: Mode) -> NotSecuredError | None:
    """Why none of the audio lines of an offer fits, if encryption is the reason."""
    if mode != "dtls":
        return sdes.misfit(audio, mode)
    if any(fits(media, mode) for media in audio):
        return None
    offers = any(media.protocol.upper() in dtls.PROTOCOLS for media in audio)
    return NotSecuredError(NO_FINGERPRINT if offers else NO_HANDSHAKE)


def spoken(mode: Mode) -> set[str]:
    """The transports that can be talked about."""
    if mode == "dtls":
        return set(dtls.PROTOCOLS)
    return {sdes.PLAIN} if mode == "off" else {sdes.PLAIN, sdes.SECURED}
