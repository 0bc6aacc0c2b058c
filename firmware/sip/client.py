"""Non-INVITE client transaction (RFC 3261 section 17.1.2).

    TRYING ---1xx---> PROCEEDING ---2xx-6xx---> COMPLETED ---Timer K---> TERMINATED

Timer F runs through both TRYING and PROCEEDING; Timer E too, but from PROCEEDING on it
comes every T2. The tables are the machine (see `firmware.sip.walk`).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import auto
from functools import lru_cache

from firmware.machine import Named
from firmware.sip.message import Request, Response
from firmware.sip.timing import STANDARD, Timing
from firmware.sip.transaction import ClientOutput, Failed, Received, Transmit, Unreachable
from firmware.sip.walk import Walk


class State(Named):
    TRYING = auto()
    PROCEEDING = auto()
    COMPLETED = auto()
    TERMINATED = auto()


class Input(Named):
    PROVISIONAL = auto()  # 1xx
    FINAL = auto()  # 2xx to 6xx
    UNREACHABLE = auto()
    TIMER_E = auto()  # send the request again
    TIMER_F = auto()  # nobody answers
    TIMER_K = auto()  # no more retransmissions of the response


class Do(Named):
    SEND_REQUEST = auto()
    PASS_UP = auto()
    REPORT_TIMEOUT = auto()
    REPORT_UNREACHABLE = auto()


S, I = State, Input  # noqa: E741 - read as the columns of a table

TRANSITIONS: dict[tuple[State, Input], tuple[State, tuple[Do, ...]]] = {
    (S.TRYING, I.TIMER_E): (S.TRYING, (Do.SEND_REQUEST,)),
    (S.TRYING, I.PROVISIONAL): (S.PROCEEDING, (Do.PASS_UP,)),
    (S.TRYING, I.FINAL): (S.COMPLETED, (Do.PASS_UP,)),
    (S.TRYING, I.TIMER_F): (S.TERMINATED, (Do.REPORT_TIMEOUT,)),
    (S.TRYING, I.UNREACHABLE): (S.TERMINATED, (Do.REPORT_UNREACHABLE,)),
    (S.PROCEEDING, I.TIMER_E): (S.PROCEEDING, (Do.SEND_REQUEST,)),
    (S.PROCEEDING, I.PROVISIONAL): (S.PROCEEDING, (Do.PASS_UP,)),
    (S.PROCEEDING, I.FINAL): (S.COMPLETED, (Do.PASS_UP,)),
    (S.PROCEEDING, I.TIMER_F): (S.TERMINATED, (Do.REPORT_TIMEOUT,)),
    (S.PROCEEDING, I.UNREACHABLE): (S.TERMINATED, (Do.REPORT_UNREACHABLE,)),
    (S.COMPLETED, I.TIMER_K): (S.TERMINATED, ()),
}

RUNNING: dict[State, tuple[Input, ...]] = {
    S.TRYING: (I.TIMER_E, I.TIMER_F),
    S.PROCEEDING: (I.TIMER_E, I.TIMER_F),
    S.COMPLETED: (I.TIMER_K,),
    S.TERMINATED: (),
}


@lru_cache(maxsize=8)
def seconds(timing: Timing, *, reliable: bool) -> Mapping[Input, float]:
    """How long the timers run (RFC 3261 table 4)."""
    if reliable:
        return {I.TIMER_F: timing.patience, I.TIMER_K: 0.0}
    return {I.TIMER_E: timing.t1, I.TIMER_F: timing.patience, I.TIMER_K: timing.t4}


class Client:
    """One request other than INVITE and ACK on its way."""

    def __init__(
        self, request: Request, *, reliable: bool = False, timing: Timing = STANDARD
    ) -> None:
        self.request = request
        self._timing = timing
        self._pause = timing.t1
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
    def unanswered(self) -> bool:
        """Nothing has come back yet."""
        return self._walk.state is State.TRYING

    @property
    def deadline(self) -> float | None:
        return self._walk.deadline

    def start(self, now: float) -> list[ClientOutput]:
        self._walk.begin(now)
        return [Transmit(self.request)]

    def feed(self, event: Response | Unreachable, now: float) -> list[ClientOutput]:
        if isinstance(event, Unreachable):
            outputs = self._step(Input.UNREACHABLE, None, now)
        else:
            what = Input.PROVISIONAL if event.status < 200 else Input.FINAL
            outputs = self._step(what, event, now)
        return outputs + self.tick(now)

    def tick(self, now: float) -> list[ClientOutput]:
        outputs: list[ClientOutput] = []
        while (timer := self._walk.pop_due(now)) is not None:
            if timer is Input.TIMER_E:
                self._lengthen_pause()
                self._walk.restart(timer, now + self._pause)
            outputs += self._step(timer, None, now)
        return outputs

    def _lengthen_pause(self) -> None:
        """Double it up to T2; once somebody is known to work on it, T2 (section 17.1.2.2)."""
        if self.state is State.PROCEEDING:
            self._pause = self._timing.t2
        else:
            self._pause = min(2 * self._pause, self._timing.t2)

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
        assert response is not None, "only responses are passed up"
        return Received(response)
