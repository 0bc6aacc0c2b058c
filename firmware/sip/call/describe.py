"""Our session descriptions in a call, and what those of the peer mean (RFC 3264)."""

from __future__ import annotations

from dataclasses import replace

from firmware.causes import Cause, Code, cause
from firmware.codecs import LAWS
from firmware.sip import dtls, fax_line, sdes, securing
from firmware.sip.call.call import Call
from firmware.sip.description import Description
from firmware.sip.events import LocalMedia, MediaPlan
from firmware.sip.message import Message
from firmware.sip.multipart import session_description
from firmware.sip.plan import Handshake
from firmware.sip.sdp import (
    NotAcceptableError,
    Terms,
    answer,
    offer,
    plan_from_answer,
    plan_of_answer,
    restated,
    talks,
)


def of(message: Message) -> bytes:
    """The session description in a message; empty: there is none."""
    return session_description(message) or b""


def anew(call: Call) -> bytes:
    """A full offer of ours: for a new call, hold or resume, or where the peer made no offer."""
    assert call.media is not None, "who offers receives somewhere"
    if call.to_fax:
        return _fax_offer(call, call.media)
    media, previous, terms = call.media, call.description.last, _terms(call, offers=True)
    keys = _keys(call) if terms.srtp in {"required", "dtls"} else ()
    return call.description.write(
        lambda version: offer(
            media,
            terms,
            session_id=call.description.session_id,
            version=version,
            direction=_wanted(call),
            previous=previous,
            keys=keys,
        )
    )


def again(call: Call) -> bytes:
    """Our last description once more, as an offer that changes nothing (RFC 4028 section 7.4)."""
    last = call.description.last
    if not last or not (talks(last) or fax_line.in_use(last)):
        return anew(call)
    return call.description.write(lambda version: restated(last, version))


def may_fax(call: Call) -> bool:
    """Whether T.38 may replace voice: it cannot be encrypted, so the voice must not have been."""
    return call.around.terms.fax and not secured(call)


def _fax_offer(call: Call, media: LocalMedia) -> bytes:
    said = call.description
    return said.write(
        lambda version: fax_line.offer(
            media, session_id=said.session_id, version=version, previous=said.last
        )
    )


def _fax_answer(call: Call, offered: bytes, media: LocalMedia) -> tuple[bytes, MediaPlan] | None:
    """Our answer to an offer of T.38; None: it is none.

    Raises:
        NotAcceptableError: it leads nowhere.
    """
    said, plans = call.description, list[MediaPlan]()
    if not fax_line.in_use(offered):
        return None

    def make(version: int) -> bytes:
        agreed = fax_line.answer(offered, media, session_id=said.session_id, version=version)
        assert agreed is not None, "it was looked at"
        plans.append(agreed[1])
        return agreed[0]

    body = said.write(make)
    return body, plans[-1]


def nothing(_call: Call) -> bytes:
    """Say nothing: the session stays as it is."""
    return b""


def answer_to(call: Call, offered: bytes, *, in_session: bool = False) -> tuple[bytes, MediaPlan]:
    """Our answer to an offer; if we hold, or want to, it holds.

    Raises:
        NotAcceptableError: there is nothing in it that we could use.
    """
    assert call.media is not None, "who answers receives somewhere"
    agreed = _fax_answer(call, offered, call.media) if in_session and may_fax(call) else None
    if agreed is not None:
        call.fax = call.to_fax = True
        call.to_reoffer = call.to_reoffer and call.laws == "usual"
        return agreed
    media, plans, terms, keys = call.media, list[MediaPlan](), _terms(call), _keys(call)

    def make(version: int) -> bytes:
        body, plan = answer(
            offered,
            media,
            terms,
            session_id=call.description.session_id,
            version=version,
            direction=_wanted(call),
            in_session=in_session,
            keys=keys,
        )
        plans.append(plan)
        return body

    body = call.description.write(make)
    call.holds = call.to_hold
    call.to_fax = call.to_fax and not call.fax  # it was, and they want voice again
    call.fax = False
    if call.laws != "usual" and plans[-1].codec in LAWS:
        call.to_reoffer = False  # what machines need has come by itself
    return body, _while_held(_standing(call, plans[-1]), held=call.holds)


