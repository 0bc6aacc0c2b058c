"""The receive buffer on paths of every kind, under virtual time."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.media.g711 import from_linear, to_linear
from firmware.media.jitter import JitterBuffer

LAW = "PCMA"
IDLE = b"\xd5"
SILENCE = IDLE * 160
TONE = from_linear(
    LAW, array("h", (round(8000 * math.sin(math.tau * n / 20)) for n in range(160))).tobytes()
)


@dataclass(frozen=True, slots=True)
class Packet:
    """Sent in order; `at` is when it arrives, in samples of our clock."""

    number: int
    at: float
    timestamp: int
    payload: bytes
    marker: bool = False


def linear(payload: bytes) -> list[int]:
    return list(array("h", to_linear(LAW, payload)))


def scattered(number: int) -> float:
    """0 to 1, without order, the same in each run."""
    return number * number * 0.6180339887 % 1


def frame(number: int) -> bytes:
    """A payload that can be recognised."""
    return bytes((number % 256, number // 256)) * 80


def stream(
    delays: Iterable[float],
    *,
    size: int = 160,
    first: int = 5000,
    skew: float = 0.0,
    payload: Callable[[int], bytes] | None = None,
) -> list[Packet]:
    """One packet a delay (samples); inf: lost. `skew`: how much faster the sender's clock is."""
    return [
        Packet(
            n,
            n * size / (1 + skew) + delay,
            (first + n * size) & 0xFFFFFFFF,
            payload(n) if payload else (frame(n) * 3)[:size],
        )
        for n, delay in enumerate(delays)
        if delay != math.inf
    ]


def played(buffer: JitterBuffer, packets: list[Packet], ticks: int) -> Iterator[bytes]:
    """What comes out, a period a tick; the first tick takes what came until sample 0."""
    arriving = sorted(packets, key=lambda p: p.at)
    newest, position = -1, 0
    for tick in range(ticks):
        while position < len(arriving) and arriving[position].at <= tick * 160:
            packet = arriving[position]
            buffer.put(
                packet.timestamp,
                packet.payload,
                newest=packet.number > newest,
                marker=packet.marker,
            )
            newest = max(newest, packet.number)
            position += 1
        given = buffer.pop()
        assert len(given) == 160
        yield given


def test_an_even_stream_comes_out_as_it_went_in_without_delay() -> None:
    buffer = JitterBuffer(LAW)
    out = list(played(buffer, stream([0] * 100), 100))
    assert out == [frame(n) for n in range(100)]
    assert (buffer.underruns, buffer.late, buffer.dropped, buffer.concealed) == (0, 0, 0, 0)


def test_timestamps_wrap_without_a_trace() -> None:
    out = list(played(JitterBuffer(LAW), stream([0] * 50, first=2**32 - 1000), 50))
    assert out == [frame(n) for n in range(50)]


