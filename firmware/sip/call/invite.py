"""INVITE, ours: placing a call, up to the ACK of its answer (RFC 3261 section 13.2)."""

from __future__ import annotations

from firmware.causes import Code, cause, of_response
from firmware.sip.call import bye, cancel, describe, reroute
from firmware.sip.call.call import Call, Early, Phase, Timer
from firmware.sip.call.events import Ask, Opened, Output, SendAck
from firmware.sip.compose import SDP
from firmware.sip.credentials import credential_lines
from firmware.sip.dialog import Dialog
from firmware.sip.digest import Outcome
from firmware.sip.events import Established, LocalMedia, MediaPlan, Proceeding
from firmware.sip.headers import NameAddr
from firmware.sip.message import Request, Response
from firmware.sip.sdp import NotAcceptableError, plan_from_answer
from firmware.sip.tokens import call_id, first_cseq, tag
from firmware.sip.uri import SipUri

MOST_FORKS = 8
"""Early dialogs."""
MOST_ANSWERS = 16
"""Telephones that may answer one INVITE; each costs an ACK and all but one a BYE."""


def place(call: Call, media: LocalMedia, target: str, now: float) -> list[Output]:
    """Send the INVITE, with credentials if the server has asked for some before (IA-03).

    Args:
        call: to place.
        media: where we receive voice.
        target: the Request-URI; empty: the number, at our domain.
        now: monotonic seconds.
    """
    around, party, dice = call.around, call.party, call.around.composer.dice
    domain = around.settings.domain
    call.media = media
    call.tag = tag(dice)
    us = NameAddr(party.display, f"sip:{party.number}@{domain}", (("tag", call.tag),))
    uri = str(SipUri(domain, call.peer))
    cseq = first_cseq(dice)
    call.asked_servers.append(call.hop.name)
    invite = around.composer.request(
        "INVITE",
        target or uri,
        names=(("From", str(us)), ("To", f"<{uri}>"), ("Call-ID", call_id(dice))),
        cseq=cseq,
        routes=call.hop.routes,
        more=(call.contact, *call.abilities.call, SDP),
        body=describe.anew(call),
    )
    return _send(call, invite, cseq, now)


def _send(call: Call, invite: Request, cseq: int, now: float) -> list[Output]:
    known = call.party.authenticator.credentials(invite.method, invite.uri, invite.body)
    call.invite = call.around.composer.again(invite, cseq, known)
    reroute.watch(call, now)
    return [Ask(call.invite, call.hop.target)]


def responded(call: Call, request: Request, response: Response, now: float) -> list[Output]:
    """Take a response to our INVITE."""
    if left := call.left.get(request.via.branch):
        return reroute.late(call, left, request, response)
    if response.status < 200:
        return _provisional(call, request, response, now)
    if response.status < 300:
        return _success(call, request, response, now)
    return _failure(call, request, response, now)


def unanswered(call: Call, request: Request, status: int, now: float) -> list[Output]:
    """Nothing came back in 64*T1, or the INVITE could not be sent (section 8.1.3.1)."""
    settings = call.around.settings
    if request.via.branch in call.left:
        return []
    if call.phase is Phase.CALLING and call.others:
        return reroute.onward(call, now)
    if status == 408 and call.hop.living:
        why = cause(Code.TIMEOUT_B, server=call.hop.name, seconds=round(64 * settings.t1))
    else:
        why = cause(Code.NO_SERVER, servers=", ".join(call.asked_servers))
    return cancel.haunted(call, call.end(Phase.OVER, why), now)


def gave_up(call: Call, now: float) -> list[Output]:
    """The caller has listened to ringback for long enough (FC-07)."""
    why = cause(Code.NO_ANSWER_LOCAL, seconds=round(now - call.since))
    return cancel.abandon(call, why, now)


