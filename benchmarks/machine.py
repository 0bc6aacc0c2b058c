"""This machine, and what its processes cost: read from /proc, told apart by process."""

from __future__ import annotations

import os
import platform
import time
from dataclasses import dataclass
from pathlib import Path

TICK = 1.0 / os.sysconf("SC_CLK_TCK")


def described() -> str:
    """The machine in a line."""
    name = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith(("model name", "Model")):
            name = line.partition(":")[2].strip()
            break
    memory = int(Path("/proc/meminfo").read_text().split()[1]) // 1024
    return (
        f"{os.cpu_count()} x {name}, {memory} MB, {platform.machine()}, Linux "
        f"{platform.release().split('-')[0]}, Python {platform.python_version()}"
    )


def load() -> str:
    """The load averages, 1, 5 and 15 minutes."""
    return " ".join(f"{value:.2f}" for value in os.getloadavg())


def cpu_s(pid: int) -> float:
    """CPU seconds that a process has used, all its threads, to the nanosecond."""
    return time.clock_gettime((~pid << 3) | 2)


def children(pid: int) -> list[int]:
    """Processes that it has started and that live."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += map(int, (task / "children").read_text().split())
    return found


def command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()


def threads(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


def wake_ups(pid: int) -> int:
    """How often its threads have gone to sleep of their own accord and were woken."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        for line in (task / "status").read_text().splitlines():
            if line.startswith("voluntary_ctxt_switches"):
                total += int(line.split()[1])
    return total


@dataclass(frozen=True)
class Memory:
    """Of one process, in MB."""

    rss: float
    """Resident: what it would need alone, shared pages of libraries counted in full."""
    pss: float
    """The same, shared pages divided among those who share them."""
    uss: float
    """Its own: what would come free if it ended."""


def memory(pid: int) -> Memory:
    found = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, _, rest = line.partition(":")
        found[name] = int(rest.split()[0]) / 1024
    uss = found["Private_Clean"] + found["Private_Dirty"]
    return Memory(found["Rss"], found["Pss"], uss)


def realtime(pid: int) -> bool:
    """Whether it was granted SCHED_FIFO."""
    return os.sched_getscheduler(pid) == os.SCHED_FIFO


def clock_difference() -> float:
    """Seconds that the kernel's receive time stamps (CLOCK_REALTIME) are ahead of monotonic."""
    best, found = float("inf"), 0.0
    for _ in range(50):
        before = time.monotonic()
        real = time.time()
        after = time.monotonic()
        if after - before < best:
            best, found = after - before, real - (before + after) / 2
    return found
