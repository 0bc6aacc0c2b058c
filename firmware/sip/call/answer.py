"""INVITE, theirs: being called, up to the ACK of our answer (RFC 3261 section 13.3)."""

from __future__ import annotations

from firmware.causes import Cause, Code, cause
from firmware.sip.call import bye, describe
from firmware.sip.call.call import Call, Phase, Timer, Unacked
from firmware.sip.call.events import Acked, Answer, Opened, Output
from firmware.sip.compose import SDP
from firmware.sip.description import NotAcceptableError
from firmware.sip.dialog import Dialog
from firmware.sip.events import Established, LocalMedia, MediaChanged, MediaPlan, Offered
from firmware.sip.message import Request
from firmware.sip.sdp import plan_from_answer

RING_AGAIN = 60.0
"""s between repetitions of 180 (section 13.3.1.1)."""


def offered(call: Call, name: str, now: float) -> list[Output]:
    """Tell the owner, unless there is nothing that we could talk over (488)."""
    assert call.invite is not None, "it begins with their INVITE"
    plan: MediaPlan | None = None
    described = describe.of(call.invite)
    if described:
        try:
            plan = describe.trial(call, described)
        except NotAcceptableError as problem:
            call.enter(Phase.OVER)
            return [refusal(call, problem)]
    call.dialog = Dialog.as_callee(call.invite, call.tag)
    call.since = now
    _wait_for_answer(call, now)
    said = Offered(call.id, call.party.line, call.peer, name, plan)
    return [Opened(call.dialog.id), said]


def refusal(call: Call, problem: NotAcceptableError) -> Answer:
    """488 with the reason (sections 20.43 and 21.4.26)."""
    assert call.invite is not None, "it begins with their INVITE"
    response = call.around.composer.response(
        call.invite, 488, to_tag=call.tag, more=(warning(call, problem),)
    )
    return Answer(call.key, response)


def warning(call: Call, problem: NotAcceptableError) -> tuple[str, str]:
    host = call.around.settings.local
    return "Warning", f'{problem.warning} {host} "Not acceptable here"'


def alert(call: Call, now: float) -> list[Output]:
    """Say that it rings, and begin to wait for the person."""
    if call.phase is not Phase.OFFERED:
        return []
    call.enter(Phase.RINGING)
    call.since = now
    _wait_for_answer(call, now)
    return ring_again(call, now)


def ring_again(call: Call, now: float) -> list[Output]:
    call.timers.start(Timer.RING_AGAIN, now + RING_AGAIN)
    return [_respond(call, 180, (call.contact, call.abilities.allow))]


def no_answer(call: Call, now: float) -> list[Output]:
    """Nobody lifts (BW-NA-TERM)."""
    why = cause(Code.NO_ANSWER_LOCAL, seconds=round(now - call.since))
    return [_respond(call, 480, (("Reason", bye.reason(19)),)), *call.end(Phase.OVER, why)]


def refuse(call: Call, code: int) -> list[Output]:
    """Refuse for the owner's reason."""
    if call.phase not in {Phase.OFFERED, Phase.RINGING}:
        return []
    why = _refused(call, code)
    more = (("Reason", bye.reason(why.q850)),) if why.q850 else ()
    return [_respond(call, code, more), *call.end(Phase.OVER, why)]


def accept(call: Call, media: LocalMedia, now: float) -> list[Output]:
    """Answer: 200, repeated until the ACK comes (CO-05).

    The voice path is agreed now if the INVITE brought an offer; else our 200 makes one,
    and the ACK brings the answer.
    """
    if call.phase not in {Phase.OFFERED, Phase.RINGING}:
        return []
    assert call.invite is not None, "what rings has an INVITE"
    call.media = media
    said: list[Output] = []
    offer_ = b""
    described = describe.of(call.invite)
    if described:
        body, plan = describe.answer_to(call, described)
        said.append(Established(call.id, plan))
    else:
        body = offer_ = describe.anew(call)
    call.enter(Phase.ANSWERED)
    call.since = now
    return [success(call, call.key, call.invite, body, offer_, now), *said]


def success(
    call: Call, key: tuple[str, ...], invite: Request, body: bytes, offer_: bytes, now: float
) -> Answer:
    """A 200 to an INVITE or re-INVITE, to be repeated until its ACK (section 13.3.1.4)."""
    response = call.around.composer.response(
        invite, 200, to_tag=call.tag, more=(call.contact, *call.abilities.session, SDP), body=body
    )
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


def ack_lost(call: Call) -> list[Output]:
    """The peer never ACKed our 200: BYE (section 13.3.1.4)."""
    why = cause(Code.SERVER_ERROR, server=call.hop.name, status=408, text="no ACK came")
    return bye.release(call, why)


def acked(call: Call, event: Acked) -> list[Output]:
    """Take the ACK to a 2xx of ours, with the answer if the offer was ours."""
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
    try:
        plan = plan_from_answer(unacked.offer, describe.of(event.ack))
    except NotAcceptableError:
        return bye.release(call, cause(Code.CODEC, status=488))
    return [Established(call.id, plan) if first else MediaChanged(call.id, plan)]


def _wait_for_answer(call: Call, now: float) -> None:
    if call.around.settings.no_answer_s:
        call.timers.start(Timer.NO_ANSWER, now + call.around.settings.no_answer_s)


def _respond(call: Call, status: int, more: tuple[tuple[str, str], ...] = ()) -> Answer:
    assert call.invite is not None, "what rings has an INVITE"
    response = call.around.composer.response(call.invite, status, to_tag=call.tag, more=more)
    return Answer(call.key, response)


def _refused(call: Call, code: int) -> Cause:
    match code:
        case 486 | 600 | 603:
            return cause(Code.LINE_BUSY, status=code, peer=call.peer)
        case 488 | 606:
            return cause(Code.CODEC, status=code)
        case 404 | 604:
            return cause(Code.UNALLOCATED, status=code, peer=call.party.number)
    return cause(Code.LINE_FAULT, status=code, alarm=f"refused with {code}")
