"""Changes that we make in a running call: hold, resume, a move, a confirmation of the session.

RFC 3261 section 14.1, RFC 3311, RFC 4028 section 10. What is wanted stands in the call; a
change begins when nothing is in its way, one at a time, and is tried again if it met one
of theirs. A change that is refused leaves the session as it is, but for a move of ours
(`firmware.sip.call.move`): then it is over.
"""

from __future__ import annotations

from collections.abc import Callable

from firmware.causes import Code, cause
from firmware.sip.call import bye, describe, move, prack, session, within
from firmware.sip.call.call import Call
from firmware.sip.call.events import Output
from firmware.sip.call.parts import Change
from firmware.sip.call.phases import Phase, Timer
from firmware.sip.changes import FaxRefused, HoldRefused, Reoffer, ReofferRefused
from firmware.sip.events import MediaChanged
from firmware.sip.hop import cancel_of
from firmware.sip.message import Request, Response
from firmware.sip.tu import Abandon, Ask

MOST_TRIES = 8
"""Of one change that meets one of theirs each time."""
LONGEST_WAIT = 30.0
"""s, the most that a Retry-After may put it off."""


def hold(call: Call, *, on: bool) -> list[Output]:
    """Hold the far end, or take it back, as soon as that can be (RFC 3264 section 8.4)."""
    if not call.live:
        return []
    call.to_hold = on
    call.to_fax = call.to_fax and not on  # nobody holds a page
    return proceed(call)


def fax(call: Call, *, on: bool) -> list[Output]:
    """Go on by T.38, or talk again, as soon as that can be (RFC 3264 section 8.3.3)."""
    if not call.live:
        return []
    if on and not describe.may_fax(call):
        return [FaxRefused(call.id, 488)]
    call.to_fax = on
    return proceed(call)


def reoffer(call: Call, wish: Reoffer, now: float) -> list[Output]:
    """Offer voice once more, by other terms; G.711 alone may wait for who is nearer to it."""
    call.to_reoffer = True
    if wish.data:
        call.laws = "alone"
    if wish.after_s and Timer.CHANGE_AGAIN not in call.timers:
        call.timers.start(Timer.CHANGE_AGAIN, now + wish.after_s)
    return proceed(call)


def refresh(call: Call, _now: float) -> list[Output]:
    """Half of the session's time is over, and it is ours to confirm it."""
    call.to_refresh = True
    return proceed(call)


def proceed(call: Call) -> list[Output]:
    """Begin the next change that is wanted, if nothing is in its way.

    Nothing may be: an INVITE of either side, the time to wait after a glare, or the line that
    registers from another address.
    """
    free = call.phase is Phase.TALKING and call.change is None and call.unacked is None
    if not free or Timer.CHANGE_AGAIN in call.timers or Timer.REBIND in call.timers:
        return []
    wants = call.to_hold is not call.holds or call.to_fax is not call.fax or call.to_reoffer
    if wants or call.moved_from:
        return _begin(call, "INVITE", describe.anew)
    if call.to_refresh and "update" in call.allows:
        return _begin(call, "UPDATE", describe.nothing)
    if call.to_refresh:
        return _begin(call, "INVITE", describe.again)
    return []


def met_again(call: Call, _now: float) -> list[Output]:
    """The pause after a glare is over, or the time that the line had to register."""
    return proceed(call)


def _begin(call: Call, method: str, describing: Callable[[Call], bytes]) -> list[Output]:
    assert call.dialog is not None, "who talks has a dialog"
    before = call.description.last
    offer = describing(call)
    more = (call.contact, *call.abilities.session, *session.wish(call))
    asked = within.ask(call, call.dialog, method, more, offer)
    reoffers = call.to_reoffer and describing is describe.anew
    moves = bool(call.moved_from)
    call.change = Change(asked.request, offer, call.to_hold, before, call.to_fax, reoffers, moves)
    return [asked]


