"""The targets of the voice path: each by its name, what was found beside it, and why not more."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.figures import short, table


@dataclass(frozen=True, slots=True)
class Target:
    """One line of the table.

    Attributes:
        name: of the measurement, as `--only` takes it.
        figure: what of it, where there is more than one figure.
        most: the target; `least` says that it is one from below.
        found: what was measured; None: it was not.
        unit: of both.
        why: where it is missed; or why it was not measured.
    """

    name: str
    figure: str
    most: float
    found: float | None
    unit: str
    why: str = ""
    least: bool = False

    @property
    def met(self) -> bool:
        if self.found is None:
            return False
        return self.found >= self.most if self.least else self.found <= self.most

    @property
    def verdict(self) -> str:
        if self.found is None:
            return "not measured"
        if self.met:
            return "met"
        return f"missed by {short(abs(self.found - self.most))} {self.unit}".strip()

    def row(self) -> list[str]:
        sign = ">=" if self.least else "<="
        found = "-" if self.found is None else f"{short(self.found)} {self.unit}".strip()
        wanted = f"{sign} {self.most:g} {self.unit}".strip()
        return [f"`{self.name}`", self.figure, wanted, found, self.verdict]


HEAD = ("target", "figure", "aimed at", "found", "")


def as_table(targets: list[Target]) -> str:
    """A row for each, and under the table why what is missed is missed."""
    notes: list[str] = []
    rows = []
    for target in targets:
        row = target.row()
        if target.why and not target.met:
            if target.why not in notes:
                notes.append(target.why)
            row[-1] += f" ({notes.index(target.why) + 1})"
        rows.append(row)
    told = [f"{n}. {why[0].upper()}{why[1:]}." for n, why in enumerate(notes, 1)]
    return "\n\n".join([table(HEAD, rows), *(["\n".join(told)] if told else [])])
