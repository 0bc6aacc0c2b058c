"""Two clocks that differ: the far end's samples against those of our highway (fault C16).

A day is lived through, period by period. Within a period it is of no matter when a packet
comes, so between two slips of the clocks the same two calls follow one another.
"""

from __future__ import annotations

import pytest

from firmware.media.jitter import JitterBuffer
from tests.media.test_jitter import SILENCE, TONE, scattered

TICKS_A_DAY = 24 * 3600 * 50
TALK, PAUSE = 75, 25
"""Periods of talk, and of silence after it."""
CHECK = 100


def lived(buffer: JitterBuffer, ppm: int, ticks: int, heard: list[bytes] | None = None) -> float:
    """The longest delay in milliseconds; `heard`: takes everything that was played."""
    put, pop = buffer.put, (buffer.pop if heard is None else lambda: heard.append(buffer.pop()))
    speech = [TONE] * TALK + [SILENCE] * PAUSE
    between = round(1_000_000 / abs(ppm))
    timestamp, longest = 0, 0.0
    for tick in range(0, ticks, CHECK):
        for frame in speech:
            put(timestamp, frame)
            timestamp = (timestamp + 160) & 0xFFFFFFFF
            pop()
        longest = max(longest, buffer.delay_ms)
        if tick % between < CHECK and tick >= CHECK:
            if ppm > 0:  # in this period two packets come
                put(timestamp, SILENCE)
                timestamp = (timestamp + 160) & 0xFFFFFFFF
            else:  # and in this one none
                pop()
    return longest


@pytest.mark.parametrize("ppm", [200, -200])
def test_a_day_with_clocks_that_differ_adds_no_delay(ppm: int) -> None:
    """Fault C16: 864 slips of a frame, in silence, counted; the delay ends as it began."""
    buffer = JitterBuffer("PCMA")
    assert lived(buffer, ppm, TICKS_A_DAY) <= 40
    slips = TICKS_A_DAY * 200 // 1_000_000
    if ppm > 0:
        assert (buffer.underruns, buffer.inserted) == (0, 0)
        assert buffer.dropped == pytest.approx(slips, abs=3)
    else:
        assert buffer.underruns <= 3, "until it is known that the clock is slow"
        assert buffer.inserted == pytest.approx(slips, abs=4)
        assert buffer.dropped == 0
    assert (buffer.late, buffer.concealed) == (0, 0)


@pytest.mark.parametrize("ppm", [200, -200])
def test_slips_take_and_add_silence_only(ppm: int) -> None:
    """Fault C16: in an hour with 36 of them every word is heard as it was sent."""
    buffer, heard = JitterBuffer("PCMA"), list[bytes]()
    lived(buffer, ppm, 180_000, heard)
    words = sum(frame == TONE for frame in heard)
    before_it_is_known = 2 if ppm < 0 else 0  # heads of words, crossed over
    assert words == 180_000 // CHECK * TALK - before_it_is_known
    assert buffer.dropped + buffer.inserted >= 33


@pytest.mark.parametrize("ppm", [-200, -50, 50, 200])
def test_drift_and_jitter_together_stay_within_what_the_jitter_needs(ppm: int) -> None:
    """Fault C16, with packets that come up to 15 ms late: 20 minutes."""
    buffer, ticks = JitterBuffer("PCMA"), 60_000
    step, number, longest = 160 / (1 + ppm * 1e-6), 0, 0.0
    waiting: list[tuple[float, int]] = []
    for tick in range(ticks):
        while number * step <= tick * 160:
            waiting.append((number * step + 120 * scattered(number), number))
            number += 1
        for due in [one for one in waiting if one[0] <= tick * 160]:
            waiting.remove(due)
            talk = due[1] % (TALK + PAUSE) < TALK
            buffer.put(due[1] * 160, TONE if talk else SILENCE)
        buffer.pop()
        if tick % CHECK == 0:
            longest = max(longest, buffer.delay_ms)
    assert longest <= 60
    slips = abs(ppm) * 1e-6 * ticks
    assert buffer.underruns + buffer.dropped + buffer.inserted <= 2 * slips + 4


def test_a_slow_clock_that_has_become_fast_is_noticed() -> None:
    buffer = JitterBuffer("PCMA")
    lived(buffer, -200, 40_000)
    inserted = buffer.inserted
    assert inserted >= 5
    assert lived(buffer, 200, 40_000) <= 60
    assert buffer.inserted <= inserted + 1
    assert buffer.underruns == 2
    assert buffer.dropped >= 7


def test_a_sender_who_never_pauses_slips_in_a_word_rather_than_late() -> None:
    buffer, timestamp = JitterBuffer("PCMA"), 0
    for tick in range(30_000):
        for _ in range(2 if tick % 5000 == 4999 else 1):
            buffer.put(timestamp, TONE)
            timestamp += 160
        buffer.pop()
        assert buffer.delay_ms <= 40
    assert buffer.dropped >= 5