def responded(call: Call, request: Request, response: Response, now: float) -> list[Output]:
    """Take a response to a change of ours."""
    change = call.change
    if change is None or change.request.via.branch != request.via.branch:
        return _late(call, request, response)
    if response.status < 200:
        return _provisional(call, change, response, now)
    if response.status < 300:
        return _accepted(call, change, response, now)
    wanted = call.phase is Phase.TALKING and not change.given_up
    repeated = within.again(call, request, response) if wanted else None
    if repeated is not None:
        change.request = repeated.request
        return [repeated]
    _finish(call)
    if change.given_up and response.status not in {408, 481}:
        return proceed(call)  # its failure has been told
    return _refused(call, change, response, now)


def unanswered(call: Call, request: Request, status: int, now: float) -> list[Output]:
    """Nothing came in 64*T1, so the dialog is gone (12.2.1.2); or it could not be sent."""
    change = call.change
    if change is None or change.request.via.branch != request.via.branch:
        within.done(call, request)
        return []
    _finish(call)
    if status == 408:
        return _gone(call, change, 408)
    if change.moves and call.tries < MOST_TRIES:
        return _later(call, move.PAUSE, now)
    return proceed(call) if change.given_up else _failed(call, change, status)


def lost(call: Call, now: float) -> list[Output]:
    """It was provisionally answered and nothing followed: CANCEL it, and at last forget it.

    What was wanted has failed with the CANCEL. Nothing else is begun before the end of this:
    a 2xx may cross, and would be in force (section 9.1).
    """
    change, dialog = call.change, call.dialog
    if change is None or dialog is None:
        return []
    if not change.given_up:
        change.given_up = True
        call.timers.start(Timer.CHANGE_LOST, now + 64 * call.around.settings.t1)
        cancel = Ask(cancel_of(change.request), call.target(dialog))
        return [cancel, *_failed(call, change, 408)]
    _finish(call)
    return [Abandon(change.request), *proceed(call)]


def stray(call: Call, response: Response) -> list[Output]:
    """A 2xx to a re-INVITE that we had given up: ACK it; what it agreed to is not known here."""
    dialog = call.dialog
    if dialog is None or dialog.id.remote_tag != response.to.tag:
        return []
    overtaken = response.cseq.number <= call.overtaken  # what is in force, another has settled
    known = call.acks.get((response.to.tag, response.cseq.number))
    if known is not None:
        return [known]
    ack = within.bare_ack(call, dialog, response.cseq.number)
    if call.phase is not Phase.TALKING or overtaken:
        return [ack]
    why = cause(Code.SESSION_LOST, status=408, peer=call.peer, method="INVITE")
    return [ack, *bye.release(call, why)]


def _provisional(call: Call, change: Change, response: Response, now: float) -> list[Output]:
    if change.request.method == "INVITE":  # that transaction has no end of its own any more
        call.timers.start(Timer.CHANGE_LOST, now + 64 * call.around.settings.t1)
    if call.dialog is None or not prack.reliable(response):
        return []
    if not prack.in_order(change.rseq, response):
        return []
    change.rseq = response.rseq or 0
    if change.offer and change.plan is None:
        change.plan = describe.plan_of(call, change.offer, response, hold=change.hold)
    return [prack.acknowledge(call, call.dialog, response)]


def _accepted(call: Call, change: Change, response: Response, now: float) -> list[Output]:
    _finish(call)
    assert call.dialog is not None, "who talks has a dialog"
    call.dialog.retarget(response)  # the ACK goes there already (section 12.2.1.2)
    outputs: list[Output] = []
    if change.request.method == "INVITE":
        outputs.append(within.ack(call, call.dialog, change.request))
    if call.phase is not Phase.TALKING:
        return outputs  # hung up meanwhile: the BYE is out
    call.note(response)
    session.settled(call, response, now)
    call.tries = 0
    if change.moves:
        move.told(call)
    if change.offer:
        call.holds = change.hold
        call.fax = change.fax
        call.to_reoffer = call.to_reoffer and not change.reoffers
        plan = change.plan or describe.plan_of(call, change.offer, response, hold=change.hold)
        if plan is None and change.fax:  # it has said yes to nothing: talk again
            call.to_fax = False
            return [*outputs, FaxRefused(call.id, 488), *proceed(call)]
        if plan is None and change.reoffers and call.laws == "alone":  # the same: by what it can
            call.laws, call.to_reoffer = "first", True
            return [*outputs, ReofferRefused(call.id, 488), *proceed(call)]
        if plan is None:
            return [*outputs, *bye.release(call, describe.disagreement(call))]
        outputs.append(MediaChanged(call.id, plan))
    return [*outputs, *proceed(call)]


