"""The netlist as KiCad reads it (File, Import, Netlist in the board editor), format E."""

from __future__ import annotations

from collections.abc import Iterator

from hardware.design.circuit import Circuit, Component, Kind, Part

TYPES = {
    Kind.GROUND: "power_in",
    Kind.SUPPLY: "power_in",
    Kind.SOURCE: "power_out",
    Kind.INPUT: "input",
    Kind.OUTPUT: "output",
    Kind.THREE_STATE: "tri_state",
    Kind.OPEN_DRAIN: "open_collector",
    Kind.BOTH_WAYS: "bidirectional",
    Kind.ANALOG: "passive",
    Kind.PASSIVE: "passive",
    Kind.UNUSED: "no_connect",
}


def netlist(circuit: Circuit) -> str:
    """Write the whole circuit."""
    return "\n".join(_lines(circuit)) + "\n"


def _lines(circuit: Circuit) -> Iterator[str]:
    yield '(export (version "E")'
    yield f"  (design (source {_text(circuit.name)}) (tool {_text('tipring hardware')}))"
    yield "  (components"
    for component in circuit.components:
        yield from _component(component)
    yield "  )"
    yield "  (libparts"
    parts = {component.part.name: component.part for component in circuit.components}
    for name in sorted(parts):
        yield from _part(parts[name])
    yield "  )"
    yield "  (nets"
    for code, net in enumerate(circuit.nets.values(), start=1):
        yield f'    (net (code "{code}") (name {_text(net.name)})'
        for component, pin in circuit.on(net):
            node = f"(ref {_text(component.ref)}) (pin {_text(pin.number)})"
            node += f" (pinfunction {_text(pin.name)}) (pintype {_text(TYPES[pin.kind])})"
            yield f"      (node {node})"
        yield "    )"
    yield "  )"
    yield ")"


def _component(component: Component) -> Iterator[str]:
    part = component.part
    yield f"    (comp (ref {_text(component.ref)}) (value {_text(component.value)})"
    fields = {"Block": component.block, "Role": component.role, "Package": part.package}
    fields["MPN"] = part.supply.number
    written = " ".join(
        f"(field (name {_text(name)}) {_text(value)})" for name, value in fields.items() if value
    )
    yield f"      (fields {written})"
    yield f'      (libsource (lib "tipring") (part {_text(part.name)}) (description "")))'


def _part(part: Part) -> Iterator[str]:
    yield f'    (libpart (lib "tipring") (part {_text(part.name)})'
    yield "      (pins"
    for pin in part.pins:
        words = f'(num {_text(pin.number)}) (name {_text(pin.name)}) (type "{TYPES[pin.kind]}")'
        yield f"        (pin {words})"
    yield "      ))"


def _text(words: str) -> str:
    return '"' + words.replace("\\", "\\\\").replace('"', '\\"') + '"'
