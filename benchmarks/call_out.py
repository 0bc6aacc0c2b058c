"""A call out with a password asked for: what it costs, ours both ways and beside the neighbours.

INVITE, 407, ACK, INVITE with credentials, 180, 200, ACK, BYE, 200; SIPp is the far end. One at a
time all callers take turns in the same run; at the pace that many lines have to bear it is ours
alone, since baresip and PJSUA2 place one call after the other here.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from benchmarks import machine
from benchmarks.callers import Caller, callers
from benchmarks.core import WAYS, wished
from benchmarks.figures import Sample, median, short, table
from benchmarks.line_process import Lines
from benchmarks.plan import Plan
from benchmarks.report import Report
from benchmarks.sipp_load import answering
from benchmarks.stand import StandError, free_port
from benchmarks.targets import Target
from firmware.compiled import HERE, library

NAME = "call_out"
COMPILED = "tipring, compiled"
MOST_MS = 1.0
ALONE = 20
"""Calls a second that are one at a time: each is over long before the next."""
WARM_UP = 5
"""Calls before any is counted: what is made once, such as the hash of a password, is made."""
AT_ONCE_S = 1.5
"""How long a pace is kept."""
COLD = (
    "each of the four times that a message wakes the process, its code and data have been pushed "
    "out of the caches: nine messages cost three times what they cost in a rush, by the same "
    "instructions, and the neighbours pay for it too"
)
RUSH = "kernel, sockets, event loop and ladder are half of it, and stay as they are"
READ = "the interpreter reads each line anew; `make install` compiles where there is gcc"
BY_MIXERS = "they open a voice path for each call and have no interpreter; ours tells a process"
Found = dict[tuple[str, int], Sample]
"""CPU of a call in ms, a value a turn, by agent and calls a second."""


@dataclass
class CallsOut:
    """What was found; an agent that is not on this machine has no rows."""

    installed: str
    """Which of ours is the installed product: the compiled one, if it is there."""
    found: Found = field(default_factory=dict)
    lost: dict[tuple[str, int], str] = field(default_factory=dict)
    """Why there is no figure: a far end that is starved loses datagrams, and calls with them."""

    def measured(
        self,
        agent: str,
        rate: int,
        starting: AbstractContextManager[Caller],
        port: int,
        calls: int,
    ) -> None:
        """Add a value; who fails once has none, and is not started again."""
        if (agent, rate) in self.lost:
            return
        try:
            cost_ms = _cost(starting, port, calls, rate)
        except StandError as error:
            self.found.pop((agent, rate), None)
            self.lost[agent, rate] = str(error)
        else:
            self.found.setdefault((agent, rate), Sample(agent)).add(cost_ms)

    def beside(self, agent: str, rate: int) -> float | None:
        """The installed product to another: the median of the ratios within turns."""
        ours, theirs = self.found.get((self.installed, rate)), self.found.get((agent, rate))
        if ours is None or theirs is None or agent == self.installed:
            return None
        return median([a / b for a, b in zip(ours.values, theirs.values, strict=True)])

    def targets(self) -> list[Target]:
        told = []
        for (agent, rate), sample in self.found.items():
            if agent == self.installed:
                why = COLD if rate == ALONE else RUSH
                if agent != COMPILED:
                    why = f"{why}; {READ}"
                told.append(Target(NAME, _figure(agent, rate), MOST_MS, sample.middle, "ms", why))
            elif (ratio := self.beside(agent, rate)) is not None and "tipring" not in agent:
                most = 1.5 if agent == "baresip" else 1.0
                told.append(Target(NAME, f"one at a time : {agent}'s", most, ratio, "", BY_MIXERS))
        for (agent, rate), why in self.lost.items():
            told.append(Target(NAME, _figure(agent, rate), MOST_MS, None, "ms", why))
        return told

    def as_table(self) -> str:
        head = ("calls/s", "agent", "CPU of a call, median, ms", "least .. worst",
                f"{self.installed} : it", "turns")  # fmt: skip
        rows = []
        for (agent, rate), sample in sorted(self.found.items(), key=lambda row: row[0][1]):
            ratio = self.beside(agent, rate)
            spread = f"{short(min(sample.values))} .. {short(max(sample.values))}"
            rows.append(
                [str(rate), agent, short(sample.middle), spread,
                 "" if ratio is None else short(ratio), str(len(sample.values))]
            )  # fmt: skip
        return table(head, rows)


def _figure(agent: str, rate: int) -> str:
    return f"{agent}, {'one at a time' if rate == ALONE else f'{rate} a second'}"


def measure(turns: int, *, calls: int, lines: int, rates: Sequence[int]) -> CallsOut:
    """All of it.

    Args:
        turns: of each agent.
        calls: of each turn, one at a time.
        lines: of ours, which bear the rates.
        rates: calls a second, of one turn each.
    """
    ways = dict(WAYS) if library(HERE).exists() else {"interpreted": WAYS["interpreted"]}
    found = CallsOut(f"tipring, {[*ways][-1]}")
    for _ in range(turns):
        for way, wish in ways.items():
            port = free_port()
            with wished(wish):
                ours = Lines(1, port, registers=False)
                found.measured(f"tipring, {way}", ALONE, ours, port, calls)
        for kind in callers():
            port = free_port()
            found.measured(kind.name, ALONE, kind(port), port, calls)
    for rate in rates:
        for way, wish in ways.items():
            port = free_port()
            with wished(wish):
                ours = Lines(lines, port, registers=False)
                found.measured(f"tipring, {way}", rate, ours, port, round(rate * AT_ONCE_S))
    return found


def _cost(starting: AbstractContextManager[Caller], port: int, calls: int, rate: int) -> float:
    """CPU of a call, ms."""
    with answering("called", port), starting as caller:
        caller.call(WARM_UP, ALONE)
        before = machine.cpu_s(caller.pid)
        answered = caller.call(calls, rate)
        spent = machine.cpu_s(caller.pid) - before
    if answered != calls:
        raise StandError(f"{calls - answered} of {calls} calls came to nothing")
    return 1000 * spent / calls


def part(plan: Plan, report: Report) -> None:
    found = measure(
        plan.core_turns, calls=plan.calls_out, lines=plan.lines[-1], rates=plan.rates[-1:]
    )
    report.targets += found.targets()
    report.section("A call out with a password asked for", TOLD, found.as_table())


TOLD = f"""\
INVITE, 407, ACK, INVITE with credentials, 180, 200, ACK, BYE, 200; SIPp is the far end, and asks
with another nonce each time. All CPU of the process is counted, the kernel's for it included.
Ours is the signalling process without chips, its ladder included; {ALONE} calls a second are one
at a time. What `make install` makes is the compiled one where there is gcc, and else the
interpreted."""
