"""Non-INVITE server transaction (RFC 3261 section 17.2.2).

    TRYING ---1xx---> PROCEEDING ---2xx-6xx---> COMPLETED ---Timer J---> TERMINATED

The tables are the machine (see `firmware.sip.walk`).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import auto
from functools import lru_cache

from firmware.machine import Named
from firmware.sip.message import Request, Response
from firmware.sip.timing import STANDARD, Timing
from firmware.sip.transaction import ServerOutput, Transmit
from firmware.sip.walk import Walk


class State(Named):
    TRYING = auto()
    PROCEEDING = auto()
    COMPLETED = auto()
    TERMINATED = auto()


class Input(Named):
    REQUEST = auto()  # the request once more
    PROVISIONAL = auto()  # 1xx of the TU
    FINAL = auto()  # 2xx to 6xx of the TU
    TIMER_J = auto()  # no more retransmissions of the request


class Do(Named):
    SEND = auto()  # what the TU has just said
    REPEAT = auto()  # what was sent last


S, I = State, Input  # noqa: E741 - read as the columns of a table

TRANSITIONS: dict[tuple[State, Input], tuple[State, tuple[Do, ...]]] = {
    (S.TRYING, I.PROVISIONAL): (S.PROCEEDING, (Do.SEND,)),
    (S.TRYING, I.FINAL): (S.COMPLETED, (Do.SEND,)),
    (S.PROCEEDING, I.REQUEST): (S.PROCEEDING, (Do.REPEAT,)),
    (S.PROCEEDING, I.PROVISIONAL): (S.PROCEEDING, (Do.SEND,)),
    (S.PROCEEDING, I.FINAL): (S.COMPLETED, (Do.SEND,)),
    (S.COMPLETED, I.REQUEST): (S.COMPLETED, (Do.REPEAT,)),
    (S.COMPLETED, I.TIMER_J): (S.TERMINATED, ()),
}

RUNNING: dict[State, tuple[Input, ...]] = {
    S.TRYING: (),
    S.PROCEEDING: (),
    S.COMPLETED: (I.TIMER_J,),
    S.TERMINATED: (),
}


@lru_cache(maxsize=8)
def seconds(timing: Timing, *, reliable: bool) -> Mapping[Input, float]:
    """How long the timer runs (RFC 3261 table 4)."""
    return {I.TIMER_J: 0.0 if reliable else timing.patience}


class Server:
    """One request other than INVITE and ACK that came in."""

    def __init__(
        self, request: Request, *, reliable: bool = False, timing: Timing = STANDARD
    ) -> None:
        self.request = request
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
        """Take the request again from the network, or a response from the TU."""
        match event:
            case Request():
                what = Input.REQUEST
            case Response():
                what = Input.PROVISIONAL if event.status < 200 else Input.FINAL
        return self._step(what, event, now) + self.tick(now)

    def tick(self, now: float) -> list[ServerOutput]:
        outputs: list[ServerOutput] = []
        while (timer := self._walk.pop_due(now)) is not None:
            outputs += self._step(timer, None, now)
        return outputs

    def _step(
        self, what: Input, event: Request | Response | None, now: float
    ) -> list[ServerOutput]:
        return [self._perform(event) for _ in self._walk.step(what, now)]

    def _perform(self, event: Request | Response | None) -> ServerOutput:
        """Send what has just been said, or else what was said last."""
        if isinstance(event, Response):
            self._last = event
        assert self._last is not None, "no state repeats before something was sent"
        return Transmit(self._last)
