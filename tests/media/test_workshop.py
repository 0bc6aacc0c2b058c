"""Codecs that are worked in a helper: jobs there, results back, nobody waits for anybody."""

from __future__ import annotations

from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.media.coding import Arrived
from firmware.media.g711 import LAWS, level_of
from firmware.media.jobs import CODECS, Job, JobsError, Verb, pack, unpack
from firmware.media.tones import Player, render
from firmware.media.transcoder import MOST, Transcoder
from firmware.media.workshop import PATIENCE, Workshop
from firmware.tone import Segment, ToneSpec

ARRIVED = Arrived(160, 1, newest=True, marker=False)
SILENCE = b"\xd5" * 160


class Slow:
    """A helper's end of the way whose results come when the test wants."""

    def __init__(self) -> None:
        self.jobs: deque[bytes] = deque()
        self.results: deque[bytes] = deque()
        self.closed = self.full = False

    def send(self, data: bytes) -> int:
        if self.full:
            raise BlockingIOError
        self.jobs.append(data)
        return len(data)

    def recv_into(self, buffer: bytearray) -> int:
        if not self.results:
            raise BlockingIOError
        result = self.results.popleft()
        buffer[: len(result)] = result
        return len(result)

    def close(self) -> None:
        self.closed = True

    def works(self) -> None:
        """All that has come is done: each payload is turned round."""
        while self.jobs:
            period, jobs = unpack(self.jobs.popleft())
            self.results.append(pack(period, [j._replace(data=j.data[::-1]) for j in jobs]))


def hired() -> tuple[Workshop, Slow]:
    workshop, bench = Workshop(), Slow()
    workshop.hire(bench)
    return workshop, bench


def test_what_is_said_in_one_period_is_there_in_the_next() -> None:
    workshop, bench = hired()
    coding = workshop.coding("G722")
    assert not workshop.busy
    coding.encode(1000, b"ab")
    coding.decode(ARRIVED, b"xyz")
    workshop.send_out()
    assert coding.encoded() == []
    bench.works()
    workshop.collect()
    assert coding.encoded() == [(1000, b"ba")]
    assert coding.decoded() == [(ARRIVED, b"zyx")]
    assert not coding.encoded()
    assert not coding.decoded()


def test_all_calls_of_a_period_share_a_datagram_and_each_gets_its_own() -> None:
    workshop, bench = hired()
    first, second = workshop.coding("G722"), workshop.coding("opus")
    first.encode(1, b"12")
    second.encode(2, b"34")
    workshop.send_out()
    assert len(bench.jobs) == 1
    bench.works()
    workshop.collect()
    assert (first.encoded(), second.encoded()) == ([(1, b"21")], [(2, b"43")])


def test_results_that_are_too_late_are_not_heard() -> None:
    workshop, bench = hired()
    coding = workshop.coding("G722")
    workshop.collect()
    coding.encode(1, b"12")
    workshop.send_out()
    for _ in range(PATIENCE):
        workshop.collect()
    bench.works()
    workshop.collect()
    assert coding.encoded() == []
    assert workshop.missed == 1


def test_a_helper_that_takes_nothing_is_not_waited_for() -> None:
    workshop, bench = hired()
    coding = workshop.coding("G722")
    bench.full = True
    for n in range(1200):
        coding.decode(ARRIVED._replace(timestamp=n), b"12")
        workshop.send_out()
        workshop.collect()
    assert workshop.missed == 1200
    bench.full = False
    coding.decode(ARRIVED, b"12")
    workshop.send_out()
    bench.works()
    workshop.collect()
    assert coding.decoded() == [(ARRIVED, b"21")]


def test_a_helper_that_has_ended_is_let_go_and_the_next_one_knows_nothing() -> None:
    workshop, bench = hired()
    coding = workshop.coding("opus")
    coding.encode(1, b"12")
    workshop.send_out()
    bench.results.append(b"")
    workshop.collect()
    assert bench.closed
    coding.encode(2, b"34")
    workshop.send_out()
    another = Slow()
    workshop.hire(another)
    coding.encode(3, b"56")
    workshop.send_out()
    another.works()
    workshop.collect()
    assert coding.encoded() == [(3, b"65")]


