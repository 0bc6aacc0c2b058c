"""Offer and answer for voice with telephone-events (RFC 3264, RFC 3551, RFC 4733).

What is offered and answered, and what the voice path is to do once both are known.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from firmware.codecs import CODECS
from firmware.machine import word
from firmware.sip import securing
from firmware.sip.description import (
    Description,
    MediaLine,
    NotAcceptableError,
    body_of,
    origin_lines,
)
from firmware.sip.events import LocalMedia, MediaPlan
from firmware.sip.formats import Format, formats_of_answer, formats_of_offer
from firmware.sip.plan import Handshake
from firmware.sip.securing import Keys
from firmware.sip.voice_line import (
    EVENT,
    EVENT_RATE,
    audio_place,
    destination,
    event_for,
    knows_comfort,
    numbers_of,
    packet_time,
    preferred_voice,
    reports_to,
    voice_of,
)

__all__ = [
    "LocalDescription",
    "NotAcceptableError",
    "Terms",
    "answer",
    "offer",
    "plan_from_answer",
    "restated",
    "talks",
]

_VERSION = re.compile(rb"^(o=- [0-9]+ )[0-9]+", re.MULTILINE)
_NAMED: Final = {
    (True, True): "sendrecv",
    (True, False): "sendonly",
    (False, True): "recvonly",
    (False, False): "inactive",
}
"""The direction of who may send and may receive."""


@word
class Terms:
    """What we can do, for every call alike.

    Attributes:
        codecs: names of `firmware.codecs` in the order that we prefer.
        ptime_ms: milliseconds a packet that we send if the peer does not say.
        telephone_event: take part in RFC 4733.
        flash_event: a hook flash is event 16.
        comfort_noise: silence is not sent, if the peer knows comfort noise.
        rtcp_mux: RTCP by the port of RTP (RFC 5761): offered, accepted, or neither.
        srtp: voice is encrypted always, if the offer wants it, or never (RFC 4568); or always
            by keys of a handshake (RFC 5763).
        fax: a call may go on by T.38.
    """

    codecs: tuple[str, ...] = ("PCMA", "PCMU")
    ptime_ms: int = 20
    telephone_event: bool = True
    flash_event: bool = False
    comfort_noise: bool = False
    rtcp_mux: Literal["off", "accept", "offer"] = "accept"
    srtp: securing.Mode = "off"
    fax: bool = False

    @property
    def last_event(self) -> int:
        """Of those that we name."""
        return 16 if self.flash_event else 15


@dataclass(slots=True)
class LocalDescription:
    """The versions of our description in one session.

    The version grows by one exactly when the bytes differ from those last sent
    (RFC 3264 section 8).
    """

    session_id: int
    version: int
    last: bytes = b""
    keys: tuple[bytes, ...] = field(default=(), repr=False)
    """Of what we send in this session, one a suite; empty: voice has not been encrypted yet."""
    association: str = ""
    """Names our handshakes in this session; empty: there has been none."""
    standing: Handshake | None = None
    """The one that was agreed on last."""

    def write(self, make: Callable[[int], bytes]) -> bytes:
        """What `make` makes of the right version, to be sent now."""
        body = make(self.version)
        if self.last and body != self.last:
            self.version += 1
            body = make(self.version)
        self.last = body
        return body


def offer(
    local: LocalMedia,
    terms: Terms,
    *,
    session_id: int,
    version: int,
    direction: str = "sendrecv",
    previous: bytes = b"",
    keys: Keys = (),
) -> bytes:
    """Our offer: the codecs in order of preference, then telephone-event.

    Args:
        local: where we receive.
        terms: what we can do.
        session_id: of our description.
        version: of our description.
        direction: what we want.
        previous: what we said last in this session. Its m-lines keep their places, and its
            formats the numbers that were agreed on (RFC 3264 sections 8 and 8.3.2).
        keys: ours, if voice is to be encrypted.
    """
    before = Description.parse(previous).media if previous else ()
    place = audio_place(before)
    lines = origin_lines(local.host, session_id, version)
    lines += [_rejected(media) for media in before[:place]]
    known = numbers_of(before[place]) if before else {}
    last = terms.last_event if terms.telephone_event else None
    formats = formats_of_offer(terms.codecs, known, comfort=terms.comfort_noise, last_event=last)
    lines += _audio_lines(local, formats, securing.offered(keys))
    lines += [f"a=ptime:{terms.ptime_ms}"]
    lines += ["a=rtcp-mux"] if terms.rtcp_mux == "offer" else []
    lines += [f"a={direction}"]
    lines += [_rejected(media) for media in before[place + 1 :]]
    return body_of(lines)


def restated(said: bytes, version: int) -> bytes:
    """A description of ours once more, as this version."""
    return _VERSION.sub(rb"\g<1>%d" % version, said, count=1)


def talks(described: bytes) -> bool:
    """Whether a description of ours has an audio line in use."""
    return any(
        media.kind == "audio" and media.port for media in Description.parse(described).media
    )


def answer(
    offered: bytes,
    local: LocalMedia,
    terms: Terms,
    *,
    session_id: int,
    version: int,
    direction: str = "sendrecv",
    in_session: bool = False,
    keys: Keys = (),
) -> tuple[bytes, MediaPlan]:
    """Our answer to an offer, and what it means for the voice path.

    Every m-line is answered in its place; the first audio line that we can use is taken,
    the others get port 0 (RFC 3264 section 6).

    Args:
        offered: the body with the offer.
        local: where we receive.
        terms: what we can do; of the codecs our order decides, of G.711's laws the offerer's.
        session_id: of our description.
        version: of our description.
        direction: what we want, as far as the offer allows it.
        in_session: the offer changes a running session, in which an audio line with port 0
            is a manner of hold; in a first offer it is nothing to talk over.
        keys: ours, if voice may be encrypted.

    Raises:
        NotAcceptableError: no m-line can be used, with the Warning code that says why.
    """
    wish = _Wish(terms, direction, local.host, keys)
    theirs, chosen, plan = _agreed(offered, wish, in_session=in_session)
    lines = origin_lines(local.host, session_id, version, theirs.timing)
    for media in theirs.media:
        if media is not chosen:
            lines += [_rejected(media)]
            continue
        lines += _taken(local, terms, plan, securing.answered(media, keys, plan.protection))
    return body_of(lines), plan


def plan_of_answer(offered: bytes, terms: Terms, host: str, keys: Keys = ()) -> MediaPlan:
    """What our answer to the first offer, received at `host`, would mean for the voice path.

    Raises:
        NotAcceptableError: no m-line can be used, with the Warning code that says why.
    """
    return _agreed(offered, _Wish(terms, "sendrecv", host, keys), in_session=False)[2]


def plan_from_answer(
    offered: bytes, answered: bytes, standing: Handshake | None = None
) -> MediaPlan:
    """What the voice path is to do, from our offer and the peer's answer to it.

    Args:
        offered: by us.
        answered: by the peer.
        standing: the handshake that was agreed on before; it may go on.

    Raises:
        NotAcceptableError: the answer refuses our audio, or uses what we did not offer.
    """
    offer_lines = Description.parse(offered).media
    place = audio_place(offer_lines)
    ours = offer_lines[place]
    media = Description.parse(answered).media[place:]
    if not media or media[0].kind != "audio" or not media[0].port:
        raise NotAcceptableError("audio refused in the answer", warning=304)
    theirs = media[0]
    numbers = numbers_of(ours)
    codecs = [codec.name for codec in CODECS.values() if codec.encoding in numbers]
    voice = voice_of(theirs, codecs)
    protection = securing.agreed(ours, theirs, standing)
    if voice is None or theirs.protocol.upper() != ours.protocol:
        raise NotAcceptableError("no codec of ours in the answer", warning=305)
    payload_type, codec = voice
    event_tx, event_rate = event_for(theirs, codec)
    event_rx = numbers.get(f"{EVENT}/{event_rate}")
    receives_as = numbers[CODECS[codec].encoding]
    host, reachable = destination(theirs, ours.host)
    rtcp_host, rtcp_port = reports_to(theirs)
    return MediaPlan(
        host,
        theirs.port,
        payload_type,
        codec,
        packet_time(theirs, codec, ours.number("ptime") or 20),
        event_tx if event_rx is not None else None,
        event_rx if event_tx is not None else None,
        sends=reachable and _may(ours.direction, "send") and _may(theirs.direction, "recv"),
        receives=_may(ours.direction, "recv") and _may(theirs.direction, "send"),
        rtcp_host=rtcp_host,
        rtcp_port=rtcp_port,
        rtcp_mux=ours.text("rtcp-mux") is not None and theirs.text("rtcp-mux") is not None,
        comfort_noise=knows_comfort(ours, codec) and knows_comfort(theirs, codec),
        protection=protection,
        payload_type_rx=None if receives_as == payload_type else receives_as,
        event_rate=event_rate if event_tx is not None else EVENT_RATE,
    )


@word
class _Wish:
    """What we want of an offer."""

    terms: Terms
    direction: str
    host: str
    """Where we receive."""
    keys: Keys


def _agreed(
    offered: bytes, wish: _Wish, *, in_session: bool
) -> tuple[Description, MediaLine | None, MediaPlan]:
    """The offer, the m-line that is taken, and what that means; None: an audio line is on hold.

    Raises:
        NotAcceptableError: no m-line can be used.
    """
    theirs, terms = Description.parse(offered), wish.terms
    fit = [m for m in theirs.media if m.port and securing.fits(m, terms.srtp)]
    if terms.srtp != "off":  # where both are offered the far end would like to be secret
        fit.sort(key=lambda media: not securing.secret(media))
    unreachable: NotAcceptableError | None = None
    for media in fit:
        voice = preferred_voice(media, terms.codecs)
        if voice is None:
            continue
        try:
            where = destination(media, wish.host)
        except NotAcceptableError as problem:
            unreachable = unreachable or problem
        else:
            return theirs, media, _accepted(media, where, voice, wish)
    if unreachable is not None:
        raise unreachable
    if in_session and any(m.kind == "audio" and not m.port for m in theirs.media):
        codec = terms.codecs[0]
        number = CODECS[codec].payload_type
        held = MediaPlan("", 0, number, codec, sends=False, receives=False)
        return theirs, None, held
    raise _refused(theirs, terms)


def _accepted(
    media: MediaLine, where: tuple[str, bool], voice: tuple[int, str], wish: _Wish
) -> MediaPlan:
    """What it means to take that m-line."""
    terms, direction = wish.terms, wish.direction
    payload_type, codec = voice
    event, event_rate = event_for(media, codec) if terms.telephone_event else (None, EVENT_RATE)
    host, reachable = where
    rtcp_host, rtcp_port = reports_to(media)
    return MediaPlan(
        host,
        media.port,
        payload_type,
        codec,
        packet_time(media, codec, terms.ptime_ms),
        event,
        event,
        sends=reachable and _may(media.direction, "recv") and _may(direction, "send"),
        receives=_may(media.direction, "send") and _may(direction, "recv"),
        rtcp_host=rtcp_host,
        rtcp_port=rtcp_port,
        rtcp_mux=terms.rtcp_mux != "off" and media.text("rtcp-mux") is not None,
        comfort_noise=terms.comfort_noise and knows_comfort(media, codec),
        protection=securing.taken(media, wish.keys),
        event_rate=event_rate if event is not None else EVENT_RATE,
    )


def _taken(local: LocalMedia, terms: Terms, plan: MediaPlan, way: securing.Way) -> list[str]:
    """Our lines for the m-line that we take."""
    return [
        *_audio_lines(local, formats_of_answer(plan, terms.last_event), way),
        f"a=ptime:{plan.ptime_ms}",
        *(["a=rtcp-mux"] if plan.rtcp_mux else []),
        f"a={_NAMED[plan.sends, plan.receives]}",
    ]


def _audio_lines(local: LocalMedia, formats: Sequence[Format], way: securing.Way) -> list[str]:
    """Our m-line, and what its formats mean."""
    types = " ".join([str(number) for number, _, _ in formats])
    protocol, about = way
    lines = [f"m=audio {local.port} {protocol} {types}", *about]
    for number, mapped, parameters in formats:
        lines.append(f"a=rtpmap:{number} {mapped}")
        if parameters:
            lines.append(f"a=fmtp:{number} {parameters}")
    return lines


def _rejected(media: MediaLine) -> str:
    """Our line for one that we do not take; it keeps its place (RFC 3264 section 6)."""
    return f"m={media.kind} 0 {media.protocol} {' '.join(media.formats[:1])}".rstrip()


def _may(direction: str, what: str) -> bool:
    return direction in {"sendrecv", f"{what}only"}


def _refused(theirs: Description, terms: Terms) -> NotAcceptableError:
    """The reason why no m-line will do (Warning codes of RFC 3261 section 20.43)."""
    audio = [media for media in theirs.media if media.kind == "audio" and media.port]
    if not audio:
        return NotAcceptableError("no audio offered", warning=304)
    unsecured = securing.misfit(audio, terms.srtp)
    if unsecured is not None:
        return unsecured
    spoken = securing.spoken(terms.srtp)
    if all(media.protocol.upper() not in spoken for media in audio):
        return NotAcceptableError(f"transport {audio[0].protocol[:20]!a}", warning=302)
    return NotAcceptableError("no codec in common", warning=305)
