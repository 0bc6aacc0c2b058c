"""The copper pair: wire, telephone, ringer, and what goes wrong with them.

The loop knows resistances and says what current a feed drives through them; it keeps no
time. Whoever lifts the handset calls `set_hook` after bringing the chip on the other end
to the instant of the contact; a bouncing contact is several calls.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

SOURCE_OHMS = 160.0
"""Output resistance of a subscriber line circuit for direct current and for ringing."""
REN_OHMS = 6900.0
"""Resistance of one ringer equivalence; in series with `REN_FARADS`."""
REN_FARADS = 8e-6
MAINS_HZ = 50.0


@dataclass(frozen=True, slots=True)
class DcPoint:
    """Where feed and loop meet."""

    volts: float
    """Across the pair at the line circuit."""
    milliamps: float
    telephone_volts: float
    """Across the pair at the telephone."""


@dataclass(frozen=True, slots=True)
class RingPoint:
    """Ringing as it arrives."""

    peak_milliamps: float
    """Out of the line circuit."""
    telephone_vrms: float


@dataclass(frozen=True, slots=True)
class LineSnapshot:
    """What a meter at the telephone shows."""

    line_v: float
    """Tip minus ring, direct voltage; negative when the polarity is reversed."""
    loop_ma: float
    reversed: bool
    ringing: bool
    """Ring voltage is on the line now; false in the pauses of the cadence."""
    ring_hz: float
    ring_vrms: float


class Loop:
    """One pair of wires with a telephone at its end.

    Args:
        wire_ohms: both conductors together; 20 ohms are about 100 m of house cable.
        telephone_ohms: the telephone off-hook.
        ren: ringer equivalences connected on-hook; 0 for none.
        leakage_ohms: between tip and ring, close to the line circuit.
        foreign_v: direct voltage to ground on both wires from another circuit, as a
            positive number of volts below ground.
        induced_ma: peak of the current that mains beside the wires drive through a closed
            loop, 50 Hz.
    """

    def __init__(
        self,
        *,
        wire_ohms: float = 20.0,
        telephone_ohms: float = 200.0,
        ren: float = 1.0,
        leakage_ohms: float = math.inf,
        foreign_v: float = 0.0,
        induced_ma: float = 0.0,
    ) -> None:
        self.wire_ohms = wire_ohms
        self.telephone_ohms = telephone_ohms
        self.ren = ren
        self.leakage_ohms = leakage_ohms
        self.foreign_v = foreign_v
        self.induced_ma = induced_ma
        self.hook_closed = False
        self._watchers: list[Callable[[], None]] = []

    def watch(self, changed: Callable[[], None]) -> None:
        """Have `changed` called after every change of the loop."""
        self._watchers.append(changed)

    def set_hook(self, closed: bool) -> None:
        """Close or open the hook contact (or the dial contact in series with it)."""
        if closed is not self.hook_closed:
            self.hook_closed = closed
            self._tell()

    def change(
        self,
        *,
        wire_ohms: float | None = None,
        telephone_ohms: float | None = None,
        ren: float | None = None,
        leakage_ohms: float | None = None,
        foreign_v: float | None = None,
        induced_ma: float | None = None,
    ) -> None:
        """Change what is connected; what is not named stays."""
        if wire_ohms is not None:
            self.wire_ohms = wire_ohms
        if telephone_ohms is not None:
            self.telephone_ohms = telephone_ohms
        if ren is not None:
            self.ren = ren
        if leakage_ohms is not None:
            self.leakage_ohms = leakage_ohms
        if foreign_v is not None:
            self.foreign_v = foreign_v
        if induced_ma is not None:
            self.induced_ma = induced_ma
        self._tell()

    def induced(self, now: float) -> float:
        """Milliamperes of the mains at this moment."""
        return self.induced_ma * math.sin(2 * math.pi * MAINS_HZ * now) if self.induced_ma else 0.0

    def _tell(self) -> None:
        for changed in self._watchers:
            changed()

    @property
    def dc_ohms(self) -> float:
        """What direct current sees from the line circuit; infinite when nothing conducts."""
        telephone = self.wire_ohms + self.telephone_ohms if self.hook_closed else math.inf
        if math.isinf(self.leakage_ohms):
            return telephone
        return 1 / (1 / telephone + 1 / self.leakage_ohms)

    def dc(self, open_v: float, limit_ma: float, available_v: float = math.inf) -> DcPoint:
        """Feed the loop from `open_v` behind `SOURCE_OHMS`, limited to a constant current.

        Args:
            open_v: open-circuit voltage.
            limit_ma: the current limit.
            available_v: what the battery can put across the pair at this moment.
        """
        ohms = self.dc_ohms
        if math.isinf(ohms):
            volts = min(open_v, available_v)
            return DcPoint(volts, 0.0, volts)
        amps = min(limit_ma / 1000, open_v / (ohms + SOURCE_OHMS), available_v / ohms)
        volts = amps * ohms
        divider = 1.0
        if self.hook_closed:
            divider = self.telephone_ohms / (self.wire_ohms + self.telephone_ohms)
        return DcPoint(volts, amps * 1000, volts * divider)

    def ring(self, peak_v: float, hz: float) -> RingPoint:
        """Ring the loop with a source of `peak_v` behind `SOURCE_OHMS`."""
        telephone = 1 / self.telephone_ohms if self.hook_closed else 0.0
        admittance = complex(telephone)
        if self.ren > 0 and hz > 0:
            reactance = -1 / (2 * math.pi * hz * REN_FARADS * self.ren)
            admittance += 1 / complex(REN_OHMS / self.ren, reactance)
        if admittance == 0:
            return RingPoint(0.0, peak_v / math.sqrt(2))
        end = 1 / admittance
        amps = abs(peak_v / (end + self.wire_ohms + SOURCE_OHMS))
        return RingPoint(amps * 1000, amps * abs(end) / math.sqrt(2))
