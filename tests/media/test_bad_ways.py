"""A call over bad ways, through the whole engine: what the telephone hears.

Far ends are made of their RTP alone: `Far` says when which packet leaves, `Way` when it arrives.
"""

from __future__ import annotations

import heapq
import math
from array import array
from collections.abc import Iterable

import pytest

from firmware.media.g711 import from_linear, level_of
from firmware.media.messages import Statistics
from firmware.media.rtp import HEADER
from tests.media.fakes import PEER, Bench, FakeRtpSocket
from tests.media.test_engine import call
from tests.relay.way import Faults, Way

LAW = "PCMA"
TONE = from_linear(
    LAW, array("h", (round(8000 * math.sin(math.tau * n / 20)) for n in range(160))).tobytes()
)
SILENCE = b"\xd5" * 160
STRANGER = ("203.0.113.9", PEER[1])


class Far:
    """A far end that sends a period each tick, and a call with it."""

    def __init__(
        self, faults: Faults | None = None, seed: int = 1, bench: Bench | None = None
    ) -> None:
        self.bench = bench or Bench()
        self.rtp: FakeRtpSocket = call(self.bench)
        self.way = Way(faults or Faults(), seed)
        self.ssrc, self.sequence, self.timestamp = 0x1234, 60_000, 4_000_000_000
        self._flying: list[tuple[float, int, bytes]] = []
        self._sent = 0
        self.now = 0.0

    def sends(
        self, payload: bytes, *, kind: int = 8, marker: bool = False, samples: int = 160
    ) -> None:
        """A packet begins its way."""
        header = HEADER.pack(
            0x80, kind | (0x80 if marker else 0), self.sequence, self.timestamp, self.ssrc
        )
        self.sequence = (self.sequence + 1) & 0xFFFF
        self.timestamp = (self.timestamp + samples) & 0xFFFFFFFF
        self._sent += 1
        for at in self.way.arrivals(self.now):
            heapq.heappush(self._flying, (at, self._sent, header + payload))

    def tick(self) -> bytes:
        """A period passes; what the telephone hears in it."""
        while self._flying and self._flying[0][0] <= self.now:
            self.rtp.arrive(heapq.heappop(self._flying)[2], PEER)
        self.now += 0.020
        return self.bench.tick()

    def talks(self, ticks: int, payloads: Iterable[bytes] = ()) -> list[bytes]:
        """Each tick a packet, the tone unless told."""
        given = iter(payloads)
        heard = []
        for _ in range(ticks):
            self.sends(next(given, TONE))
            heard.append(self.tick())
        return heard

    def rests(self, ticks: int) -> list[bytes]:
        """No packets, and its clock runs on."""
        heard = []
        for _ in range(ticks):
            self.timestamp = (self.timestamp + 160) & 0xFFFFFFFF
            heard.append(self.tick())
        return heard

    def figures(self) -> Statistics:
        return [r for r in self.bench.reports() if isinstance(r, Statistics)][-1]


def gap(heard: list[bytes]) -> int:
    """Periods without the tone, the longest stretch of them."""
    longest = now = 0
    for one in heard:
        now = 0 if level_of(LAW, one) > -25 else now + 1
        longest = max(longest, now)
    return longest


def test_who_injects_packets_is_not_heard_and_moves_nothing() -> None:
    """Fault C13: from another address, with the right SSRC, sequence and timestamp."""
    far = Far()
    far.talks(50)
    for n in range(50):
        evil = HEADER.pack(0x80, 8, far.sequence + n & 0xFFFF, far.timestamp, far.ssrc)
        far.rtp.arrive(evil + b"\x2a" * 160, STRANGER)
    heard = far.talks(50)
    assert all(one == TONE for one in heard)
    assert {to for _, to in far.rtp.sent} == {PEER}


def test_before_anybody_has_spoken_only_the_named_host_can_be_the_far_end() -> None:
    """Fault C13, the latch: a stranger who is first gains nothing, nor does nonsense."""
    bench = Bench()
    rtp = call(bench)
    packet = HEADER.pack(0x80, 8, 1, 160, 9) + SILENCE
    for _ in range(10):
        rtp.arrive(packet, STRANGER)
        rtp.arrive(HEADER.pack(0x80, 96, 1, 160, 9) + SILENCE, (PEER[0], 666))
        bench.tick(SILENCE)
    assert {to for _, to in rtp.sent} == {PEER}, "an unknown payload type moves no destination"
    bench.ticks(240)
    (figures,) = [r for r in bench.reports() if isinstance(r, Statistics)]
    assert (figures.received, figures.rejected) == (0, 20)


