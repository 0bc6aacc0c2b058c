"""The wires of a simulated Ag1171 in the same process, on virtual time."""

from __future__ import annotations

from collections.abc import Callable

from drivers.sim.ag1171 import Ag1171Model
from drivers.sim.card import SimCard


class SimWires:
    """`drivers.ag1171_wires.SlicWires` of one module.

    Args:
        card: with the module.
        n: which, counted from 0.
        clock: the driver's; the card is brought to its time before anything is done. None:
            the card's own time.
        pd: PD is wired.
    """

    def __init__(
        self,
        card: SimCard,
        n: int,
        *,
        clock: Callable[[], float] | None = None,
        pd: bool = True,
    ) -> None:
        self.powered_by_us = pd
        self._card = card
        self._n = n
        self._clock = clock or (lambda: card.now)
        self._edges: list[tuple[float, bool]] = []
        self._on_edge: Callable[[], None] | None = None
        card.modules[n].on_shk = self._changed

    @property
    def shk(self) -> bool:
        return self._module().shk

    def edges(self) -> list[tuple[float, bool]]:
        self._module()
        found, self._edges = self._edges, []
        return found

    def ring_mode(self, on: bool) -> None:
        self._module().drive_ring_mode(on)
        self._card.settle(self._n)

    def reverse(self, level: bool) -> None:
        self._module().drive_reverse(level)
        self._card.settle(self._n)

    def toggle(self, hz: float) -> None:
        self._module().toggle_reverse(hz)
        self._card.settle(self._n)

    def power(self, on: bool) -> None:
        if self.powered_by_us:
            self._module().drive_power(None if on else False)
            self._card.settle(self._n)

    def watch(self, on_edge: Callable[[], None] | None) -> None:
        self._on_edge = on_edge

    def close(self) -> None:
        self._card.modules[self._n].on_shk = None

    def _module(self) -> Ag1171Model:
        return self._card.module(self._n, self._clock())

    def _changed(self, level: bool) -> None:
        self._edges.append((self._card.modules[self._n].now, level))
        if self._on_edge:
            self._on_edge()
