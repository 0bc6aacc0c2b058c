"""Ringing in a cadence that the chip does not keep by itself, such as two bursts and a pause.

The chip has begun with a burst when `Start` comes; from then on this says when the ring
voltage goes off and on. The bursts stay in step with that first instant, however late a
tick comes, so a cadence does not drift.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Start:
    """The first burst has begun.

    Raises:
        ValueError: not pairs of on and off, each longer than nothing.
    """

    cadence_ms: tuple[int, ...]
    """On, off, on, off ..., repeated."""

    def __post_init__(self) -> None:
        steps = self.cadence_ms
        if not steps or len(steps) % 2 or min(steps) <= 0:
            raise ValueError(f"a cadence has pairs of on and off, not {steps}")


@dataclass(frozen=True, slots=True)
class Stop:
    """The bell is off: answered or given up."""


CadenceEvent = Start | Stop


@dataclass(frozen=True, slots=True)
class Burst:
    """Switch the ring voltage."""

    on: bool


class Cadence:
    """One port's ringing; a `Machine[CadenceEvent, Burst]`."""

    def __init__(self) -> None:
        self._cadence_ms: tuple[int, ...] = ()
        self._step = 0
        self._due: float | None = None

    @property
    def deadline(self) -> float | None:
        return self._due

    def feed(self, event: CadenceEvent, now: float) -> list[Burst]:
        match event:
            case Start(cadence_ms):
                self._cadence_ms, self._step = cadence_ms, 0
                self._due = now + cadence_ms[0] / 1000
            case Stop():
                self._due = None
        return []

    def tick(self, now: float) -> list[Burst]:
        """Switch; of several steps that were slept through only the last one counts."""
        due = self._due
        if due is None or due > now:
            return []
        while due <= now:
            self._step = (self._step + 1) % len(self._cadence_ms)
            due += self._cadence_ms[self._step] / 1000
        self._due = due
        return [Burst(on=self._step % 2 == 0)]


def first_pattern_s(cadence_ms: tuple[int, ...]) -> float:
    """Seconds from the first burst to the first of the longest pauses.

    There the caller is shown: the pause within two bursts would be too short for the data.
    """
    pauses = cadence_ms[1::2]
    bursts_before = pauses.index(max(pauses)) + 1 if pauses else 1
    return sum(cadence_ms[: 2 * bursts_before - 1]) / 1000
