"""The parts of the run that are about the whole gateway, and what is said beside each."""

from __future__ import annotations

from benchmarks import (
    console,
    core,
    figures,
    latency,
    line_card,
    picture,
    resources,
    setups,
    side_by_side,
    sip_cost,
    start,
)
from benchmarks.plan import Plan
from benchmarks.report import Report
from benchmarks.targets import of_samples


def latency_part(plan: Plan, report: Report) -> None:
    found = latency.measure(plan.latency_rounds)
    report.targets += of_samples("latency", found.all())
    report.section("How soon", LATENCY, figures.of(found.all()))


LATENCY = f"""\
Each end is observed by a third party: the simulated telephone's ear and hook contact, a probe
at the chips' interrupt wire, and the kernel's time stamps at the far end. Dial tone includes
the time in which a closed contact might still be a bounce or a pulse, and up to two PCM
periods of 20 ms. For the last digit there are four time bases. *Arrival in signalling* is the
gateway's own note of the digit, so that row is what signalling adds. A tone has *lasted long
enough to be recognised* after {latency.RECOGNISABLE_MS} ms (what ITU-T Q.24 lets a receiver
demand); from there on the row contains the receiver's blocks of 12.75 ms and the wait for the
end of a PCM period. Keys are held for {latency.ON_MS} ms, so an INVITE comes before the
*release*. The pauses between keys vary, so tones begin anywhere in a period."""


def start_part(plan: Plan, report: Report) -> None:
    found, chip = start.measure(plan.starts)
    report.targets += found.targets()
    report.section(
        "From the start of the process",
        START.format(
            waits=chip.waits_ms,
            transfers=chip.transfers,
            answers=found.after_answers.middle,
        ),
        figures.of(found.all()),
    )


START = """\
The board runs already, as hardware does; telephone 1 is off-hook. The chip's own start-up, the
waits of the data sheet's sequence and its calibrations, takes **{waits:.0f} ms** for that port
(found by running the driver on the chip's model in virtual time), beside {transfers} transfers
of a byte on its bus, a few of which are one round trip through a socket here (about 0.1 ms, and
both ports share the time). The chips come up while the lines and SIP are still being imported. A
line registers when its chip is up, so that nobody is offered a call that cannot ring; the control
socket answers {answers:.0f} ms before the first REGISTER. READY=1 waits
for both ports, of which the one that is on-hook has a longer calibration."""


def console_part(plan: Plan, report: Report) -> None:
    found = console.measure(
        plan.consoles, plan.followed, seconds=plan.window_s, windows=plan.windows
    )
    report.targets += found.targets()
    report.section(
        "The console",
        CONSOLE.format(calls=found.calls),
        figures.of(found.soon()),
        figures.of(found.following()),
    )


CONSOLE = """\
Processes as a person starts them, the interpreter's start included; the shell in a pseudo
terminal. A console that follows everything is `ladder --follow --heartbeat` and
`show port status --follow` at once, while {calls} telephones talk; what it costs is the
difference of the two rows. From the start of the service to dial tone: see above, the chip's own
start-up apart."""


def line_card_part(report: Report) -> None:
    costs = line_card.measure()
    report.targets += [target for cost in costs for target in cost.targets()]
    report.section("The line card, in virtual time", LINE_CARD, line_card.told(costs))


LINE_CARD = """\
Chips started side by side on their models, by the driver for hardware, and what the slow poll and
the health check of a whole gateway move on SPI while all handsets are in place. Time is counted,
not measured: these figures do not depend on the machine, and a bus of 1 MHz adds 8 us a byte."""


def resources_part(plan: Plan, report: Report) -> None:
    uses = resources.measure(2, [1, 2], seconds=plan.window_s, windows=plan.windows)
    if plan.many:
        more = resources.measure(
            plan.many, [plan.many], seconds=plan.window_s, windows=plan.windows
        )
        uses.found += more.found
    report.realtime = uses.realtime
    report.targets += uses.targets()
    report.section("Memory", MEMORY, uses.memory_table())
    report.section("CPU on hook and in calls", CPU, uses.cpu_table())


