"""An Ag1171 on a bench: its driver on virtual time, asked when it wants to be."""

from __future__ import annotations

from drivers.ag1171 import Ag1171, ModuleValues
from drivers.sim.ag1171 import Ag1171Model
from drivers.sim.ag1171_wires import SimWires
from drivers.sim.card import SimCard
from drivers.sim.phone import Phone
from drivers.slic import HookChanged, LineSettings, RingSpec, SlicEvent, Steps

CHINA = RingSpec(hz=25, vrms=60, cadence_ms=(1000, 4000))
SLOW_POLL = 0.100


class LosingWires(SimWires):
    """A pin whose edges the kernel has lost; its level is still there."""

    def edges(self) -> list[tuple[float, bool]]:
        super().edges()
        return []


class ModuleBench:
    """One module in service.

    Attributes:
        told: what the driver said, with the instants.
        asks: whether the bench polls at edges and when asked to; else every 100 ms only.
    """

    def __init__(
        self,
        values: ModuleValues | None = None,
        *,
        variant: str = "ag1171",
        pd: bool = True,
        edges: bool = True,
    ) -> None:
        self.card = SimCard(1, variant=variant)
        self.wires = (SimWires if edges else LosingWires)(self.card, 0, pd=pd)
        self.slic = Ag1171(self.wires, port=1, clock=lambda: self.card.now, values=values)
        self.slic.wake = self._wake
        self.told: list[tuple[float, SlicEvent]] = []
        self.asks = True
        self._wanted: set[float] = set()
        self._edge = False
        self._slow = SLOW_POLL
        self.wires.watch(self._edges)

    @property
    def model(self) -> Ag1171Model:
        return self.card.modules[0]

    @property
    def phone(self) -> Phone:
        return self.card.phones[0]

    def up(self, settings: LineSettings | None = None) -> ModuleBench:
        self.do(self.slic.bring_up(settings or LineSettings()))
        return self

    def do(self, steps: Steps) -> None:
        for wait in steps:
            self.run(wait)

    def run(self, seconds: float) -> None:
        """Let time pass as the gateway does: polls at edges, when asked for, and slowly."""
        end = self.card.now + seconds
        while self.card.now < end:
            to = min(
                [end, self._slow, self.card.now + 0.001, *(self._wanted if self.asks else ())]
            )
            self.card.advance(max(to, self.card.now + 1e-9))
            due = {one for one in self._wanted if one <= self.card.now}
            self._wanted -= due
            slow = self.card.now >= self._slow
            if slow:
                self._slow += SLOW_POLL
            if slow or (self.asks and (due or self._edge)):
                self._edge = False
                self.told += [(self.card.now, event) for event in self.slic.poll()]

    def hooks(self) -> list[tuple[bool, bool]]:
        """Off-hook and ring trip of all that was told."""
        return [(e.off_hook, e.ring_trip) for _, e in self.told if isinstance(e, HookChanged)]

    def _wake(self, seconds: float) -> None:
        self._wanted.add(self.card.now + seconds)
        assert len(self._wanted) < 8, "wakes pile up"

    def _edges(self) -> None:
        self._edge = True