def _refused(call: Call, change: Change, response: Response, now: float) -> list[Output]:
    """What became of it (section 14.1); the session stays as it is, unless the dialog is gone."""
    status, wait = response.status, response.retry_after
    if call.phase is not Phase.TALKING:
        return []
    if status in {408, 481}:
        return _gone(call, change, status)
    if status == 422 and session.raised(call, response):
        return proceed(call)
    if status in {405, 501} and change.request.method == "UPDATE":
        call.allows -= {"update"}
        return proceed(call)
    busy = 500 <= status < 600 if change.moves else status == 500 and wait is not None
    if call.tries < MOST_TRIES and (status == 491 or busy):
        put_off = move.PAUSE if wait is None else min(float(wait), LONGEST_WAIT)
        return _later(call, _glare_pause(call) if status == 491 else put_off, now)
    return [*_failed(call, change, status), *proceed(call)]


def _later(call: Call, pause: float, now: float) -> list[Output]:
    call.tries += 1
    call.timers.start(Timer.CHANGE_AGAIN, now + pause)
    return []


def _failed(call: Call, change: Change, status: int) -> list[Output]:
    """It is not tried again by itself; a session that is not confirmed ends in its time."""
    if change.moves:
        return move.left_behind(call, status)
    call.tries = 0
    call.to_reoffer = call.to_reoffer and not change.reoffers
    if change.offer:
        call.description.last = change.before
    refused = _wanted_in_vain(call, change, status) if call.phase is Phase.TALKING else []
    call.to_refresh = call.to_refresh and bool(refused)
    return refused


def _wanted_in_vain(call: Call, change: Change, status: int) -> list[Output]:
    """Give up what was wanted of the far end, and say so."""
    said: list[Output] = []
    if change.reoffers:
        call.laws = "usual" if call.laws == "usual" else "first"
        said.append(ReofferRefused(call.id, status))
    if change.offer and change.fax is not call.fax:
        call.to_fax = call.fax
        said.append(FaxRefused(call.id, status))
    elif change.offer and change.hold is not call.holds:
        call.to_hold = call.holds
        said.append(HoldRefused(call.id, status))
    return said


def _gone(call: Call, change: Change, status: int) -> list[Output]:
    """The far end knows of no such call any more (12.2.1.2)."""
    if call.phase is not Phase.TALKING:
        return []
    if change.moves:
        return move.left_behind(call, status)
    method = change.request.method
    why = cause(Code.SESSION_LOST, status=status, peer=call.peer, method=method)
    return bye.release(call, why)


def _late(call: Call, request: Request, response: Response) -> list[Output]:
    """It is over for us already; a 2xx is ACKed again all the same (CO-06)."""
    if not 200 <= response.status < 300 or request.method != "INVITE":
        return []
    sent = call.acks.get((response.to.tag, request.cseq.number))
    return [sent] if sent is not None else stray(call, response)


def _finish(call: Call) -> None:
    assert call.change is not None, "it was on its way"
    within.done(call, call.change.request)
    call.change = None
    call.timers.stop(Timer.CHANGE_LOST)


def _glare_pause(call: Call) -> float:
    """s, by tens of milliseconds: who made the Call-ID waits longer (section 14.1)."""
    dice = call.around.composer.dice
    return (dice.randrange(0, 201) if call.key else dice.randrange(210, 401)) / 100


def expired(call: Call, now: float) -> list[Output]:
    """Nobody has confirmed the session in time: BYE (RFC 4028 section 10)."""
    seconds = call.session.interval if call.session else 0
    return bye.hang_up(call, cause(Code.SESSION_LOST, peer=call.peer, seconds=seconds), now)
