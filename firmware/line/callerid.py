"""What a telephone is told beside the voice: who calls, who waits, whether messages wait.

Who calls is shown between the first and the second ring (GR-30, YD/T 1277), or before the
first one, after the line has drawn the telephone's attention (EN 300 659-1, BT SIN 227), or
while the telephone holds the line for a moment (NTT). So this machine also says when the bell
begins to ring. It goes through a list of steps; who lifts the handset, or gives the call up,
ends it.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from enum import Enum, auto

from firmware.line.caller_message import Caller, call_setup, caller, keys, messages_waiting
from firmware.line.callerid_kinds import DTMF, KINDS, REVERSING, V23, Alert, Kind
from firmware.line.callerid_steps import (
    WAITING_ALERT_MS,
    Await,
    GiveBack,
    Order,
    Ring,
    Seize,
    SendData,
    Step,
    Wait,
    announcing,
    lighting,
)
from firmware.machine import Timers

LONGEST_DATA = 6.0
"""Seconds after which data must have been sent; if nobody says so, the bell rings all the same."""


@dataclass(frozen=True, slots=True)
class CallerIdPlan:
    """How a country shows callers."""

    standard: str = "bell202"
    """One of `KINDS`; empty: callers are not shown."""
    charset: str = "latin-1"
    """Of the name on the telephone's display."""
    name_bytes: int = 15
    """Longest name that telephones take."""
    number_digits: int = 20
    pause: float = 0.5
    """Silence between the first burst and the data, seconds."""

    @property
    def kind(self) -> Kind | None:
        return KINDS.get(self.standard)


@dataclass(frozen=True, slots=True)
class Ability:
    """What a line circuit can do of what the kinds need."""

    transmits_on_hook: bool = True
    reverses: bool = True
    calls: bool = True
    """It can ring for half of the time (`callerid_steps.CALLING_MS`)."""

    def lacking(self, alert: Alert) -> str:
        """What it cannot do and would have to, in words; empty: it can."""
        if alert in REVERSING and not self.reverses:
            return "polarity reversal"
        if alert is Alert.SEIZED:
            return "" if self.calls else "ringing half of the time"
        return "" if self.transmits_on_hook else "on-hook transmission"


@dataclass(frozen=True, slots=True)
class CallCame:
    """Somebody calls: show who, and ring."""

    number: str
    name: str
    when: str
    """Local time, MMDDhhmm."""
    able: Ability = Ability()
    """Of the line circuit."""


@dataclass(frozen=True, slots=True)
class CallOver:
    """No more ringing, and nothing to be told: answered, given up, or the handset is lifted."""


@dataclass(frozen=True, slots=True)
class LampWanted:
    """The lamp of a telephone on-hook is to show so many messages."""

    count: int
    able: Ability = Ability()


@dataclass(frozen=True, slots=True)
class DataSent:
    """What was ordered under this tag has been sent, or cannot be."""

    tag: int


@dataclass(frozen=True, slots=True)
class HookSeen:
    """The contact of the telephone, while it `seizes`."""

    off_hook: bool


CallerIdEvent = CallCame | CallOver | LampWanted | DataSent | HookSeen


@dataclass(frozen=True, slots=True)
class Cut:
    """Break off what is being sent."""


CallerIdOrder = Order | Cut


class _Timer(Enum):
    WAITS = auto()


