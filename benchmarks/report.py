"""benchmarks/RESULTS.md: what was measured, on what, and what a reader should not conclude."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from benchmarks import machine
from benchmarks.targets import Target, as_table, missed
from firmware.compiled import CORE

MADE = """\
# Figures of this release

Made by `make bench` (`python -m benchmarks`; `--within MINUTES` shortens it, `--quick` prints a
little of everything and writes nothing). They are reported, not gated: nothing fails because of
them."""
MADE_WHOLE = """\
# Figures over minutes

Made by `make bench-whole` (`python -m benchmarks --whole`): jitter and echo for as long as was
asked for, one turn of each agent. The other figures are in [RESULTS.md](RESULTS.md)."""
HEAD = """\
{made}

* **Machine**: {machine}.
* **Began** {began}; load averages (1, 5, 15 min) then {load_before}, at the end {load_after}.
  Other programs ran at the same time wherever the load is well above 1: prefer medians to
  worst values, and ratios to both.
* {took}
* Voice process with SCHED_FIFO: {realtime}. SIP core: {core}.
* The board is simulated: a process that stands for chips, copper and telephones and paces the
  PCM highway by the real clock. Its own CPU is counted nowhere. **Nothing here was measured on
  a Raspberry Pi**, and nothing should be concluded about one.
* Least, median, 95th per cent (nearest rank), worst and the number of values stand side by
  side; with fewer than 20 values the 95th per cent is the worst.
* "met" and "missed" compare the median with the target; a worst value above it is named.
"""
MISSED = """\
Everything that was aimed at and not reached, as this run found it, and why. Of {count} targets
{met} are met; all are in the table below."""


@dataclass
class Report:
    """Text, section by section; what is added is printed at once."""

    made: str = MADE
    """How, in words."""
    realtime: bool | None = None
    targets: list[Target] = field(default_factory=list)
    """Each by a name that `--only` takes."""
    took: list[str] = field(default_factory=list)
    """What each part took, and which had to be shorter, in words."""
    _began: str = field(default_factory=lambda: time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()))
    _load: str = field(default_factory=machine.load)
    _parts: list[str] = field(default_factory=list)

    def section(self, title: str, *texts: str) -> None:
        text = "\n\n".join([f"## {title}", *(each.strip() for each in texts if each)])
        self._parts.append(text)
        print(f"\n{text}\n\n(load {machine.load()})", flush=True)

    def absent(self, name: str, why: str) -> None:
        """A part that was not measured at all."""
        self.targets.append(Target(name, "everything of it", 0, None, "", why))
        self.section(f"`{name}`: not measured", f"{why[0].upper()}{why[1:]}.")

    def verdicts(self) -> str:
        """What was missed and why, and all targets by name."""
        met = sum(target.met for target in self.targets)
        told = MISSED.format(count=len(self.targets), met=met)
        return "\n\n".join(
            [
                f"## Targets missed\n\n{told}\n\n{missed(self.targets)}",
                f"## Targets by name\n\n{as_table(self.targets)}",
            ]
        )

    def text(self) -> str:
        granted = {True: "granted", False: "refused", None: "not asked"}[self.realtime]
        head = HEAD.format(
            made=self.made, machine=machine.described(), began=self._began, load_before=self._load,
            load_after=machine.load(), realtime=granted, core=CORE.told(),
            took=" ".join(self.took) or "Everything was measured in full.",
        )  # fmt: skip
        return "\n\n".join([head.strip(), self.verdicts(), *self._parts]) + "\n"
