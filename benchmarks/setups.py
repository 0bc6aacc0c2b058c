"""Setting up calls: how soon a ring is reported, what a call costs, how many a second.

The callers are SIPp and the far end of the stand. Ours are lines without chips
(`benchmarks.lines`): socket, user agent and ladder of the gateway, and a person a line who lifts
at once; the neighbours answer at once too, and open their voice path for it.
"""

from __future__ import annotations

import select
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from benchmarks import machine
from benchmarks.far_end import FarEnd
from benchmarks.figures import Sample, quantile, short, table
from benchmarks.neighbours import BETWEEN_CALLS_S, Program, installed
from benchmarks.sipp_load import Load, answering, calling
from benchmarks.stand import StandError, free_port

CONFIG = """\
[[card]]
ports = {ports}
bus = "simulated"
pcm = "simulated"

[sip]
domain = "127.0.0.1"
listen = "127.0.0.1:{sip}"
register_rate = 0

[[sip.server]]
host = "127.0.0.1"
port = {server}

[dialling]
digit_map = "10x|8xxx"
"""
LINE = '\n[[line]]\nport = {port}\nnumber = "{number}"\npassword = "secret"\n'
WAIT = 30.0
PACED_S = 4.0
"""How long calls out are made at each rate."""
OURS = "tipring"


class Lines:
    """A process of `benchmarks.lines`, registered at a server."""

    def __init__(self, count: int, server: int, *, registers: bool = True) -> None:
        self.count = count
        self._server = server
        self._registers = registers
        self._folder = Path(tempfile.mkdtemp(prefix="tipring-bench-"))
        self.registered_s = 0.0
        """From the first REGISTER sent to the last line bound."""

    def __enter__(self) -> Self:
        config = self._folder / "lines.toml"
        lines = (LINE.format(port=p, number=100 + p) for p in range(1, self.count + 1))
        head = CONFIG.format(ports=self.count, sip=free_port(), server=self._server)
        config.write_text(head + "".join(lines))
        words = [str(config)] if self._registers else [str(config), "unregistered"]
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "benchmarks.lines", *words],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).parents[1],
        )  # fmt: skip
        self._hear("ready")
        if self._registers:
            self.registered_s = float(self._hear("registered")[2])
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()  # nobody waits for what it would say to its server
        self._process.communicate()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def pid(self) -> int:
        return self._process.pid

    def call(self, count: int, rate: float) -> int:
        """Place so many calls; how many were answered."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"call {count} {rate}\n".encode())
        self._process.stdin.flush()
        return int(self._hear("called", WAIT + count / rate)[2])

    def _hear(self, word: str, within: float = WAIT) -> list[str]:
        out = self._process.stdout
        assert out is not None
        if not select.select([out], [], [], within)[0]:
            raise StandError(f"the lines do not say {word!r}")
        said = out.readline().decode().split()
        if not said or said[0] != word:
            raise StandError(f"the lines said {said!r}, not {word!r}")
        return said


@dataclass
class Setups:
    """What was found; an agent that is not on this machine has no rows."""

    soon: dict[str, tuple[Sample, Sample]] = field(default_factory=dict)
    """INVITE to the first answer above 100, and to 200, one call at a time."""
    cost: dict[str, Sample] = field(default_factory=dict)
    """CPU of such a call."""
    loads: list[tuple[str, int, Load]] = field(default_factory=list)
    curve: list[tuple[int, float, float, float]] = field(default_factory=list)
    """Lines; all registered, ms; CPU of a call in, and of a call out with credentials, ms."""
    paces: list[tuple[int, float]] = field(default_factory=list)
    """Calls a second of all lines; CPU of a call out with credentials, ms."""

    def misses(self) -> list[str]:
        """What was aimed at and not reached, in words."""
        first, _ = self.soon[OURS]
        aims = [
            ("INVITE to 180, median", first.middle, 1.0, "ms"),
            ("INVITE to 180, 99th per cent", quantile(first.values, 0.99), 5.0, "ms"),
        ]
        for lines, registered, _, outward in self.curve:
            aims.append((f"CPU of a call out with 407, {lines} lines", outward, 1.0, "ms"))
            if lines == self.curve[-1][0]:
                aims.append((f"{lines} lines registered", registered, 50.0, "ms"))
        for rate, outward in self.paces:
            aims.append((f"CPU of a call out with 407, {rate} a second", outward, 1.0, "ms"))
        found = [
            f"{what}: {short(got)} {unit} where {most:g} were aimed at."
            for what, got, most, unit in aims
            if got > most
        ]
        for name, rate, load in self.loads:
            if name == OURS and (load.failed or load.again):
                found.append(
                    f"{rate} calls/s: {load.failed} failed, {load.again} messages sent again."
                )
        return found

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
        head = ("lines", "all registered, ms", "CPU of a call in, ms", "of a call out, with 407")
        return table(head, [[str(lines), *map(short, rest)] for lines, *rest in self.curve])

    def paces_table(self) -> str:
        head = ("calls/s out", "CPU of a call, with 407, ms")
        return table(head, [[str(rate), short(outward)] for rate, outward in self.paces])


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
    for rate in rates:
        outward = _outward(lines[-1], round(rate * min(seconds, PACED_S)), rate)
        found.paces.append((rate, outward))
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
        registered = 1000 * ours.registered_s
    far_end = FarEnd()
    try:
        with Lines(count, far_end.port) as ours:
            rate = min(100, 20 * count)
            seconds = calls / rate
            inward = calling(far_end.contacts, ours.pid, rate, seconds).cpu_ms
    finally:
        far_end.close()
    found.curve.append((count, registered, inward, _outward(count, calls, rate)))


def _outward(count: int, calls: int, rate: int) -> float:
    """CPU of a call out with credentials, ms: so many from so many lines, at that rate."""
    port = free_port()
    with answering("called", port), Lines(count, port, registers=False) as ours:
        before = machine.cpu_s(ours.pid)
        answered = ours.call(calls, rate)
        if answered != calls:
            raise StandError(f"{calls - answered} of {calls} calls came to nothing")
        return 1000 * (machine.cpu_s(ours.pid) - before) / calls
