"""The one shape that every state machine in the gateway has.

    feed(event, now) -> outputs     something happened
    tick(now)        -> outputs     the deadline came
    deadline                        when to call tick, or None

A machine never reads a clock, draws a random number by itself, sleeps, or touches a
socket: time comes in as `now` (monotonic seconds), and everything it wants done comes out
as data. A machine that begins by itself has a fourth verb, ``start(now) -> outputs``.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Generic, Protocol, TypeVar, dataclass_transform

In_contra = TypeVar("In_contra", contravariant=True)
Out_co = TypeVar("Out_co", covariant=True)
K = TypeVar("K")
T = TypeVar("T")


@dataclass_transform(frozen_default=True)
def word(cls: type[T]) -> type[T]:
    """A dataclass of what is said and never changed: what happened, what is wanted, what was read.

    Nobody assigns to a word, and the type checker sees to it. At run time nothing does: making a
    dataclass that is frozen there too takes three times as long, and a call takes hundreds.
    """
    return dataclass(slots=True, unsafe_hash="__hash__" not in cls.__dict__)(cls)


class Named(Enum):
    """States, inputs and timers: names that are looked up in tables all day.

    There is one object a name, so its identity will do as hash; that of `Enum` is a call in
    Python, and made two per cent of the work of a call.
    """

    __hash__ = object.__hash__


class Machine(Protocol[In_contra, Out_co]):
    """What the pump runs."""

    @property
    def deadline(self) -> float | None: ...
    def feed(self, event: In_contra, now: float, /) -> Sequence[Out_co]: ...
    def tick(self, now: float, /) -> Sequence[Out_co]: ...


class Timers(Generic[K]):
    """Named deadlines; at most one running timer a name."""

    def __init__(self) -> None:
        self._due: dict[K, float] = {}

    def start(self, name: K, at: float) -> None:
        """(Re)start `name` to fall due at `at`."""
        self._due.pop(name, None)  # so that among equals the last started comes last
        self._due[name] = at

    def start_if_idle(self, name: K, at: float) -> None:
        self._due.setdefault(name, at)

    def stop(self, name: K) -> None:
        self._due.pop(name, None)

    def keep(self, names: Collection[K]) -> None:
        """Stop every timer but these."""
        if self._due:
            self._due = {name: at for name, at in self._due.items() if name in names}

    def pop_due(self, now: float) -> K | None:
        """Take the earliest timer due at `now`, if any; among equals the first started."""
        due = self._due
        if not due:
            return None
        name = min(due, key=due.__getitem__)
        if due[name] > now:
            return None
        del due[name]
        return name

    def __contains__(self, name: K) -> bool:
        return name in self._due

    def due(self, name: K) -> float | None:
        """When `name` falls due, if it runs."""
        return self._due.get(name)

    @property
    def next(self) -> float | None:
        return min(self._due.values()) if self._due else None