@pytest.mark.parametrize("ptime_ms", [10, 20, 30, 40, 50, 60])
def test_every_packet_size_comes_out_gapless(ptime_ms: int) -> None:
    size = ptime_ms * 8
    packets = stream([0] * 60, size=size)
    everything = b"".join(p.payload for p in packets)
    out = b"".join(played(JitterBuffer(LAW), packets, 60 * size // 160 - 3))
    start = out.index(everything[:200])
    assert start <= 480
    assert out[start:] == everything[: len(out) - start]


def test_before_the_first_packet_there_is_silence() -> None:
    assert JitterBuffer(LAW).pop() == SILENCE


def test_a_higher_least_waits_for_its_cushion() -> None:
    out = list(played(JitterBuffer(LAW, least_ms=60), stream([0] * 20), 20))
    assert out == [SILENCE, SILENCE, *(frame(n) for n in range(18))]


def test_reordered_packets_are_played_in_order() -> None:
    delays = [0, 0, 300, 0, 0, 0, 0, 300, 0, 0, 0, 0]
    buffer = JitterBuffer(LAW, least_ms=60)
    out = list(played(buffer, stream(delays), 14))
    assert out[2:] == [frame(n) for n in range(12)]
    assert (buffer.late, buffer.underruns) == (0, 0)


def test_a_packet_after_its_time_is_counted_and_not_played() -> None:
    delays = [0, 0, 800, 0, 0, 0, 0, 0, 0, 0]
    buffer = JitterBuffer(LAW, least_ms=40)
    out = list(played(buffer, stream(delays), 11))
    assert out[4:] == [frame(n) for n in range(3, 10)] or out[5:] == [
        frame(n) for n in range(4, 10)
    ]
    assert buffer.late == 1
    assert buffer.concealed == 160


def test_a_lost_packet_is_concealed_and_the_rest_keeps_its_time() -> None:
    delays = [0.0] * 30
    delays[10] = math.inf
    packets = stream(delays, payload=lambda _: TONE)
    out = list(played(JitterBuffer(LAW, least_ms=40), packets, 31))
    assert out[11] not in (SILENCE, TONE[::-1])
    assert out[13:] == [TONE] * 18
    assert max(abs(a - b) for a, b in zip(linear(out[11]), linear(TONE), strict=True)) < 2000


def test_lost_packets_do_not_add_delay() -> None:
    delays = [math.inf if scattered(n) < 0.3 else 0.0 for n in range(2000)]
    delays[0] = 0
    buffer = JitterBuffer(LAW)
    out = list(played(buffer, stream(delays), 2000))
    there = [n for n in range(2000) if delays[n] == 0]
    assert [out[n][40:] for n in there] == [frame(n)[40:] for n in there], (
        "the head is crossed over"
    )
    assert len(there) < 1500


def test_jitter_grows_the_delay_up_to_what_is_needed_and_no_further() -> None:
    delays = [480 * scattered(n) for n in range(3000)]
    buffer = JitterBuffer(LAW)
    list(played(buffer, stream(delays), 3000))
    assert buffer.underruns <= 6
    assert buffer.delay_ms <= 80
    assert buffer.late <= 3


def test_the_delay_returns_to_the_least_after_the_jitter_ends() -> None:
    delays = [1200 * scattered(n) for n in range(500)] + [600.0] * 4000
    buffer = JitterBuffer(LAW)
    packets = stream(delays, payload=lambda _: SILENCE)
    deepest = max(buffer.delay_ms for _ in played(buffer, packets, 4400))
    assert deepest >= 100
    assert buffer.delay_ms <= 20


def test_after_a_pause_of_the_network_the_hard_limit_holds() -> None:
    delays = [0.0] * 200
    for late in range(50, 80):  # 600 ms of packets come at once
        delays[late] = (80 - late) * 160.0
    buffer = JitterBuffer(LAW, most_ms=100)
    for _ in played(buffer, stream(delays), 200):
        assert buffer.delay_ms <= 100
    assert buffer.dropped > 0


def test_a_pause_of_the_sender_is_neither_loss_nor_underrun() -> None:
    """Silence suppression: the timestamp goes on, the marker tells (RFC 3551 section 4.1)."""
    buffer = JitterBuffer(LAW)
    talk = stream([0] * 20)
    again = [
        Packet(20 + n, p.at + 200 * 160, p.timestamp + 200 * 160, p.payload, marker=n == 0)
        for n, p in enumerate(stream([0] * 20))
    ]
    out = list(played(buffer, talk + again, 230))
    assert out[200:220] == [frame(n) for n in range(20)]
    assert out[100] == SILENCE
    assert (buffer.underruns, buffer.concealed) == (0, 0)


def test_a_sender_whose_timestamp_stood_still_in_a_pause_is_heard_at_once() -> None:
    buffer = JitterBuffer(LAW)
    later = [
        Packet(p.number, p.at + (200 * 160 if p.number >= 20 else 0), p.timestamp, p.payload)
        for p in stream([0] * 40)
    ]
    out = list(played(buffer, later, 240))
    assert out[220:240] == [frame(n) for n in range(20, 40)]


@pytest.mark.parametrize("jump", [500_000, -500_000, 2**31 - 5, 16_000, -16_000, -800])
def test_after_a_jump_of_the_timestamp_voice_is_back_within_200_ms(jump: int) -> None:
    moved = [
        Packet(p.number, p.at, (p.timestamp + (jump if p.number >= 50 else 0)) % 2**32, p.payload)
        for p in stream([0] * 100)
    ]
    out = list(played(JitterBuffer(LAW), moved, 100))
    assert frame(60) in out[50:61]
    assert out[-1] == frame(99)


def test_a_new_source_is_heard_with_its_first_packet() -> None:
    buffer = JitterBuffer(LAW)
    list(played(buffer, stream([0] * 20), 20))
    buffer.restart()
    out = list(played(buffer, stream([0] * 20, first=4_000_000_000), 20))
    assert out == [frame(n) for n in range(20)]


def test_a_spare_frame_is_dropped_in_silence_when_there_is_some() -> None:
    speech = [TONE if n % 50 < 40 else SILENCE for n in range(1500)]
    delays = [0.0] * 100 + [800.0, 640.0, 480.0, 320.0, 160.0] + [0.0] * 1395
    buffer = JitterBuffer(LAW)
    out = list(played(buffer, stream(delays, payload=lambda n: speech[n]), 1500))
    assert buffer.dropped >= 3
    assert sum(o == TONE for o in out[200:]) >= sum(s == TONE for s in speech[200:]) - 1


def test_an_empty_payload_is_of_no_use() -> None:
    buffer = JitterBuffer(LAW)
    buffer.put(0, b"")
    assert buffer.pop() == SILENCE


arriving = st.tuples(
    st.sampled_from([0, 160, 160, 160, 320, -160, -320, 80, 100_000, 2**31]),
    st.sampled_from([0, 1, 80, 160, 160, 160, 240, 480, 800]),
    st.booleans(),
    st.booleans(),
)


@settings(max_examples=120)
@given(st.lists(st.one_of(arriving, st.integers(0, 30)), max_size=80))
def test_whatever_comes_each_tick_gives_a_period_and_the_limit_holds(
    steps: list[tuple[int, int, bool, bool] | int],
) -> None:
    buffer, timestamp = JitterBuffer(LAW, most_ms=100), 0
    for step in steps:
        if isinstance(step, int):
            for _ in range(step):
                assert len(buffer.pop()) == 160
        else:
            move, size, newest, marker = step
            timestamp = (timestamp + move) & 0xFFFFFFFF
            buffer.put(timestamp, bytes(size), newest=newest, marker=marker)
            assert buffer.delay_ms <= 100
    for _ in range(60):
        buffer.pop()
    assert buffer.delay_ms == 0, "what waited has been played"
