"""The receive buffer waits for what packets need and no more: rare trouble passes (C15)."""

from __future__ import annotations

import math
from statistics import mean

import pytest

from firmware.media.jitter import JitterBuffer
from firmware.media.slow_clock import APART, SlowClock
from tests.media.test_jitter import SILENCE, TONE, played, scattered, stream
from tests.relay.way import Faults, Way

LAW = "PCMA"
SECOND = 50


def talk(number: int) -> bytes:
    """A second and a half of sound, half a second of none."""
    return TONE if number % 100 < 75 else SILENCE


def depths(delays: list[float], ticks: int, buffer: JitterBuffer | None = None) -> list[float]:
    """What waits after each tick, in milliseconds."""
    used = buffer or JitterBuffer(LAW)
    return [used.delay_ms for _ in played(used, stream(delays, payload=talk), ticks)]


def stood_still(at: int, periods: int, count: int) -> list[float]:
    """Nothing comes for so long, and then all of it."""
    return [max(0, at + periods - n) * 160.0 if at <= n else 0.0 for n in range(count)]


def test_after_a_standstill_of_the_way_the_delay_is_back_within_three_seconds() -> None:
    """C15: it happens once in a while, and is not worth a delay that lasts."""
    waiting = depths(stood_still(500, 9, 1200), 1200)
    assert max(waiting) >= 140
    assert waiting[500 + 10 + 3 * SECOND :] == [0.0] * (1200 - 510 - 3 * SECOND)


def test_a_standstill_now_and_then_does_not_keep_the_delay_up() -> None:
    """C15: one every eight seconds, for two minutes."""
    delays = [0.0] * 6000
    for at in range(300, 5900, 400):
        for n in range(9):
            delays[at + n] = (9 - n) * 160.0
    assert mean(depths(delays, 6000)) <= 50


@pytest.mark.parametrize("share", [0.02, 0.05])
def test_packets_that_are_overtaken_do_not_keep_the_delay_up(share: float) -> None:
    """C15: they are late alone; what came before and after them was not."""
    way = Way(Faults(reorder=share, reorder_ms=50), seed=3)
    delays = [8000 * (way.arrivals(n * 0.02)[0] - n * 0.02) for n in range(6000)]
    for n in range(100, 104):  # and at first even the way was slower
        delays[n] = 500.0
    waiting = depths(delays, 6000)
    assert mean(waiting[2000:]) <= 10


def test_lost_packets_are_no_reason_to_wait() -> None:
    """C15: 3 % of them, after trouble that had raised the delay."""
    delays = [math.inf if scattered(n) < 0.03 and n > 300 else 0.0 for n in range(3000)]
    for n in range(100, 140):
        delays[n] = 900.0
    waiting = depths(delays, 3000)
    assert max(waiting[140:200]) >= 80
    assert mean(waiting[1500:]) <= 2


def test_a_lost_frame_is_left_out_where_a_frame_is_spare_and_no_sound_is_dropped() -> None:
    """C15: after trouble, in a word without end: two gaps shorten the delay, nothing else does."""
    delays = [0.0] * 600
    delays[100:104] = [320.0] * 4
    delays[520] = delays[522] = math.inf
    buffer = JitterBuffer(LAW)
    out = list(played(buffer, stream(delays, payload=lambda _: TONE), 600))
    assert (buffer.dropped, buffer.concealed, buffer.underruns) == (2, 0, 1)
    assert out[-10:] == [TONE] * 10
    assert buffer.delay_ms == 0


def test_jitter_that_never_ends_is_waited_for() -> None:
    """Three packets in a hundred need the last step, and that is too many to lose."""
    way = Way(Faults(jitter_ms=60), seed=5)
    delays = [8000 * (way.arrivals(n * 0.02)[0] - n * 0.02) for n in range(5000)]
    buffer = JitterBuffer(LAW)
    waiting = depths(delays, 5000, buffer)
    assert 10 <= mean(waiting[1000:]) <= 50
    assert buffer.underruns <= 15


def test_no_less_waits_than_the_least_that_was_asked_for() -> None:
    """Also where that is no whole number of periods: 50 ms are three frames, 30 are two."""
    for least_ms, waits in ((30, 20.0), (50, 40.0)):
        buffer = JitterBuffer(LAW, least_ms=least_ms)
        delays = [0.0] * 100 + [640.0, 480.0, 320.0, 160.0] + [0.0] * 1896
        assert depths(delays, 2000, buffer)[-1] == waits, "after the frame that is played"


def test_a_slow_clock_is_known_by_two_slips_far_apart() -> None:
    """C16: two that are near each other are jitter."""
    clock = SlowClock()
    clock.slipped(1000)
    clock.slipped(1000 + APART - 1)
    assert not clock.known
    clock.slipped(1000 + 6 * APART)
    assert clock.known


def test_a_frame_is_owed_shortly_before_the_next_slip_and_not_sooner() -> None:
    clock = SlowClock()
    clock.slipped(0)
    clock.slipped(5000)
    owed = [now for now in range(5250, 10_000, 250) if clock.owes(now, thin=True)]
    assert owed[0] == 8750
    assert not clock.owes(9000, thin=False), "it was put in"
    assert not clock.owes(10_000, thin=True), "it is used up, and the next slip is far"
    assert clock.owes(14_000, thin=True)


def test_a_clock_that_has_become_fast_owes_nothing() -> None:
    clock = SlowClock()
    clock.slipped(0)
    clock.slipped(5000)
    clock.forget()
    assert not clock.known
    assert not clock.owes(9_000, thin=True)


def test_a_slow_clock_does_not_cost_a_frame_of_delay() -> None:
    """C16: 200 ppm slow, half an hour: what waits is on average less than half a frame."""
    waiting = depths([0.0] * 10, 10)
    assert waiting == [0.0] * 10
    buffer, number, owing = JitterBuffer(LAW), 0, []
    for tick in range(90_000):
        while number * 160 * (1 + 200e-6) <= tick * 160:
            buffer.put(number * 160, talk(number))
            number += 1
        buffer.pop()
        owing.append(buffer.delay_ms)
    assert mean(owing[20_000:]) <= 8
    assert buffer.underruns <= 3
    assert buffer.inserted >= 13


def test_a_slow_clock_is_made_up_for_where_packets_are_lost_too() -> None:
    """C15, C16: what is owed is not paid with a frame that is missing."""
    buffer, number, waiting, owed_of_none = JitterBuffer(LAW), 0, [], 0
    for tick in range(20_000):
        while number * 160 * (1 + 900e-6) <= tick * 160:
            if scattered(number) >= 0.1:
                buffer.put(number * 160, talk(number))
            number += 1
        owed_of_none += buffer._owed and buffer._play not in buffer._waiting
        assert len(buffer.pop()) == 160
        waiting.append(buffer.delay_ms)
    assert owed_of_none >= 10, "else nothing is proved"
    assert buffer.inserted >= 8
    assert mean(waiting) <= 10
