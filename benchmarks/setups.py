"""Setting up calls: how soon a ring is reported, what a call costs, how many a second.

The callers are SIPp and the far end of the stand. Ours are lines without chips
(`benchmarks.lines`): socket, user agent and ladder of the gateway, and a person a line who lifts
at once; the neighbours answer at once too, and open their voice path for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from benchmarks import machine
from benchmarks.far_end import FarEnd
from benchmarks.figures import Sample, quantile, short, table
from benchmarks.line_process import Lines
from benchmarks.neighbours import BETWEEN_CALLS_S, Program, installed
from benchmarks.sipp_load import Load, answering, calling
from benchmarks.stand import StandError, free_port
from benchmarks.targets import Target

WAIT = 30.0
OURS = "tipring"
ASLEEP = (
    "each message wakes a process whose code and data others have pushed out of the caches, and "
    "the interpreter reads it, keeps the ladder and writes the answer"
)
OTHERS = "other programs had the core just then; signalling has no priority over them"
CORE_WHY = (
    "the interpreter, and cold caches where calls are rare: at 500 a second the same instructions "
    "take half as long; the core compiled takes 0.7 of it (`core`)"
)
REGISTERED = "two messages each way and a digest for each line, and the interpreter reads them all"


@dataclass(frozen=True)
class Point:
    """So many lines."""

    lines: int
    registered_ms: float
    """All of them, from the first REGISTER."""
    register_cpu_ms: float
    """Of each."""
    inward_ms: float
    """CPU of a call in."""
    outward_ms: float
    """And of a call out with credentials."""

    def figures(self) -> list[float]:
        return [self.registered_ms, self.register_cpu_ms, self.inward_ms, self.outward_ms]


@dataclass
class Setups:
    """What was found; an agent that is not on this machine has no rows."""

    soon: dict[str, tuple[Sample, Sample]] = field(default_factory=dict)
    """INVITE to the first answer above 100, and to 200, one call at a time."""
    cost: dict[str, Sample] = field(default_factory=dict)
    """CPU of such a call."""
    loads: list[tuple[str, int, Load]] = field(default_factory=list)
    curve: list[Point] = field(default_factory=list)

    def targets(self) -> list[Target]:
        return [*self._soon_targets(), *self._cost_targets(), *self._rate_targets()]

    def _soon_targets(self) -> list[Target]:
        """`invite_180`, `invite_200`: the neighbours' first answer above 100 is beside ours."""
        told = []
        for number, name in enumerate(("invite_180", "invite_200")):
            ours = self.soon[OURS][number]
            p99 = quantile(ours.values, 0.99)
            told += [
                Target(name, "median", 1.0, ours.middle, "ms", ASLEEP),
                Target(name, "99th per cent", 5.0, p99, "ms", OTHERS),
            ]
            for agent, samples in self.soon.items():
                if agent != OURS:
                    ratio = ours.middle / samples[number].middle
                    told.append(Target(name, f"median : {agent}'s", 1.0, ratio, "", ASLEEP))
        return told

    def _cost_targets(self) -> list[Target]:
        """`setup_cpu`, and `register_96` by its name, whatever the number of lines is."""
        name, told = "setup_cpu", []
        for agent, cost in self.cost.items():
            if agent != OURS:
                ratio = self.cost[OURS].middle / cost.middle
                most = 1.5 if agent == "baresip" else 1.0
                told.append(Target(name, f"CPU a call in : {agent}'s", most, ratio, "", CORE_WHY))
        for row in self.curve:
            at = f"{row.lines} line{'s' * (row.lines > 1)}, up to 100 a second"
            told += [
                Target(name, f"CPU of a call in, {at}", 1.0, row.inward_ms, "ms", CORE_WHY),
                Target(name, f"CPU of a call out with 407, {at}", 1.0, row.outward_ms, "ms",
                       CORE_WHY),
            ]  # fmt: skip
        last = self.curve[-1]
        return [
            *told,
            Target("register_96", f"{last.lines} lines, first REGISTER to last bound", 30.0,
                   last.registered_ms, "ms", REGISTERED),
            Target("register_96", f"CPU of each of {last.lines} lines", 0.3,
                   last.register_cpu_ms, "ms", REGISTERED),
        ]  # fmt: skip

    def _rate_targets(self) -> list[Target]:
        """`setup_rate`: what SIPp saw fail, and what it had to send again."""
        return [
            Target("setup_rate", f"{what} at {rate} calls/s", 0, number, "", OTHERS)
            for name, rate, load in self.loads
            if name == OURS
            for what, number in (("failed", load.failed), ("sent again", load.again))
        ]

    def soon_table(self) -> str:
        head = ("agent", "first answer above 100, median, ms", "p99", "200, median, ms", "p99",
                "CPU a call, ms", "calls")  # fmt: skip
        rows = []
        for name, (first, ok) in self.soon.items():
            rows.append(
                [name, short(first.middle), short(quantile(first.values, 0.99)),
                 short(ok.middle), short(quantile(ok.values, 0.99)),
                 short(self.cost[name].middle), str(len(first.values))]
            )  # fmt: skip
        return table(head, rows)

    def load_table(self) -> str:
        head = ("calls/s", "agent", "calls", "reached, calls/s", "failed", "sent again by SIPp",
                "CPU a call, ms")  # fmt: skip
        rows = [
            [str(rate), name, str(load.calls), short(load.rate), str(load.failed),
             str(load.again), short(load.cpu_ms)]
            for name, rate, load in self.loads
        ]  # fmt: skip
        return table(head, rows)

    def curve_table(self) -> str:
        head = ("lines", "all registered, ms", "CPU of each, ms", "CPU of a call in, ms",
                "of a call out, with 407")  # fmt: skip
        return table(head, [[str(row.lines), *map(short, row.figures())] for row in self.curve])


