"""The gateway and its neighbours in turns: CPU, jitter and memory in the same calls.

A turn is a window of each agent, one after the other, so that whatever else the machine
does falls on all of them. What is compared are ratios within turns, and their median.
"""

from __future__ import annotations

import contextlib
import os
from contextlib import ExitStack
from dataclasses import dataclass, field

from benchmarks import machine, rtp
from benchmarks.figures import Sample, median, short, table
from benchmarks.neighbours import Agent, Gateway, installed
from benchmarks.stand import StandError

WARM_UP_S = 1.0
OURS = Gateway.name


@dataclass
class Row:
    """One agent at one number of calls."""

    cpu: Sample = field(default_factory=lambda: Sample("CPU", "ms/call-s"))
    media_cpu: Sample = field(default_factory=lambda: Sample("media alone", "ms/call-s"))
    mean_gap: Sample = field(default_factory=lambda: Sample("mean gap", "ms"))
    p99: Sample = field(default_factory=lambda: Sample("p99", "ms"))
    worst: Sample = field(default_factory=lambda: Sample("worst", "ms"))
    rss: float = 0.0
    packets: int = 0
    breaks: int = 0


@dataclass
class Comparison:
    rows: dict[tuple[int, str], Row] = field(default_factory=dict)
    idle: dict[str, Sample] = field(default_factory=dict)
    idle_memory: dict[str, machine.Memory] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)

    def counts(self) -> list[int]:
        return sorted({count for count, _ in self.rows})

    def curves(self) -> dict[str, list[tuple[float, float]]]:
        """Per cent of a core by number of calls."""
        found: dict[str, list[tuple[float, float]]] = {}
        for (count, agent), row in sorted(self.rows.items()):
            found.setdefault(agent, []).append((count, row.cpu.middle * count / 10))
            if agent == OURS:
                alone = found.setdefault(f"{OURS}, media alone", [])
                alone.append((count, row.media_cpu.middle * count / 10))
        return found

    def ratio(self, count: int, other: str, *, media_alone: bool = False) -> str:
        """Ours to another's CPU: the median of the ratios of the turns."""
        ours, theirs = self.rows.get((count, OURS)), self.rows.get((count, other))
        if other == OURS or ours is None or theirs is None:
            return ""
        mine = ours.media_cpu if media_alone else ours.cpu
        pairs = zip(mine.values, theirs.cpu.values, strict=True)
        return short(median([a / b for a, b in pairs if b]))

    def call_table(self) -> str:
        head = (
            "calls", "agent", "CPU ms/call-s, median", "least .. worst", "tipring : it",
            "its media process alone : it", "RSS MB", "gap off 20 ms: mean", "p99", "worst ms",
            "breaks of sequence", "turns", "packets",
        )  # fmt: skip
        lines = []
        for (count, name), row in sorted(self.rows.items(), key=lambda item: item[0]):
            spread = f"{short(min(row.cpu.values))} .. {short(max(row.cpu.values))}"
            gaps = map(short, (row.mean_gap.middle, row.p99.middle, max(row.worst.values)))
            lines.append(
                [str(count), name, short(row.cpu.middle), spread, self.ratio(count, name),
                 self.ratio(count, name, media_alone=True), short(row.rss), *gaps,
                 str(row.breaks), str(len(row.cpu.values)), str(row.packets)]
            )  # fmt: skip
        return table(head, lines)

    def idle_table(self) -> str:
        head = ("agent", "idle CPU %, median", "worst", "windows", "RSS MB", "PSS MB", "USS MB")
        lines = []
        for name, sample in self.idle.items():
            m = self.idle_memory[name]
            lines.append(
                [name, short(sample.middle), short(max(sample.values)), str(len(sample.values)),
                 *map(short, (m.rss, m.pss, m.uss))]
            )  # fmt: skip
        return table(head, lines)


def measure(counts: list[int], *, turns: int, seconds: float) -> Comparison:
    """All agents that are there, at each number of calls that each of them can have.

    The board process stands for hardware whose clock does not wait, and the far end must
    not be late itself: both are put before ordinary processes where that is permitted.
    """
    found = Comparison()
    with ExitStack() as stack:
        agents: list[Agent] = []
        for kind in installed():
            try:
                agents.append(stack.enter_context(kind()))
            except StandError as error:
                found.missing.append(str(error))
        rtp.hurry()
        stack.callback(rtp.relax)
        for count in counts:
            with Gateway(max(2, count)) as gateway:
                with contextlib.suppress(PermissionError):  # it stands for a sound card
                    os.sched_setscheduler(gateway.board, os.SCHED_FIFO, os.sched_param(10))
                beside = [agent for agent in agents if count <= agent.most]
                everybody = [gateway, *beside]
                if count == counts[0]:
                    _idle(everybody, found, turns, seconds)
                for _ in range(turns):
                    for agent in everybody:
                        _window(agent, count, found, seconds)
    return found


def _idle(agents: list[Agent], found: Comparison, turns: int, seconds: float) -> None:
    rtp.rest(2.0)
    for agent in agents:
        found.idle[agent.name] = Sample("idle", "%")
        found.idle_memory[agent.name] = agent.memory()
    for _ in range(turns):
        before = {agent.name: agent.cpu_s() for agent in agents}
        rtp.rest(seconds)
        for agent in agents:
            used = agent.cpu_s() - before[agent.name]
            found.idle[agent.name].add(100 * used / seconds)


def _window(agent: Agent, count: int, found: Comparison, seconds: float) -> None:
    row = found.rows.setdefault((count, agent.name), Row())
    with agent.calls(count) as calls:
        calls.voices.run(WARM_UP_S)
        before = agent.cpu_s()
        media_before = machine.cpu_s(agent.media) if isinstance(agent, Gateway) else 0.0
        calls.voices.run(seconds)
        row.cpu.add(1000 * (agent.cpu_s() - before) / (count * seconds))
        if isinstance(agent, Gateway):
            used = machine.cpu_s(agent.media) - media_before
            row.media_cpu.add(1000 * used / (count * seconds))
        mean, p99, worst = calls.voices.jitter()
        row.mean_gap.add(mean)
        row.p99.add(p99)
        row.worst.add(worst)
        row.packets += calls.voices.received
        row.breaks += calls.voices.breaks
        row.rss = agent.memory().rss
