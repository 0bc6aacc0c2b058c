"""Electrical rules: what a program can find wrong in a drawing.

Each rule is a function from a circuit to complaints; `check` asks them all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from hardware.design.circuit import Circuit, Component, Kind, Life, Net

LISTENS = {Kind.INPUT}
DRIVER_KINDS = {Kind.OUTPUT, Kind.THREE_STATE, Kind.BOTH_WAYS, Kind.OPEN_DRAIN}


@dataclass(frozen=True, slots=True)
class Complaint:
    """Something is wrong with a drawing."""

    rule: str
    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.where}: {self.what}"


def check(circuit: Circuit) -> list[Complaint]:
    """Apply all rules."""
    return [complaint for rule in RULES for complaint in rule(circuit)]


def every_pin_is_accounted_for(circuit: Circuit) -> Iterator[Complaint]:
    """A pin is on a net or left open by name; a pin without inside is left open."""
    for component in circuit.components:
        for pin in component.part.pins:
            named = pin.number in component.nets
            if pin.kind is Kind.UNUSED:
                if component.nets.get(pin.number) is not None:
                    yield Complaint("unused pin", component.ref, f"{pin.name} must stay open")
            elif not named:
                yield Complaint("unconnected pin", component.ref, f"{pin.name} is forgotten")
        strange = set(component.nets) - {pin.number for pin in component.part.pins}
        for number in sorted(strange):
            yield Complaint("unknown pin", component.ref, f"it has no pin {number}")


def inputs_are_not_open(circuit: Circuit) -> Iterator[Complaint]:
    """Inputs, supplies and grounds are never left open on purpose either."""
    needed = {Kind.INPUT, Kind.SUPPLY, Kind.GROUND}
    for component in circuit.components:
        for pin in component.part.pins:
            if pin.kind in needed and component.nets.get(pin.number, pin) is None:
                yield Complaint("open input", component.ref, f"{pin.name} is left open")


def a_net_has_two_ends(circuit: Circuit) -> Iterator[Complaint]:
    for net in circuit.nets.values():
        ends = list(circuit.on(net))
        if len(ends) < 2:
            yield Complaint("loose end", net.name, f"{len(ends)} pins are on it")


def supplies_have_one_source(circuit: Circuit) -> Iterator[Complaint]:
    """A supply pin is fed by exactly one source, through fuses and filters if need be."""
    for component in circuit.components:
        for pin in component.part.pins:
            net = component.nets.get(pin.number)
            if pin.kind is not Kind.SUPPLY or net is None:
                continue
            sources = [
                f"{each.ref} {at.name}"
                for reached in _reached(circuit, net)
                for each, at in circuit.on(reached)
                if at.kind is Kind.SOURCE
            ]
            if len(sources) != 1:
                has = "no source" if not sources else " and ".join(sources)
                yield Complaint("supply", component.ref, f"{pin.name} has {has}")


def grounds_are_ground(circuit: Circuit) -> Iterator[Complaint]:
    for component in circuit.components:
        for pin in component.part.pins:
            net = component.nets.get(pin.number)
            if pin.kind is Kind.GROUND and net is not None and (net.low, net.high) != (0, 0):
                yield Complaint("ground", component.ref, f"{pin.name} is on {net.name}")


def nobody_fights(circuit: Circuit) -> Iterator[Complaint]:
    """One push-pull output a net; several only if each can let go."""
    for net in circuit.nets.values():
        drivers = [(each, pin) for each, pin in circuit.on(net) if pin.kind in DRIVER_KINDS]
        hard = [f"{each.ref} {pin.name}" for each, pin in drivers if pin.kind is Kind.OUTPUT]
        if hard and len(drivers) > 1:
            names = ", ".join(f"{each.ref} {pin.name}" for each, pin in drivers)
            yield Complaint("contention", net.name, f"driven by {names}")


def inputs_hear_somebody(circuit: Circuit) -> Iterator[Complaint]:
    """Somebody drives the net of a logic input, or a resistor or the ground holds it."""
    for net in circuit.nets.values():
        pins = [pin for _, pin in circuit.on(net)]
        if not any(pin.kind in LISTENS for pin in pins) or (net.low, net.high) == (0, 0):
            continue
        driven = any(pin.kind in DRIVER_KINDS | {Kind.SOURCE} for pin in pins)
        if not driven and not _held(circuit, net):
            yield Complaint("undriven input", net.name, "nobody drives it")


def open_drains_are_pulled_up(circuit: Circuit) -> Iterator[Complaint]:
    for net in circuit.nets.values():
        drains = [each.ref for each, pin in circuit.on(net) if pin.kind is Kind.OPEN_DRAIN]
        if drains and not any(far.low > 3 for _, far in _resistors(circuit, net)):
            yield Complaint("open drain", net.name, f"no pull-up for {', '.join(drains)}")


def pins_bear_their_nets(circuit: Circuit) -> Iterator[Complaint]:
    """No net goes beyond what a pin on it bears: the line never reaches logic."""
    for net in circuit.nets.values():
        for component, pin in circuit.on(net):
            low = pin.low is not None and net.low < pin.low
            high = pin.high is not None and net.high > pin.high
            if low or high:
                what = f"{pin.name} bears {pin.low:g} to {pin.high:g} V, "
                what += f"{net.name} has {net.low:g} to {net.high:g} V"
                yield Complaint("pin voltage", component.ref, what)


def parts_bear_what_lies_across(circuit: Circuit) -> Iterator[Complaint]:
    """The rating of a part, with its margin, covers the worst case between any two pins."""
    for component in circuit.components:
        rating = component.part.volts
        if rating is None:
            continue
        nets = [net for net in component.nets.values() if net is not None]
        worst = max((a.across(b) for a in nets for b in nets if a is not b), default=0.0)
        if worst * component.part.margin > rating:
            what = f"rated {rating:g} V, needs {worst * component.part.margin:.0f} V"
            yield Complaint("rating", component.ref, what)


def only_rated_parts_join_line_and_logic(circuit: Circuit) -> Iterator[Complaint]:
    """Between the line's nets and the others stand only parts that say what they bear."""
    for component in circuit.components:
        nets = [net for net in component.nets.values() if net is not None]
        sides = {net.line for net in nets}
        used = [pin for pin in component.part.pins if component.nets.get(pin.number)]
        limited = all(pin.low is not None for pin in used)
        if len(sides) == 2 and component.part.volts is None and not limited:
            yield Complaint("isolation", component.ref, "joins line and logic without a rating")


