"""The receive buffer beside PJSIP's adaptive one, on the same packets at the same instants.

Run alone as ``python -m benchmarks.jitter_buffers``. Traces are seeded (`tests.relay.way`);
time is counted in periods, so the figures do not depend on the machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from statistics import mean

from benchmarks.figures import table
from benchmarks.foresight import least_delay_ms
from benchmarks.pjsip_jbuf import PjsipBuffer, available
from benchmarks.targets import Target
from firmware.media.jitter import JitterBuffer
from tests.relay.way import Faults, Way

PERIOD_S = 0.020
PACKETS = 15_000
"""Five minutes."""
SETTLED = 500
"""Packets (10 s) that are not counted: both buffers learn."""
LEAST_MS = (20, 40, 60, 80, 100, 120, 160)
"""Settings of ours that are tried for one of the same delay as PJSIP's."""
TALK, PAUSE = 75, 25
ALIKE = 0.1
"""Per cent of packets: so much more left out is the same loss, in five minutes some fifteen."""
AIM = 0.8
UNREACHABLE = (
    "no buffer that gives 20 ms each 20 ms gets there, not even one that knows all that will come "
    "(last columns of the table): that bound itself is above the target"
)
FORESEEN = (
    "one that knows all that will come gets there (last columns of the table); who does not keeps "
    "for some seconds what was needed last"
)
_IDLE = 0xD5
_TAG = 4
"""Octets at the end of a frame that tell its number, as samples that nobody hears."""

TRACES = {
    "none": (Faults(), 0),
    "5 ms": (Faults(jitter_ms=5), 0),
    "20 ms": (Faults(jitter_ms=20), 0),
    "60 ms": (Faults(jitter_ms=60), 0),
    "20 ms, tailed": (Faults(jitter_ms=20, law="tailed"), 0),
    "standstills of 200 ms": (Faults(jitter_ms=5, spike=0.002), 0),
    "5 % overtaken": (Faults(jitter_ms=5, reorder=0.05), 0),
    "20 ms, 2 % lost": (Faults(jitter_ms=20, loss=0.02), 0),
    "5 ms, +200 ppm": (Faults(jitter_ms=5), 200),
    "5 ms, -200 ppm": (Faults(jitter_ms=5), -200),
}
"""Name, faults of the way, and how much faster the sender's clock is."""


@dataclass(frozen=True, slots=True)
class Arrival:
    at: float
    number: int


@dataclass
class Outcome:
    """What a buffer made of one trace."""

    arrived: int
    delays_ms: list[float] = field(default_factory=list)
    """From when a frame was sent to when it is played."""
    played: set[int] = field(default_factory=set)

    @property
    def delay_ms(self) -> float:
        return mean(self.delays_ms)

    @property
    def unplayed(self) -> float:
        """Per cent of what arrived, and was not played."""
        return 100 * (1 - len(self.played) / self.arrived)


def trace(faults: Faults, ppm: int, seed: int) -> list[Arrival]:
    """When which packet arrives."""
    way, step = Way(faults, seed), PERIOD_S / (1 + ppm * 1e-6)
    found = [
        Arrival(at, number)
        for number in range(PACKETS)
        for at in way.arrivals(0.001 + number * step)
    ]
    return sorted(found, key=lambda one: one.at)


def frame(number: int) -> bytes:
    """160 octets that tell their number at the end; sound in talk, silence in pauses."""
    tag = bytes(_IDLE ^ number >> 4 * place & 0x0F for place in range(_TAG))
    silent = number % (TALK + PAUSE) >= TALK
    return bytes((_IDLE if silent else number % 64,)) * (160 - _TAG) + tag


def number_of(given: bytes) -> int:
    """The number of a frame; -1: it is none."""
    tag = [code ^ _IDLE for code in given[-_TAG:]]
    if len(tag) < _TAG or max(tag) > 0x0F:
        return -1
    return sum(nibble << 4 * place for place, nibble in enumerate(tag))


def ours(packets: list[Arrival], least_ms: int) -> Iterator[tuple[int, bytes]]:
    """Each period's number, and what is played in it."""
    buffer = JitterBuffer("PCMA", least_ms=least_ms)
    newest = -1

    def put(number: int) -> None:
        nonlocal newest
        buffer.put(number * 160, frame(number), newest=number > newest)
        newest = max(newest, number)

    return _run(packets, put, buffer.pop)


def pjsip(packets: list[Arrival]) -> Iterator[tuple[int, bytes]]:
    buffer = PjsipBuffer(160)
    yield from _run(packets, lambda n: buffer.put(n, frame(n)), lambda: buffer.get() or b"")
    buffer.close()


def foreseen_ms(packets: list[Arrival], ppm: int, unplayed: float) -> float:
    """Below which no buffer can be that leaves out so many per cent, within what is `ALIKE`."""
    step, came = PERIOD_S / (1 + ppm * 1e-6), dict[int, float]()
    for one in packets:
        came.setdefault(one.number, one.at * 1000)
    sent = [(0.001 + number * step) * 1000 for number in range(PACKETS)]
    return least_delay_ms(sent, came, (unplayed + ALIKE) / 100)