class CallerId:
    """One port's; a `Machine[CallerIdEvent, CallerIdOrder]`."""

    def __init__(self, plan: CallerIdPlan, first_burst: float) -> None:
        """Take the plan and the length of the first burst of ringing, in seconds."""
        self._plan = plan
        self._first_burst = first_burst
        self._steps: deque[Step] = deque()
        self._at: Step | None = None
        """What is being waited for: a `Wait`, an `Await`, or the end of a `SendData`."""
        self.seizes = False
        """The hook is the telephone's answer now: tell `HookSeen`, and nobody else."""
        self._off_hook = False
        self._tag = 0
        self._timers: Timers[_Timer] = Timers()

    @property
    def busy(self) -> bool:
        """Something is being told, or is about to be."""
        return self._at is not None

    @property
    def deadline(self) -> float | None:
        return self._timers.next

    def feed(self, event: CallerIdEvent, now: float) -> list[CallerIdOrder]:
        match event:
            case CallCame():
                return self._begin(self._call_steps(event), now)
            case LampWanted():
                return self._begin(self._lamp_steps(event), now) if not self.busy else []
            case CallOver():
                return self._end()
            case DataSent(tag) if isinstance(self._at, SendData) and tag == self._at.tag:
                return self._go_on(now)
            case HookSeen(off_hook) if self.seizes:
                self._off_hook = off_hook
                if isinstance(self._at, Await) and self._at.off_hook is off_hook:
                    return self._go_on(now)
        return []

    def tick(self, now: float) -> list[CallerIdOrder]:
        if self._timers.pop_due(now) is None:
            return []
        if isinstance(self._at, Await):
            self._steps = deque(self._at.otherwise)
        return self._go_on(now)

    def _call_steps(self, call: CallCame) -> tuple[Step, ...]:
        kind, plan = self._plan.kind, self._plan
        if kind is None or call.able.lacking(kind.alert):
            return (Ring(),)
        who = fitted(plan, call.number, call.name, call.when)
        data = _data(kind, who)
        return announcing(kind.alert, data, first_burst=self._first_burst, pause=plan.pause)

    def _lamp_steps(self, lamp: LampWanted) -> tuple[Step, ...]:
        kind = self._plan.kind
        if kind is None or kind.lamp is None or lamp.able.lacking(kind.lamp):
            return ()
        counted = kind.modem == V23
        message = messages_waiting(kind.form, lamp.count, counted=counted)
        words = f"messages waiting {lamp.count}" if lamp.count else "no messages waiting"
        return lighting(kind.lamp, SendData(kind.modem, message, words))

    def _begin(self, steps: tuple[Step, ...], now: float) -> list[CallerIdOrder]:
        ended = self._end()
        self._steps = deque(steps)
        return ended + self._go_on(now)

    def _end(self) -> list[CallerIdOrder]:
        """Give up what is being done."""
        orders: list[CallerIdOrder] = []
        if isinstance(self._at, SendData):
            orders.append(Cut())
        if self.seizes and self._off_hook:
            orders.append(GiveBack())
        self._steps.clear()
        self._at, self.seizes, self._off_hook = None, False, False
        self._timers.keep(())
        return orders

    def _go_on(self, now: float) -> list[CallerIdOrder]:
        """Do what comes next, as far as there is nothing to wait for."""
        self._at = None
        self._timers.keep(())
        orders: list[CallerIdOrder] = []
        while self._steps and self._at is None:
            match step := self._steps.popleft():
                case Wait(seconds):
                    self._wait(step, now + seconds)
                case Await(off_hook, seconds) if off_hook is not self._off_hook:
                    self._wait(step, now + seconds)
                case Await():
                    pass
                case Seize(on):
                    self.seizes, self._off_hook = on, False
                case SendData():
                    self._tag += 1
                    numbered = replace(step, tag=self._tag)
                    orders.append(numbered)
                    self._wait(numbered, now + LONGEST_DATA)
                case _:
                    orders.append(step)
        return orders

    def _wait(self, step: Step, until: float) -> None:
        self._at = step
        self._timers.start(_Timer.WAITS, until)


def fitted(plan: CallerIdPlan, number: str, name: str, when: str) -> Caller:
    """Fit a caller to what the telephones of a country can show."""
    return caller(
        number,
        name,
        when,
        charset=plan.charset,
        name_bytes=plan.name_bytes,
        number_digits=plan.number_digits,
    )


def waiting_data(plan: CallerIdPlan, number: str, name: str, when: str) -> SendData | None:
    """What a telephone in a call is told of who waits; None: it is not told in this country."""
    kind = plan.kind
    if kind is None or not kind.waiting:
        return None
    data = _data(kind, fitted(plan, number, name, when))
    return replace(data, alert_ms=WAITING_ALERT_MS, waiting=True)


def _data(kind: Kind, who: Caller) -> SendData:
    absent = "withheld" if who.absence == "P" else "unknown"
    words = f"caller ID {who.number or absent}"
    if kind.modem == DTMF:
        return SendData(DTMF, keys(kind.keys, who).encode("ascii"), words)
    message = call_setup(kind.form, who)
    return SendData(kind.modem, message, words)
