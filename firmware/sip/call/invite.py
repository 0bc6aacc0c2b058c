"""INVITE, ours: placing a call, up to the ACK of its answer (RFC 3261 section 13.2)."""

from __future__ import annotations

from dataclasses import replace

from firmware.causes import Code, cause
from firmware.responses import INTERWORKING, of_response
from firmware.sip.call import (
    bye,
    cancel,
    change,
    describe,
    progress,
    redirect,
    reroute,
    session,
    within,
)
from firmware.sip.call.call import Call
from firmware.sip.call.events import Opened, Output
from firmware.sip.call.parts import Early
from firmware.sip.call.phases import Phase
from firmware.sip.compose import SDP
from firmware.sip.dialog import Dialog
from firmware.sip.digest import Outcome
from firmware.sip.events import Established, Invite, MediaPlan
from firmware.sip.message import Request, Response
from firmware.sip.sdp import NotAcceptableError
from firmware.sip.tokens import call_id, first_cseq, tag
from firmware.sip.tu import Ask

MOST_ANSWERS = 16
"""How many telephones may answer one INVITE; each costs an ACK, and all but one a BYE."""

EARLY_MEDIA = "P-Early-Media", "supported"
"""Says that we obey this header in responses (RFC 5009 section 8.1)."""


def place(call: Call, event: Invite, target: str, now: float) -> list[Output]:
    """Send the INVITE, with credentials if the server has asked for some before (IA-03).

    Args:
        call: to place.
        event: what the owner wants.
        target: the Request-URI; empty: the number, at our domain.
        now: monotonic seconds.
    """
    around, party, dice = call.around, call.party, call.around.composer.dice
    naming, hidden = around.naming, call.withheld
    call.media = event.media
    call.tag = tag(dice)
    body = describe.anew(call) if event.offers else b""
    us = naming.caller(party.number, party.display, call.tag, withheld=hidden)
    uri = naming.uri(call.peer)
    call.asked_servers.append(call.hop.name)
    invite = around.composer.request(
        "INVITE",
        target or uri,
        names=(("From", us), ("To", f"<{uri}>"), ("Call-ID", call_id(dice))),
        cseq=first_cseq(dice),
        routes=call.hop.routes,
        more=(
            call.contact,
            *naming.assurances(party.number, party.display, withheld=hidden),
            *((EARLY_MEDIA,) if around.settings.announces_early_media else ()),
            *call.abilities.call,
            *session.wish(call),
            *((SDP,) if body else ()),
            *_credentials(call, target or uri, body),
        ),
        body=body,
    )
    return _sent(call, invite, now)


def _credentials(call: Call, uri: str, body: bytes) -> tuple[tuple[str, str], ...]:
    """Credentials for a server that has asked before; nobody else gets any (I6)."""
    if not call.around.listed(call.hop.target):
        return ()
    return call.party.authenticator.credentials("INVITE", uri, body)


def _again(call: Call, invite: Request, now: float) -> list[Output]:
    """Send the INVITE again with the next CSeq, after it was refused."""
    known = _credentials(call, invite.uri, invite.body)
    number = invite.cseq.number + 1
    return _sent(call, call.around.composer.again(invite, number, known), now)


def _sent(call: Call, invite: Request, now: float) -> list[Output]:
    call.invite = invite
    call.early.clear()  # of an INVITE that was refused
    reroute.watch(call, now)
    return [Ask(call.invite, call.hop.target)]


def responded(call: Call, request: Request, response: Response, now: float) -> list[Output]:
    """Take a response to our INVITE."""
    if left := call.left.get(request.via.branch):
        return reroute.late(call, left, request, response, now)
    if response.status < 200:
        return progress.received(call, request, response, now)
    if response.status < 300:
        return _success(call, request, response, now)
    return _failure(call, request, response, now)


def unanswered(call: Call, request: Request, status: int, now: float) -> list[Output]:
    """Try the next server, or end the call: nothing came within 64*T1 (section 8.1.3.1)."""
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
    """End the call: the caller has heard ringback for long enough (FC-07)."""
    why = cause(Code.NO_ANSWER_LOCAL, seconds=round(now - call.since))
    return cancel.abandon(call, why, now)


