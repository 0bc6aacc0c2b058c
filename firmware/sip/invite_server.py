"""INVITE server transaction (RFC 3261 section 17.2.1, as corrected by RFC 6026 section 7.1).

    TRYING --1xx--> PROCEEDING --2xx--> ACCEPTED ---------Timer L--------> TERMINATED
                        `------3xx-6xx--> COMPLETED --ACK--> CONFIRMED --Timer I--^

TRYING is the first 200 ms: if the TU has nothing to say by then, a 100 goes out by
itself. While ACCEPTED, retransmissions of the INVITE are swallowed and the TU repeats its
2xx itself (section 13.3.1.4). The tables are the machine (see `firmware.sip.walk`).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import auto
from functools import lru_cache

from firmware.machine import Named
from firmware.sip.message import Request, Response, respond
from firmware.sip.timing import STANDARD, Timing
from firmware.sip.transaction import Acknowledged, ServerOutput, Transmit
from firmware.sip.walk import Walk


class State(Named):
    TRYING = auto()
    PROCEEDING = auto()
    ACCEPTED = auto()
    COMPLETED = auto()
    CONFIRMED = auto()
    TERMINATED = auto()


class Input(Named):
    REQUEST = auto()  # the INVITE once more
    ACK = auto()
    PROVISIONAL = auto()  # 1xx of the TU
    SUCCESS = auto()  # 2xx of the TU
    FAILURE = auto()  # 3xx to 6xx of the TU
    TIMER_100 = auto()  # the TU has been silent for 200 ms
    TIMER_G = auto()  # send the failure again
    TIMER_H = auto()  # no ACK comes
    TIMER_I = auto()  # no more ACKs
    TIMER_L = auto()  # no more retransmissions of the INVITE


class Do(Named):
    SEND_TRYING = auto()
    SEND = auto()  # what the TU has just said
    REPEAT = auto()  # what was sent last
    PASS_UP_ACK = auto()


S, I = State, Input  # noqa: E741 - read as the columns of a table

TRANSITIONS: dict[tuple[State, Input], tuple[State, tuple[Do, ...]]] = {
    (S.TRYING, I.TIMER_100): (S.PROCEEDING, (Do.SEND_TRYING,)),
    (S.TRYING, I.PROVISIONAL): (S.PROCEEDING, (Do.SEND,)),
    (S.TRYING, I.SUCCESS): (S.ACCEPTED, (Do.SEND,)),
    (S.TRYING, I.FAILURE): (S.COMPLETED, (Do.SEND,)),
    (S.PROCEEDING, I.REQUEST): (S.PROCEEDING, (Do.REPEAT,)),
    (S.PROCEEDING, I.PROVISIONAL): (S.PROCEEDING, (Do.SEND,)),
    (S.PROCEEDING, I.SUCCESS): (S.ACCEPTED, (Do.SEND,)),
    (S.PROCEEDING, I.FAILURE): (S.COMPLETED, (Do.SEND,)),
    (S.ACCEPTED, I.SUCCESS): (S.ACCEPTED, (Do.SEND,)),
    (S.ACCEPTED, I.ACK): (S.ACCEPTED, (Do.PASS_UP_ACK,)),
    (S.ACCEPTED, I.TIMER_L): (S.TERMINATED, ()),
    (S.COMPLETED, I.REQUEST): (S.COMPLETED, (Do.REPEAT,)),
    (S.COMPLETED, I.TIMER_G): (S.COMPLETED, (Do.REPEAT,)),
    (S.COMPLETED, I.ACK): (S.CONFIRMED, ()),
    (S.COMPLETED, I.TIMER_H): (S.TERMINATED, ()),  # the TU would have nothing to do about it
    (S.CONFIRMED, I.TIMER_I): (S.TERMINATED, ()),
}

RUNNING: dict[State, tuple[Input, ...]] = {
    S.TRYING: (I.TIMER_100,),
    S.PROCEEDING: (),
    S.ACCEPTED: (I.TIMER_L,),
    S.COMPLETED: (I.TIMER_G, I.TIMER_H),
    S.CONFIRMED: (I.TIMER_I,),
    S.TERMINATED: (),
}


@lru_cache(maxsize=8)
def seconds(timing: Timing, *, reliable: bool) -> Mapping[Input, float]:
    """How long the timers run (RFC 3261 table 4)."""
    always = {I.TIMER_100: 0.2, I.TIMER_H: timing.patience, I.TIMER_L: timing.patience}
    if reliable:
        return {**always, I.TIMER_I: 0.0}
    return {**always, I.TIMER_G: timing.t1, I.TIMER_I: timing.t4}


class InviteServer:
    """One INVITE that came in."""

    def __init__(
        self, request: Request, *, reliable: bool = False, timing: Timing = STANDARD
    ) -> None:
        self.request = request
        self._timing = timing
        self._pause = timing.t1
        self._last: Response | None = None
        self._walk: Walk[State, Input, Do] = Walk(
            TRANSITIONS, RUNNING, seconds(timing, reliable=reliable), State.TRYING
        )

    @property
    def state(self) -> State:
        return self._walk.state

    @property
    def over(self) -> bool:
        return self._walk.state is State.TERMINATED

    @property
    def deadline(self) -> float | None:
        return self._walk.deadline

    def start(self, now: float) -> list[ServerOutput]:
        self._walk.begin(now)
        return []

    def feed(self, event: Request | Response, now: float) -> list[ServerOutput]:
        """Take an INVITE or ACK from the network, or a response from the TU."""
        match event:
            case Request():
                what = Input.ACK if event.method == "ACK" else Input.REQUEST
            case Response():
                what = classify(event.status)
        return self._step(what, event, now) + self.tick(now)

    def tick(self, now: float) -> list[ServerOutput]:
        outputs: list[ServerOutput] = []
        while (timer := self._walk.pop_due(now)) is not None:
            if timer is Input.TIMER_G:
                self._pause = min(2 * self._pause, self._timing.t2)
                self._walk.restart(timer, now + self._pause)
            outputs += self._step(timer, None, now)
        return outputs

    def _step(
        self, what: Input, event: Request | Response | None, now: float
    ) -> list[ServerOutput]:
        return [self._perform(do, event) for do in self._walk.step(what, now)]

    def _perform(self, do: Do, event: Request | Response | None) -> ServerOutput:
        match do, event:
            case Do.PASS_UP_ACK, Request() as ack:
                return Acknowledged(ack)
            case Do.SEND, Response() as response:
                self._last = response
            case Do.SEND_TRYING, _:
                self._last = respond(self.request, 100)
        assert self._last is not None, "no state repeats before something was sent"
        return Transmit(self._last)


def classify(status: int) -> Input:
    if status < 200:
        return Input.PROVISIONAL
    return Input.SUCCESS if status < 300 else Input.FAILURE
