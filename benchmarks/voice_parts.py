"""The parts of the run that are about voice: how much of each, and what is said beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import (
    echo_loop,
    flood,
    g711_exact,
    jitter_buffers,
    picture,
    storm,
    ticks,
    voice_curve,
    voice_memory,
)
from benchmarks.report import Report

PICTURE = Path(__file__).with_name("voice.svg")


@dataclass(frozen=True)
class VoicePlan:
    """How much of everything."""

    calls: tuple[int, ...] = (1, 2, 4, 8, 24, 48, 96)
    dsp_calls: tuple[int, ...] = (1, 8)
    turns: int = 5
    turn_s: float = 1.0
    loop_s: float = 2.5
    loop_beside_s: float | None = None
    """Of the neighbours; None: as long."""
    storm_s: float = 2.2
    tick_ports: tuple[int, ...] = (1, 2, 8, 24, 48, 96)
    tick_rounds: int = 9
    traces: int = 3
    thousands: int = 3
    """Of calls one after the other."""
    draws: bool = True
    """The picture is written."""


LESS = VoicePlan(
    calls=(1, 2, 8, 24, 48, 96), dsp_calls=(1, 8), turn_s=0.8, loop_s=2.0, storm_s=1.2,
    tick_ports=(1, 2, 8, 24, 96), tick_rounds=5, traces=1, thousands=2,
)  # fmt: skip
QUICK = VoicePlan(
    calls=(1, 8), dsp_calls=(8,), turns=1, turn_s=1.0, loop_s=2.0, storm_s=1.0, tick_ports=(1, 8),
    tick_rounds=3, traces=1, thousands=2, draws=False,
)  # fmt: skip
WHOLE = VoicePlan(
    calls=(1, 8, 24, 96), turns=1, turn_s=60.0, loop_s=600.0, loop_beside_s=60.0, draws=False
)
"""As long as jitter and echo were asked for: a minute, and ten."""


@dataclass
class VoiceParts:
    """They share what one has measured and another needs."""

    plan: VoicePlan
    """Of the part that comes next."""
    report: Report
    _plain: voice_curve.Curve | None = field(default=None)

    def curve(self) -> None:
        """`media_cpu_curve` and `tx_jitter`."""
        plan, report = self.plan, self.report
        found = self._plain = self._measured(plan.calls)
        report.realtime = found.realtime
        report.targets += voice_curve.cpu_targets(found) + voice_curve.jitter_targets(found)
        base, slope, straight = found.line()
        missing = f"Not there: {'; '.join(found.missing)}." if found.missing else ""
        drawn = ""
        if plan.draws:
            curves = found.curves()
            title = "CPU of voice in calls"
            up = "per cent of one core, median"
            PICTURE.write_text(picture.drawn(title, "calls at once", up, curves))
            drawn = f"![per cent of a core by number of calls]({PICTURE.name})"
        report.section(
            "Voice, from 1 call to 96",
            CURVE,
            missing,
            found.cpu_table(),
            f"A straight line through ours is {base:.2f} + {slope:.3f} N per cent of a core for N "
            f"calls (R squared {straight:.3f}).",
            drawn,
            "When packets leave (`tx_jitter`):",
            found.jitter_table(),
        )

    def dsp(self) -> None:
        """`media_cpu_dsp`."""
        plan, report = self.plan, self.report
        plain = self._plain or self._measured(plan.dsp_calls, beside=False)
        found = voice_curve.measure(
            list(plan.dsp_calls), turns=plan.turns, seconds=plan.turn_s, dsp=True
        )
        report.targets += voice_curve.dsp_targets(plain, found)
        report.section("Voice with DTMF and echo canceller", DSP, found.cpu_table())

    def _measured(self, calls: tuple[int, ...], *, beside: bool = True) -> voice_curve.Curve:
        plan = self.plan
        return voice_curve.measure(
            list(calls), turns=plan.turns, seconds=plan.turn_s, beside=beside
        )

    def ticks(self) -> None:
        """`tick_cost`."""
        plan, report = self.plan, self.report
        costs, calls = ticks.measure(list(plan.tick_ports), plan.tick_rounds), ticks.counted()
        report.targets += ticks.targets(costs, calls, voice_curve.wake_ups())
        report.section("A period of the voice engine, hot", TICKS, ticks.as_table(costs))

    def loop(self) -> None:
        """`echo_loop`."""
        plan = self.plan
        found = echo_loop.measure(plan.turns, plan.loop_s, plan.loop_beside_s or plan.loop_s)
        self.report.targets += found.targets()
        missing = f"Not there: {'; '.join(found.missing)}." if found.missing else ""
        self.report.section("There and back", LOOP, missing, found.as_table())

    def buffers(self) -> None:
        """`jb_minimum`."""
        found = jitter_buffers.measure(self.plan.traces)
        self.report.targets += jitter_buffers.targets(found)
        told = jitter_buffers.as_table(found) if found else "Not measured: no pjsua2 wheel."
        self.report.section("The receive buffer beside PJSIP's", BUFFERS, told)

    def storm(self) -> None:
        """`tx_jitter_storm` and `gc_gil`."""
        found = storm.measure(self.plan.turns, self.plan.storm_s)
        self.report.targets += found.targets()
        told = f"{found.invites} INVITEs were sent, and {found.answered} final answers came."
        self.report.section("Voice while signalling is flooded", FLOOD, told, found.as_table())

    def memory(self) -> None:
        """`memory`, as far as the voice process goes."""
        found = voice_memory.measure(self.plan.turn_s, self.plan.thousands)
        self.report.targets += found.targets(self.plan.thousands)
        self.report.section("Memory of the voice process by itself", MEMORY, found.as_table())

    def exact(self) -> None:
        """`g711_exact`."""
        found = g711_exact.measure()
        self.report.targets += found.targets()
        self.report.section("G.711 code by code", EXACT, found.as_table())


CURVE = """\
The voice process as the gateway runs it, told by a program what signalling would tell it, paced by
a timer of the kernel's that it reads as it reads a sound card; no chips and no signalling. Voice
goes between the network and the highway, all packets are kept on the tape and counted, RTCP is
sent; the echo canceller and the DTMF receiver are off, for the neighbours have none. These answer
a call and loop it back in their mixers. PJSUA2's wheel takes four calls in a process, so more are
several processes, and each pays for a clock; baresip starts a thread for each call. RSS is of all
processes that have calls."""
DSP = """\
The same with echo cancelled and keys listened for at every port, and everybody talking all the
time. PJSUA2 is set to cancel echo too, but does so only in front of a sound device."""
TICKS = """\
Microseconds of CPU a port for each 20 ms: packet out, packet in, jitter buffer, statistics, tape.
Beside it the same packets sent and received by a program in C that does nothing else, and by the
same in Python, in turns. Paced at 20 ms with cold caches a wake-up costs more than this."""
LOOP = """\
Milliseconds from the first sample of a burst at the far end until it is back, less the 20 that a
packet takes to be spoken. Ours goes out to the copper of a port that returns what it is given, and
in again, as an echo or an answer in a call does; the neighbours turn it round in their mixers. At
20 ms a period two of them lie between the packet and its return: 0 to 20 ms until a period begins,
which is the phase of two clocks, and one period in which what is played is captured."""
BUFFERS = """\
The same packets at the same instants, five minutes of talk with pauses, into our buffer and into
PJSIP's adaptive one (the library of the `pjsua2` wheel, set as PJSIP sets it), both at their
defaults; means of several seeds of `tests/relay`. The delay is from sending to playing, so it
contains half a period on average; the first ten seconds do not count. Not played is what had
arrived, and came too late or was left out; it contains the slips of clocks that differ. The last
columns are of other settings of `jitter_ms`: what is not played by the best that delays no more
than PJSIP (our default, if none does), and how long the quickest waits that leaves out no more
than PJSIP, within 0.1 %; the ratio is of that to PJSIP's. The bound is computed: nobody delays
less at PJSIP's loss (and 0.1 %) who gives a frame each period, if he knew all that will come and
did not mind how often he stops. Time is counted, not measured: these figures do not depend on
the machine."""
FLOOD = f"""\
A gateway of two ports gets {flood.INVITES} INVITEs and {flood.OPTIONS} OPTIONS a second, and its
console is read {flood.LOOKS} times a second; beside it the voice process is in {storm.CALLS}
calls. Turns with the flood and without alternate. The bare clock is another process that reads the
same kind of timer at the same priority, and has nothing to do."""
MEMORY = """\
From `smaps_rollup`, at `[rtp] tape_kib = 1024`. The calls one after the other are opened and
closed eight at a time."""
EXACT = """\
Everything that can be coded and read, beside the programs that are there."""
