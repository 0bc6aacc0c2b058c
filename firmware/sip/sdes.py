"""Keys of voice in session descriptions: ``a=crypto`` lines (SDES, RFC 4568).

Each end tells the key of what it sends, in the clear: they are as secret as the signalling is.
We know two suites and nothing beyond: a line with a master key identifier, with several keys,
or with parameters that weaken or change the cipher is passed over.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from dataclasses import field
from typing import Final, Literal

from firmware.machine import word
from firmware.sip.description import MediaLine, NotAcceptableError
from firmware.sip.plan import Protection
from firmware.sip.tokens import Dice

Mode = Literal["off", "optional", "required"]
"""Voice is never encrypted, if the far end wants it, or always."""
PLAIN: Final = "RTP/AVP"
SECURED: Final = "RTP/SAVP"
SUITES: Final = ("AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32")
"""Those that we know, and offer in this order, with tags from 1 (section 6.2)."""
MASTER: Final = 30
"""Octets of a master key and its salt, for both."""
MOST: Final = 16
"""Lines of one offer that are looked at."""

_LINE: Final = re.compile(
    r"([0-9]{1,9})[ \t]+([!-~]{1,64})[ \t]+"
    r"(?i:inline):([A-Za-z0-9+/]{40})(?:\|(?:2\^[0-9]{1,2}|[1-9][0-9]{0,15}))?"
    r"((?:[ \t]+[!-~]+)*)",
    re.ASCII,
)
"""Tag, suite, key with its lifetime, parameters (section 9.1). The lifetime is the sender's own
affair: it says when other keys have to come."""
_HARMLESS: Final = re.compile(r"WSH=[0-9]{1,5}|-[!-~]+", re.ASCII | re.IGNORECASE)
"""A hint, and what may be passed over (sections 6.3.6 and 6.3.7)."""

NO_KEYS: Final = "the far end offers no key that we know how to use"
NOT_ENCRYPTED: Final = "the far end wants voice that is not encrypted"
OTHER_KEY: Final = "the far end answers with a key for something else than we offered"


class NotSecuredError(NotAcceptableError):
    """The two ends do not agree on how voice is encrypted, or whether it is."""

    def __init__(self, message: str) -> None:
        super().__init__(message, warning=302)


@word
class Key:
    """One line that we understand."""

    tag: str
    suite: str
    master: bytes = field(repr=False)


def new_keys(dice: Dice) -> tuple[bytes, ...]:
    """Keys of a call for what we send, one for each suite; no other call has them."""
    return tuple(dice.getrandbits(8 * MASTER).to_bytes(MASTER, "big") for _ in SUITES)


def keys_of(media: MediaLine) -> list[Key]:
    """Those of an m-line that we can use, in its order."""
    found = []
    for text in [value for name, value in media.attributes if name == "crypto"][:MOST]:
        match = _LINE.fullmatch(text)
        if match is None or match[2] not in SUITES:
            continue
        if all(_HARMLESS.fullmatch(parameter) for parameter in match[4].split()):
            found.append(Key(match[1], match[2], b64decode(match[3])))
    return found


def fits(media: MediaLine, mode: Mode) -> bool:
    """Whether the way in which an m-line of the far end carries voice is one of ours."""
    protocol = media.protocol.upper()
    if protocol == SECURED:
        return mode != "off" and bool(keys_of(media))
    return protocol == PLAIN and mode != "required"


def misfit(audio: list[MediaLine], mode: Mode) -> NotSecuredError | None:
    """Why none of the audio lines of an offer fits, if encryption is the reason."""
    protocols = {media.protocol.upper() for media in audio}
    if any(fits(media, mode) for media in audio):
        return None
    if mode == "required" and PLAIN in protocols:
        return NotSecuredError(NOT_ENCRYPTED)
    if mode != "off" and SECURED in protocols:
        return NotSecuredError(NO_KEYS)
    return None


def offered_lines(ours: tuple[bytes, ...]) -> list[str]:
    """The lines of our offer: all suites that we know."""
    return [
        _line(str(tag), suite, key)
        for tag, (suite, key) in enumerate(zip(SUITES, ours, strict=True), 1)
    ]


def answered_lines(media: MediaLine, ours: tuple[bytes, ...]) -> list[str]:
    """The line of our answer to that m-line: the first of theirs that we know (section 5.1.2)."""
    theirs = keys_of(media)[0]
    return [_line(theirs.tag, theirs.suite, ours[SUITES.index(theirs.suite)])]


def taken(media: MediaLine, ours: tuple[bytes, ...]) -> Protection | None:
    """What such an answer means; None: voice is not encrypted."""
    if media.protocol.upper() != SECURED:
        return None
    theirs = keys_of(media)[0]
    return Protection(theirs.suite, ours[SUITES.index(theirs.suite)], theirs.master)


def agreed(ours: MediaLine, theirs: MediaLine) -> Protection | None:
    """What their answer to our offer means; None: voice is not encrypted (section 5.1.3).

    Raises:
        NotSecuredError: it is no answer to that offer.
    """
    if ours.protocol.upper() != SECURED:
        return None
    if theirs.protocol.upper() != SECURED:
        raise NotSecuredError(NOT_ENCRYPTED)
    offered = {(key.tag, key.suite): key.master for key in keys_of(ours)}
    chosen = keys_of(theirs)
    if not chosen:
        raise NotSecuredError(NO_KEYS)
    place = chosen[0].tag, chosen[0].suite
    if len(chosen) > 1 or place not in offered:
        raise NotSecuredError(OTHER_KEY)
    return Protection(chosen[0].suite, offered[place], chosen[0].master)


def _line(tag: str, suite: str, key: bytes) -> str:
    return f"a=crypto:{tag} {suite} inline:{b64encode(key).decode()}"
