"""Re-INVITE and UPDATE of the peer: hold, resume, another place for voice.

RFC 3261 section 14.2, RFC 3311 section 5.2, RFC 3264 section 8. A refused change leaves the
session as it is.
"""

from __future__ import annotations

from firmware.sip.abilities import ACCEPT
from firmware.sip.call import answer, describe, move, progress, reply, session
from firmware.sip.call.call import Call
from firmware.sip.call.events import Answer, Output, Requested
from firmware.sip.call.phases import Phase
from firmware.sip.description import NotAcceptableError
from firmware.sip.dialog import Dialog
from firmware.sip.events import MediaChanged, MediaPlan
from firmware.sip.multipart import unreadable

TALKING = {Phase.ANSWERED, Phase.TALKING}
EARLY = {Phase.RINGING, Phase.LIFTED, Phase.PROCEEDING}


def received(call: Call, event: Requested, dialog: Dialog, now: float) -> list[Output]:
    """Take a re-INVITE or UPDATE that comes in order."""
    request = event.request
    offered = describe.of(request)
    if request.body and unreadable(request):
        return [reply.to(call, event, 415, ACCEPT)]
    glare = None if request.method == "UPDATE" and not offered else _glare(call, event, dialog)
    if glare is not None:
        return [glare]
    if session.too_short(request):
        return [reply.to(call, event, 422, session.MINIMUM)]
    call.note(request)
    if request.method == "UPDATE" and not offered:
        dialog.retarget(request)
        told = progress.changed(call, dialog, request)
        return [reply.to(call, event, 200, *_about(call, event, now)), *told]
    if call.phase not in TALKING and not (call.phase in EARLY and request.method == "UPDATE"):
        return [reply.to(call, event, 481)]
    if not offered:
        dialog.retarget(request)
        offer = describe.anew(call)
        call.holds, call.fax = call.to_hold, call.to_fax
        move.told(call)
        return [answer.success(call, event.key, request, offer, offer, now)]
    try:
        body, plan = describe.answer_to(call, offered, in_session=True)
    except NotAcceptableError as problem:
        return [reply.to(call, event, 488, reply.warning(call, problem))]
    dialog.retarget(request)
    move.told(call)
    said: list[Output] = [MediaChanged(call.id, plan)]
    if request.method == "INVITE":
        return [answer.success(call, event.key, request, body, b"", now), *said]
    if call.phase in EARLY:
        said = [*_early(call, dialog, plan), *progress.changed(call, dialog, request)]
    return [reply.to(call, event, 200, *_about(call, event, now), body=body), *said]


def _about(call: Call, event: Requested, now: float) -> tuple[tuple[str, str], ...]:
    """What stands in the 200 to an UPDATE; before the call is answered there is no timer."""
    timer = session.grant(call, event.request, now) if call.phase in TALKING else ()
    return call.contact, *call.abilities.session, *timer


def _early(call: Call, dialog: Dialog, plan: MediaPlan) -> list[Output]:
    """The session of an early dialog has changed (RFC 3311 section 5.1)."""
    early = call.early.get(dialog.id.remote_tag)
    if early is None:  # we are the callee: it counts once the person lifts
        call.early_plan = plan
        return []
    early.plan, early.described = plan, b""
    return [MediaChanged(call.id, plan)]


def _glare(call: Call, event: Requested, dialog: Dialog) -> Answer | None:
    """The refusal of a change that comes at the wrong moment.

    491 while an offer of ours waits for its answer, or a 2xx of ours to an INVITE for its
    ACK (RFC 5407 section 3.1.5); 500 with a short Retry-After while theirs waits for ours
    (RFC 3311 section 5.2).
    """
    request = event.request
    ours = call.unpracked is not None and call.unpracked.offer
    unanswered = call.phase in {Phase.OFFERED, Phase.RINGING, Phase.LIFTED}
    if unanswered and not ours and (request.method == "INVITE" or call.early_plan is None):
        return reply.to(call, event, 500, reply.put_off(call))
    waiting = call.unacked is not None and (call.unacked.offer or request.method == "INVITE")
    asked = call.change is not None and (
        call.change.offer or call.change.request.method == request.method == "INVITE"
    )
    if (
        ours
        or waiting
        or asked
        or (call.phase is Phase.PROCEEDING and not _complete(call, dialog))
    ):
        return reply.to(call, event, 491)
    return None


def _complete(call: Call, dialog: Dialog) -> bool:
    """Whether our INVITE's offer is answered in this early dialog, beyond loss."""
    early = call.early.get(dialog.id.remote_tag)
    return early is not None and early.agreed
