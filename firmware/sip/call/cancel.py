"""CANCEL, ours and theirs (RFC 3261 section 9)."""

from __future__ import annotations

from firmware.causes import Cause, Code, cause
from firmware.sip.call import reply
from firmware.sip.call.call import Call
from firmware.sip.call.events import Output
from firmware.sip.call.phases import WAITING, Phase, Timer
from firmware.sip.hop import cancel_of
from firmware.sip.message import Request
from firmware.sip.tu import Abandon, Ask

NORMAL = 16
"""Q.850: normal call clearing."""


def abandon(call: Call, why: Cause, now: float) -> list[Output]:
    """Give up our INVITE; CANCEL has to wait for the first provisional response (FC-01)."""
    if call.phase is Phase.CALLING:
        return call.end(Phase.ABANDONED, why)
    ended = call.end(Phase.CANCELLED, why)
    return [*ended, *send(call, now)]


def send(call: Call, now: float) -> list[Output]:
    """Send CANCEL; if no final response follows within 64*T1, none ever will (FC-03)."""
    assert call.invite is not None, "there is an INVITE to cancel"
    call.enter(Phase.CANCELLED)
    call.timers.start(Timer.CANCEL_LOST, now + 64 * call.around.settings.t1)
    why = reply.reason(call.why.q850 or NORMAL if call.why else NORMAL)
    more = call.around.composer.allowed([why])
    return [Ask(cancel_of(call.invite, more), call.hop.target)]


def lost(call: Call, now: float) -> list[Output]:
    """Forget the INVITE: no final response came (section 9.1)."""
    assert call.invite is not None, "there is an INVITE to forget"
    call.enter(Phase.OVER)
    return haunted(call, [Abandon(call.invite)], now)


def haunted(call: Call, outputs: list[Output], now: float) -> list[Output]:
    """Keep the call for a while: somebody may still answer, and has to get ACK and BYE."""
    call.timers.start(Timer.GHOST, now + 64 * call.around.settings.t1)
    return outputs


def laid(_call: Call, _now: float) -> list[Output]:
    """Do nothing: the time in which somebody could still answer is over."""
    return []


def received(call: Call, cancel: Request) -> list[Output]:
    """Take the peer's CANCEL: 487, unless a final response is out already (section 9.2)."""
    if call.phase not in WAITING:
        return []
    code = Code.ANSWERED_ELSEWHERE if cancel.answered_elsewhere else Code.CALLER_ABANDONED
    why = cause(code, q850=cancel.reason_q850, peer=call.peer)
    return [reply.to_invite(call, 487), *call.end(Phase.OVER, why)]
