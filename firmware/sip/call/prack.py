"""Reliable provisional responses, in both roles (RFC 3262, behaviours 9).

A 1xx that nobody acknowledges may be lost; where ringing and early media have to be certain
it carries a number (RSeq), is repeated, and is acknowledged by a PRACK.
"""

from __future__ import annotations

from collections.abc import Iterable

from firmware.causes import Cause, Code, cause
from firmware.sip.call import cancel, describe, reply, within
from firmware.sip.call.call import Call
from firmware.sip.call.events import Answer, Output, Requested
from firmware.sip.call.parts import Early, Unpracked
from firmware.sip.call.phases import Phase, Timer
from firmware.sip.description import NotAcceptableError
from firmware.sip.dialog import Dialog
from firmware.sip.events import MediaPlan
from firmware.sip.message import Request, Response
from firmware.sip.sdp import plan_from_answer
from firmware.sip.tu import Ask

OPTION = "100rel"
FIRST_RSEQ = 2**31
"""The first RSeq is below this (section 3), so that there is room to count."""


# as the caller


def reliable(response: Response) -> bool:
    """Whether a provisional response wants a PRACK; 100 never does (section 4)."""
    return response.status > 100 and OPTION in response.require and bool(response.rseq)


def in_order(last: int, response: Response) -> bool:
    """Whether it is the next one of its dialog; one that comes again is not (PR-01)."""
    return not last or response.rseq == last + 1


def acknowledge(call: Call, dialog: Dialog, response: Response, body: bytes = b"") -> Ask:
    """The PRACK; a body is the answer to the offer that the response brought."""
    number = f"{response.rseq} {response.cseq.number} {response.cseq.method}"
    return within.ask(call, dialog, "PRACK", (("RAck", number),), body)


def heard(
    call: Call, early: Early, request: Request, response: Response, now: float
) -> tuple[list[Output], MediaPlan | None] | None:
    """Take a reliable response to our INVITE: acknowledge it, and read what it brings.

    Returns:
        The outputs, and what an answer or an offer in it means for the voice path; None: it
        comes again, or too early, and is to be ignored (section 4).
    """
    if not in_order(early.rseq, response):
        return None
    early.rseq = response.rseq or 0
    described = describe.of(response)
    if not described or early.agreed:
        return [acknowledge(call, early.dialog, response)], None
    if request.body:
        plan = describe.plan_of(call, request.body, response)
        early.agreed = plan is not None
        return [acknowledge(call, early.dialog, response)], plan
    try:
        body, plan = describe.answer_to(call, described)
    except NotAcceptableError as problem:
        call.unsecured = describe.unsecured(problem)
        refused = acknowledge(call, early.dialog, response)
        return [refused, *cancel.abandon(call, describe.disagreement(call), now)], None
    early.agreed = True
    return [acknowledge(call, early.dialog, response, body)], plan


def responded(call: Call, request: Request, response: Response) -> list[Output]:
    """Take a response to our PRACK.

    Whatever it is but a challenge, the caller cannot do more: a callee that still waits for
    the PRACK ends the INVITE by itself.
    """
    if response.status < 200:
        return []
    repeated = within.again(call, request, response)
    if repeated is not None:
        return [repeated]
    within.done(call, request)
    return []


# as the callee


def say(call: Call, status: int, more: Iterable[tuple[str, str]], now: float) -> list[Output]:
    """Send a provisional response reliably, unless the last one still waits for its PRACK.

    If the INVITE made no offer, the first such response has to make one (section 5); without
    a place to receive voice there is none to make, and nothing can be said.
    """
    if call.unpracked is not None:
        return []
    assert call.invite is not None, "what rings has an INVITE"
    described = describe.of(call.invite)
    if not described and call.media is None and call.early_plan is None:
        return []
    body = offer = b""
    if call.media is not None and call.early_plan is None:
        if described:
            body, call.early_plan = describe.answer_to(call, described)
        else:
            body = offer = describe.anew(call)
    call.rseq = call.rseq + 1 if call.rseq else call.around.composer.dice.randrange(1, FIRST_RSEQ)
    numbered = ("Require", OPTION), ("RSeq", str(call.rseq))
    said = reply.to_invite(call, status, *more, *numbered, body=body)
    t1 = call.around.settings.t1
    call.unpracked = Unpracked(said.response, call.rseq, t1, offer, bool(body))
    call.timers.start(Timer.SAY_AGAIN, now + t1)
    call.timers.start(Timer.PRACK_LOST, now + 64 * t1)
    return [said]


def say_again(call: Call, now: float) -> list[Output]:
    """No PRACK has come: twice the pause, without any longest one (16.1)."""
    if call.unpracked is None:
        return []
    call.unpracked.pause *= 2
    call.timers.start(Timer.SAY_AGAIN, now + call.unpracked.pause)
    return [Answer(call.key, call.unpracked.response)]


def lost(call: Call, _now: float) -> list[Output]:
    """None came in 64*T1: the INVITE is refused (PR-02, section 3)."""
    name = call.hop.name
    why = cause(Code.SERVER_ERROR, status=504, q850=102, server=name, text="no PRACK came")
    return _give_up(call, 504, why)


def received(call: Call, event: Requested) -> list[Output]:
    """Take the caller's PRACK; one that matches nothing unacknowledged gets 481 (PR-04)."""
    request = event.request
    waiting, rack = call.unpracked, request.rack
    assert call.invite is not None, "who is acknowledged has been asked"
    matches = (waiting.rseq if waiting else 0, call.invite.cseq.number, "INVITE")
    if waiting is None or (rack.rseq, rack.cseq, rack.method) != matches:
        return [reply.to(call, event, 481)]
    call.unpracked = None
    call.timers.stop(Timer.SAY_AGAIN)
    call.timers.stop(Timer.PRACK_LOST)
    described = describe.of(request)
    if waiting.offer:
        try:
            call.early_plan = plan_from_answer(waiting.offer, described)
        except NotAcceptableError as problem:
            call.unsecured = describe.unsecured(problem)
            why = describe.disagreement(call)
            return [reply.to(call, event, 200), *_give_up(call, 488, why)]
    elif described:
        return [_further(call, event, described)]
    return [reply.to(call, event, 200)]


def _further(call: Call, event: Requested, offered: bytes) -> Answer:
    """The answer to another offer, which a PRACK may bring once the first is answered."""
    if call.early_plan is None:  # theirs in the INVITE still waits for our answer
        return reply.to(call, event, 500, reply.put_off(call))
    try:
        body, call.early_plan = describe.answer_to(call, offered, in_session=True)
    except NotAcceptableError as problem:
        return reply.to(call, event, 488, reply.warning(call, problem))
    return reply.to(call, event, 200, body=body)


def _give_up(call: Call, status: int, why: Cause) -> list[Output]:
    """Refuse the INVITE, if that is still to be done."""
    if call.phase not in {Phase.RINGING, Phase.LIFTED}:
        return []
    more = (reply.reason(why.q850),) if why.q850 else ()
    return [reply.to_invite(call, status, *more), *call.end(Phase.OVER, why)]
