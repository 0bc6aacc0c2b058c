"""From a packet that holds the first sample of a sound to the packet that brings it back.

The far end sends silence, and now and then a burst that is as loud as A-law can be; what comes
back is searched for its first sample. The time of a sample is that of its packet, at the kernel of
the receiver, and its place in it. 20 ms of what is found is the packet itself: it leaves when its
last sample is there. What is told is what lies above that.

The two neighbours loop the voice back in their mixers. Ours goes the way of a telephone call: out
to the PCM highway, through the copper of a port that returns what it is given, and in again, which
costs a period of 20 ms more than a loop in memory.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field

from benchmarks import rtp
from benchmarks.figures import Sample, median, short, table
from benchmarks.neighbours import Agent, Baresip, Pjsua2
from benchmarks.neighbours import installed as neighbours
from benchmarks.stand import StandError
from benchmarks.targets import Target
from benchmarks.voice_alone import VoiceAlone

SETTLE_S = 1.2
OURS = VoiceAlone.name
PERIOD_MS = 20.0


class BriskBaresip(Baresip):
    """With the least delay that its configuration has."""

    name = "baresip, buffer 1-2"
    buffers = ("20-40", "1-2")


@dataclass
class Loops:
    added: dict[str, list[Sample]] = field(default_factory=dict)
    """Milliseconds above 20, a sample a turn."""
    missing: list[str] = field(default_factory=list)

    def middle(self, name: str) -> float | None:
        turns = [sample.middle for sample in self.added.get(name, []) if sample.values]
        return median(turns) if turns else None

    def spread(self, name: str) -> float | None:
        """The greatest less the least in a turn; the median of the turns."""
        turns = [max(s.values) - min(s.values) for s in self.added.get(name, []) if s.values]
        return median(turns) if turns else None

    def drift(self, name: str) -> float | None:
        """How much later the last tenth of a turn is than its first; the median of the turns."""
        turns = [sample.values for sample in self.added.get(name, []) if sample.values]
        tenths = [(max(1, len(values) // 10), values) for values in turns]
        drifts = [median(values[-few:]) - median(values[:few]) for few, values in tenths]
        return median(drifts) if drifts else None

    def as_table(self) -> str:
        head = ("agent", "added to 20 ms: median", "least .. greatest", "spread in a turn",
                "drift in a turn", "bursts", "turns")  # fmt: skip
        rows = []
        for name, turns in self.added.items():
            every = [value for sample in turns for value in sample.values]
            if not every:
                rows.append([name, "nothing came back", "", "", "", "0", str(len(turns))])
                continue
            span = f"{short(min(every))} .. {short(max(every))}"
            rows.append(
                [name, short(self.middle(name) or 0), span,
                 short(self.spread(name) or 0), f"{self.drift(name) or 0:+.2f}", str(len(every)),
                 str(len(turns))]
            )  # fmt: skip
        return table(head, rows)

    def targets(self) -> list[Target]:
        ours, baresip = self.middle(OURS), self.middle(Baresip.name)
        why = (
            "periods of 20 ms, not 10: a packet waits 0 to 20 ms for one to begin, by the phase "
            "of two clocks that nothing locks, and what it brings is captured a period later"
        )
        ratio = ours / baresip if ours is not None and baresip else None
        return [
            Target("echo_loop", "added to 20 ms, median", 15, ours, "ms", why),
            Target("echo_loop", "spread in a run", 1, self.spread(OURS), "ms",
                   "the two clocks drift, or packets came on either side of a period's end"),
            Target("echo_loop", "added : baresip's", 0.5, ratio, "",
                   why if ratio else "no baresip"),
        ]  # fmt: skip


def measure(turns: int, seconds: float, beside_s: float) -> Loops:
    """All agents in turns, one call each; the neighbours for so long as `beside_s`."""
    found = Loops()
    with ExitStack() as stack:
        agents: list[Agent] = [stack.enter_context(VoiceAlone(8, returns=True))]
        kinds = neighbours()
        wanted = [Baresip, BriskBaresip] if Baresip in kinds else []
        for kind in [*wanted, *([Pjsua2] if Pjsua2 in kinds else [])]:
            try:
                agents.append(stack.enter_context(kind()))
            except StandError as error:
                found.missing.append(str(error))
        rtp.hurry()
        stack.callback(rtp.relax)
        for _ in range(turns):
            for agent in agents:
                sample = Sample(agent.name)
                found.added.setdefault(agent.name, []).append(sample)
                with agent.calls(1) as calls:
                    calls.voices.run(SETTLE_S)
                    lasts = seconds if agent.name == OURS else beside_s
                    for late in calls.voices.bursts_ms(lasts):
                        sample.add(late - PERIOD_MS)
    return found
