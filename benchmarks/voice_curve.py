"""The voice process beside its neighbours, from 1 call to 96: CPU and the gaps between packets.

The agents take turns of one window each, so that whatever else the machine does falls on all of
them; what is compared are ratios of medians, over at least five turns. PJSUA2's wheel takes four
calls in a process: for more there are several, and each pays for its own clock.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Self

from benchmarks import rtp
from benchmarks.figures import Sample, median, quantile, short, table
from benchmarks.neighbours import Agent, Baresip, Pjsua2, SimpleCalls
from benchmarks.neighbours import installed as neighbours
from benchmarks.rtp import Voices
from benchmarks.stand import StandError
from benchmarks.targets import Target
from benchmarks.voice_alone import VoiceAlone

WARM_UP_S = 0.6
OURS = VoiceAlone.name
PJSUA2_MOST = 24
"""Calls, in six processes: with more of them there would be clocks to measure, and no voice."""
AT_LEAST = 8
"""Calls from which on a ratio counts, besides that at one call."""
CURVED = "a wake-up costs less for each call, the more there are: caches stay warm"
BROKEN = "packets were lost on their way to the receiver, or left out by us: a fault"
WINDOW = "a window of seconds begins and ends at any phase of the two clocks"
FEW, MANY, OF_BARESIP = 0.8, 0.75, 0.30
"""Of PJSUA2's CPU with one call and with more, and of baresip's."""


class Pjsua2s(Agent):
    """As many processes of PJSUA2 as are needed."""

    name = "pjsua2"
    most = PJSUA2_MOST

    def __init__(self, calls: int, *, cancels: bool = False) -> None:
        kind = Pjsua2Cancelling if cancels else Pjsua2
        self.each = [kind() for _ in range(-(-calls // Pjsua2.most))]
        self._used = len(self.each)
        """Of them: those that have calls."""
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            for one in self.each:
                stack.enter_context(one)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def pids(self) -> list[int]:
        return [pid for one in self.each[: self._used] for pid in one.pids()]

    def calls(self, count: int) -> Calls:
        self._used = -(-count // Pjsua2.most)
        return Calls(self, count)


class Pjsua2Cancelling(Pjsua2):
    """With its echo canceller asked for."""

    def words(self) -> list[str]:
        return ["--cancel"]


class Calls(SimpleCalls):
    """Calls spread over several processes."""

    def __init__(self, group: Pjsua2s, count: int) -> None:
        super().__init__(group.each[0].far_end, count)
        self._parts = [
            SimpleCalls(one.far_end, min(Pjsua2.most, count - Pjsua2.most * n))
            for n, one in enumerate(group.each)
            if count > Pjsua2.most * n
        ]
        self._open = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            for part in self._parts:
                part.voices = self.voices
                stack.enter_context(part)
            self._open = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()


@dataclass
class Row:
    """One agent with so many calls."""

    cpu: Sample = field(default_factory=lambda: Sample("CPU", "ms/call-s"))
    gaps_ms: list[float] = field(default_factory=list)
    """How far each was off 20 ms."""
    mean_gap_ms: list[float] = field(default_factory=list)
    breaks: int = 0
    rss: float = 0.0


@dataclass
class Curve:
    rows: dict[tuple[int, str], Row] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    realtime: bool = False

    def ratio(self, count: int, other: str) -> float | None:
        """Of our median to theirs."""
        ours, theirs = self.rows.get((count, OURS)), self.rows.get((count, other))
        if ours is None or theirs is None or not theirs.cpu.values:
            return None
        return ours.cpu.middle / theirs.cpu.middle

    def counts(self) -> list[int]:
        return sorted({count for count, _ in self.rows})

    def curves(self) -> dict[str, list[tuple[float, float]]]:
        """Per cent of a core by number of calls."""
        found: dict[str, list[tuple[float, float]]] = {}
        for (count, agent), row in sorted(self.rows.items()):
            found.setdefault(agent, []).append((count, row.cpu.middle * count / 10))
        return found

    def line(self) -> tuple[float, float, float]:
        """Our per cent of a core: at none, for each call, and how straight (R squared)."""
        points = self.curves().get(OURS, [])
        n = len(points)
        if n < 3:
            return 0.0, 0.0, 0.0
        mean_x, mean_y = sum(x for x, _ in points) / n, sum(y for _, y in points) / n
        across = sum((x - mean_x) ** 2 for x, _ in points)
        slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / across
        base = mean_y - slope * mean_x
        left = sum((y - base - slope * x) ** 2 for x, y in points)
        spread = sum((y - mean_y) ** 2 for _, y in points)
        return base, slope, 1 - left / spread if spread else 1.0

    def cpu_table(self) -> str:
        head = ("calls", "agent", "CPU ms/call-s, median", "least .. worst", "% of a core",
                "tipring : it", "RSS MB", "turns")  # fmt: skip
        rows = []
        for (count, name), row in sorted(self.rows.items()):
            ratio = None if name == OURS else self.ratio(count, name)
            spread = f"{short(min(row.cpu.values))} .. {short(max(row.cpu.values))}"
            rows.append(
                [str(count), name, short(row.cpu.middle), spread,
                 short(row.cpu.middle * count / 10), "" if ratio is None else short(ratio),
                 short(row.rss), str(len(row.cpu.values))]
            )  # fmt: skip
        return table(head, rows)

    def jitter_table(self) -> str:
        head = ("calls", "agent", "off 20 ms, mean ms", "p99", "p99.9", "worst", "mean gap, ms",
                "breaks of sequence", "packets")  # fmt: skip
        rows = []
        for (count, name), row in sorted(self.rows.items()):
            if not row.gaps_ms:
                continue
            gaps = row.gaps_ms
            figures = (sum(gaps) / len(gaps), *(quantile(gaps, q) for q in (0.99, 0.999, 1.0)))
            rows.append(
                [str(count), name, *map(short, figures), f"{median(row.mean_gap_ms):.4f}",
                 str(row.breaks), str(len(gaps))]
            )  # fmt: skip
        return table(head, rows)


LEARNT_S = 10.0
"""After that the echo cancellers know their lines: only in the first seconds of a port's life they
go over what was said again and again."""


def measure(
    counts: list[int], *, turns: int, seconds: float, dsp: bool = False, beside: bool = True
) -> Curve:
    """All agents that there are, at each number of calls that each of them can have.

    Args:
        counts: of calls.
        turns: windows of each agent.
        seconds: each window.
        dsp: echo cancelled and keys listened for; beside PJSUA2 with its echo canceller alone.
        beside: with the neighbours.
    """
    found = Curve()
    with ExitStack() as stack:
        ours = stack.enter_context(VoiceAlone(max(counts), dsp=dsp))
        found.realtime = ours.realtime
        if dsp:
            with ours.calls(max(counts)) as calls:
                calls.voices.run(LEARNT_S)
        kinds = neighbours() if beside else []
        others: list[Agent] = []
        if Baresip in kinds and not dsp:
            _join(stack, Baresip(), others, found)
        if Pjsua2 in kinds:
            most = max((n for n in counts if n <= PJSUA2_MOST), default=0)
            _join(stack, Pjsua2s(most, cancels=dsp), others, found)
        rtp.hurry()
        stack.callback(rtp.relax)
        for count in counts:
            everybody = [ours, *(agent for agent in others if count <= agent.most)]
            for _ in range(turns):
                for agent in everybody:
                    _window(agent, count, found, seconds)
    return found


def _join(stack: ExitStack, agent: Agent, others: list[Agent], found: Curve) -> None:
    try:
        others.append(stack.enter_context(agent))
    except StandError as error:
        found.missing.append(str(error))


def _window(agent: Agent, count: int, found: Curve, seconds: float) -> None:
    row = found.rows.setdefault((count, agent.name), Row())
    with agent.calls(count) as calls:
        voices: Voices = calls.voices
        voices.run(WARM_UP_S)
        before = agent.cpu_s()
        voices.run(seconds)
        row.cpu.add(1000 * (agent.cpu_s() - before) / (count * seconds))
        row.gaps_ms += voices.gaps_ms()
        row.mean_gap_ms.append(voices.mean_gap_ms())
        row.breaks += voices.breaks
        row.rss = agent.memory().rss


def cpu_targets(curve: Curve) -> list[Target]:
    """`media_cpu_curve`."""
    told = []
    why = "the interpreter; what it does is in `tick_cost`"
    for other, limit in (("pjsua2", None), ("baresip", OF_BARESIP)):
        for count in curve.counts():
            ratio = curve.ratio(count, other)
            most = limit or (FEW if count == 1 else MANY)
            if ratio is None or (count < AT_LEAST and not (count == 1 and limit is None)):
                continue
            figure = f"CPU, {count} at once : {other}'s"
            told.append(Target("media_cpu_curve", figure, most, ratio, "", why))
    base, slope, straight = curve.line()
    if straight:
        name = "media_cpu_curve"
        told += [
            Target(name, "a wake-up, in all", 0.75, base, "% of a core", why),
            Target(name, "a call more", 0.055, slope, "% of a core", why),
            Target(name, "straightness (R squared)", 0.98, straight, "", CURVED, least=True),
        ]
    return told


def dsp_targets(plain: Curve, dsp: Curve) -> list[Target]:
    """`media_cpu_dsp`: against PJSUA2, and what it adds."""
    told = []
    for count in dsp.counts():
        ratio = dsp.ratio(count, "pjsua2")
        if ratio is not None:
            figure = f"CPU, {count} at once, with DTMF and echo canceller : pjsua2's"
            why = "PJSUA2 puts its canceller before a sound device, and a null device has none"
            told.append(Target("media_cpu_dsp", figure, 1.0, ratio, "", why))
    for count in sorted(set(plain.counts()) & set(dsp.counts())):
        if count < AT_LEAST:
            continue
        added = dsp.rows[count, OURS].cpu.middle - plain.rows[count, OURS].cpu.middle
        why = "libspeexdsp with its tail of 32 ms is most of it; paced, with cold caches"
        figure = f"added for each of {count} ports and a period, paced"
        told.append(Target("media_cpu_dsp", figure, 25, added * 20, "us", why))
    return told


def wake_ups(seconds: float = 2.0) -> float:
    """Of the voice process in calls, a period."""
    with VoiceAlone(8) as voice, voice.calls(8) as calls:
        calls.voices.run(0.5)
        before = voice.wake_ups()
        calls.voices.run(seconds)
        return (voice.wake_ups() - before) * rtp.PERIOD_S / seconds


def jitter_targets(curve: Curve) -> list[Target]:
    """`tx_jitter`."""
    told = []
    for count in curve.counts():
        row = curve.rows.get((count, OURS))
        if row is None or not row.gaps_ms or count == 2:
            continue
        gaps, many = row.gaps_ms, count >= 96
        why = "the ports of a period are served one after the other, and other programs run"
        for figure, most, value in (
            ("mean", 0.05 if many else 0.03, sum(gaps) / len(gaps)),
            ("p99", 0.5 if many else 0.25, quantile(gaps, 0.99)),
            ("p99.9", 1.0, quantile(gaps, 0.999)),
            ("worst", 2.0, max(gaps)),
        ):
            name = f"{count} at once: off 20 ms, {figure}"
            told.append(Target("tx_jitter", name, most, value, "ms", why))
        name = f"{count} at once: breaks of sequence"
        told.append(Target("tx_jitter", name, 0, row.breaks, "", BROKEN))
        name, off = f"{count} at once: mean gap off 20 ms", abs(median(row.mean_gap_ms) - 20)
        told.append(Target("tx_jitter", name, 0.001, off, "ms", WINDOW))
    return told
