"""Voice while signalling is flooded, and how late its periods begin at the worst.

A gateway of two ports is flooded (`flood`), with turns in which it is not; beside it, on the same
cores, the voice process is in eight calls, on a timer of the kernel's. A bare clock runs along at
the same priority: a loop that waits for the same timer and does nothing, so its worst is the
machine's.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import rtp
from benchmarks.figures import median, quantile, short, table
from benchmarks.stand import Stand
from benchmarks.targets import Target
from benchmarks.voice_alone import VoiceAlone

CALLS = 8
BEFORE_S = 0.5
"""For the flood's process to begin."""


@dataclass
class Storm:
    idle_gaps: list[list[float]] = field(default_factory=list)
    """A list a turn, in milliseconds off 20."""
    storm_gaps: list[list[float]] = field(default_factory=list)
    breaks: int = 0
    late_ms: list[float] = field(default_factory=list)
    """Of all periods of the voice process."""
    clock_ms: list[float] = field(default_factory=list)
    """Of a clock that does nothing."""
    collections: int = 0
    """Of the garbage collector, in the voice process."""
    invites: int = 0
    answered: int = 0

    @property
    def p99s(self) -> tuple[float, float]:
        """Idle and in the storm: the median of the turns."""
        idle, storm = (
            median([quantile(turn, 0.99) for turn in turns])
            for turns in (self.idle_gaps, self.storm_gaps)
        )
        return idle, storm

    def as_table(self) -> str:
        rows = []
        for name, turns in (("idle", self.idle_gaps), ("flooded", self.storm_gaps)):
            gaps = [gap for turn in turns for gap in turn]
            p99 = median([quantile(turn, 0.99) for turn in turns])
            rows.append(
                [name, short(sum(gaps) / len(gaps)), short(p99), short(quantile(gaps, 0.999)),
                 short(max(gaps)), str(len(gaps)), str(len(turns))]
            )  # fmt: skip
        head = ("signalling", "off 20 ms, mean", "p99, median of turns", "p99.9", "worst ms",
                "packets", "turns")  # fmt: skip
        lates = table(
            ("how late a period began, ms", "median", "p99", "worst", "periods"),
            [
                [name, short(median(late)), short(quantile(late, 0.99)), short(max(late)),
                 str(len(late))]
                for name, late in (("voice process", self.late_ms), ("bare clock", self.clock_ms))
            ],
        )  # fmt: skip
        return f"{table(head, rows)}\n\n{lates}"

    def targets(self) -> list[Target]:
        idle, storm = self.p99s
        worst, clock = max(self.late_ms), max(self.clock_ms)
        very_late = sum(late > 5 for late in self.late_ms)
        why = f"a bare clock of the same priority was {short(clock)} ms late at its worst"
        return [
            Target("tx_jitter_storm", "p99 flooded : idle", 1.5, storm / idle, "",
                   f"both are small: {short(idle)} and {short(storm)} ms"),
            Target("tx_jitter_storm", "periods more than 5 ms late", 0, very_late, "", why),
            Target("gc_gil", "worst period", max(2.0, clock + 0.5), worst, "ms late", why),
            Target("gc_gil", "garbage collections in the voice process", 0, self.collections, "",
                   "something has switched the collector on again: a fault"),
        ]  # fmt: skip


def measure(turns: int, seconds: float) -> Storm:
    """Turns without and with the flood."""
    found = Storm()
    with ExitStack() as stack:
        stand = stack.enter_context(Stand(2))
        stand.start()
        voice = stack.enter_context(VoiceAlone(CALLS, notes=True))
        clock = stack.enter_context(VoiceAlone(1, notes=True))
        rtp.hurry()
        stack.callback(rtp.relax)
        with voice.calls(CALLS) as calls:
            calls.voices.run(1.0)
            for _ in range(turns):
                calls.voices.run(seconds)
                found.idle_gaps.append(calls.voices.gaps_ms())
                found.breaks += calls.voices.breaks
                _flooded(stand, calls.voices, found, seconds)
        told = voice.stop()
        found.late_ms = [us / 1000 for us in told["late_us"]]
        found.collections = told["collections"]
        found.clock_ms = [us / 1000 for us in clock.stop()["late_us"]]
    return found


def _flooded(stand: Stand, voices: rtp.Voices, found: Storm, seconds: float) -> None:
    where = str(stand.folder / "control.sock")
    uri = stand.far_end.contacts[stand.number(1)]
    words = [str(stand.listening), where, uri, str(seconds + 2 * BEFORE_S)]
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "benchmarks.flood", *words],
        stdout=subprocess.PIPE, cwd=Path(__file__).parents[1],
    ) as flooding:  # fmt: skip
        voices.run(BEFORE_S)
        voices.run(seconds)
        found.storm_gaps.append(voices.gaps_ms())
        found.breaks += voices.breaks
        assert flooding.stdout is not None
        told = flooding.stdout.readline().split()
        if len(told) == 3:
            found.invites += int(told[0])
            found.answered += int(told[2])
