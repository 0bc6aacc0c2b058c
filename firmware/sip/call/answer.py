"""INVITE, theirs: being called, up to the ACK of our answer (RFC 3261 section 13.3)."""

from __future__ import annotations

from firmware.causes import Cause, Code, cause
from firmware.sip.call import bye, describe, move, prack, reply, session
from firmware.sip.call.call import Call
from firmware.sip.call.events import Acked, Answer, Opened, Output
from firmware.sip.call.parts import Unacked
from firmware.sip.call.phases import Phase, Timer
from firmware.sip.compose import SDP
from firmware.sip.description import NotAcceptableError
from firmware.sip.dialog import Dialog
from firmware.sip.events import (
    Established,
    LocalMedia,
    MediaChanged,
    MediaPlan,
    Offered,
    Prack,
)
from firmware.sip.message import Request

WAITS = (("Alert-Info", "<urn:alert:service:call-waiting>"),)
"""Alert-Info of our 180 while the person is in another call (RFC 7462 section 7.2, TS 24.615)."""
RING_AGAIN = 60.0
"""Seconds between repetitions of the 180 (section 13.3.1.1)."""


def offered(call: Call, name: str, now: float) -> list[Output]:
    """Tell the owner of the call; refuse it here if we cannot meet what the INVITE asks for."""
    assert call.invite is not None, "it begins with their INVITE"
    call.note(call.invite)
    refused = _unfit(call)
    if refused is not None:
        call.enter(Phase.OVER)
        return [refused]
    plan: MediaPlan | None = None
    described = describe.of(call.invite)
    if described:
        try:
            plan = describe.trial(call, described)
        except NotAcceptableError as problem:
            call.enter(Phase.OVER)
            return [reply.to_invite(call, 488, reply.warning(call, problem))]
    call.dialog = Dialog.as_callee(call.invite, call.tag)
    call.since = now
    _wait_for_answer(call, now)
    if call.invite.expires is not None:
        call.timers.start(Timer.INVITED, now + call.invite.expires)
    line, describes = call.party.line, call.reliably and not described
    said = Offered(call.id, line, call.peer, name, plan, describes)
    return [Opened(call.dialog.id), said]


def _unfit(call: Call) -> Answer | None:
    """Decide whether provisional responses are reliable; a refusal, if the two do not fit."""
    assert call.invite is not None, "it begins with their INVITE"
    mode, option = call.around.settings.prack, prack.OPTION
    known = option in call.invite.supported or option in call.invite.require
    if session.too_short(call.invite):
        return reply.to_invite(call, 422, session.MINIMUM)
    if mode is Prack.REQUIRED and not known:
        return reply.to_invite(call, 421, ("Require", option))
    call.reliably = mode is not Prack.OFF and known
    return None


def alert(
    call: Call, media: LocalMedia | None, now: float, *, waits: bool = False
) -> list[Output]:
    """Send 180, and begin to wait for the person."""
    if call.phase is not Phase.OFFERED:
        return []
    call.media, call.waits = media, waits
    call.enter(Phase.RINGING)
    call.since = now
    _wait_for_answer(call, now)
    return ring_again(call, now)


def ring_again(call: Call, now: float) -> list[Output]:
    """Say once more that it rings, and where we are, if that has been said before."""
    if call.phase is not Phase.RINGING:
        return []
    call.timers.start(Timer.RING_AGAIN, now + RING_AGAIN)
    more = (call.contact, *call.abilities.session, *(WAITS if call.waits else ()))
    if call.reliably:
        return prack.say(call, 180, more, now)
    return [reply.to_invite(call, 180, *more)]


def no_answer(call: Call, now: float) -> list[Output]:
    """End a call that nobody has answered (BW-NA-TERM)."""
    why = cause(Code.NO_ANSWER_LOCAL, seconds=round(now - call.since))
    return [reply.to_invite(call, 480, reply.reason(19)), *call.end(Phase.OVER, why)]


def invited_no_longer(call: Call, _now: float) -> list[Output]:
    """The INVITE says how long it holds, and that is over: 487 (section 13.3.1)."""
    assert call.invite is not None, "who was invited has an INVITE"
    why = cause(Code.CALLER_ABANDONED, peer=call.peer, expires=call.invite.expires)
    return [reply.to_invite(call, 487), *call.end(Phase.OVER, why)]


