"""When which of many machines wants to be woken.

A dictionary of deadlines is searched from end to end at every look; with a few hundred
transactions that is most of the work of a call. Here a look costs nothing, and a change
the logarithm: a heap, in which an entry that has been overtaken is skipped when it
comes up.
"""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import count
from typing import Generic, Protocol, TypeVar


class Waiting(Protocol):
    """All that the agenda wants to know of a machine."""

    @property
    def deadline(self) -> float | None: ...


M = TypeVar("M", bound=Waiting)


class Agenda(Generic[M]):
    """Machines in the order of their deadlines; equal ones in the order of their noting."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, M]] = []
        self._numbers = count()
        self._noted: dict[int, tuple[float, int]] = {}

    def note(self, machine: M) -> None:
        """Look at the machine's deadline again; call it after every step of the machine."""
        due = machine.deadline
        key = id(machine)
        noted = self._noted.get(key)
        if due is None:
            if noted:
                del self._noted[key]
        elif noted is None or noted[0] != due:
            entry = (due, next(self._numbers))
            self._noted[key] = entry
            heappush(self._heap, (*entry, machine))
        self._tidy()

    def pop_due(self, now: float) -> M | None:
        """Take the first machine due at `now`, if any; it must be noted again after its step."""
        self._tidy()
        if not self._heap or self._heap[0][0] > now:
            return None
        machine = heappop(self._heap)[2]
        del self._noted[id(machine)]
        return machine

    @property
    def next(self) -> float | None:
        return self._heap[0][0] if self._heap else None

    def _tidy(self) -> None:
        heap = self._heap
        while heap and self._noted.get(id(heap[0][2])) != heap[0][:2]:
            heappop(heap)
