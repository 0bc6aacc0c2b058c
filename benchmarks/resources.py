"""How much: memory and CPU of the two processes, on hook and in calls."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field
from typing import Self

from benchmarks import machine
from benchmarks.far_end import Seen, rtp_port_of
from benchmarks.figures import Sample, short, table
from benchmarks.rtp import Voices
from benchmarks.stand import Stand, StandError
from benchmarks.targets import Target

SETTLE_S = 2.0
RSS_MOST = {"signalling": 40.0, "media": 20.0}
RSS_WHY = {
    "signalling": "the interpreter with asyncio, msgspec and ssl, and the rooms of the gateway",
    "media": "the interpreter with msgspec and ctypes, the tape of `[rtp] tape_kib` once it is "
    "full, and libspandsp and libspeexdsp once a call needs them",
}
IDLE_WHY = (
    "the PCM clock of the chips must not stop, so the voice process wakes 50 times a second, "
    "and the chips are polled in case an interrupt was lost"
)
POLL_WHY = "every glance at a chip is a round trip through a socket to the board process"
POLLED, POLL_MOST = 8, 1.0
"""So many idle ports may cost so much of a core to poll; all that signalling does is counted."""
WAIT = 5.0


@dataclass
class Use:
    """What the processes of a gateway used in one situation."""

    ports: int
    calls: int
    memory: dict[str, machine.Memory]
    cpu: dict[str, Sample]
    """Per cent of one core, a sample a window."""
    wake_ups: dict[str, float]
    """A second."""
    threads: dict[str, int]


@dataclass
class Uses:
    found: list[Use] = field(default_factory=list)
    realtime: bool = False

    def targets(self) -> list[Target]:
        """Of the whole gateway: the worst of each process' situations, what polling costs and what
        the first situation, idle, does."""
        told = []
        for name, most in RSS_MOST.items():
            worst = max(self.found, key=lambda use: use.memory[name].rss)
            figure = f"RSS of {name} ({situation(worst)})"
            told.append(
                Target("resources", figure, most, worst.memory[name].rss, "MB", RSS_WHY[name])
            )
        told += [
            Target("resources", f"CPU of signalling, {situation(use)}", POLL_MOST,
                   use.cpu["signalling"].middle, "% of a core", POLL_WHY)
            for use in self.found
            if _polls(use)
        ]  # fmt: skip
        idle = self.found[0]
        cpu, woken = idle.cpu["both"].middle, idle.wake_ups["both"]
        most_rss = max(use.memory["signalling"].rss for use in self.found)
        return [
            *told,
            Target("idle_cpu", f"{idle.ports} ports on hook, both processes", 0.02, cpu,
                   "% of a core", IDLE_WHY),
            Target("idle_cpu", "wake-ups", 1, woken, "a second", IDLE_WHY),
            Target("memory", "signalling, RSS", 26, most_rss, "MB", RSS_WHY["signalling"]),
        ]  # fmt: skip

    def memory_table(self) -> str:
        rows = []
        for name, most in RSS_MOST.items():
            for use in self.found:
                m = use.memory[name]
                verdict = "met" if m.rss <= most else f"missed by {short(m.rss - most)} MB"
                rows.append(
                    [name, situation(use), f"<= {most:g} MB", *map(short, (m.rss, m.pss, m.uss)),
                     str(use.threads[name]), verdict]
                )  # fmt: skip
        head = (
            "process",
            "situation",
            "target (RSS)",
            "RSS MB",
            "PSS MB",
            "USS MB",
            "threads",
            "",
        )
        return table(head, rows)

    def cpu_table(self) -> str:
        rows = []
        for use in self.found:
            for name, sample in use.cpu.items():
                target = f"<= {POLL_MOST:g}" if _polls(use) and name == "signalling" else ""
                rows.append(
                    [situation(use), name, target, short(sample.middle),
                     short(max(sample.values)), str(len(sample.values)),
                     f"{use.wake_ups[name]:.0f}"]
                )  # fmt: skip
        head = (
            "situation",
            "process",
            "target",
            "% of a core, median",
            "worst",
            "windows",
            "wake-ups/s",
        )
        return table(head, rows)


def _polls(use: Use) -> bool:
    return (use.ports, use.calls) == (POLLED, 0)


def situation(use: Use) -> str:
    return f"{use.ports} ports, " + (f"{use.calls} in a call" if use.calls else "all on hook")


def measure(ports: int, calls: list[int], *, seconds: float, windows: int) -> Uses:
    """One gateway of so many ports; first idle, then with each number of calls."""
    uses = Uses()
    with Stand(ports) as stand:
        stand.start()
        stand.nap(SETTLE_S)
        uses.realtime = machine.realtime(stand.media)
        uses.found.append(_use(stand, 0, seconds, windows))
        for count in calls:
            with Calls(stand, count) as running:
                running.voices.run(1.0)
                uses.found.append(_use(stand, count, seconds, windows, running.voices))
            stand.nap(1.5)  # a handset that is down for less is a hook-flash
    return uses


def _use(
    stand: Stand, calls: int, seconds: float, windows: int, voices: Voices | None = None
) -> Use:
    pids = {"signalling": stand.signalling, "media": stand.media}
    cpu = {name: Sample(name, "%") for name in [*pids, "both"]}
    slept = {name: machine.wake_ups(pid) for name, pid in pids.items()}
    for _ in range(windows):
        before = {name: machine.cpu_s(pid) for name, pid in pids.items()}
        if voices:
            voices.run(seconds)
        else:
            stand.nap(seconds)
        used = {n: 100 * (machine.cpu_s(p) - before[n]) / seconds for n, p in pids.items()}
        for name, per_cent in used.items():
            cpu[name].add(per_cent)
        cpu["both"].add(sum(used.values()))
    woken = {
        name: (machine.wake_ups(pid) - slept[name]) / (seconds * windows)
        for name, pid in pids.items()
    }
    return Use(
        stand.ports,
        calls,
        {name: machine.memory(pid) for name, pid in pids.items()},
        cpu,
        {**woken, "both": sum(woken.values())},
        {name: machine.threads(pid) for name, pid in pids.items()},
    )


class Calls:
    """So many telephones talking with the far end; they hang up at the end."""

    def __init__(self, stand: Stand, count: int) -> None:
        self._stand = stand
        self._count = count
        self.voices = Voices()
        self._person = stand.phones()
        self._answers: list[tuple[str, Seen]] = []

    def __enter__(self) -> Self:
        far_end = self._stand.far_end
        for port in range(1, self._count + 1):
            number = self._stand.number(port)
            far_end.forget()
            ours = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            ours.bind(("127.0.0.1", 0))
            call_id, _ = far_end.invite(number, ours.getsockname()[1])
            if far_end.wait("180 INVITE", WAIT, call_id) is None:
                raise StandError(f"port {port} does not ring\n{self._stand.log()}")
            self._person.call("lift", port=port)
            answer = far_end.wait("200 INVITE", WAIT, call_id)
            if answer is None:
                raise StandError(f"port {port} does not answer")
            far_end.ack(number, answer)
            self._answers.append((number, answer))
            self.voices.add(ours, rtp_port_of(answer))
        return self

    def __exit__(self, *_: object) -> None:
        far_end = self._stand.far_end
        for number, answer in self._answers:
            far_end.forget()
            far_end.bye(number, answer)
            far_end.wait("200 BYE", WAIT, answer.call_id)
        for port in range(1, self._count + 1):
            self._person.call("hang-up", port=port)
        self._person.close()
        self.voices.close()
