"""benchmarks/RESULTS.md: what was measured, on what, and what a reader should not conclude."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from benchmarks import machine
from benchmarks.figures import Sample
from benchmarks.targets import Target, as_table
from firmware.compiled import CORE

HEAD = """\
# Figures of this release

Made by `make bench` (`python -m benchmarks`; `--quick` prints some of them in a minute and a
half and writes nothing). They are reported, not gated: nothing fails because of them.

* **Machine**: {machine}.
* **Began** {began}; load averages (1, 5, 15 min) then {load_before}, at the end {load_after}.
  Other programs ran at the same time wherever the load is well above 1: prefer medians to
  worst values, and ratios to both.
* Voice process with SCHED_FIFO: {realtime}. SIP core: {core}.
* The board is simulated: a process that stands for chips, copper and telephones and paces the
  PCM highway by the real clock. Its own CPU is counted nowhere. **Nothing here was measured on
  a Raspberry Pi**, and nothing should be concluded about one.
* Least, median, 95th per cent (nearest rank), worst and the number of values stand side by
  side; with fewer than 20 values the 95th per cent is the worst.
* "met" and "missed" compare the median with the target; a worst value above it is named.
"""


@dataclass
class Report:
    """Text, section by section; what is added is printed at once."""

    realtime: bool | None = None
    targets: list[Target] = field(default_factory=list)
    """Those that have names, as `--only` takes them."""
    _began: str = field(default_factory=lambda: time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()))
    _load: str = field(default_factory=machine.load)
    _parts: list[str] = field(default_factory=list)
    _missed: list[str] = field(default_factory=list)

    def section(self, title: str, *texts: str) -> None:
        text = "\n\n".join([f"## {title}", *(each.strip() for each in texts if each)])
        self._parts.append(text)
        print(f"\n{text}\n\n(load {machine.load()})", flush=True)

    def judge(self, samples: Iterable[Sample], reasons: dict[str, str]) -> None:
        """Remember which targets were missed, and why."""
        for sample in samples:
            if sample.verdict.startswith(("missed", "not")):
                why = reasons.get(sample.name, "no reason is known")
                self._missed.append(f"* {sample.name}: {sample.verdict}. {why}")

    def missed(self, text: str) -> None:
        self._missed.append(f"* {text}")

    def text(self) -> str:
        granted = {True: "granted", False: "refused", None: "not asked"}[self.realtime]
        head = HEAD.format(
            machine=machine.described(), began=self._began, load_before=self._load,
            load_after=machine.load(), realtime=granted, core=CORE.told(),
        )  # fmt: skip
        missed = "\n".join(self._missed) or "None."
        parts = [head.strip(), f"## Targets missed\n\n{missed}"]
        if self.targets:
            parts.append(f"## Targets by name\n\n{as_table(self.targets)}")
        parts += self._parts
        return "\n\n".join(parts) + "\n"
