"""Provisional responses to our INVITE: ringing, early media, one early dialog a telephone.

RFC 3261 sections 12.1 and 13.2.2.1, RFC 3262 section 4. Several telephones may ring (fork).
"""

from __future__ import annotations

from firmware.sip.call import cancel, describe, prack
from firmware.sip.call.call import Call
from firmware.sip.call.events import Opened, Output
from firmware.sip.call.parts import Early
from firmware.sip.call.phases import Phase, Timer
from firmware.sip.dialog import Dialog
from firmware.sip.events import MediaPlan, Proceeding
from firmware.sip.message import Request, Response

MOST_FORKS = 8
"""Early dialogs."""


def received(call: Call, request: Request, response: Response, now: float) -> list[Output]:
    """Take a provisional response."""
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
    if not ringing:
        call.progress = max(call.progress, response.status)
        return []
    early, opened = _early(call, request, response)
    outputs: list[Output] = [*opened]
    if prack.reliable(response):
        heard = None if early is None else prack.heard(call, early, request, response, now)
        if heard is None:
            return outputs
        outputs += heard[0]
        plan = heard[1]
    else:
        plan = describe.plan_of(request, response) if request.body else None
    call.progress = response.status
    if not call.live:
        return outputs
    return [*outputs, Proceeding(call.id, response.status, _first(early, plan))]


def _early(call: Call, request: Request, response: Response) -> tuple[Early | None, list[Output]]:
    """The early dialog that a provisional response belongs to; it may be a new one."""
    remote = response.to.tag
    if not remote or remote in call.early:
        return call.early.get(remote), []
    if len(call.early) >= MOST_FORKS:
        return None, []
    early = call.early[remote] = Early(Dialog.as_caller(request, response))
    return early, [Opened(early.dialog.id)]


def _first(early: Early | None, plan: MediaPlan | None) -> MediaPlan | None:
    """Of answers in one dialog the first counts."""
    if early is not None and plan is not None:
        early.plan = early.plan or plan
        return early.plan
    return plan
