"""The hook: level changes of the loop become lifts, hang-ups, flashes and dialled digits.

Two filters look at the same contact, because one cannot serve both: a lift must be closed
for some 40 ms before it is believed, while a pulse of a fast dial is open for 15 ms only
(specification LINE-01, LINE-03 and 6.1). So seizure has its own debounce, and once the
handset is off, each break is measured and judged by its length.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from firmware.line.events import Digit, Flash, OffHook, OnHook, Seized
from firmware.machine import Timers

HookEvent = OffHook | OnHook | Flash | Seized | Digit

SPOILED = 11
"""Stands for a count of pulses that is no digit."""


@dataclass(frozen=True, slots=True)
class HookLevel:
    """The loop is closed (or open) since `at`, as the chip's debounce reports it."""

    off_hook: bool
    at: float
    """Instant of the edge, not of its discovery; monotonic seconds."""
    ring_trip: bool = False
    """Found while ringing: the chip has judged it, so it is believed at once."""


@dataclass(frozen=True, slots=True)
class InCall:
    """Whether a call stands. Only then can a break be a flash; else it is a dialled pulse."""

    on: bool


@dataclass(frozen=True, slots=True)
class FedAgain:
    """The line was without feed until now: no hand has opened the loop in that time."""

    at: float
    """Monotonic seconds."""


HookInput = HookLevel | InCall | FedAgain


@dataclass(frozen=True, slots=True)
class HookWindows:
    """The country's time windows, in seconds.

    Raises:
        ValueError: the windows overlap or stand in the wrong order; says which, all of them.
    """

    seize: float = 0.040
    """Closed for this long, the handset is off."""
    settle: float = 0.100
    """Breaks within this time after that are contact bounce."""
    bounce: float = 0.010
    """A make shorter than this does not end a break."""
    pulse_dial: bool = True
    pulse_min: float = 0.015
    pulse_max: float = 0.090
    """Longest break of a pulse in a call, where a flash is possible."""
    slow_pulse_max: float = 0.100
    """Longest break of a pulse while dialling: 95.7 ms at 7 pulses/s and 67 %."""
    digit_gap: float = 0.170
    """Closed for this long after a pulse, the digit is complete."""
    flash_min: float = 0.100
    flash_max: float = 0.600
    release: float = 0.700
    """Open for this long, the handset is on."""

    def __post_init__(self) -> None:
        must = {
            "seize is positive": self.seize > 0,
            "settle is not negative": self.settle >= 0,
            "0 <= bounce < pulse_min": 0 <= self.bounce < self.pulse_min,
            "pulse_min < pulse_max": self.pulse_min < self.pulse_max,
            "pulse_max <= slow_pulse_max": self.pulse_max <= self.slow_pulse_max,
            "pulse_max < flash_min": not self.pulse_dial or self.pulse_max < self.flash_min,
            "flash_min is at least 50 ms": self.flash_min >= 0.050,
            "flash_min < flash_max": self.flash_min < self.flash_max,
            "flash_max < release": self.flash_max < self.release,
            "slow_pulse_max < release": self.slow_pulse_max < self.release,
            "digit_gap is more than 100 ms": self.digit_gap > 0.100,
        }
        broken = [rule for rule, holds in must.items() if not holds]
        if broken:
            raise ValueError("; ".join(f"must hold: {rule}" for rule in broken))


class _State(Enum):
    ON_HOOK = auto()
    CLOSING = auto()
    """Closed, but not long enough to be believed."""
    OFF_HOOK = auto()
    BREAK = auto()
    """Off-hook, with the loop open at the moment."""
    MAKE = auto()
    """Closed again, which may be bounce."""


class _Timer(Enum):
    SEIZE = auto()
    BOUNCE = auto()
    DIGIT = auto()
    RELEASE = auto()


