"""Re-INVITE and UPDATE of the peer: hold, resume, another place for voice.

RFC 3261 section 14.2, RFC 3311 section 5.2, RFC 3264 section 8. A refused change leaves the
session as it is.
"""

from __future__ import annotations

from firmware.sip.abilities import ACCEPT
from firmware.sip.call import answer, describe
from firmware.sip.call.call import Call, Phase
from firmware.sip.call.events import Answer, Output, Requested
from firmware.sip.compose import SDP
from firmware.sip.description import NotAcceptableError
from firmware.sip.events import MediaChanged
from firmware.sip.message import Request, Response


def received(call: Call, event: Requested, now: float) -> list[Output]:
    """Take a re-INVITE or UPDATE that comes in order."""
    request = event.request
    offered = describe.of(request)
    if request.body and not offered:
        return [_answer(call, event, 415, ACCEPT)]
    glare = _glare(call, request)
    if glare is not None:
        return [Answer(event.key, glare)]
    if request.method == "UPDATE" and not request.body:
        _retarget(call, request)
        return [_answer(call, event, 200, call.contact, *call.abilities.session)]
    if call.phase is not Phase.TALKING and call.phase is not Phase.ANSWERED:
        return [_answer(call, event, 481)]
    if not offered:
        _retarget(call, request)
        offer = describe.anew(call)
        return [answer.success(call, event.key, request, offer, offer, now)]
    try:
        body, plan = describe.answer_to(call, offered, in_session=True)
    except NotAcceptableError as problem:
        return [_answer(call, event, 488, answer.warning(call, problem))]
    _retarget(call, request)
    changed = MediaChanged(call.id, plan)
    if request.method == "INVITE":
        return [answer.success(call, event.key, request, body, b"", now), changed]
    response = call.around.composer.response(
        request, 200, more=(call.contact, *call.abilities.session, SDP), body=body
    )
    return [Answer(event.key, response), changed]


def _glare(call: Call, request: Request) -> Response | None:
    """The refusal of a change that comes at the wrong moment.

    491 while an offer of ours waits for its answer, or a 2xx of ours to an INVITE for its
    ACK (RFC 5407 section 3.1.5); 500 with a short Retry-After while theirs waits for ours
    (RFC 3311 section 5.2).
    """
    compose = call.around.composer.response
    if request.method == "UPDATE" and not request.body:
        return None
    if call.phase in {Phase.OFFERED, Phase.RINGING}:
        seconds = str(call.around.composer.dice.randrange(0, 11))
        return compose(request, 500, more=(("Retry-After", seconds),))
    waiting = call.unacked is not None and (call.unacked.offer or request.method == "INVITE")
    if waiting or call.phase is Phase.PROCEEDING:
        return compose(request, 491)
    return None


def _retarget(call: Call, request: Request) -> None:
    if call.dialog is not None:
        call.dialog.retarget(request)


def _answer(call: Call, event: Requested, status: int, *more: tuple[str, str]) -> Answer:
    return Answer(event.key, call.around.composer.response(event.request, status, more=more))
