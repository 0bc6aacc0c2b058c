"""What many worlds come to together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.simulation.plan import Kind
from tests.simulation.soak import Result


@dataclass(slots=True)
class Figures:
    """Sums over worlds; nothing is kept of a single one but its failure."""

    worlds: int = 0
    hours: float = 0.0
    """That they have lived."""
    events: int = 0
    datagrams: int = 0
    calls: int = 0
    talks: int = 0
    cpu: float = 0.0
    """Seconds, of all processes."""
    memory: int = 0
    """MB of the largest process that lived them."""
    laws: Counter[str] = field(default_factory=Counter)
    """How often each was broken."""
    kinds: Counter[Kind] = field(default_factory=Counter)
    """How often each kind of fault has struck."""

    @property
    def broken(self) -> int:
        """Worlds in which a law was broken."""
        return self.laws.total()

    @property
    def faults(self) -> int:
        return self.kinds.total()

    def add(self, result: Result) -> None:
        """One world more."""
        self.worlds += 1
        self.cpu += result.cpu
        self.memory = max(self.memory, result.memory)
        self.kinds.update(result.kinds)
        self.hours += result.seconds / 3600
        self.events += result.events
        self.datagrams += result.datagrams
        self.calls += result.calls
        self.talks += result.talks
        if result.law:
            self.laws[result.law] += 1


def summed(results: Iterable[Result]) -> Figures:
    """The figures of all of them."""
    figures = Figures()
    for result in results:
        figures.add(result)
    return figures
