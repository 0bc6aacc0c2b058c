"""Offer and answer for a fax by T.38 over UDPTL (RFC 3362, T.38 annex D).

The image line stands in the place of the audio line: it is the same stream by other means
(RFC 3264 section 8.3.3), and comes in at the same port. The rest of the description has port 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from firmware.sip.description import (
    Description,
    MediaLine,
    NotAcceptableError,
    body_of,
    origin_lines,
)
from firmware.sip.plan import FaxPlan, LocalMedia, MediaPlan
from firmware.sip.voice_line import audio_place, destination

TRANSPORT: Final = "udptl"
FORMAT: Final = "t38"
FASTEST: Final = 14400
LARGEST: Final = 1400
"""Octets of a datagram that we take."""
USUAL: Final = 400
"""The same of a peer that does not say."""
SMALLEST: Final = 72
"""Who says less is not believed: no packet of a fax would go through."""
_REPEATS: Final = "t38UDPRedundancy"
_NO_REPAIR: Final = {"", "none"}


def is_fax(media: MediaLine) -> bool:
    """Whether it is an m-line of T.38 in use."""
    formats = [format_.lower() for format_ in media.formats]
    return (
        media.kind == "image"
        and media.port > 0
        and media.protocol.lower() == TRANSPORT
        and FORMAT in formats
    )


def in_use(described: bytes) -> bool:
    """Whether a description has such a line."""
    return any(is_fax(media) for media in Description.parse(described).media)


def offer(local: LocalMedia, *, session_id: int, version: int, previous: bytes) -> bytes:
    """Our offer, after what we said last in the session: its m-lines keep their places."""
    before = Description.parse(previous).media
    place = _place(before)
    lines = origin_lines(local.host, session_id, version)
    lines += [_rejected(media) for media in before[:place]]
    lines += _lines(local, FASTEST, repeats=True)
    lines += [_rejected(media) for media in before[place + 1 :]]
    return body_of(lines)


def answer(
    offered: bytes, local: LocalMedia, *, session_id: int, version: int
) -> tuple[bytes, MediaPlan] | None:
    """Our answer to an offer that has T.38, and what it means; None: it has none.

    Where voice is offered beside it, the fax is taken: nobody would ask for it in vain.

    Raises:
        NotAcceptableError: it leads nowhere.
    """
    theirs = Description.parse(offered)
    chosen = next(filter(is_fax, theirs.media), None)
    if chosen is None:
        return None
    plan = _plan(chosen, local.host)
    fax = plan.fax
    assert fax is not None, "it is made of such a line"
    lines = origin_lines(local.host, session_id, version, theirs.timing)
    for media in theirs.media:
        if media is chosen:
            lines += _lines(local, fax.bit_rate, repeats=fax.repeats)
        else:
            lines.append(_rejected(media))
    return body_of(lines), plan


def plan_from_answer(offered: bytes, answered: bytes) -> MediaPlan:
    """What the voice path is to do, from our offer and the peer's answer to it.

    Raises:
        NotAcceptableError: the answer refuses T.38, or leads nowhere.
    """
    ours = Description.parse(offered).media
    place = _place(ours)
    media = Description.parse(answered).media[place:]
    if not media or not is_fax(media[0]):
        raise NotAcceptableError("T.38 refused in the answer", warning=304)
    return _plan(media[0], ours[place].host)


def _plan(media: MediaLine, ours: str) -> MediaPlan:
    host, reachable = destination(media, ours)
    repair = (media.text("t38faxudpec") or "").lower()
    rate = _number(media, "t38maxbitrate") or FASTEST
    largest = _number(media, "t38faxmaxdatagram") or USUAL
    return MediaPlan(
        host,
        media.port,
        payload_type=8,
        sends=reachable,
        fax=FaxPlan(
            largest=max(SMALLEST, min(largest, LARGEST)),
            repeats=repair not in _NO_REPAIR,
            bit_rate=min(rate, FASTEST),
        ),
    )


def _number(media: MediaLine, name: str) -> int:
    text = media.text(name) or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else 0


def _lines(local: LocalMedia, bit_rate: int, *, repeats: bool) -> list[str]:
    """T.38 annex D.2.3: version 0 is what everybody knows."""
    return [
        f"m=image {local.port} {TRANSPORT} {FORMAT}",
        "a=T38FaxVersion:0",
        f"a=T38MaxBitRate:{bit_rate}",
        "a=T38FaxRateManagement:transferredTCF",
        f"a=T38FaxMaxBuffer:{LARGEST}",
        f"a=T38FaxMaxDatagram:{LARGEST}",
        *([f"a=T38FaxUdpEC:{_REPEATS}"] if repeats else []),
    ]


def _place(media: Sequence[MediaLine]) -> int:
    """The place of the fax line, else of the audio line that we talk over."""
    return next((at for at, line in enumerate(media) if is_fax(line)), audio_place(media))


def _rejected(media: MediaLine) -> str:
    """Our line for one that we do not take; it keeps its place (RFC 3264 section 6)."""
    return f"m={media.kind} 0 {media.protocol} {' '.join(media.formats[:1])}".rstrip()