def _success(call: Call, request: Request, response: Response, now: float) -> list[Output]:
    remote = response.to.tag
    sent = call.acks.get((remote, request.cseq.number))
    if sent is not None:
        return [sent]  # the same bytes again (CO-06)
    if len(call.acks) >= MOST_ANSWERS:
        return []
    dialog = Dialog.as_caller(request, response)
    early = call.early.pop(remote, None)
    if early is not None:
        dialog.cseq = max(early.dialog.cseq or 0, dialog.cseq or 0)
        dialog.remote_cseq = early.dialog.remote_cseq
    opened = Opened(dialog.id)
    refused = call.invite is not None and call.invite.via.branch != request.via.branch
    if refused or call.phase not in {Phase.CALLING, Phase.PROCEEDING}:  # hung up, or answered
        if call.phase in {Phase.ABANDONED, Phase.CANCELLED} and not refused:
            call.enter(Phase.RELEASING)
        ack = within.ack(call, dialog, request)
        return [opened, ack, *bye.send(call, dialog, bye.reason(16))]
    call.attempt.succeeded(response)
    call.dialog = dialog
    call.note(response)
    body, plan = _agreed(call, request, response, early)
    ack = within.ack(call, dialog, request, body)
    if plan is None:
        outputs = call.end(Phase.RELEASING, describe.disagreement(call))
        return [opened, ack, *outputs, *bye.send(call, dialog, "SIP;cause=488")]
    call.enter(Phase.TALKING)
    call.since = now
    call.tries = 0
    session.settled(call, response, now)
    said = Established(call.id, plan, _passed_over(early, response))
    return [opened, ack, said, *change.proceed(call)]


def _agreed(
    call: Call, request: Request, response: Response, early: Early | None
) -> tuple[bytes, MediaPlan | None]:
    """What the ACK has to say, and what was agreed on; None: there is nothing to talk over.

    An answer that an early dialog has brought stands (RFC 6337 section 3.1).
    """
    if early is not None and early.plan is not None:
        return b"", early.plan
    if request.body:
        return b"", describe.plan_of(call, request.body, response)
    try:
        return describe.answer_to(call, describe.of(response))
    except NotAcceptableError as problem:
        call.unsecured = describe.unsecured(problem)
        return b"", None


def _passed_over(early: Early | None, response: Response) -> bool:
    """Whether the 200 describes the session otherwise than the answer that stands did."""
    described = describe.of(response)
    if early is None or not early.described or not described:
        return False
    return describe.otherwise(early.described, described)


def _failure(call: Call, request: Request, response: Response, now: float) -> list[Output]:
    status = response.status
    if status in {401, 407} and call.live and _may_retry(call, request, response):
        call.enter(Phase.CALLING)
        return _again(call, request, now)
    if status == 422 and call.live and session.raised(call, response):
        return _again(call, session.rewritten(call, request), now)
    if status < 400 and call.live and (moved := redirect.follow(call, request, response)):
        call.enter(Phase.CALLING)
        return _again(call, moved, now)
    if status == 503 and call.live and call.progress <= 100 and call.others:
        return reroute.onward(call, now)
    rang = now - call.since if call.phase is Phase.PROCEEDING and call.progress > 100 else 0.0
    why = of_response(
        status,
        response.reason,
        peer=call.peer,
        server=call.hop.name,
        seconds=rang,
        q850=_q850(response),
        retry_after=response.retry_after,
        place=redirect.place(response) if status < 400 else "",
    )
    if why.code is Code.CODEC and describe.secured(call):
        call.unsecured = f"{call.hop.name} refuses a call that offers nothing else"
        why = describe.disagreement(call, status)
    tone = dict(call.around.settings.response_tones).get(status, why.tone)
    return call.end(Phase.OVER, replace(why, tone=tone))


def _q850(response: Response) -> int | None:
    """The Q.850 cause of a refusal: from its Reason header, or from its Warning header."""
    said = response.reason_q850
    if said is None and response.status in {488, 606} and "Warning" in response.headers:
        return INTERWORKING
    return said


def _may_retry(call: Call, request: Request, response: Response) -> bool:
    if not call.around.listed(call.hop.target):
        return False
    return call.attempt.refused(request, response) is Outcome.RETRY
