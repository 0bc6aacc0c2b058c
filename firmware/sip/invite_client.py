"""INVITE client transaction (RFC 3261 section 17.1.1, as corrected by RFC 6026 section 7.2).

    CALLING ---1xx---> PROCEEDING ---2xx---> ACCEPTED ---Timer M---> TERMINATED
                            `----3xx-6xx---> COMPLETED --Timer D------^

The tables are the machine (see `firmware.sip.walk`). The ACK to a failure is made here,
hop by hop; the ACK to a 2xx is a request of its own, made by the TU (section 13.2.2.4).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import auto
from functools import lru_cache

from firmware.machine import Named
from firmware.sip.hop import ack_to_failure
from firmware.sip.message import Request, Response
from firmware.sip.timing import STANDARD, Timing
from firmware.sip.transaction import ClientOutput, Enough, Failed, Received, Transmit, Unreachable
from firmware.sip.walk import Walk


class State(Named):
    CALLING = auto()
    LISTENING = auto()  # the same, but the INVITE is not sent again: the call went elsewhere
    PROCEEDING = auto()
    ACCEPTED = auto()
    COMPLETED = auto()
    TERMINATED = auto()


class Input(Named):
    PROVISIONAL = auto()  # 1xx
    SUCCESS = auto()  # 2xx
    FAILURE = auto()  # 3xx to 6xx
    UNREACHABLE = auto()
    ENOUGH = auto()  # the TU does not want it sent again
    TIMER_A = auto()  # send the INVITE again
    TIMER_B = auto()  # nobody answers
    TIMER_D = auto()  # no more retransmissions of the failure
    TIMER_M = auto()  # no more 2xx, from this callee or another


class Do(Named):
    SEND_REQUEST = auto()
    SEND_ACK = auto()
    PASS_UP = auto()
    REPORT_TIMEOUT = auto()
    REPORT_UNREACHABLE = auto()


S, I = State, Input  # noqa: E741 - read as the columns of a table

TRANSITIONS: dict[tuple[State, Input], tuple[State, tuple[Do, ...]]] = {
    (S.CALLING, I.TIMER_A): (S.CALLING, (Do.SEND_REQUEST,)),
    (S.CALLING, I.PROVISIONAL): (S.PROCEEDING, (Do.PASS_UP,)),
    (S.CALLING, I.SUCCESS): (S.ACCEPTED, (Do.PASS_UP,)),
    (S.CALLING, I.FAILURE): (S.COMPLETED, (Do.SEND_ACK, Do.PASS_UP)),
    (S.CALLING, I.TIMER_B): (S.TERMINATED, (Do.REPORT_TIMEOUT,)),
    (S.CALLING, I.UNREACHABLE): (S.TERMINATED, (Do.REPORT_UNREACHABLE,)),
    (S.CALLING, I.ENOUGH): (S.LISTENING, ()),
    (S.LISTENING, I.PROVISIONAL): (S.PROCEEDING, (Do.PASS_UP,)),
    (S.LISTENING, I.SUCCESS): (S.ACCEPTED, (Do.PASS_UP,)),
    (S.LISTENING, I.FAILURE): (S.COMPLETED, (Do.SEND_ACK, Do.PASS_UP)),
    (S.LISTENING, I.TIMER_B): (S.TERMINATED, (Do.REPORT_TIMEOUT,)),
    (S.LISTENING, I.UNREACHABLE): (S.TERMINATED, (Do.REPORT_UNREACHABLE,)),
    (S.PROCEEDING, I.PROVISIONAL): (S.PROCEEDING, (Do.PASS_UP,)),
    (S.PROCEEDING, I.SUCCESS): (S.ACCEPTED, (Do.PASS_UP,)),
    (S.PROCEEDING, I.FAILURE): (S.COMPLETED, (Do.SEND_ACK, Do.PASS_UP)),
    (S.ACCEPTED, I.SUCCESS): (S.ACCEPTED, (Do.PASS_UP,)),
    (S.ACCEPTED, I.TIMER_M): (S.TERMINATED, ()),
    (S.COMPLETED, I.FAILURE): (S.COMPLETED, (Do.SEND_ACK,)),
    (S.COMPLETED, I.SUCCESS): (S.COMPLETED, (Do.PASS_UP,)),  # of another branch (16.7 step 5)
    (S.COMPLETED, I.UNREACHABLE): (S.TERMINATED, ()),  # the TU has its final response already
    (S.COMPLETED, I.TIMER_D): (S.TERMINATED, ()),
}

RUNNING: dict[State, tuple[Input, ...]] = {
    S.CALLING: (I.TIMER_A, I.TIMER_B),
    S.LISTENING: (I.TIMER_B,),
    S.PROCEEDING: (),  # a telephone may ring for as long as the TU likes
    S.ACCEPTED: (I.TIMER_M,),
    S.COMPLETED: (I.TIMER_D,),
    S.TERMINATED: (),
}


@lru_cache(maxsize=8)
def seconds(timing: Timing, *, reliable: bool) -> Mapping[Input, float]:
    """How long the timers run (RFC 3261 table 4)."""
    always = {I.TIMER_B: timing.patience, I.TIMER_M: timing.patience}
    if reliable:
        return {**always, I.TIMER_D: 0.0}
    return {**always, I.TIMER_A: timing.t1, I.TIMER_D: max(32.0, timing.patience)}


class InviteClient:
    """One INVITE on its way."""

    def __init__(
        self, request: Request, *, reliable: bool = False, timing: Timing = STANDARD
    ) -> None:
        self.request = request
        self._pause = timing.t1
        self._walk: Walk[State, Input, Do] = Walk(
            TRANSITIONS, RUNNING, seconds(timing, reliable=reliable), State.CALLING
        )

    @property
    def state(self) -> State:
        return self._walk.state

    @property
    def over(self) -> bool:
        return self._walk.state is State.TERMINATED

    @property
    def unanswered(self) -> bool:
        """Nothing has come back yet, and it is still to be sent."""
        return self._walk.state is State.CALLING

    @property
    def deadline(self) -> float | None:
        return self._walk.deadline

    def start(self, now: float) -> list[ClientOutput]:
        self._walk.begin(now)
        return [Transmit(self.request)]

    def feed(self, event: Response | Unreachable | Enough, now: float) -> list[ClientOutput]:
        if isinstance(event, Unreachable):
            outputs = self._step(Input.UNREACHABLE, None, now)
        elif isinstance(event, Enough):
            outputs = self._step(Input.ENOUGH, None, now)
        else:
            outputs = self._step(classify(event.status), event, now)
        return outputs + self.tick(now)

    def tick(self, now: float) -> list[ClientOutput]:
        outputs: list[ClientOutput] = []
        while (timer := self._walk.pop_due(now)) is not None:
            if timer is Input.TIMER_A:  # doubles without end (section 17.1.1.2)
                self._pause *= 2
                self._walk.restart(timer, now + self._pause)
            outputs += self._step(timer, None, now)
        return outputs

    def _step(self, what: Input, response: Response | None, now: float) -> list[ClientOutput]:
        return [self._perform(do, response) for do in self._walk.step(what, now)]

    def _perform(self, do: Do, response: Response | None) -> ClientOutput:
        match do:
            case Do.SEND_REQUEST:
                return Transmit(self.request)
            case Do.REPORT_TIMEOUT:
                return Failed(408)
            case Do.REPORT_UNREACHABLE:
                return Failed(503)
        assert response is not None, "ACKed and passed up are responses only"
        if do is Do.SEND_ACK:
            return Transmit(ack_to_failure(self.request, response))
        return Received(response)


def classify(status: int) -> Input:
    if status < 200:
        return Input.PROVISIONAL
    return Input.SUCCESS if status < 300 else Input.FAILURE