class HookDecoder:
    """The hook of one port; a `Machine[HookInput, HookEvent]`."""

    def __init__(self, windows: HookWindows) -> None:
        self.windows = windows
        """The windows in force; after a change the next break is judged by the new ones."""
        self._state = _State.ON_HOOK
        self._in_call = False
        self._opened = self._closed = 0.0
        self._settled = 0.0
        self._pulses = 0
        self._timers: Timers[_Timer] = Timers()
        self._due: dict[_Timer, Callable[[float], list[HookEvent]]] = {
            _Timer.SEIZE: lambda _: self._accept(),
            _Timer.BOUNCE: lambda _: self._judge(),
            _Timer.DIGIT: lambda _: self._end_digit(),
            _Timer.RELEASE: lambda _: self._release(),
        }

    @property
    def off_hook(self) -> bool:
        """Whether the handset is off, as far as that is believed."""
        return self._state not in {_State.ON_HOOK, _State.CLOSING}

    @property
    def deadline(self) -> float | None:
        return self._timers.next

    def feed(self, event: HookInput, _now: float) -> list[HookEvent]:
        if isinstance(event, InCall):
            self._in_call = event.on
            return []
        events = self.tick(event.at)  # what fell due before the edge comes before it
        if isinstance(event, FedAgain):
            self._settled, self._pulses = event.at + self.windows.settle, 0
            return events
        return events + (self._close(event) if event.off_hook else self._open(event.at))

    def tick(self, now: float) -> list[HookEvent]:
        events: list[HookEvent] = []
        while (timer := self._timers.pop_due(now)) is not None:
            events += self._due[timer](now)
        return events

    def _close(self, level: HookLevel) -> list[HookEvent]:
        match self._state:
            case _State.ON_HOOK | _State.CLOSING if level.ring_trip:
                self._closed = level.at
                return self._accept()
            case _State.ON_HOOK:
                self._state, self._closed = _State.CLOSING, level.at
                self._timers.start(_Timer.SEIZE, level.at + self.windows.seize)
            case _State.BREAK:
                self._state, self._closed = _State.MAKE, level.at
                self._timers.keep(())
                self._timers.start(_Timer.BOUNCE, level.at + self.windows.bounce)
        return []

    def _open(self, at: float) -> list[HookEvent]:
        match self._state:
            case _State.CLOSING:
                self._state = _State.ON_HOOK
                self._timers.keep(())
            case _State.OFF_HOOK:
                self._opened = at
                self._begin_break()
            case _State.MAKE:  # it was bounce: the break goes on from its first edge
                self._begin_break()
        return []

    def _begin_break(self) -> None:
        self._state = _State.BREAK
        self._timers.keep(())
        self._timers.start(_Timer.RELEASE, self._opened + self.windows.release)

    def _accept(self) -> list[HookEvent]:
        decided = self._timers.due(_Timer.SEIZE)
        self._state, self._pulses = _State.OFF_HOOK, 0
        self._timers.keep(())
        self._settled = max(self._closed, decided or 0.0) + self.windows.settle
        return [OffHook(self._closed)]

    def _release(self) -> list[HookEvent]:
        self._state = _State.ON_HOOK
        return [OnHook(self._opened)]

    def _judge(self) -> list[HookEvent]:
        """Say what a break was, now that it is over: by its length and its moment."""
        self._state = _State.OFF_HOOK
        windows, events = self.windows, list[HookEvent]()
        length = round(self._closed - self._opened, 6)  # a window's limit belongs to it
        longest = windows.pulse_max if self._in_call else windows.slow_pulse_max
        if length >= windows.pulse_min and self._opened >= self._settled:
            if length <= longest and windows.pulse_dial:
                self._pulses += 1
                events += [Seized()] if self._pulses == 1 else []
            elif self._in_call and windows.flash_min <= length <= windows.flash_max:
                self._pulses = 0
                events.append(Flash())
            else:  # neither: better no digit than a wrong one
                self._pulses = SPOILED
        if self._pulses:
            self._timers.start(_Timer.DIGIT, self._closed + windows.digit_gap)
        return events

    def _end_digit(self) -> list[HookEvent]:
        pulses, self._pulses = self._pulses, 0
        return [Digit(str(pulses % 10), pulse=True)] if 0 < pulses < SPOILED else []
