"""Provisional responses to our INVITE: ringing, early media, one early dialog a telephone.

RFC 3261 sections 12.1 and 13.2.2.1, RFC 3262 section 4. Several telephones may ring (fork), and
a server may sing meanwhile: that is what colour ring-back is. The person hears who spoke last
and has something to say; when one of them is gone (199, RFC 6228), one of those that are left.
"""

from __future__ import annotations

from firmware.errors import SipError
from firmware.sip.call import cancel, describe, prack
from firmware.sip.call.call import Call
from firmware.sip.call.events import Opened, Output
from firmware.sip.call.parts import Early
from firmware.sip.call.phases import Phase, Timer
from firmware.sip.dialog import Dialog
from firmware.sip.events import Proceeding
from firmware.sip.message import Message, Request, Response
from firmware.sip.reasons import understood

MOST_FORKS = 8
"""Early dialogs."""
RINGING = 180
GONE = 199
_PLAYS = frozenset({"sendrecv", "sendonly"})
_PLAYS_NOT = frozenset({"recvonly", "inactive"})


def received(call: Call, request: Request, response: Response, now: float) -> list[Output]:
    """Take a provisional response."""
    if call.phase is Phase.ABANDONED:
        return cancel.send(call, now)
    if call.phase not in {Phase.CALLING, Phase.PROCEEDING}:
        return []
    status = understood(response.status)
    ringing = status > 100
    if call.phase is Phase.CALLING or (ringing and call.progress <= 100):
        call.enter(Phase.PROCEEDING)
        call.since = now
        if call.around.settings.give_up_s:
            call.timers.start(Timer.GIVE_UP, now + call.around.settings.give_up_s)
    if not ringing:
        call.progress = max(call.progress, status)
        return []
    if status == GONE and not prack.reliable(response):
        return _gone(call, response.to.tag)
    early, opened = _early(call, request, response)
    outputs: list[Output] = [*opened]
    if prack.reliable(response):
        heard = None if early is None else prack.heard(call, early, request, response, now)
        if heard is None:
            return outputs
        outputs += heard[0]
        plan = heard[1]
    else:
        plan = describe.plan_of(call, request.body, response) if request.body else None
    call.progress = status
    if not call.live:
        return outputs
    if status == GONE:
        return [*outputs, *_gone(call, response.to.tag)]
    if early is None:  # without a tag, or one too many: it counts for itself alone
        said = Proceeding(call.id, status, plan, authorised(response))
        return [*outputs, said]
    if early.plan is None and plan is not None:  # of answers in one dialog the first counts
        early.plan, early.described = plan, describe.of(response)
    early.rings = early.rings or status == RINGING
    early.authorised = _told(early, response)
    call.early[response.to.tag] = call.early.pop(response.to.tag)  # it spoke last
    return [*outputs, now_heard(call, status)]


def now_heard(call: Call, status: int) -> Proceeding:
    """What the person is to hear, now that this was said.

    Of several voices that which spoke last; but one that the network vouches for comes
    before all others (RFC 5009 section 8.1).
    """
    playing = [early for early in reversed(call.early.values()) if early.plan is not None]
    chosen = max(playing, key=_claim, default=None)
    rings = any(early.rings for early in call.early.values())
    if chosen is None:
        return Proceeding(call.id, status, rings=rings)
    return Proceeding(call.id, status, chosen.plan, chosen.authorised, rings)


def changed(call: Call, dialog: Dialog, update: Request) -> list[Output]:
    """Take what an UPDATE in an early dialog says of its early media (RFC 5009 section 8)."""
    early, said = call.early.get(dialog.id.remote_tag), authorised(update)
    if early is None or said is None:
        return []
    early.authorised = said
    return [now_heard(call, call.progress)]


def authorised(message: Message) -> bool | None:
    """Whether the network plays early media to us, by P-Early-Media (RFC 5009 section 8)."""
    try:
        words = set(message.tokens("p-early-media"))
    except SipError:
        return None  # a word that nobody understands is none
    if words & _PLAYS:
        return True
    return False if words & _PLAYS_NOT else None


def _claim(early: Early) -> int:
    """The network vouches for it, says nothing of it, or wants it unheard."""
    return {True: 2, None: 1, False: 0}[early.authorised]


def _told(early: Early, message: Message) -> bool | None:
    """A dialog's last word counts; a response without the header changes nothing."""
    said = authorised(message)
    return early.authorised if said is None else said


def _gone(call: Call, tag: str) -> list[Output]:
    """One of the telephones is no longer there; the others are (RFC 6228 section 5)."""
    call.progress = max(call.progress, GONE)
    if call.early.pop(tag, None) is None:
        return []
    rings = any(early.rings for early in call.early.values())
    return [now_heard(call, RINGING if rings else GONE)]


def _early(call: Call, request: Request, response: Response) -> tuple[Early | None, list[Output]]:
    """The early dialog that a provisional response belongs to; it may be a new one."""
    remote = response.to.tag
    if not remote or remote in call.early:
        return call.early.get(remote), []
    if len(call.early) >= MOST_FORKS:
        return None, []
    early = call.early[remote] = Early(Dialog.as_caller(request, response))
    return early, [Opened(early.dialog.id)]
