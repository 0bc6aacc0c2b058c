"""Samples, what is told of them, and the tables they are told in."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field


def quantile(values: Sequence[float], part: float) -> float:
    """The value that `part` of the sample does not exceed (nearest rank)."""
    ranked = sorted(values)
    return ranked[max(0, math.ceil(part * len(ranked)) - 1)]


def median(values: Sequence[float]) -> float:
    ranked = sorted(values)
    middle = len(ranked) // 2
    return ranked[middle] if len(ranked) % 2 else (ranked[middle - 1] + ranked[middle]) / 2


@dataclass
class Sample:
    """Something measured several times."""

    name: str
    unit: str = "ms"
    most: float | None = None
    """The target: the median should not be above it."""
    why: str = ""
    """Why it is missed, where it is; a sample with a target has one."""
    values: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.most is not None and not self.why:
            raise ValueError(f"{self.name}: a target without a reason why it may be missed")

    def add(self, value: float) -> None:
        self.values.append(value)

    @property
    def middle(self) -> float:
        return median(self.values)

    @property
    def verdict(self) -> str:
        """Whether the target is met, and by how much it is missed otherwise."""
        if self.most is None:
            return ""
        if not self.values:
            return "not measured"
        if self.middle <= self.most:
            worst = max(self.values)
            return "met" if worst <= self.most else f"met (worst {short(worst)})"
        return f"missed by {short(self.middle - self.most)} {self.unit}"

    def row(self) -> list[str]:
        if not self.values:
            return [self.name, self.target, "-", "-", "-", "-", "0", self.verdict]
        return [
            self.name,
            self.target,
            short(min(self.values)),
            short(self.middle),
            short(quantile(self.values, 0.95)),
            short(max(self.values)),
            str(len(self.values)),
            self.verdict,
        ]

    @property
    def target(self) -> str:
        return "" if self.most is None else f"<= {self.most:g} {self.unit}"


HEAD = ("figure", "target", "least", "median", "p95", "worst", "count", "")


def short(value: float) -> str:
    """A number with as many digits as mean something."""
    if value == 0:
        return "0"
    size = abs(value)
    if size >= 100:
        return f"{value:.0f}"
    if size >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if size >= 0.1 else f"{value:.3f}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table that can be read as it stands, too."""
    body = [list(row) for row in rows]
    widths = [max(len(row[n]) for row in [list(head), *body]) for n in range(len(head))]
    lines = [
        "| "
        + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        + " |"
        for row in [list(head), *body]
    ]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([lines[0], rule, *lines[1:]])


def of(samples: Iterable[Sample]) -> str:
    """The table of several samples, each with its unit beside its name."""
    rows = []
    for sample in samples:
        first, *rest = sample.row()
        rows.append([f"{first}, {sample.unit}", *rest])
    return table(HEAD, rows)
