"""Pages that are made of the drawings: pin map, drawings in words, EEPROM settings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hardware.design.boards import Design
from hardware.design.circuit import Component, Kind, Net
from hardware.design.header import PHYSICAL

MADE = "<!-- Made by `python -m hardware` from hardware/design; edit that instead. -->"
WHOLE = (
    "Numbers are BCM; the pin of the 40-pin header in brackets. Directions as seen from the",
    "Raspberry Pi. Power: 5 V on 2 and 4, 3.3 V on 1 (pull-ups and EEPROM only), ground on 6, 9,",
    "14, 20, 25, 30, 34, 39.",
)
READING = (
    "The last two digits of a reference in a port are the number in the chip's data sheet; from",
    "60 on they are this project's. *Wired from*: `ours` is to be compared with the data sheet's",
    "figure before a board is laid out. The same as a netlist for KiCad: `{name}.net`.",
)
ALTERNATE_0 = {"ID_SD", "ID_SC", "I2C_SDA", "I2C_SCL", "SPI_SCLK", "SPI_MOSI", "SPI_MISO"}
ALTERNATE_0 |= {"PCM_CLK", "PCM_FS", "PCM_DIN", "PCM_DOUT"}
"""Signals of a peripheral; the others are plain inputs and outputs."""


def pin_map(designs: Sequence[Design]) -> str:
    """What each board does with the header, side by side."""
    lines = [
        "# Pin map",
        "",
        MADE,
        "",
        "Numbers are BCM; the pin of the 40-pin header in brackets.",
    ]
    lines += [
        "Directions as seen from the Raspberry Pi. Power: 5 V on 2 and 4, 3.3 V on 1 (pull-ups and"
    ]
    lines += ["EEPROM only), ground on 6, 9, 14, 20, 25, 30, 34, 39."]
    for design in designs:
        lines += ["", f"## {design.circuit.name}: {design.circuit.title}", ""]
        lines += ["| signal | GPIO | direction | goes to | remark |", "|---|---|---|---|---|"]
        for number, use in design.uses.items():
            where = _where(design, use.net)
            direction = _direction(use.kind)
            pin = f"{number} ({PHYSICAL[number]})"
            lines.append(f"| {use.signal} | {pin} | {direction} | {where} | {use.remark} |")
        free = [str(n) for n in sorted(PHYSICAL) if n not in design.uses and n > 1]
        lines += ["", f"Free: {', '.join(free)}."]
    return "\n".join(lines) + "\n"


def _direction(kind: Kind) -> str:
    return {Kind.OUTPUT: "out", Kind.INPUT: "in"}.get(kind, "both")


def _where(design: Design, net: Net) -> str:
    """Pins of chips on the net, or whatever else it leads to."""
    ends = [(c, pin) for c, pin in design.circuit.on(net) if c.ref != "J1"]
    chips = [f"{c.ref} {pin.name}" for c, pin in ends if c.ref.startswith("U")]
    if len(chips) > 3:
        chips = [chips[0], f"... {chips[-1]}"]
    return ", ".join(chips or [c.ref for c, _ in ends])


def drawing(design: Design) -> str:
    """The drawing in words: what is where, between which nets, why, and who says so."""
    circuit = design.circuit
    lines = [f"# {circuit.name}: {circuit.title}", "", MADE, ""]
    size = f"{len(circuit.components)} components, {len(circuit.nets)} nets"
    lines += [f"**Designed, not yet built.** {size}. Supply: {design.supply}."]
    lines += [line.format(name=circuit.name) for line in READING]
    for block in circuit.blocks():
        if block.startswith("port ") and block != "port 1":
            continue
        others = "port 2" if design.ports == 2 else f"ports 2 to {design.ports}"
        same = f", and {others} in the same way" if block == "port 1" else ""
        lines += ["", f"## {block[:1].upper()}{block[1:]}{same}", ""]
        lines += [
            "| | value | nets | for | value from | wired from |",
            "|---|---|---|---|---|---|",
        ]
        lines += [_row(each) for each in circuit.components if each.block == block]
    return "\n".join(lines) + "\n"


def _row(component: Component) -> str:
    value = component.value
    if component.si3215:
        value += f" (Si3215: {component.si3215})"
    nets = ", ".join(_ends(component))
    words = (component.value_from.value, component.wired_from.value)
    return f"| {component.ref} | {value} | {nets} | {component.role} | {words[0]} | {words[1]} |"


def _ends(component: Component) -> Iterator[str]:
    plain = all(pin.name == pin.number for pin in component.part.pins)
    for pin in component.part.pins:
        net = component.nets.get(pin.number)
        if net is None:
            if component.ref != "J1":
                yield f"{pin.name} open"
        elif plain:
            yield net.name
        else:
            yield f"{pin.name}: {net.name}"


def eeprom(design: Design) -> str:
    """Settings for the `eepmake` tool of the Raspberry Pi project."""
    number = {"fxs2": 1, "fxs8": 2, "ag1171": 3}[design.circuit.name]
    lines = [
        f"# Identity of {design.circuit.name} for eepmake. Made by `python -m hardware`.",
        "product_uuid 00000000-0000-0000-0000-000000000000 # eepmake draws one",
        f"product_id 0x{number:04x}",
        "product_ver 0x0001",
        'vendor "tipring"',
        f'product "{design.circuit.title}"',
        "gpio_drive 0",
        "gpio_slew 0",
        "gpio_hysteresis 0",
        f"back_power {1 if design.circuit.name == 'fxs8' else 0}",
        "# setgpio NUMBER FUNCTION PULL",
    ]
    for gpio, use in design.uses.items():
        if gpio <= 1:
            continue  # the EEPROM's own
        if use.signal in ALTERNATE_0:
            function = "ALT0"
        else:
            function = "OUTPUT" if use.kind is Kind.OUTPUT else "INPUT"
        lines.append(f"setgpio {gpio} {function} DEFAULT # {use.signal}")
    lines.append(f'dt_blob "{design.overlay}"')
    return "\n".join(lines) + "\n"