def refuse(call: Call, code: int) -> list[Output]:
    """Refuse the call as the owner wants."""
    if call.phase not in {Phase.OFFERED, Phase.RINGING}:
        return []
    why = _refused(call, code)
    more = (reply.reason(why.q850),) if why.q850 else ()
    return [reply.to_invite(call, code, *more), *call.end(Phase.OVER, why)]


def accept(call: Call, media: LocalMedia, now: float) -> list[Output]:
    """Answer: 200, repeated until the ACK comes (CO-05).

    The voice path is agreed now if the INVITE brought an offer; else our 200 makes one,
    and the ACK brings the answer. A description of ours that is not acknowledged yet has to
    be, before anything can follow it (PR-05).
    """
    if call.phase not in {Phase.OFFERED, Phase.RINGING}:
        return []
    call.media = media
    if call.unpracked is not None and call.unpracked.described:
        call.enter(Phase.LIFTED)
        return []
    return lifted(call, now)


def lifted(call: Call, now: float) -> list[Output]:
    """Send the 200 that the owner has ordered: nothing is in its way any more."""
    assert call.invite is not None, "what rings has an INVITE"
    body = offer_ = b""
    plan = call.early_plan
    described = describe.of(call.invite)
    if plan is None and described:
        body, plan = describe.answer_to(call, described)
    elif plan is None:
        body = offer_ = describe.anew(call)
    said: list[Output] = [Established(call.id, plan)] if plan is not None else []
    call.enter(Phase.ANSWERED)
    call.since = now
    return [success(call, call.key, call.invite, body, offer_, now), *said]


def success(
    call: Call, key: tuple[str, ...], invite: Request, body: bytes, offer_: bytes, now: float
) -> Answer:
    """Build a 200 to an INVITE or re-INVITE, repeated until its ACK comes (section 13.3.1.4)."""
    timer = session.grant(call, invite, now)
    more = (call.contact, *call.abilities.session, *timer, *((SDP,) if body else ()))
    response = call.around.composer.response(invite, 200, to_tag=call.tag, more=more, body=body)
    t1 = call.around.settings.t1
    call.unacked = Unacked(key, response, invite.cseq.number, t1, offer_)
    call.timers.start(Timer.REPEAT, now + t1)
    call.timers.start(Timer.ACK_LOST, now + 64 * t1)
    return Answer(key, response)


def repeat(call: Call, now: float) -> list[Output]:
    if call.unacked is None:
        return []
    unacked = call.unacked
    unacked.pause = min(2 * unacked.pause, call.around.settings.t2)
    call.timers.start(Timer.REPEAT, now + unacked.pause)
    return [Answer(unacked.key, unacked.response)]


def ack_lost(call: Call, _now: float) -> list[Output]:
    """End the call with BYE: the peer has never sent the ACK to our 200 (section 13.3.1.4)."""
    why = cause(Code.SERVER_ERROR, server=call.hop.name, status=408, text="no ACK came")
    if call.moved_from:  # it goes there
        why = move.why(call, 408, "ACK")
    return bye.release(call, why)


def acked(call: Call, event: Acked) -> list[Output]:
    """Take the ACK to a 2xx of ours; if the offer was ours, the ACK brings the answer."""
    unacked = call.unacked
    if unacked is None or event.ack.cseq.number != unacked.cseq:
        return []
    call.unacked = None
    if call.phase is Phase.HANGING_UP:  # CO-16
        return bye.release(call, cause(Code.NORMAL))
    if call.phase not in {Phase.ANSWERED, Phase.TALKING}:
        return []
    first = call.phase is Phase.ANSWERED
    call.enter(Phase.TALKING)
    call.timers.stop(Timer.REPEAT)
    call.timers.stop(Timer.ACK_LOST)
    if not unacked.offer:
        return []
    plan = describe.plan_of(call, unacked.offer, event.ack)
    if plan is None:
        return bye.release(call, describe.disagreement(call))
    return [Established(call.id, plan) if first else MediaChanged(call.id, plan)]


def _wait_for_answer(call: Call, now: float) -> None:
    if call.around.settings.no_answer_s:
        call.timers.start(Timer.NO_ANSWER, now + call.around.settings.no_answer_s)


def _refused(call: Call, code: int) -> Cause:
    match code:
        case 486 | 600 | 603:
            return cause(Code.LINE_BUSY, status=code, peer=call.peer)
        case 488 | 606:
            return cause(Code.CODEC, status=code)
        case 404 | 604:
            return cause(Code.UNALLOCATED, status=code, peer=call.party.number)
    return cause(Code.LINE_FAULT, status=code, alarm=f"refused with {code}")
