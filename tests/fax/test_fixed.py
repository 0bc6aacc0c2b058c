"""The buffer of voice-band data: each sample in its place, and no sample of our own (V.152)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from firmware.media.fixed import DELAY_MS, FixedBuffer
from firmware.media.jitter import JitterBuffer
from firmware.media.messages import Statistics
from tests.media.fakes import Bench, FakeRtpSocket, opened
from tests.media.test_engine import peer

PERIOD = 160
SILENCE = b"\xd5"
DELAY = DELAY_MS // 20
"""Periods."""


def buffer(most_ms: int = 200) -> FixedBuffer:
    return FixedBuffer("PCMA", JitterBuffer("PCMA"), most_ms=most_ms)


def period(number: int) -> bytes:
    return bytes((number % 200,)) * PERIOD


@given(st.lists(st.integers(0, DELAY - 1), min_size=5, max_size=60), st.sets(st.integers(1, 59)))
def test_jitter_below_the_delay_is_not_heard_and_what_is_lost_is_silence(
    late: list[int], lost: set[int]
) -> None:
    """Faults C15, C16: whatever the order of their coming, periods leave in theirs."""
    fixed, heard = buffer(), []
    due: dict[int, list[int]] = {}
    for number, ticks in enumerate(late):
        if number not in lost:
            due.setdefault(number + (ticks if number else 0), []).append(number)
    newest = -1
    for tick in range(len(late) + DELAY):
        for number in due.get(tick, []):
            fixed.put(number * PERIOD, period(number), newest=number > newest)
            newest = max(newest, number)
        heard.append(fixed.pop())
    wanted = [SILENCE * PERIOD if n in lost else period(n) for n in range(len(late))]
    assert heard == [SILENCE * PERIOD] * DELAY + wanted
    assert fixed.late == 0


@given(st.lists(st.sampled_from([80, 160, 240, 320, 400]), min_size=3, max_size=30))
def test_packets_of_any_length_are_one_stream(sizes: list[int]) -> None:
    fixed, sent, heard, at = buffer(400), b"", b"", 0
    for number, size in enumerate(sizes):
        payload = bytes((number,)) * size
        fixed.put(at, payload)
        at, sent = at + size, sent + payload
        while len(heard) + PERIOD <= at:
            heard += fixed.pop()
    for _ in range(DELAY + 3):
        heard += fixed.pop()
    begun = heard.index(sent[:1])
    assert heard[begun : begun + len(sent)] == sent


def test_the_delay_stays() -> None:
    """An adaptive buffer would drop spare periods after some seconds; this one does not."""
    fixed = buffer()
    for number in range(5000):
        fixed.put(number * PERIOD, period(number))
        heard = fixed.pop()
    assert heard == period(5000 - 1 - DELAY)
    assert (fixed.dropped, fixed.inserted, fixed.underruns) == (0, 0, 0)


def test_a_delay_that_was_longer_stays_too() -> None:
    before = JitterBuffer("PCMA", most_ms=400)
    for number in range(8):
        before.put(number * PERIOD, period(number))
    fixed = FixedBuffer("PCMA", before, most_ms=400)
    fixed.put(8 * PERIOD, period(8))
    quiet = 0
    while fixed.pop() == SILENCE * PERIOD:
        quiet += 1
    assert quiet == before.delay_ms // 20


def test_what_comes_after_its_time_is_counted() -> None:
    fixed = buffer()
    fixed.put(0, period(0))
    for _ in range(DELAY + 3):
        fixed.pop()
    fixed.put(PERIOD, period(1), newest=False)
    assert fixed.late == 1


def test_clocks_that_are_far_apart_begin_anew() -> None:
    """All that waits is used up, or more than may: a gap, and the same delay as at first."""
    fixed = buffer()
    fixed.put(0, period(0))
    for _ in range(DELAY + 5):
        fixed.pop()
    fixed.put(PERIOD, period(1))
    assert [fixed.pop() for _ in range(DELAY + 1)][-1] == period(1)
    assert fixed.underruns == 1
    fixed.put(1000 * PERIOD, period(7))
    assert [fixed.pop() for _ in range(DELAY + 1)][-1] == period(7)


def test_a_new_source_begins_anew() -> None:
    fixed = buffer()
    fixed.put(0, period(0))
    fixed.restart()
    assert fixed.pop() == SILENCE * PERIOD
    fixed.put(77, period(3))
    assert [fixed.pop() for _ in range(DELAY + 1)][-1] == period(3)


def test_a_call_becomes_data_and_stays_it() -> None:
    """What was counted of its voice before counts on; digits and silence are sound now."""
    bench, rtp, sender = Bench(), FakeRtpSocket(), peer()
    bench.engine.command(opened(comfort_noise=True), [rtp])
    for number in range(30):
        if number % 7:
            rtp.arrive(sender.packet(8, period(number)))
        sender.advance(PERIOD)
        bench.tick()
    bench.engine.command(opened(comfort_noise=True, voice_band_data=True))
    rtp.sent.clear()
    heard = []
    for number in range(30, 330):
        rtp.arrive(sender.packet(8, period(number)))
        sender.advance(PERIOD)
        heard.append(bench.tick())
    assert heard[-50:] == [period(n) for n in range(330 - 50 - DELAY, 330 - DELAY)]
    assert len(rtp.sent) == 300, "silence is sent as it is"
    bench.ticks(1)
    (last,) = [r for r in bench.reports() if isinstance(r, Statistics)][-1:]
    assert last.underruns + last.concealed_ms > 0
