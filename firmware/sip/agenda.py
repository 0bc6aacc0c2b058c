"""Find out which of many machines has to be woken next.

A search through a dictionary of deadlines is most of the work of a call, once there are a few
hundred transactions. Here a look costs nothing, and a change costs the logarithm: a heap. An entry
that is overtaken is emptied, and skipped when it comes up; meanwhile it keeps nothing alive.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Generic, Protocol, TypeVar


class Waiting(Protocol):
    """All that the agenda has to know of a machine."""

    @property
    def deadline(self) -> float | None: ...


M = TypeVar("M", bound=Waiting)


class Agenda(Generic[M]):
    """Machines in the order of their deadlines; those with equal deadlines in the order of noting.

    Machines are told apart by identity: they need no equality of their own.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, list[M]]] = []
        self._number = 0
        """Number of the last note."""
        self._noted: dict[M, tuple[float, list[M]]] = {}

    def note(self, machine: M) -> None:
        """Look at the machine's deadline again; call it after every step of the machine."""
        due = machine.deadline
        noted = self._noted.get(machine)
        if noted is not None:
            if noted[0] == due:
                return
            noted[1].clear()
            if due is None:
                del self._noted[machine]
        if due is not None:
            place = [machine]
            self._noted[machine] = due, place
            self._number += 1
            heappush(self._heap, (due, self._number, place))
        self._tidy()

    def pop_due(self, now: float) -> M | None:
        """Take the first machine due at `now`, if any; it must be noted again after its step."""
        heap = self._heap
        if not heap or heap[0][0] > now:
            return None
        machine = heappop(heap)[2].pop()
        del self._noted[machine]
        self._tidy()
        return machine

    @property
    def next(self) -> float | None:
        return self._heap[0][0] if self._heap else None

    def _tidy(self) -> None:
        """The first is one that still waits: its place is not empty."""
        heap = self._heap
        while heap and not heap[0][2]:
            heappop(heap)