def _provisional(call: Call, request: Request, response: Response, now: float) -> list[Output]:
    if call.phase is Phase.ABANDONED:
        return cancel.send(call, now)
    if call.phase not in {Phase.CALLING, Phase.PROCEEDING}:
        return []
    ringing = response.status > 100
    if call.phase is Phase.CALLING or (ringing and call.progress <= 100):
        call.enter(Phase.PROCEEDING)
        call.since = now
        if call.around.settings.give_up_s:
            call.timers.start(Timer.GIVE_UP, now + call.around.settings.give_up_s)
    call.progress = response.status
    if not ringing:
        return []
    early, opened = _early(call, request, response)
    plan = _plan(request, response)
    if early is not None and plan is not None:
        early.plan = plan = early.plan or plan  # of answers in one dialog the first counts
    return [*opened, Proceeding(call.id, response.status, plan)]


def _early(call: Call, request: Request, response: Response) -> tuple[Early | None, list[Output]]:
    """The early dialog that a provisional response belongs to; it may be a new one."""
    remote = response.to.tag
    if not remote or remote in call.early:
        return call.early.get(remote), []
    if len(call.early) >= MOST_FORKS:
        return None, []
    early = call.early[remote] = Early(Dialog.as_caller(request, response))
    return early, [Opened(early.dialog.id)]


def _plan(request: Request, response: Response) -> MediaPlan | None:
    """What the answer in a response means for the voice path, if there is a usable one."""
    answered = describe.of(response)
    try:
        return plan_from_answer(request.body, answered) if answered else None
    except NotAcceptableError:
        return None


def _success(call: Call, request: Request, response: Response, now: float) -> list[Output]:
    remote = response.to.tag
    if remote in call.acks:
        return [call.acks[remote]]  # the same bytes again (CO-06)
    if len(call.acks) >= MOST_ANSWERS:
        return []
    dialog = Dialog.as_caller(request, response)
    early = call.early.pop(remote, None)
    if early is not None:
        dialog.cseq = max(early.dialog.cseq or 0, dialog.cseq or 0)
        dialog.remote_cseq = early.dialog.remote_cseq
    ack = dialog.ack(request.cseq.number, call.around.composer, more=credential_lines(request))
    call.acks[remote] = SendAck(ack, call.target(dialog))
    outputs: list[Output] = [Opened(dialog.id), call.acks[remote]]
    if call.phase not in {Phase.CALLING, Phase.PROCEEDING}:  # hung up, or answered elsewhere
        if call.phase in {Phase.ABANDONED, Phase.CANCELLED}:
            call.enter(Phase.RELEASING)
        return [*outputs, *bye.send(call, dialog, bye.reason(16))]
    call.attempt.succeeded(response)
    call.dialog = dialog
    plan = early.plan if early is not None and early.plan is not None else _plan(request, response)
    if plan is None:
        outputs += call.end(Phase.RELEASING, cause(Code.CODEC, status=488))
        return [*outputs, *bye.send(call, dialog, "SIP;cause=488")]
    call.enter(Phase.TALKING)
    call.since = now
    return [*outputs, Established(call.id, plan)]


def _failure(call: Call, request: Request, response: Response, now: float) -> list[Output]:
    status = response.status
    if status in {401, 407} and call.live and _may_retry(call, request, response):
        call.enter(Phase.CALLING)
        return _send(call, request, request.cseq.number + 1, now)
    if status == 503 and call.live and call.progress <= 100 and call.others:
        return reroute.onward(call, now)
    rang = now - call.since if call.phase is Phase.PROCEEDING and call.progress > 100 else 0.0
    why = of_response(
        status,
        response.reason,
        peer=call.peer,
        server=call.hop.name,
        seconds=rang,
        q850=response.reason_q850,
        retry_after=response.retry_after,
    )
    return call.end(Phase.OVER, why)


def _may_retry(call: Call, request: Request, response: Response) -> bool:
    return call.attempt.refused(request, response) is Outcome.RETRY
