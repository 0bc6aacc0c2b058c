"""The wires of an Ag1171 on GPIO lines, through a pin factory of gpiozero.

F/R is toggled by the factory's own PWM (lgpio has a thread for it), SHK is stamped by the
kernel where the factory passes its stamps on, as lgpio does.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from drivers.ag1171_wires import Wiring
from drivers.pins import pin_errors

MOST_EDGES = 256
"""Edges that may wait to be looked at; of a storm the oldest are lost."""


class GpioWires:
    """`SlicWires` on pins of one factory.

    Raises:
        DriverError: a pin is in use, or is none.
    """

    def __init__(self, factory: Any, wiring: Wiring, n: int, *, idle: bool) -> None:
        self.powered_by_us = bool(wiring.power)
        self._edges: deque[tuple[float, bool]] = deque(maxlen=MOST_EDGES)
        self._on_edge: Callable[[], None] | None = None
        self._factory = factory
        self._names = [wiring.hook[n], wiring.ring[n], wiring.reverse[n], *wiring.power[n : n + 1]]
        with ExitStack() as undo, pin_errors(*self._names, port=n + 1):
            factory.reserve_pins(self, *self._names)
            undo.callback(factory.release_pins, self, *self._names)
            self._shk, self._rm, self._fr, *power = map(factory.pin, self._names)
            self._pd = power[0] if power else None
            self._rm.output_with_state(0)
            self._fr.output_with_state(int(idle))
            self.power(False)
            self._shk.input_with_pull("floating")  # the module has a pull-up of its own
            self._shk.bounce = None  # gpiozero's own debouncing drops edges
            self._shk.edges = "both"
            self._shk.when_changed = self._changed
            undo.pop_all()

    @property
    def shk(self) -> bool:
        return bool(self._shk.state)

    def edges(self) -> list[tuple[float, bool]]:
        found = []
        while self._edges:
            found.append(self._edges.popleft())
        return found

    def ring_mode(self, on: bool) -> None:
        self._rm.state = int(on)

    def reverse(self, level: bool) -> None:
        self._fr.frequency = None
        self._fr.state = int(level)

    def toggle(self, hz: float) -> None:
        self._fr.frequency = hz
        self._fr.state = 0.5

    def power(self, on: bool) -> None:
        """As an open drain: driven low, or an input."""
        if self._pd is None:
            return
        if on:
            self._pd.input_with_pull("floating")
        else:
            self._pd.output_with_state(0)

    def watch(self, on_edge: Callable[[], None] | None) -> None:
        self._on_edge = on_edge

    def close(self) -> None:
        """Give the pins back; the factory is closed by whoever opened it."""
        self._shk.when_changed = None
        self._factory.release_pins(self, *self._names)

    def _changed(self, ticks: float, level: int) -> None:
        """Called on a thread of the factory: note it, say so, and nothing else."""
        self._edges.append((ticks, bool(level)))
        if self._on_edge:
            self._on_edge()

    def _conflicts_with(self, _other: object) -> bool:
        """What gpiozero asks of those who reserve pins: nobody shares these."""
        return True