def test_a_call_that_ends_is_forgotten_at_both_ends() -> None:
    workshop, bench = hired()
    coding = workshop.coding("opus")
    coding.encode(1, b"12")
    workshop.send_out()
    coding.close()
    coding.close()
    workshop.send_out()
    assert [job.verb for data in bench.jobs for job in unpack(data)[1]] == [
        Verb.ENCODE,
        Verb.FORGET,
    ]
    assert not workshop.busy


@given(st.binary(max_size=60))
def test_nonsense_between_the_two_is_refused_and_nothing_else(data: bytes) -> None:
    workshop, bench = hired()
    workshop.coding("G722").encode(1, b"12")
    workshop.send_out()
    bench.results.append(data or b"x")
    workshop.collect()
    try:
        unpack(data)
    except JobsError:
        return
    assert data


@given(
    st.lists(
        st.tuples(
            st.sampled_from(Verb),
            st.sampled_from(CODECS),
            st.integers(0, 0xFFFF),
            st.integers(0, 0xFFFFFFFF),
            st.binary(max_size=400),
        )
    )
)
def test_jobs_arrive_as_they_were_packed(jobs: list[tuple[Verb, str, int, int, bytes]]) -> None:
    wanted = [Job(*job) for job in jobs]
    assert unpack(pack(7, wanted)) == (7, wanted)


# what the helper does


def transcoder(law: str = "PCMA") -> Transcoder:
    from firmware.media.aiortc_codecs import ERRORS, MAKERS

    return Transcoder(law, MAKERS, ERRORS)


def work(one: Transcoder, *jobs: Job) -> list[bytes]:
    return [result.data for result in unpack(one.work(pack(1, jobs)))[1]]


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("codec", CODECS)
def test_a_tone_keeps_its_level_through_the_helper(codec: str, law: str) -> None:
    """Within 0.3 dB: 160 octets a period are G.722's, Opus is at most a quarter of G.711."""
    one = transcoder(law)
    player = Player(render(ToneSpec((Segment((440,), 2000),)), law))
    heard, sizes = bytearray(), set[int]()
    for n in range(50):
        (payload,) = work(one, Job(Verb.ENCODE, codec, 1, n, player.next()))
        sizes.add(len(payload))
        (samples,) = work(one, Job(Verb.DECODE, codec, 1, n, payload))
        assert len(samples) == 160
        heard += samples
    assert level_of(law, bytes(heard[3200:])) == pytest.approx(-10.0, abs=0.3)
    assert sizes == {160} if codec == "G722" else max(sizes) <= 160


@pytest.mark.parametrize(
    ("codec", "payload"),
    [
        ("opus", b"\x00"),
        ("opus", b"\xff" * 7),
        ("opus", bytes(1500)),
        ("G722", b"\x01"),
        ("G722", bytes(1500)),
    ],
)
def test_any_payload_is_survived_by_the_helper(codec: str, payload: bytes) -> None:
    """And what follows it is understood again."""
    one = transcoder()
    work(one, Job(Verb.DECODE, codec, 1, 1, payload))
    (good,) = work(one, Job(Verb.ENCODE, codec, 1, 2, SILENCE))
    (samples,) = work(one, Job(Verb.DECODE, codec, 1, 3, good))
    assert len(samples) == 160


def test_calls_that_were_never_ended_do_not_fill_the_helper() -> None:
    made = list[int]()

    class Counted:
        def __init__(self) -> None:
            made.append(1)

        def encode(self, samples: bytes) -> bytes:
            return samples[:1]

    one = Transcoder("PCMA", {"G722": Counted}, ())
    for session in range(MOST + 10):
        work(one, Job(Verb.ENCODE, "G722", session, 0, SILENCE))
    work(one, Job(Verb.ENCODE, "G722", MOST + 9, 0, SILENCE))
    assert len(made) == MOST + 10, "the last is known"
    work(one, Job(Verb.ENCODE, "G722", 0, 0, SILENCE))
    assert len(made) == MOST + 11, "the first was given up"
    work(one, Job(Verb.FORGET, "G722", 0, 0))
    work(one, Job(Verb.ENCODE, "G722", 0, 0, SILENCE))
    assert len(made) == MOST + 12