def resistors_stay_cool(circuit: Circuit) -> Iterator[Complaint]:
    for component in circuit.components:
        watts, ohms = component.part.watts, component.ohms
        if watts is None or ohms is None:
            continue
        one, other = component.nets["1"], component.nets["2"]
        if one is None or other is None:
            continue
        if component.amps is None:
            heat = one.across(other) ** 2 / ohms
        else:
            heat = component.amps**2 * ohms
        if heat > watts:
            yield Complaint("heat", component.ref, f"{heat:.2f} W in a {watts:g} W resistor")


def supply_pins_are_decoupled(circuit: Circuit) -> Iterator[Complaint]:
    """Each supply pin of a chip has a capacitor of its own, from its net to ground."""
    chips = [each for each in circuit.components if each.ref.startswith("U")]
    for chip in chips:
        for pin in chip.part.pins:
            if pin.kind is not Kind.SUPPLY:
                continue
            own = [c for c in circuit.components if c.guards == (chip.ref, pin.name)]
            if not own:
                yield Complaint("decoupling", chip.ref, f"{pin.name} has no capacitor")
            for each in own:
                nets = set(each.nets.values())
                if chip.nets[pin.number] not in nets or not _grounded(nets):
                    yield Complaint("decoupling", each.ref, f"does not decouple {pin.name}")


def what_is_to_be_chosen_says_what_it_needs(circuit: Circuit) -> Iterator[Complaint]:
    for component in circuit.components:
        supply = component.part.supply
        if supply.life in {Life.OPEN, Life.ENDED} and not supply.needs:
            yield Complaint("to be chosen", component.ref, "no required ratings")


RULES: tuple[Callable[[Circuit], Iterator[Complaint]], ...] = (
    every_pin_is_accounted_for,
    inputs_are_not_open,
    a_net_has_two_ends,
    supplies_have_one_source,
    grounds_are_ground,
    nobody_fights,
    inputs_hear_somebody,
    open_drains_are_pulled_up,
    pins_bear_their_nets,
    parts_bear_what_lies_across,
    only_rated_parts_join_line_and_logic,
    resistors_stay_cool,
    supply_pins_are_decoupled,
    what_is_to_be_chosen_says_what_it_needs,
)


def _reached(circuit: Circuit, net: Net) -> list[Net]:
    """The net and those that direct current reaches through fuses, beads and coils."""
    found = [net]
    for here in found:
        for component, _ in list(circuit.on(here)):
            if component.part.passes:
                found += [n for n in component.nets.values() if n is not None and n not in found]
    return found


def _resistors(circuit: Circuit, net: Net) -> Iterator[tuple[Component, Net]]:
    """Resistors on a net, and where they lead."""
    for component, pin in circuit.on(net):
        if component.ohms is not None:
            for number, far in component.nets.items():
                if number != pin.number and far is not None:
                    yield component, far


def _held(circuit: Circuit, net: Net) -> bool:
    return any(_fixed(circuit, far) for _, far in _resistors(circuit, net))


def _fixed(circuit: Circuit, net: Net) -> bool:
    kinds = {pin.kind for _, pin in circuit.on(net)}
    return (net.low, net.high) == (0, 0) or Kind.SOURCE in kinds


def _grounded(nets: set[Net | None]) -> bool:
    return any(net is not None and (net.low, net.high) == (0, 0) for net in nets)