def _run(
    packets: list[Arrival], put: Callable[[int], None], get: Callable[[], bytes]
) -> Iterator[tuple[int, bytes]]:
    place, last = 0, packets[-1].at
    for period in range(int(last / PERIOD_S) + 30):
        now = period * PERIOD_S
        while place < len(packets) and packets[place].at <= now:
            put(packets[place].number)
            place += 1
        yield period, get()


def outcome(packets: list[Arrival], ppm: int, played: Iterator[tuple[int, bytes]]) -> Outcome:
    """What came of it; frames are known by their ends."""
    arrived = {one.number for one in packets if one.number >= SETTLED}
    result, step = Outcome(len(arrived)), PERIOD_S / (1 + ppm * 1e-6)
    for period, given in played:
        number = number_of(given)
        late = period * PERIOD_S - (0.001 + number * step)
        if number in arrived and number not in result.played and 0 <= late < 2:
            result.played.add(number)
            result.delays_ms.append(late * 1000)
    return result


@dataclass(frozen=True, slots=True)
class Beside:
    """One kind of way; means of the seeds."""

    name: str
    their_ms: float
    our_ms: float
    their_unplayed: float
    our_unplayed: float
    alike_unplayed: float
    """Of our setting that delays no more than theirs."""
    alike_ms: float
    """Of the one of ours that leaves out no more than theirs with the least delay."""
    complete_unplayed: float
    """Of that one."""
    foreseen_ms: float
    """Below which no buffer can be at their loss."""

    @property
    def ratio(self) -> float:
        """Of our delay to theirs at the same loss."""
        return self.alike_ms / self.their_ms

    @property
    def bound(self) -> float:
        """The least that this ratio could be."""
        return self.foreseen_ms / self.their_ms


def measure(seeds: int = 3) -> list[Beside]:
    """Every kind of way; nothing if PJSIP's library is not there."""
    if not available():
        return []
    found = []
    for name, (faults, ppm) in TRACES.items():
        theirs, usual, alike, complete, foreseen = [], [], [], [], []
        for seed in range(1, seeds + 1):
            packets = trace(faults, ppm, seed)
            their = outcome(packets, ppm, pjsip(packets))
            tried = [outcome(packets, ppm, ours(packets, least)) for least in LEAST_MS]
            theirs.append(their)
            usual.append(tried[0])
            slower = [one for one in tried if one.delay_ms <= their.delay_ms] or tried[:1]
            alike.append(min(slower, key=lambda one: one.unplayed))
            whole = [o for o in tried if o.unplayed <= their.unplayed + ALIKE] or tried[-1:]
            complete.append(min(whole, key=lambda one: one.delay_ms))
            foreseen.append(foreseen_ms(packets, ppm, their.unplayed))
        lost = [mean(o.unplayed for o in them) for them in (theirs, usual, alike, complete)]
        waits = [mean(o.delay_ms for o in them) for them in (theirs, usual, complete)]
        found.append(
            Beside(
                name,
                their_ms=waits[0], our_ms=waits[1], alike_ms=waits[2],
                their_unplayed=lost[0], our_unplayed=lost[1], alike_unplayed=lost[2],
                complete_unplayed=lost[3], foreseen_ms=mean(foreseen),
            )
        )  # fmt: skip
    return found


def as_table(found: list[Beside]) -> str:
    head = (
        "jitter", "PJSIP, ms", "tipring, ms", "PJSIP, % not played", "tipring, % not played",
        "tipring at PJSIP's delay, %", "tipring at PJSIP's loss, ms", "ratio",
        "no buffer below, ms", "ratio of that",
    )  # fmt: skip
    rows = [
        [one.name, f"{one.their_ms:.0f}", f"{one.our_ms:.0f}", f"{one.their_unplayed:.2f}",
         f"{one.our_unplayed:.2f}", f"{one.alike_unplayed:.2f}", f"{one.alike_ms:.0f}",
         f"{one.ratio:.2f}", f"{one.foreseen_ms:.0f}", f"{one.bound:.2f}"]
        for one in found
    ]  # fmt: skip
    return table(head, rows)


def targets(found: list[Beside]) -> list[Target]:
    """`jb_minimum`: less delay than PJSIP at its loss."""
    if not found:
        return [
            Target("jb_minimum", "delay at its loss : PJSIP's", AIM, None, "", "no pjsua2 wheel")
        ]
    return [
        Target(
            "jb_minimum", f"delay at its loss : PJSIP's, {one.name}", AIM, one.ratio, "", _why(one)
        )
        for one in found
    ]


def _why(one: Beside) -> str:
    return UNREACHABLE if one.bound > AIM else FORESEEN


if __name__ == "__main__":
    print(as_table(measure()) if available() else "the pjsua2 wheel is not installed")
