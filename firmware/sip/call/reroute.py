"""The INVITE goes to the next server (behaviours BW-03, 14.18; RFC 3263 section 4.3).

It is the same INVITE there (Call-ID, From tag, CSeq, body) in a transaction of its own. The
one left behind lives on until it is over: whoever answers late is told that nobody waits.
"""

from __future__ import annotations

from firmware.causes import Code, cause
from firmware.sip.call import bye, within
from firmware.sip.call.call import Call
from firmware.sip.call.events import Hush, Opened, Output
from firmware.sip.call.parts import Left
from firmware.sip.call.phases import Phase, Timer
from firmware.sip.credentials import Attempt
from firmware.sip.dialog import Dialog
from firmware.sip.hop import cancel_of
from firmware.sip.message import Request, Response
from firmware.sip.tu import Abandon, Ask

NOT_WANTED = "Q.850;cause=16"


def watch(call: Call, now: float) -> None:
    """Begin to wait for the first answer of the server.

    The last server has all the time of the transaction (Timer B), unless its heartbeat says
    that it is dead: then the person shall not wait for long.
    """
    patience = call.around.settings.failover_s
    if patience and (call.others or not call.hop.living):
        call.timers.start(Timer.FAILOVER, now + patience)


def silent(call: Call, now: float) -> list[Output]:
    """No answer at all came in time."""
    if call.others:
        return onward(call, now)
    assert call.invite is not None, "what is not answered has been asked"
    why = cause(Code.NO_SERVER, servers=", ".join(call.asked_servers))
    return [*call.end(Phase.ABANDONED, why), Hush(call.invite)]


def onward(call: Call, now: float) -> list[Output]:
    """Send the INVITE to the next server.

    Credentials stay behind: nonces belong to who made them, and a new server may ask anew.
    """
    assert call.invite is not None, "what goes on has begun"
    hush = Hush(call.invite)
    call.left[call.invite.via.branch] = Left(call.hop, call.invite)
    call.hop = call.others.pop(0)
    call.asked_servers.append(call.hop.name)
    call.attempt = Attempt(call.party.authenticator)
    call.enter(Phase.CALLING)
    call.progress = 0
    call.early.clear()
    call.invite = call.around.composer.elsewhere(call.invite, call.hop.routes)
    watch(call, now)
    return [hush, Ask(call.invite, call.hop.target)]


def late(call: Call, left: Left, request: Request, response: Response, now: float) -> list[Output]:
    """Take an answer of a server that the call has left behind."""
    if response.status < 200:
        if left.cancelled:
            return []
        left.cancelled = True
        call.timers.start(Timer.LEFT_LOST, now + 64 * call.around.settings.t1)
        more = call.around.composer.allowed([("Reason", NOT_WANTED)])
        return [Ask(cancel_of(request, more), left.hop.target)]
    if response.status >= 300:
        left.over = True
        return []  # the transaction has sent the ACK, and does so as long as it is asked to
    sent = call.acks.get((response.to.tag, request.cseq.number))
    if sent is not None:
        return [sent]
    dialog = Dialog.as_caller(request, response)
    where = call.around.where(dialog.next_hop) or left.hop.target
    ack = within.ack(call, dialog, request, target=where)
    return [Opened(dialog.id), ack, *bye.send(call, dialog, NOT_WANTED)]


def left_lost(call: Call, _now: float) -> list[Output]:
    """No final response came from there after our CANCEL: forget the INVITE (section 9.1)."""
    lost = (left for left in call.left.values() if left.cancelled and not left.over)
    return [Abandon(left.invite) for left in lost]
