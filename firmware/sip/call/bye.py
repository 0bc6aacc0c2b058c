"""BYE, ours and theirs (RFC 3261 section 15)."""

from __future__ import annotations

from firmware.causes import Cause, Code, cause
from firmware.sip.call import cancel, reply, within
from firmware.sip.call.call import Call
from firmware.sip.call.events import Output
from firmware.sip.call.phases import WAITING, Phase
from firmware.sip.dialog import Dialog
from firmware.sip.message import Request, Response


def hang_up(call: Call, why: Cause | None, now: float) -> list[Output]:
    """End the call for its owner at once; on the wire by CANCEL, BYE or a refusal, as is due."""
    why = why or cause(Code.NORMAL)
    match call.phase:
        case Phase.CALLING | Phase.PROCEEDING:
            return cancel.abandon(call, why, now)
        case phase if phase in WAITING:
            more = (reply.reason(why.q850),) if why.q850 else ()
            return [reply.to_invite(call, 480, *more), *call.end(Phase.OVER, why)]
        case Phase.ANSWERED:
            return call.end(Phase.HANGING_UP, why)
        case Phase.TALKING:
            return release(call, why)
    return []


def leave(call: Call) -> list[Output]:
    """Send the BYE that still waits for an ACK: the service ends, and nobody will be here then."""
    if call.phase is not Phase.HANGING_UP:
        return []
    return release(call, cause(Code.NORMAL))


def release(call: Call, why: Cause) -> list[Output]:
    """End the call with a BYE that says why."""
    assert call.dialog is not None, "who talks has a dialog"
    outputs = call.end(Phase.RELEASING, why)
    call.unacked = None
    return [*outputs, *send(call, call.dialog, reason(why.q850 or 16))]


def send(call: Call, dialog: Dialog, why: str) -> list[Output]:
    """Send a BYE in one dialog of the call; it need not be the one that we talk in."""
    return [within.ask(call, dialog, "BYE", (("Reason", why),))]


def reason(q850: int) -> str:
    """A Reason header value (RFC 3326)."""
    return reply.reason(q850)[1]


def responded(call: Call, request: Request, response: Response) -> list[Output]:
    """Take a response to our BYE; whatever it says, unless a challenge, the dialog is over."""
    if response.status < 200:
        return []
    repeated = within.again(call, request, response)
    return [repeated] if repeated is not None else done(call, request)


def done(call: Call, request: Request) -> list[Output]:
    """Our BYE was answered, or never will be (CO-15)."""
    within.done(call, request)
    waiting = any(asked.request.method == "BYE" for asked in call.within.values())
    if call.phase is Phase.RELEASING and not waiting:
        call.enter(Phase.OVER)
    return []


def received(call: Call, dialog: Dialog, request: Request, now: float) -> list[Output]:
    """Take the peer's BYE, which is answered already; it may cross ours (CO-09)."""
    match call.phase:
        case phase if phase in WAITING:  # CO-11
            return cancel.received(call, request)
        case Phase.PROCEEDING if dialog is not call.dialog:
            why = _released(call, request, now)
            return cancel.abandon(call, why, now)
        case Phase.ANSWERED | Phase.TALKING | Phase.HANGING_UP if dialog is call.dialog:
            call.unacked = None
            return call.end(Phase.OVER, _released(call, request, now))
    return []


def _released(call: Call, request: Request, now: float) -> Cause:
    talked = round(now - call.since)
    return cause(Code.REMOTE_RELEASED, q850=request.reason_q850, peer=call.peer, seconds=talked)
