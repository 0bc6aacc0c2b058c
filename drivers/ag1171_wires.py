"""The four wires of an Ag1171 or KS0835F, and those of a card of them taken together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Wiring:
    """The pins (BCM numbers) of each wire, one for each port."""

    hook: tuple[int, ...] = (5, 6)
    """SHK: the switch hook, high while loop current flows."""
    ring: tuple[int, ...] = (16, 26)
    """RM: ring mode, high only in a burst of ringing."""
    reverse: tuple[int, ...] = (12, 13)
    """F/R: forward and reverse; toggled it makes the ring voltage."""
    power: tuple[int, ...] = (23, 27)
    """PD: low is power-down; empty: not wired, the lines are always fed."""


class SlicWires(Protocol):
    """The wires of one port. No call waits."""

    powered_by_us: bool
    """PD is wired."""

    @property
    def shk(self) -> bool:
        """The level of SHK, now: high is off-hook."""

    def edges(self) -> list[tuple[float, bool]]:
        """What SHK did since the last call: instants on the driver's clock, and levels."""

    def ring_mode(self, on: bool) -> None: ...

    def reverse(self, level: bool) -> None:
        """Put F/R to a level, and leave it there."""

    def toggle(self, hz: float) -> None:
        """Let F/R change all the time, both levels equally long, until `reverse` is called."""

    def power(self, on: bool) -> None:
        """Pull PD low, or let go of it: it must never be driven high, that damages the part."""

    def watch(self, on_edge: Callable[[], None] | None) -> None:
        """Have `on_edge` called at each edge of SHK, perhaps on another thread."""

    def close(self) -> None: ...


class ModulePins:
    """`drivers.pins.Pins` of a card of these modules: its reset is their power-down.

    Args:
        wires: of all modules.
        idle: level of F/R at rest.
        release: gives back what the wires were opened with.
    """

    def __init__(
        self,
        wires: Sequence[SlicWires],
        *,
        idle: bool,
        release: Callable[[], None] = lambda: None,
    ) -> None:
        self._wires = tuple(wires)
        self._idle = idle
        self._release = release

    def assert_reset(self) -> None:
        """All lines dead, as far as PD is wired; no ring voltage in any case."""
        for wires in self._wires:
            switch_off(wires, idle=self._idle)

    def release_reset(self) -> None:
        for wires in self._wires:
            wires.power(True)

    @property
    def interrupt_asserted(self) -> bool:
        """A module does not wait to be served."""
        return False

    def watch(self, on_edge: Callable[[], None]) -> None:
        for wires in self._wires:
            wires.watch(on_edge)

    def close(self) -> None:
        for wires in self._wires:
            wires.watch(None)
            wires.close()
        self._release()


def switch_off(wires: SlicWires, *, idle: bool) -> None:
    """Stop the ring voltage, then the module; RM is the last to go, since it may not go first."""
    wires.reverse(idle)
    wires.power(False)
    wires.ring_mode(False)
