"""The copper pair: wire, telephone, ringer, and what goes wrong with them.

The loop knows resistances and says what current a feed drives through them; it keeps no
time. Whoever lifts the handset calls `set_hook` after bringing the chip on the other end
to the instant of the contact; a bouncing contact is several calls.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from functools import lru_cache

SOURCE_OHMS = 160.0
"""Output resistance of a subscriber line circuit for direct current and for ringing."""
REN_OHMS = 6900.0
"""Resistance of one ringer equivalence; in series with `REN_FARADS`."""
REN_FARADS = 8e-6
MAINS_HZ = 50.0
LEAST_REN = 1e-3
CONTACT_OHMS = 1.0
"""No two conductors touch better."""


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


@dataclass(eq=False)
class Loop:
    """One pair of wires with a telephone at its end."""

    wire_ohms: float = 20.0
    """Both conductors together; 20 ohms are about 100 m of house cable; infinite: cut."""
    telephone_ohms: float = 200.0
    """The telephone off-hook."""
    telephone_v: float = 0.0
    """What it needs before it conducts: rectifier and transistors of an electronic one."""
    ren: float = 1.0
    """Ringer equivalences connected on-hook; 0 for none."""
    leakage_ohms: float = math.inf
    """Between tip and ring, close to the line circuit."""
    tip_ground_ohms: float = math.inf
    """From tip to earth, or to what `tip_ground_v` says."""
    ring_ground_ohms: float = math.inf
    tip_ground_v: float = 0.0
    """Direct voltage of what tip touches, volts below ground: the battery of another line."""
    ring_ground_v: float = 0.0
    foreign_v: float = 0.0
    """Direct voltage on both wires from another circuit, volts below ground."""
    foreign_ac_v: float = 0.0
    """RMS voltage of the mains on both wires, 50 Hz."""
    foreign_ohms: float = 1000.0
    """In each wire between it and the foreign circuit."""
    induced_ma: float = 0.0
    """Peak of the current that mains beside the wires drive through a closed loop, 50 Hz."""
    bell_charges: bool = False
    """The capacitor of the bells draws current whenever the voltage of the feed changes."""
    hook_closed: bool = field(default=False, init=False)
    _watchers: list[Callable[[], None]] = field(default_factory=list, init=False, repr=False)

    def watch(self, changed: Callable[[], None]) -> None:
        """Have `changed` called after every change of the loop."""
        self._watchers.append(changed)

    def set_hook(self, closed: bool) -> None:
        """Close or open the hook contact (or the dial contact in series with it)."""
        if closed is not self.hook_closed:
            self.hook_closed = closed
            self._tell()

    def change(self, **changes: float) -> None:
        """Change what is connected; what is not named stays.

        Raises:
            TypeError: a loop has no such property.
            ValueError: no value of one.
        """
        for name, value in changes.items():
            if name not in PROPERTIES:
                raise TypeError(f"a loop has no {name}")
            if math.isnan(value) or (value < 0 and not name.endswith("_v")):
                raise ValueError(f"{name} cannot be {value}")
        for name, value in changes.items():
            setattr(self, name, value)
        self._tell()

    def mend(self) -> None:
        """Nothing is wrong with the wires any more; telephone and bells stay as they are."""
        self.change(**{name: value for name, value in PROPERTIES.items() if name not in TELEPHONE})

    def induced(self, now: float) -> float:
        """Milliamperes of the mains at this moment."""
        return self.induced_ma * math.sin(2 * math.pi * MAINS_HZ * now) if self.induced_ma else 0.0

    def _tell(self) -> None:
        for changed in self._watchers:
            changed()

    @property
    def alternating(self) -> bool:
        """What the line draws changes all the time."""
        return bool(self.induced_ma or self.foreign_ac_v)

    @property
    def grounded(self) -> bool:
        """Something beside the line circuit joins a wire to ground."""
        leaks = min(self.tip_ground_ohms, self.ring_ground_ohms) < math.inf
        return leaks or bool(self.foreign_v or self.foreign_ac_v)

    def to_ground(self, now: float) -> tuple[list[Branch], list[Branch]]:
        """What joins tip, and ring, to ground."""
        found = []
        for ohms, volts in (
            (self.tip_ground_ohms, self.tip_ground_v),
            (self.ring_ground_ohms, self.ring_ground_v),
        ):
            found.append([*_branch(ohms, volts), *self._foreign(now)])
        tip, ring = found
        return tip, ring

    def _foreign(self, now: float) -> Iterator[Branch]:
        if self.foreign_v or self.foreign_ac_v:
            mains = math.sqrt(2) * math.sin(2 * math.pi * MAINS_HZ * now)
            yield from _branch(self.foreign_ohms, self.foreign_v + self.foreign_ac_v * mains)

    @property
    def dc_ohms(self) -> float:
        """What direct current sees from the line circuit; infinite when nothing conducts."""
        telephone = self.wire_ohms + self.telephone_ohms if self.hook_closed else math.inf
        if math.isinf(self.leakage_ohms):
            return telephone
        return 1 / (1 / telephone + 1 / max(self.leakage_ohms, CONTACT_OHMS))

    @property
    def dc_volts(self) -> float:
        """What the pair holds against a feed before current flows: that of the telephone."""
        if not (self.hook_closed and self.telephone_v):
            return 0.0
        return self.telephone_v * self.dc_ohms / (self.wire_ohms + self.telephone_ohms)

    def dc(self, open_v: float, limit_ma: float, available_v: float = math.inf) -> DcPoint:
        """Feed the loop from `open_v` behind `SOURCE_OHMS`, limited to a constant current.

        What joins the wires to ground is left out.

        Args:
            open_v: open-circuit voltage.
            limit_ma: the current limit.
            available_v: what the battery can put across the pair at this moment.
        """
        ohms, held = self.dc_ohms, self.dc_volts
        if math.isinf(ohms):
            volts = min(open_v, available_v)
            return DcPoint(volts, 0.0, self.at_telephone(volts))
        amps = min(
            limit_ma / 1000, (open_v - held) / (ohms + SOURCE_OHMS), (available_v - held) / ohms
        )
        if amps < 0:  # less than the telephone holds: it does not conduct
            return DcPoint(min(open_v, available_v), 0.0, min(open_v, available_v))
        volts = held + amps * ohms
        return DcPoint(volts, amps * 1000, self.at_telephone(volts))

    def at_telephone(self, volts: float) -> float:
        """Of so many volts at the line circuit, those that arrive."""
        if math.isinf(self.wire_ohms):
            return 0.0
        if not self.hook_closed or volts <= self.telephone_v:
            return volts
        rest = (volts - self.telephone_v) / (self.wire_ohms + self.telephone_ohms)
        return self.telephone_v + rest * self.telephone_ohms

    def ring(self, peak_v: float, hz: float) -> RingPoint:
        """Ring the loop with a source of `peak_v` behind `SOURCE_OHMS`."""
        telephone = 1 / self.telephone_ohms if self.hook_closed else 0.0
        return _ring(peak_v, hz, self.leakage_ohms, telephone, self.ren, self.wire_ohms)


@lru_cache(maxsize=256)
def _ring(
    peak_v: float, hz: float, leakage_ohms: float, telephone: float, ren: float, wire_ohms: float
) -> RingPoint:
    """Of a loop with these properties, `telephone` in siemens; the same at sample after sample."""
    leak = 1 / max(leakage_ohms, CONTACT_OHMS)
    admittance = complex(telephone)
    if ren > LEAST_REN and hz > 0:
        reactance = -1 / (2 * math.pi * hz * REN_FARADS * ren)
        admittance += 1 / complex(REN_OHMS / ren, reactance)
    if math.isinf(wire_ohms):
        amps = peak_v * leak / (1 + SOURCE_OHMS * leak)
        return RingPoint(amps * 1000, 0.0)
    # from the far end: telephone, wire, leak, source
    gain = 1 / (1 + wire_ohms * admittance)
    seen = admittance * gain + leak
    near = peak_v / (1 + SOURCE_OHMS * seen)
    return RingPoint(abs(near * seen) * 1000, abs(near * gain) / math.sqrt(2))


@dataclass(frozen=True, slots=True)
class Branch:
    """One way from a wire to ground."""

    siemens: float
    volts: float
    """Below ground, at its far end."""


def _branch(ohms: float, volts: float) -> Iterator[Branch]:
    if ohms < math.inf:
        yield Branch(1 / max(ohms, CONTACT_OHMS), volts)


TELEPHONE = frozenset({"telephone_ohms", "telephone_v", "ren"})
"""Properties of what hangs on the wires."""
PROPERTIES: dict[str, float] = {
    each.name: each.default
    for each in fields(Loop)
    if each.init and isinstance(each.default, float)
}
"""What can be changed about a loop, with the value of a sound one."""
