"""Our own address is another: the call goes on from there, if the far end goes along.

The far end is told by a re-INVITE, whose Contact and description have the new address (RFC 3261
sections 12.2 and 14.1, RFC 3264 section 8.3.1); `firmware.sip.call.change` sends it. Before, the
line registers: many servers take nothing from who has not. What was on its way from the old
address is overtaken, since its answer goes where nobody is.
"""

from __future__ import annotations

from firmware.causes import Cause, Code, cause
from firmware.sip.call import bye, within
from firmware.sip.call.call import Call
from firmware.sip.call.events import Output
from firmware.sip.call.phases import Phase, Timer
from firmware.sip.events import LocalMedia
from firmware.sip.tu import Abandon

PATIENCE = 4.0
"""s that the line has to register from the new address; then the far end is told all the same."""
PAUSE = 2.0
"""s until what could not be sent is tried again: ways come up one after another."""


def begin(call: Call, media: LocalMedia, now: float) -> list[Output]:
    """Take the new place of our voice, and wait until the line is bound there.

    A handshake about keys belongs to the addresses it was done between: the next is another
    (RFC 5763 section 6.6, RFC 8842 section 4).
    """
    if call.phase is not Phase.TALKING or call.media is None:
        return []
    call.moved_from = call.moved_from or call.media.host
    call.media = media
    call.description.association, call.description.standing = "", None
    call.tries = 0
    call.timers.stop(Timer.CHANGE_AGAIN)
    call.timers.start(Timer.REBIND, now + PATIENCE)
    return _overtake(call)


def rings_on(call: Call) -> bool:
    """Whether a call that rings here does so from another address of ours as well.

    Our responses reach the server from anywhere, and the 200 will say where we are (RFC 3261
    section 13.2.2.4). A connection to the old address is gone, though; and where a response of
    ours was reliable, its PRACK and early voice would go there.
    """
    waits = call.phase in {Phase.OFFERED, Phase.RINGING}
    return waits and not call.rseq and not call.hop.target.transport.reliable


def _overtake(call: Call) -> list[Output]:
    """Forget a change that is on its way; what it wanted is wanted still."""
    change = call.change
    if change is None:
        return []
    call.change, call.overtaken = None, change.request.cseq.number
    call.timers.stop(Timer.CHANGE_LOST)
    within.done(call, change.request)
    return [Abandon(change.request)]


def told(call: Call) -> None:
    """The far end has our new address: by our offer and its answer, or the other way round."""
    call.moved_from = ""


def left_behind(call: Call, status: int, method: str = "INVITE") -> list[Output]:
    """The far end did not go along, so it sends to where nobody is: end the call."""
    if call.phase is not Phase.TALKING:
        return []
    return bye.release(call, why(call, status, method))


def why(call: Call, status: int, method: str) -> Cause:
    """Why the call is over; 408: nothing came back."""
    new = call.media.host if call.media else ""
    return cause(
        Code.ADDRESS_CHANGED,
        status=status,
        old=call.moved_from,
        new=new,
        peer=call.peer,
        method=method,
    )
