"""What one m-line says of voice: codec, events, packet times, where RTP and RTCP go.

Read of the peer's lines and of our own alike.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from firmware.codecs import CODECS, LAWS, OPUS_BITS
from firmware.sip.description import MediaLine, NotAcceptableError
from firmware.sip.grammar import numeric_address

EVENT: Final = "TELEPHONE-EVENT"
EVENT_RATE: Final = 8000
"""Clock of most telephone-events, in Hz; a codec may bring another (RFC 4733 section 2.2)."""
COMFORT_TYPE: Final = 13
COMFORT: Final = "CN/8000"
"""Name of comfort noise (RFC 3389), whose payload type is static."""

_RTCP = re.compile(r"([0-9]{1,5})(?:[ \t]+IN[ \t]+IP[46][ \t]+([^\s/]+))?[ \t]*", re.ASCII)


_AVERAGE = re.compile(r"(?:^|;)maxaveragebitrate=([0-9]{1,7})(?:;|$)", re.ASCII)


def voice_of(media: MediaLine, codecs: Sequence[str]) -> tuple[int, str] | None:
    """Payload type and name of the first codec of the line that is among `codecs`."""
    return next(iter(_voices(media, codecs)), None)


def preferred_voice(media: MediaLine, codecs: Sequence[str]) -> tuple[int, str] | None:
    """The same by the order of `codecs`.

    Between the two laws of G.711 the line's own order decides: neither costs us anything, and
    the far end may know why.
    """
    voices = _voices(media, codecs)
    first = min(voices, key=lambda voice: codecs.index(voice[1]), default=None)
    if first is not None and first[1] in LAWS:
        return next(voice for voice in voices if voice[1] in LAWS)
    return first


def _voices(media: MediaLine, codecs: Sequence[str]) -> list[tuple[int, str]]:
    if media.kind != "audio":
        return []
    names = {CODECS[name].encoding: name for name in codecs}
    return [
        (int(format_), names[encoding])
        for format_, encoding in media.encodings.items()
        if encoding in names and int(format_) < 128 and _can_be_had(media, format_, encoding)
    ]


def _can_be_had(media: MediaLine, format_: str, encoding: str) -> bool:
    """Whether we can send as the format wants: Opus at our rate only (RFC 7587 section 6.1)."""
    if not encoding.startswith("OPUS"):
        return True
    most = _AVERAGE.search(media.parameters(format_))
    return most is None or int(most[1]) >= OPUS_BITS


def numbers_of(media: MediaLine) -> dict[str, int]:
    """The payload type of each encoding; the first, if there are several."""
    found: dict[str, int] = {}
    for format_, encoding in media.encodings.items():
        if int(format_) < 128:
            found.setdefault(encoding, int(format_))
    return found


def events_of(media: MediaLine) -> dict[int, int]:
    """The payload types of telephone-event, by clock rate."""
    found: dict[int, int] = {}
    for encoding, number in numbers_of(media).items():
        name, _, rate = encoding.partition("/")
        if name == EVENT and rate.isdecimal():
            found[int(rate)] = number
    return found


def event_for(media: MediaLine, codec: str) -> tuple[int | None, int]:
    """Type and rate of the events that go with a codec: of its clock, else of the usual one.

    Peers that know events of 8000 Hz only use them beside Opus all the same.
    """
    found, clock = events_of(media), CODECS[codec].clock
    rate = clock if clock in found else EVENT_RATE
    return found.get(rate), rate


def knows_comfort(media: MediaLine, codec: str) -> bool:
    """Whether the line names comfort noise under its static number, and the codec has no other."""
    return CODECS[codec].comfort_noise and media.encodings.get(str(COMFORT_TYPE)) == COMFORT


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


def packet_time(media: MediaLine, codec: str, usual: int) -> int:
    """Milliseconds a packet that we send: as the peer wishes, if it is 10 to 60 by tens.

    Of Opus always 20, whose packets cannot be cut.
    """
    if not CODECS[codec].octets:
        return 20
    wished = media.number("ptime")
    chosen = wished if wished is not None and 10 <= wished <= 60 and wished % 10 == 0 else usual
    most = media.number("maxptime")
    return chosen if not most else max(10, min(chosen, most // 10 * 10))


def destination(media: MediaLine, ours: str) -> tuple[str, bool]:
    """Where to send, and whether to: the address 0.0.0.0 is the old manner of hold.

    Args:
        media: the peer's line.
        ours: where we receive, and send from.

    Raises:
        NotAcceptableError: there is no numeric unicast address, or none of our version of IP.
    """
    try:
        address = numeric_address(media.host)
    except ValueError:
        raise NotAcceptableError(f"no numeric address: {media.host[:60]!a}", warning=301) from None
    if address.is_multicast:
        raise NotAcceptableError(f"multicast address: {media.host}", warning=330)
    if address.is_unspecified:
        return "", False
    if address.version != numeric_address(ours).version:
        raise NotAcceptableError(f"IPv{address.version} address: {media.host}", warning=300)
    return media.host, True


def audio_place(media: Sequence[MediaLine]) -> int:
    """The place of the audio line that we talk over, else of any; the first if there is none."""
    audio = [place for place, line in enumerate(media) if line.kind == "audio"]
    used = [place for place in audio if media[place].port]
    return next(iter(used or audio), 0)
