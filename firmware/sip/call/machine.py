"""The machine of one call: which verb an input belongs to."""

from __future__ import annotations

from firmware.sip.call import answer, bye, cancel, invite, reroute, update
from firmware.sip.call.call import Call, Phase, Timer
from firmware.sip.call.events import (
    Acked,
    Answer,
    Cancelled,
    Input,
    Output,
    Requested,
    Responded,
    Unanswered,
)
from firmware.sip.dialog import DialogId
from firmware.sip.events import Accept, Alert, HangUp, LocalMedia, Refuse


class CallMachine:
    """One call, ours or theirs, with everything that still has to be done on the wire."""

    def __init__(self, call: Call) -> None:
        self.call = call

    @property
    def deadline(self) -> float | None:
        return self.call.timers.next

    def place(self, media: LocalMedia, target: str, now: float) -> list[Output]:
        """Begin as the caller; `target` is the Request-URI, if it is not made of the number."""
        return invite.place(self.call, media, target, now)

    def offered(self, name: str, now: float) -> list[Output]:
        """Begin as the callee; `name` is what the caller calls himself."""
        return answer.offered(self.call, name, now)

    def feed(self, event: Input, now: float) -> list[Output]:
        call = self.call
        match event:
            case Alert() | Accept() | Refuse() | HangUp():
                return self._wanted(event, now)
            case Responded():
                return self._responded(event, now)
            case Unanswered():
                return self._unanswered(event, now)
            case Requested():
                return self._requested(event, now)
            case Acked():
                return answer.acked(call, event)
            case Cancelled(request):
                return cancel.received(call, request)

    def tick(self, now: float) -> list[Output]:
        outputs: list[Output] = []
        while (timer := self.call.timers.pop_due(now)) is not None:
            outputs += self._due(timer, now)
        return outputs

    def _wanted(self, event: Alert | Accept | Refuse | HangUp, now: float) -> list[Output]:
        match event:
            case Alert():
                return answer.alert(self.call, now)
            case Accept(_, media):
                return answer.accept(self.call, media, now)
            case Refuse(_, code):
                return answer.refuse(self.call, code)
            case HangUp(_, why):
                return bye.hang_up(self.call, why, now)

    def _due(self, timer: Timer, now: float) -> list[Output]:
        match timer:
            case Timer.FAILOVER:
                return reroute.silent(self.call, now)
            case Timer.GIVE_UP:
                return invite.gave_up(self.call, now)
            case Timer.CANCEL_LOST:
                return cancel.lost(self.call, now)
            case Timer.GHOST:
                return []  # nothing is left to wait for
            case Timer.NO_ANSWER:
                return answer.no_answer(self.call, now)
            case Timer.RING_AGAIN:
                return answer.ring_again(self.call, now)
            case Timer.REPEAT:
                return answer.repeat(self.call, now)
            case Timer.ACK_LOST:
                return answer.ack_lost(self.call)

    def _responded(self, event: Responded, now: float) -> list[Output]:
        match event.request.method:
            case "INVITE":
                return invite.responded(self.call, event.request, event.response, now)
            case "BYE":
                return bye.responded(self.call, event.request, event.response)
        return []  # a CANCEL is answered hop by hop; what counts is the answer to the INVITE

    def _unanswered(self, event: Unanswered, now: float) -> list[Output]:
        match event.request.method:
            case "INVITE":
                return invite.unanswered(self.call, event.request, event.status, now)
            case "BYE":
                return bye.done(self.call, event.request)
        return []

    def _requested(self, event: Requested, now: float) -> list[Output]:
        call, request = self.call, event.request
        dialog = call.named(DialogId.of_request(request))
        if dialog is None or call.phase is Phase.OVER:
            return [self._answer(event, 481)]
        if not dialog.takes(request):
            return [self._answer(event, 500)]
        match request.method:
            case "BYE":
                return [self._answer(event, 200), *bye.received(call, dialog, request, now)]
            case "INVITE" | "UPDATE" if dialog is call.dialog or call.phase is Phase.PROCEEDING:
                return update.received(call, event, now)
            case "OPTIONS":
                return [self._answer(event, 200, *call.abilities.everything)]
        return [self._answer(event, 481)]

    def _answer(self, event: Requested, status: int, *more: tuple[str, str]) -> Answer:
        composer = self.call.around.composer
        return Answer(event.key, composer.response(event.request, status, more=more))
