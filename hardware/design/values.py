"""Components to be put on a drawing: values in words, sizes and what they bear."""

from __future__ import annotations

from collections.abc import Mapping

from hardware.design.circuit import Component, Net, Part, Pin, Supply

TWO = (Pin("1", "1"), Pin("2", "2"))

SIZES = {"0603": (75.0, 0.1), "0805": (150.0, 0.125), "1206": (200.0, 0.25)}
"""Working voltage and power of ordinary thick-film chip resistors."""

DERATING = 1.2
"""Of capacitors: a dielectric at its limit loses capacitance and life."""


def ohms(value: float) -> str:
    """Write a resistance as a drawing does."""
    for unit, name in ((1e6, "MΩ"), (1e3, "kΩ")):
        if value >= unit:
            return f"{value / unit:g} {name}"
    return f"{value:g} Ω"


def farads(value: float) -> str:
    """Write a capacitance as a drawing does."""
    for unit, name in ((1e-6, "µF"), (1e-9, "nF"), (1e-12, "pF")):
        if value >= unit * 0.999:
            return f"{value / unit:g} {name}"
    raise ValueError(value)


def resistor(
    ref: str,
    value: float,
    ends: tuple[Net, Net],
    *,
    size: str = "0603",
    tolerance: str = "1 %",
    amps: float | None = None,
    si3215: str = "",
) -> Component:
    """A chip resistor; `amps` is the current that counts where the voltage does not say."""
    volts, watts = SIZES[size]
    part = Part(
        f"resistor {tolerance}",
        TWO,
        package=size,
        volts=volts,
        watts=watts,
        supply=Supply(needs=f"{tolerance}, {watts:g} W, {volts:g} V"),
    )
    nets = {"1": ends[0], "2": ends[1]}
    return Component(ref, part, ohms(value), nets, ohms=value, amps=amps, si3215=si3215)


def capacitor(
    ref: str,
    value: float,
    volts: float,
    ends: tuple[Net, Net],
    *,
    kind: str = "X7R",
    guards: tuple[str, str] | None = None,
) -> Component:
    """A capacitor; the first end is the positive one of an electrolytic."""
    part = Part(
        f"capacitor {kind}",
        TWO,
        package="" if kind == "electrolytic" else "0805 or larger",
        volts=volts,
        margin=DERATING,
        supply=Supply(needs=f"{kind}, {volts:g} V"),
    )
    nets = {"1": ends[0], "2": ends[1]}
    return Component(ref, part, farads(value), nets, farads=value, guards=guards)


def fit(ref: str, part: Part, wires: Mapping[str, Net | None], value: str = "") -> Component:
    """Any other part, its pins by number or by name.

    Raises:
        KeyError: no such pin, or a name that several pins share.
    """
    nets = {part.pin(word).number: net for word, net in wires.items()}
    return Component(ref, part, value or part.name, nets)
