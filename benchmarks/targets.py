"""What is aimed at: each target by its name, what was found beside it, and why not more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks.figures import Sample, short, table


@dataclass(frozen=True, slots=True)
class Target:
    """One line of the table.

    Attributes:
        name: of the measurement, as `--only` takes it.
        figure: what of it, where there is more than one figure.
        most: the target; `least` says that it is one from below.
        found: what was measured; None: it was not.
        unit: of both.
        why: where it is missed; or why it was not measured. It is written when the target is, so
            that no run says that it missed something and nothing more.
    """

    name: str
    figure: str
    most: float
    found: float | None
    unit: str
    why: str
    least: bool = False

    def __post_init__(self) -> None:
        if not self.why:
            raise ValueError(f"{self.name}, {self.figure}: no reason why it may be missed")

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
        return f"missed by {_figure(abs(self.found - self.most), self.unit)}"

    @property
    def wanted(self) -> str:
        return f"{'>=' if self.least else '<='} {_figure(self.most, self.unit, exact=True)}"

    @property
    def told(self) -> str:
        """What was found, with its unit."""
        return "-" if self.found is None else _figure(self.found, self.unit)

    def row(self) -> list[str]:
        return [f"`{self.name}`", self.figure, self.wanted, self.told, self.verdict]


def _figure(value: float, unit: str, *, exact: bool = False) -> str:
    number = f"{value:g}" if exact else short(value)
    return f"{number} {unit}".strip()


def of_samples(name: str, samples: Iterable[Sample]) -> list[Target]:
    """Those of the samples that are to be below something; what counts is the median."""
    return [
        Target(
            name, sample.name, sample.most, sample.middle if sample.values else None,
            sample.unit, sample.why,
        )
        for sample in samples
        if sample.most is not None
    ]  # fmt: skip


HEAD = ("target", "figure", "aimed at", "found", "")


def as_table(targets: Iterable[Target]) -> str:
    """A row for each."""
    return table(HEAD, [target.row() for target in targets])


def missed(targets: Iterable[Target]) -> str:
    """Every target that is not met, by how much, and why; those of one reason stand together."""
    reasons: dict[tuple[str, str], list[Target]] = {}
    for target in targets:
        if not target.met:
            reasons.setdefault((target.name, target.why), []).append(target)
    parts = []
    for (name, why), those in reasons.items():
        told = [f"* `{name}`: {why[0].upper()}{why[1:]}."]
        told += [_one(target) for target in those]
        parts.append("\n".join(told))
    return "\n".join(parts) or "None."


def _one(target: Target) -> str:
    if target.found is None:
        return f"  - {target.figure}: not measured"
    return f"  - {target.figure}, {target.wanted}: **{target.told}**, {target.verdict}"
