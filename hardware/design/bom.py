"""The bill of materials of all boards in one table, one line a kind of part and value."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from hardware.design.boards import Design
from hardware.design.circuit import Component

HEAD = (
    "part", "value", "package", "value for Si3215", "manufacturer's number", "alternates",
    "supply", "any replacement must have", "value from",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """What components must share to be one line."""

    part: str
    value: str
    package: str
    si3215: str
    number: str
    alternates: str
    life: str
    needs: str

    @classmethod
    def of(cls, component: Component) -> Row:
        part, supply = component.part, component.part.supply
        return cls(
            part.name,
            component.value,
            part.package,
            component.si3215,
            supply.number,
            "; ".join(supply.alternates),
            supply.life.value,
            supply.needs,
        )

    @property
    def words(self) -> tuple[str, ...]:
        return (
            self.part, self.value, self.package, self.si3215, self.number, self.alternates,
            self.life, self.needs,
        )  # fmt: skip


def table(designs: Sequence[Design]) -> str:
    """Write the table as CSV: quantities of each board, then the references."""
    rows: dict[Row, dict[str, list[str]]] = {}
    origins: dict[Row, set[str]] = {}
    for design in designs:
        for component in design.circuit.components:
            row = Row.of(component)
            used = rows.setdefault(row, {})
            origins.setdefault(row, set()).add(component.value_from.value)
            used.setdefault(design.circuit.name, []).append(component.ref)
    names = [design.circuit.name for design in designs]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        (*(f"quantity {name}" for name in names), *HEAD, *(f"references {n}" for n in names))
    )
    for row in sorted(rows, key=lambda each: (each.part.lower(), _order(each.value), each.si3215)):
        used = rows[row]
        counts = [str(len(used.get(name, ()))) for name in names]
        refs = [" ".join(used.get(name, ())) for name in names]
        writer.writerow((*counts, *row.words, "; ".join(sorted(origins[row])), *refs))
    return out.getvalue()


def _order(value: str) -> tuple[float, str]:
    scale = {"p": 1e-12, "n": 1e-9, "µ": 1e-6, "k": 1e3, "M": 1e6}
    number, _, unit = value.partition(" ")
    try:
        return float(number) * (scale.get(unit[:1], 1.0) if len(unit) > 1 else 1.0), value
    except ValueError:
        return 0.0, value