@pytest.mark.parametrize(
    ("what", "ssrc", "sequence", "timestamp"),
    [
        ("another source", 0x9999, 0, 0),
        ("another source that begins anew", 0x9999, 31_000, 1_000_000_000),
        ("the sequence far ahead", 0x1234, 20_000, 0),
        ("the sequence far back", 0x1234, -20_000, 0),
        ("the timestamp far ahead", 0x1234, 0, 500_000),
        ("the timestamp far back", 0x1234, 0, -500_000),
        ("all of it reset", 0x1234, -60_000, -4_000_000_000),
    ],
)
def test_after_a_jump_of_the_source_voice_is_back_at_once(
    what: str, ssrc: int, sequence: int, timestamp: int
) -> None:
    """Fault C14, RFC 3550 A.1: a transfer, a media server that was exchanged."""
    far = Far()
    far.talks(100)
    far.ssrc = ssrc
    far.sequence = (far.sequence + sequence) & 0xFFFF
    far.timestamp = (far.timestamp + timestamp) & 0xFFFFFFFF
    heard = far.talks(150)
    assert gap(heard) <= 10, f"{what}: not longer than 200 ms"
    assert heard[-50:] == [TONE] * 50
    assert far.figures().delay_ms <= 40


@pytest.mark.parametrize(
    "faults",
    [
        Faults(loss=0.3),
        Faults(loss=0.2, run=10),
        Faults(duplicate=0.5),
        Faults(reorder=0.2, reorder_ms=100),
        Faults(jitter_ms=150),
        Faults(jitter_ms=40, law="tailed"),
        Faults(spike=0.01, spike_ms=400),
        Faults(loss=0.1, run=3, jitter_ms=60, duplicate=0.05, reorder=0.05),
    ],
)
def test_the_delay_is_bounded_in_trouble_and_least_again_after_it(faults: Faults) -> None:
    """Fault C15: never more than 200 ms wait, doubled packets count once, and all is forgotten."""
    far = Far(faults)
    for _ in range(4):
        far.talks(250)
        trouble = far.figures()
        assert trouble.delay_ms <= 200
    assert trouble.received <= 1000
    assert trouble.lost <= far.way.lost + 12, "what is on its way may still come"
    if faults.duplicate:
        assert trouble.duplicate >= 0.8 * far.way.doubled
    far.way = Way(Faults(), 1)
    far.talks(2500, ([TONE] * 75 + [SILENCE] * 25) * 25)
    before = far.figures()
    assert gap(far.talks(250)) == 0
    after = far.figures()
    assert after.delay_ms <= 20
    assert after.concealed_ms == before.concealed_ms


def test_ten_minutes_of_silence_are_no_loss_and_end_at_once() -> None:
    """Faults C15 and C19: a far end with silence suppression, marker after it."""
    far = Far(Faults(jitter_ms=30))
    far.talks(200)
    far.way = Way(Faults(), 1)
    far.rests(30_000)
    far.sends(TONE, marker=True)
    heard = [far.tick(), *far.talks(50)]
    assert gap(heard) <= 2
    far.talks(250)
    figures = far.figures()
    assert (figures.lost, figures.missing) == (0, 0)
    assert figures.mos is not None
    assert figures.mos > 4.3


def test_comfort_noise_is_heard_until_voice_comes_again() -> None:
    """Fault C19: payload type 13, the timestamp goes on, the sequence has no hole."""
    far = Far()
    far.talks(100)
    far.sends(bytes((55,)), kind=13, samples=160)
    far.tick()
    noise = b"".join(far.rests(50)[10:])
    assert -52 <= level_of(LAW, noise) <= -45
    far.sends(TONE, marker=True)
    heard = [far.tick(), *far.talks(300)]
    assert gap(heard) <= 1
    assert far.figures().missing == 0
