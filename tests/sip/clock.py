"""Virtual time for one machine: ticks exactly when the deadline says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol


class Ticking(Protocol):
    @property
    def deadline(self) -> float | None: ...
    def tick(self, now: float, /) -> Any: ...


def run(
    machine: Ticking, until: float, seen: Callable[[float, Any], None] = lambda _t, _o: None
) -> None:
    """Let time pass up to and including `until`; `seen` gets each output with its time."""
    while (due := machine.deadline) is not None and due <= until:
        for output in machine.tick(due):
            seen(due, output)
        after = machine.deadline
        assert after is None or after > due, "the pump would spin"


def sending_times(machine: Ticking, first: list[Any], until: float, kind: type) -> list[float]:
    """When outputs of `kind` came, from 0 to `until`."""
    times = [0.0 for output in first if isinstance(output, kind)]
    run(machine, until, lambda t, o: times.append(round(t, 3)) if isinstance(o, kind) else None)
    return times