def measure(lines: list[int], rates: list[int], *, calls: int, seconds: float) -> Setups:
    """All of it.

    Args:
        lines: how many there are, one measurement each; the last has to bear the rates.
        rates: calls a second that SIPp makes.
        calls: how many are made one at a time, and for each point of the curve.
        seconds: how long each rate is kept.
    """
    found = Setups()
    far_end = FarEnd()
    try:
        _one_at_a_time(found, far_end, calls)
    finally:
        far_end.close()
    for kind in installed():
        with kind() as agent:
            _neighbour_at_once(found, agent, rates, seconds)
    for count in lines:
        _curve(found, count, calls)
    far_end = FarEnd()
    try:
        with Lines(lines[-1], far_end.port) as ours:
            for rate in rates:
                load = calling(far_end.contacts, ours.pid, rate, seconds)
                found.loads.append((OURS, rate, load))
    finally:
        far_end.close()
    found.loads.sort(key=lambda row: row[1])
    return found


def _one_at_a_time(found: Setups, far_end: FarEnd, calls: int) -> None:
    with Lines(1, far_end.port) as ours:
        _each_alone(found, OURS, far_end, "101", [ours.pid], calls)
    for kind in installed():
        with kind() as agent:
            _each_alone(found, agent.name, agent.far_end, "u0", agent.pids(), calls)


def _each_alone(
    found: Setups, name: str, far_end: FarEnd, user: str, pids: list[int], calls: int
) -> None:
    first, ok, cost = Sample("first"), Sample("200"), Sample("CPU")
    for _ in range(calls):
        far_end.forget()
        before = sum(map(machine.cpu_s, pids))
        call_id, sent = far_end.invite(user, 29000)
        answer = far_end.wait("200 INVITE", WAIT, call_id)
        if answer is None:
            raise StandError(f"{name}: no 200")
        ringing = far_end.wait("180 INVITE", 0.0, call_id) or answer
        far_end.ack(user, answer)
        far_end.bye(user, answer)
        far_end.wait("200 BYE", WAIT, call_id)
        first.add(1000 * (ringing.at - sent))
        ok.add(1000 * (answer.at - sent))
        far_end.wait("nothing", BETWEEN_CALLS_S)
        cost.add(1000 * (sum(map(machine.cpu_s, pids)) - before))
    found.soon[name] = (first, ok)
    found.cost[name] = cost


def _neighbour_at_once(found: Setups, agent: Program, rates: list[int], seconds: float) -> None:
    for rate in rates:
        load = calling(agent.far_end.contacts, agent.pids()[0], rate, seconds)
        found.loads.append((agent.name, rate, load))
        if load.failed or load.again:
            return  # more is no use


def _curve(found: Setups, count: int, calls: int) -> None:
    port = free_port()
    with answering("registrar", port), Lines(count, port) as ours:
        registered, cpu = 1000 * ours.registered_s, 1000 * ours.registered_cpu_s / count
    far_end = FarEnd()
    try:
        with Lines(count, far_end.port) as ours:
            rate = min(100, 20 * count)
            seconds = calls / rate
            inward = calling(far_end.contacts, ours.pid, rate, seconds).cpu_ms
    finally:
        far_end.close()
    outward = _outward(count, calls, rate)
    found.curve.append(Point(count, registered, cpu, inward, outward))


def _outward(count: int, calls: int, rate: int) -> float:
    """CPU of a call out with credentials, ms: so many from so many lines, at that rate."""
    port = free_port()
    with answering("called", port), Lines(count, port, registers=False) as ours:
        before = machine.cpu_s(ours.pid)
        answered = ours.call(calls, rate)
        if answered != calls:
            raise StandError(f"{calls - answered} of {calls} calls came to nothing")
        return 1000 * (machine.cpu_s(ours.pid) - before) / calls