MEMORY = """\
From `smaps_rollup`. RSS counts the pages of shared libraries in full, PSS divides them among
their users, USS is what belongs to the process alone."""
CPU = """\
Process CPU clock over whole windows. On hook the voice process still wakes 50 times a second,
because the PCM clock of the chips must not stop, and signalling glances at every chip every
100 ms, in case an interrupt was lost: a transfer is a round trip through a socket to the simulated
board here, and a system call on hardware. That is most of its CPU and nearly all of its
wake-ups."""


def sip_part(plan: Plan, report: Report) -> None:
    costs = sip_cost.measure(plan.sip_rounds)
    report.targets += of_samples("sip", costs.all())
    report.section("Signalling", SIP, figures.of(costs.all()))


SIP = """\
CPU of one thread; every message parsed is of another call. The two agents are whole user agents
(transactions, dialogs, SDP), joined in memory in virtual time, without sockets; a call is INVITE,
100, 180, 200, ACK, BYE, 200."""


def core_part(plan: Plan, report: Report) -> None:
    ways = core.measure(plan.core_turns, calls=plan.setups, lines=plan.lines[-1])
    told = ways.as_table() if ways else "Not measured: the core is not compiled (`make compiled`)."
    report.section("The SIP core, interpreted and compiled", CORE_TOLD, told)


CORE_TOLD = """\
The same source either way, in processes that take turns; a ratio is the median of the ratios
within turns. What is not the core (event loop, sockets, ladder, the kernel) is interpreted both
ways. All other figures are of the core as the head says."""


def setups_part(plan: Plan, report: Report) -> None:
    found = setups.measure(
        list(plan.lines), list(plan.rates), calls=plan.setups, seconds=plan.load_s
    )
    report.targets += found.targets()
    report.section(
        "Calls set up and torn down",
        SETUPS,
        "One call at a time:",
        found.soon_table(),
        f"SIPp calls {plan.lines[-1]} lines of ours, or the one of a neighbour, for "
        f"{plan.load_s:g} s:",
        found.load_table(),
        "By the number of lines:",
        found.curve_table(),
    )


SETUPS = """\
What runs of tipring is its signalling process without chips (`benchmarks.lines`): socket, user
agent, ladder, and in place of a port a person who lifts at the first ring; so 180 is not late by
the ring voltage, which on the simulated board takes as long as "How soon" says. Its CPU is that
of the whole process, kernel included. Every call in is INVITE, 180, 200, ACK, BYE, 200; a call
out has INVITE, 407 and ACK before that. The neighbours answer at once, and open their voice path
for it, which ours would do in another process. What a call costs depends on the pace: at twenty a
second each message wakes a process whose code and data others have pushed out of the caches, and
most of its time is waiting for memory; at five hundred the same instructions take half as long."""


def beside_part(plan: Plan, report: Report) -> str:
    found = side_by_side.measure(list(plan.calls), turns=plan.turns, seconds=plan.turn_s)
    missing = f"Not there: {'; '.join(found.missing)}." if found.missing else ""
    report.section(
        "Beside its neighbours",
        BESIDE,
        missing,
        "Idle, registered, all telephones on hook:",
        found.idle_table(),
        "In calls, each a packet of A-law in both directions every 20 ms:",
        found.call_table(),
        "![per cent of a core by number of calls](curve.svg)",
    )
    return picture.drawn(
        "CPU in calls", "calls at once", "per cent of one core, median", found.curves()
    )


BESIDE = """\
baresip 1.0 (Debian) and PJSUA2 (the PyPI wheel, four calls at most) answer each call and loop the
voice back through their mixers. tipring carries it between the network and the PCM highway; its
figure is the sum of signalling and voice process, tone and hook supervision included, and its RSS
counts the pages the two share twice. The agents take turns of one window each in the same
calls, and a ratio is the median of the ratios within turns: below 1, tipring uses less. The gap
is that between packets at the receiver's kernel; tipring's follows the clock of the simulated
board, an ordinary Python process (at SCHED_FIFO where permitted), where a card has a quartz.
What lies between the two ratios is signalling, and that is nearly all the poll of the chips, which
the neighbours, having no chips, do not do: see CPU."""
