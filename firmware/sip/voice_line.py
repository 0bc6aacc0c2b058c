"""What one m-line says of voice: codec, events, packet times, where RTP and RTCP go.

Read of the peer's lines and of our own alike.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from firmware.sip.description import MediaLine, NotAcceptableError
from firmware.sip.grammar import numeric_address

EVENT: Final = "TELEPHONE-EVENT/8000"
COMFORT_TYPE: Final = 13
COMFORT: Final = "CN/8000"
"""Comfort noise (RFC 3389), whose number is static."""

_RTCP = re.compile(r"([0-9]{1,5})(?:[ \t]+IN[ \t]+IP[46][ \t]+([^\s/]+))?[ \t]*", re.ASCII)


def voice_of(media: MediaLine, codecs: Sequence[str]) -> tuple[int, str] | None:
    """Payload type and name of the first codec that the line and we have in common."""
    if media.kind != "audio":
        return None
    for format_, encoding in media.encodings.items():
        codec, _, rate = encoding.partition("/")
        if codec in codecs and rate == "8000" and int(format_) < 128:
            return int(format_), codec
    return None


def event_of(media: MediaLine) -> int | None:
    types = [f for f, encoding in media.encodings.items() if encoding == EVENT]
    return int(types[0]) if types and int(types[0]) < 128 else None


def knows_comfort(media: MediaLine) -> bool:
    """Whether the line names comfort noise, under its static number."""
    return media.encodings.get(str(COMFORT_TYPE)) == COMFORT


def reports_to(media: MediaLine) -> tuple[str, int | None]:
    """Host and port of ``a=rtcp`` (RFC 3605 section 2.1), as if absent if they cannot be."""
    found = _RTCP.fullmatch(media.text("rtcp") or "")
    if found is None or not 0 < int(found[1]) <= 0xFFFF:
        return "", None
    try:
        address = numeric_address(found[2]) if found[2] else None
    except ValueError:
        return "", None
    if address is not None and (address.is_multicast or address.is_unspecified):
        return "", None
    return str(address or ""), int(found[1])


def packet_time(media: MediaLine, usual: int) -> int:
    """Milliseconds a packet that we send: as the peer wishes, if it is 10 to 60 by tens."""
    wished = media.number("ptime")
    chosen = wished if wished is not None and 10 <= wished <= 60 and wished % 10 == 0 else usual
    most = media.number("maxptime")
    return chosen if not most else max(10, min(chosen, most // 10 * 10))


def destination(media: MediaLine) -> tuple[str, bool]:
    """Where to send, and whether to: the address 0.0.0.0 is the old manner of hold.

    Raises:
        NotAcceptableError: there is no numeric unicast address.
    """
    try:
        address = numeric_address(media.host)
    except ValueError:
        raise NotAcceptableError(f"no numeric address: {media.host[:60]!a}", warning=301) from None
    if address.is_multicast:
        raise NotAcceptableError(f"multicast address: {media.host}", warning=330)
    return ("", False) if address.is_unspecified else (media.host, True)


def audio_place(media: Sequence[MediaLine]) -> int:
    """The place of the audio line that we talk over, else of any; the first if there is none."""
    audio = [place for place, line in enumerate(media) if line.kind == "audio"]
    used = [place for place in audio if media[place].port]
    return next(iter(used or audio), 0)
