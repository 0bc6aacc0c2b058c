"""The machine of one call: it hands each input to the verb that it belongs to."""

from __future__ import annotations

from collections.abc import Callable

from firmware.sip.call import (
    answer,
    bye,
    cancel,
    change,
    info,
    invite,
    move,
    prack,
    reply,
    reroute,
    update,
    within,
)
from firmware.sip.call.call import Call
from firmware.sip.call.events import (
    Acked,
    Cancelled,
    Input,
    Output,
    Rebound,
    Requested,
    Responded,
)
from firmware.sip.call.phases import Phase, Timer
from firmware.sip.dialog import DialogId
from firmware.sip.events import (
    Accept,
    Alert,
    CarryOver,
    Fax,
    HangUp,
    Hold,
    Invite,
    Refuse,
    Reoffer,
    Resume,
    SessionState,
    TellDigit,
)
from firmware.sip.tu import Unanswered


class CallMachine:
    """One call, until nothing of it is left to do on the wire."""

    def __init__(self, call: Call) -> None:
        self.call = call

    @property
    def deadline(self) -> float | None:
        return self.call.timers.next

    def place(self, event: Invite, target: str, now: float) -> list[Output]:
        """Place the call; `target` is the Request-URI, if it is not made from the number."""
        return invite.place(self.call, event, target, now)

    def offered(self, name: str, now: float) -> list[Output]:
        """Offer the call to its owner; `name` is the caller's name."""
        return answer.offered(self.call, name, now)

    @property
    def session(self) -> SessionState | None:
        """The session timer; None: there is none."""
        agreed, ends_at = self.call.session, self.call.timers.due(Timer.EXPIRY)
        if agreed is None or ends_at is None:
            return None
        return SessionState(agreed.interval, agreed.ours, ends_at)

    def feed(self, event: Input, now: float) -> list[Output]:
        call = self.call
        match event:
            case Alert() | Accept() | Refuse() | HangUp() | Hold() | Resume() | Reoffer():
                return self._wanted(event, now)
            case CarryOver() | Rebound():
                return self._moved(event, now)
            case TellDigit():
                return info.tell(call, event)
            case Fax(_, on):
                return change.fax(call, on=on)
            case Responded():
                return self._responded(event, now)
            case Unanswered():
                return self._unanswered(event, now)
            case Requested():
                return self._requested(event, now)
            case Acked():
                return [*answer.acked(call, event), *change.proceed(call)]
            case Cancelled(request):
                return cancel.received(call, request)

    def leave(self) -> list[Output]:
        """End the call: the service ends."""
        return bye.leave(self.call)

    def tick(self, now: float) -> list[Output]:
        outputs: list[Output] = []
        while (timer := self.call.timers.pop_due(now)) is not None:
            outputs += DUE[timer](self.call, now)
        return outputs

    def _wanted(
        self, event: Alert | Accept | Refuse | HangUp | Hold | Resume | Reoffer, now: float
    ) -> list[Output]:
        match event:
            case Alert(_, media, waits):
                return answer.alert(self.call, media, now, waits=waits)
            case Accept(_, media):
                return answer.accept(self.call, media, now)
            case Refuse(_, code):
                return answer.refuse(self.call, code)
            case HangUp(_, why):
                return bye.hang_up(self.call, why, now)
            case Hold():
                return change.hold(self.call, on=True)
            case Resume():
                return change.hold(self.call, on=False)
            case Reoffer():
                return change.reoffer(self.call, event, now)

    def _moved(self, event: CarryOver | Rebound, now: float) -> list[Output]:
        if isinstance(event, CarryOver):
            return move.begin(self.call, event.media, now)
        self.call.timers.stop(Timer.REBIND)
        return change.proceed(self.call)

    def _responded(self, event: Responded, now: float) -> list[Output]:
        match event.request.method:
            case "INVITE" if self._is_of_a_change(event):
                return change.stray(self.call, event.response)
            case "INVITE" if not event.request.to.tag:
                return invite.responded(self.call, event.request, event.response, now)
            case "INVITE" | "UPDATE":
                return change.responded(self.call, event.request, event.response, now)
            case "BYE":
                return bye.responded(self.call, event.request, event.response)
            case "PRACK":
                return prack.responded(self.call, event.request, event.response)
            case "INFO":
                return info.responded(self.call, event.request, event.response)
        return []  # a CANCEL is answered hop by hop; what counts is the answer to the INVITE

    def _unanswered(self, event: Unanswered, now: float) -> list[Output]:
        match event.request.method:
            case "INVITE" if not event.request.to.tag:
                return invite.unanswered(self.call, event.request, event.status, now)
            case "INVITE" | "UPDATE":
                return change.unanswered(self.call, event.request, event.status, now)
            case "BYE":
                return bye.done(self.call, event.request)
            case "INFO":
                return info.done(self.call, event.request)
            case "CANCEL":
                return []  # what counts is the end of the INVITE, whose branch it has
        within.done(self.call, event.request)
        return []

    def _is_of_a_change(self, event: Responded) -> bool:
        """Whether a 2xx without a transaction answers a re-INVITE of this call."""
        call, dialog, response = self.call, self.call.dialog, event.response
        other = response.cseq.number != event.request.cseq.number
        if call.key:  # the INVITE was theirs: no response to it can come
            other = event.request is call.invite
        return dialog is not None and other and response.to.tag == dialog.id.remote_tag

    def _requested(self, event: Requested, now: float) -> list[Output]:
        call, request = self.call, event.request
        dialog = call.named(DialogId.of_request(request))
        if dialog is None or call.phase is Phase.OVER:
            return [reply.to(call, event, 481)]
        if not dialog.takes(request):
            return [reply.to(call, event, 500)]
        match request.method:
            case "BYE":
                return [reply.to(call, event, 200), *bye.received(call, dialog, request, now)]
            case "INVITE" | "UPDATE" if dialog is call.dialog or call.phase is Phase.PROCEEDING:
                return update.received(call, event, dialog, now)
            case "PRACK" if call.key and dialog is call.dialog:
                outputs = prack.received(call, event)
                if call.phase is Phase.LIFTED and call.unpracked is None:
                    outputs += answer.lifted(call, now)
                return outputs
            case "INFO":
                return info.received(call, event)
            case "OPTIONS":
                return [reply.to(call, event, 200, *call.abilities.everything)]
        return [reply.to(call, event, 481)]


DUE: dict[Timer, Callable[[Call, float], list[Output]]] = {
    Timer.FAILOVER: reroute.silent,
    Timer.GIVE_UP: invite.gave_up,
    Timer.CANCEL_LOST: cancel.lost,
    Timer.LEFT_LOST: reroute.left_lost,
    Timer.GHOST: cancel.laid,
    Timer.NO_ANSWER: answer.no_answer,
    Timer.INVITED: answer.invited_no_longer,
    Timer.RING_AGAIN: answer.ring_again,
    Timer.SAY_AGAIN: prack.say_again,
    Timer.PRACK_LOST: prack.lost,
    Timer.REPEAT: answer.repeat,
    Timer.ACK_LOST: answer.ack_lost,
    Timer.CHANGE_AGAIN: change.met_again,
    Timer.CHANGE_LOST: change.lost,
    Timer.REBIND: change.met_again,
    Timer.REFRESH: change.refresh,
    Timer.EXPIRY: change.expired,
}
"""What to do when each timer is due."""
