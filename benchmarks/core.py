"""The SIP core interpreted and compiled, in turns of the same run: what the compiler is worth.

A turn is a process of each. ``python -m benchmarks.core COUNT`` is such a process: it prints how
its core runs, and the microseconds of CPU that a call costs both agents of `sip_cost.Pair`.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import machine
from benchmarks.far_end import FarEnd
from benchmarks.figures import Sample, median, short, table
from benchmarks.line_process import Lines
from benchmarks.sip_cost import Pair
from benchmarks.sipp_load import answering, calling
from benchmarks.stand import free_port
from firmware.compiled import CORE, HERE, VARIABLE, library

WAYS = {"interpreted": "no", "compiled": "must"}
WARM_UP = 20


@dataclass
class Ways:
    """Each figure both ways, a value a turn."""

    found: dict[str, dict[str, Sample]] = field(default_factory=dict)

    def add(self, name: str, way: str, value: float) -> None:
        both = self.found.setdefault(name, {each: Sample(name) for each in WAYS})
        both[way].add(value)

    def as_table(self) -> str:
        head = ("figure, median", *WAYS, "compiled : interpreted", "turns")
        rows = []
        for name, both in self.found.items():
            one, other = both["interpreted"].values, both["compiled"].values
            ratio = median([b / a for a, b in zip(one, other, strict=True)])
            rows.append(
                [name, short(median(one)), short(median(other)), short(ratio), str(len(one))]
            )
        return table(head, rows)


def measure(turns: int, *, calls: int, lines: int) -> Ways | None:
    """All figures; None: this source has not been compiled (`make compiled`).

    Args:
        turns: of each way.
        calls: of each turn and figure.
        lines: how many register, and are called.
    """
    if not library(HERE).exists():
        return None
    ways = Ways()
    for _ in range(turns):
        for way, wish in WAYS.items():
            with wished(wish):
                ways.add("a call of two agents in memory, CPU of both, us", way, _in_memory(calls))
                _on_the_wire(ways, way, lines, calls)
    return ways


@contextlib.contextmanager
def wished(wish: str) -> Iterator[None]:
    """Processes started within run their core this way."""
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = wish
    try:
        yield
    finally:
        del os.environ[VARIABLE]
        if before is not None:
            os.environ[VARIABLE] = before


def _in_memory(calls: int) -> float:
    words = [sys.executable, "-W", "ignore", "-m", "benchmarks.core", str(calls)]
    said = subprocess.run(
        words, cwd=Path(__file__).parents[1], stdout=subprocess.PIPE, check=True, text=True
    )
    return float(said.stdout.split()[-1])


def _on_the_wire(ways: Ways, way: str, lines: int, calls: int) -> None:
    port = free_port()
    with answering("registrar", port), Lines(lines, port) as ours:
        ways.add(f"{lines} lines registered, ms", way, 1000 * ours.registered_s)
    far_end = FarEnd()
    try:
        with Lines(lines, far_end.port) as ours:
            load = calling(far_end.contacts, ours.pid, 100, calls / 100)
            ways.add("a call in, CPU of the process, ms", way, load.cpu_ms)
            ways.add("RSS of the process, MB", way, machine.memory(ours.pid).rss)
    finally:
        far_end.close()


def main() -> None:
    count, pair = int(sys.argv[1]), Pair()
    for _ in range(WARM_UP):
        pair.call()
    began = time.process_time()
    for _ in range(count):
        pair.call()
    print(CORE.told(), 1e6 * (time.process_time() - began) / count)


if __name__ == "__main__":
    main()