def plan_of(
    call: Call, offered: bytes, response: Message, *, hold: bool | None = None
) -> MediaPlan | None:
    """What the answer to our offer means for the voice path, if it is usable.

    Args:
        call: in which it was made.
        offered: our offer.
        response: with the answer.
        hold: whether the offer holds; None: as it is in the call.
    """
    answered = of(response)
    standing = call.description.standing
    try:
        if answered and fax_line.in_use(offered):
            return fax_line.plan_from_answer(offered, answered)
        plan = plan_from_answer(offered, answered, standing) if answered else None
    except NotAcceptableError as problem:
        call.unsecured = unsecured(problem)
        return None
    held = call.holds if hold is None else hold
    return None if plan is None else _while_held(_standing(call, plan), held=held)


def otherwise(one: bytes, other: bytes) -> bool:
    """Whether two descriptions mean something else; their versions do not count."""
    try:
        return Description.parse(one).media != Description.parse(other).media
    except NotAcceptableError:
        return True


def disagreement(call: Call, status: int = 488) -> Cause:
    """Why there is nothing to talk over, after an answer that could not be used, or a refusal."""
    if call.unsecured:
        return cause(Code.CODEC, status=status, encryption=call.unsecured)
    return cause(Code.CODEC, status=status)


def unsecured(problem: NotAcceptableError) -> str:
    """What is wrong with the encryption, in words; empty: the reason is another."""
    return str(problem) if isinstance(problem, sdes.NotSecuredError) else ""


def secured(call: Call) -> bool:
    """Whether voice in the call is encrypted, by our last description."""
    return _mode(call) != "off" and securing.is_secured(call.description.last)


def _mode(call: Call) -> securing.Mode:
    """How voice of that line is encrypted."""
    return call.party.srtp or call.around.terms.srtp


def _terms(call: Call, *, offers: bool = False) -> Terms:
    """Ours; a session that is encrypted stays so, whatever is offered in it (row C22).

    A handshake is done once, for RTP: reports go the same way or not at all.
    """
    terms, mode = call.around.terms, _mode(call)
    if call.laws != "usual":
        terms = _for_machines(terms, alone=offers and call.laws == "alone")
    if mode == "dtls":
        return replace(terms, srtp=mode, rtcp_mux="offer")
    if secured(call):
        mode = "required"
    return terms if mode == terms.srtp else replace(terms, srtp=mode)


def _for_machines(terms: Terms, *, alone: bool) -> Terms:
    """The same with G.711 before all else, also where nobody has set it, and silence sent too."""
    laws = tuple([codec for codec in terms.codecs if codec in LAWS]) or LAWS
    others = () if alone else tuple([codec for codec in terms.codecs if codec not in LAWS])
    return replace(terms, codecs=laws + others, comfort_noise=False)


def _keys(call: Call) -> securing.Keys:
    """Ours of this call, made when they are needed first; none where voice is not encrypted."""
    mode, dice, ours = _mode(call), call.around.composer.dice, call.description
    if mode == "dtls":
        ours.association = ours.association or dtls.new_association(dice)
        fingerprint = call.media.fingerprint if call.media else ""
        return dtls.Identity(fingerprint, ours.association, ours.standing)
    if mode != "off" and not ours.keys:
        ours.keys = sdes.new_keys(dice)
    return ours.keys


def _standing(call: Call, plan: MediaPlan) -> MediaPlan:
    """The plan, whose handshake, if it has one, is what the next offer or answer goes on with."""
    if isinstance(plan.protection, Handshake):
        call.description.standing = plan.protection
    return plan


def _wanted(call: Call) -> str:
    return "sendonly" if call.to_hold else "sendrecv"


def _while_held(plan: MediaPlan, *, held: bool) -> MediaPlan:
    """Sendonly leaves room for music; there is none, and what is said here is not meant for it."""
    return replace(plan, sends=False, receives=False) if held else plan


def trial(call: Call, offered: bytes) -> MediaPlan:
    """What we would agree to.

    Raises:
        NotAcceptableError: there is nothing in it that we could use.
    """
    host = call.media.host if call.media else call.around.composer.local.host
    return plan_of_answer(offered, _terms(call), host, _keys(call))
