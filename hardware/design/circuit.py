"""What a circuit is made of: kinds of parts, components, nets.

Everything here is a statement about a drawing; `rules` says whether the drawing holds.
Voltages are against ground, in volts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum


class Kind(Enum):
    """What a pin does to the net it is on."""

    GROUND = "ground"
    SUPPLY = "takes supply"
    SOURCE = "gives supply"
    INPUT = "input"
    OUTPUT = "output"
    THREE_STATE = "three-state output"
    OPEN_DRAIN = "open drain"
    BOTH_WAYS = "input and output"
    ANALOG = "analog"
    PASSIVE = "passive"
    UNUSED = "not connected inside"


class Origin(Enum):
    """Where a value or a connection comes from."""

    SHEET = "data sheet"
    PUBLIC = "public design"
    FORMULA = "computed"
    OURS = "ours"
    """This project's choice; nobody has built it. To be compared with the data sheet's figure."""


class Life(Enum):
    """Whether a part can still be bought."""

    GENERIC = "generic"
    ACTIVE = "sold by its maker"
    ENDED = "END OF LIFE"
    UNKNOWN = "not checked"
    OPEN = "TO BE CHOSEN"


@dataclass(frozen=True, slots=True)
class Pin:
    """A pin of a kind of part, by the name that its data sheet gives it."""

    number: str
    name: str
    kind: Kind = Kind.PASSIVE
    low: float | None = None
    """What it bears, where the data sheet says; None where the rating across it counts."""
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Supply:
    """How to get it."""

    number: str = "any"
    """Manufacturer's part number."""
    alternates: tuple[str, ...] = ()
    life: Life = Life.GENERIC
    needs: str = ""
    """Ratings that any replacement must have."""


@dataclass(frozen=True, slots=True)
class Part:
    """A kind of part."""

    name: str
    pins: tuple[Pin, ...]
    package: str = ""
    volts: float | None = None
    """Rating between any two of its pins."""
    margin: float = 1.0
    """By how much the rating must exceed what the circuit does."""
    watts: float | None = None
    passes: bool = False
    """Whether direct current simply passes: a fuse, a bead, a coil in a supply."""
    supply: Supply = Supply()

    def pin(self, word: str) -> Pin:
        """Find a pin by number or name.

        Raises:
            KeyError: there is none, or the name belongs to several.
        """
        found = [each for each in self.pins if each.number == word]
        found = found or [each for each in self.pins if each.name == word]
        if len(found) != 1:
            raise KeyError(f"{self.name} has {len(found)} pins {word!r}")
        return found[0]


@dataclass(frozen=True, slots=True)
class Net:
    """A wire, and the voltages that occur on it while the board works as meant."""

    name: str
    low: float
    high: float

    @property
    def line(self) -> bool:
        """Whether it belongs to the telephone line's side: dangerous to touch and to logic."""
        return self.low < -10 or self.high > 30

    def across(self, other: Net) -> float:
        """The most there can be between the two."""
        return max(self.high - other.low, other.high - self.low)


@dataclass(frozen=True, slots=True)
class Component:
    """A part on a board."""

    ref: str
    part: Part
    value: str
    nets: Mapping[str, Net | None]
    """By pin number; None is left open on purpose."""
    block: str = ""
    """What it belongs to: ``port 1``, ``supply`` ..."""
    role: str = ""
    value_from: Origin = Origin.OURS
    wired_from: Origin = Origin.OURS
    ohms: float | None = None
    farads: float | None = None
    amps: float | None = None
    """The current through it that counts for its dissipation, where voltage does not say."""
    guards: tuple[str, str] | None = None
    """(reference, pin) of the supply pin that it decouples."""
    si3215: str = ""
    """Its value when the chip is a Si3215 and that is another one; ``not fitted`` is a value."""

    def on(self, net: Net) -> list[Pin]:
        """Its pins on that net."""
        return [pin for pin in self.part.pins if self.nets.get(pin.number) is net]


@dataclass(slots=True)
class Circuit:
    """A board: components joined by nets."""

    name: str
    title: str
    components: list[Component] = field(default_factory=list)
    nets: dict[str, Net] = field(default_factory=dict)

    def net(self, name: str, low: float = 0.0, high: float = 0.0) -> Net:
        """Declare a net.

        Raises:
            ValueError: the name is taken.
        """
        if name in self.nets:
            raise ValueError(f"{self.name}: two nets {name}")
        self.nets[name] = Net(name, low, high)
        return self.nets[name]

    def put(
        self,
        component: Component,
        block: str,
        role: str,
        value_from: Origin = Origin.OURS,
        wired_from: Origin = Origin.OURS,
    ) -> None:
        """Put a component on the drawing.

        Raises:
            ValueError: the reference is taken.
        """
        if any(each.ref == component.ref for each in self.components):
            raise ValueError(f"{self.name}: two components {component.ref}")
        placed = replace(
            component, block=block, role=role, value_from=value_from, wired_from=wired_from
        )
        self.components.append(placed)

    def component(self, ref: str) -> Component:
        """Find a component.

        Raises:
            KeyError: there is none.
        """
        for each in self.components:
            if each.ref == ref:
                return each
        raise KeyError(f"{self.name} has no {ref}")

    def on(self, net: Net) -> Iterator[tuple[Component, Pin]]:
        """What is on a net."""
        for component in self.components:
            for pin in component.on(net):
                yield component, pin

    def blocks(self) -> list[str]:
        """Blocks in the order in which they were drawn."""
        return list(dict.fromkeys(each.block for each in self.components))
