"""Packets beyond 65 536: the counter that the wire does not tell (RFC 3711 section 3.3.1, C22)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.media.messages import Close, Protection, Statistics
from firmware.media.rollover import CYCLE, follow
from firmware.media.srtp import KEPT, Guard, Master, Vault
from tests.media.fakes import Bench, FakeRtpSocket, opened
from tests.media.test_srtp import KEYS, LONG, OTHER, OURS, SOUND, THEIRS, Call, far, heard, rtp

NEW = Protection(suite=LONG, sends=OURS, receives=OTHER)
"""The far end has another key."""


def sent_up_to(guard: Guard, last: int, ssrc: int = 7) -> bytes:
    """The packet with that index, after enough of those before it for the counter to be right."""
    for index in range(last % 30_000, last, 30_000):
        guard.protect(rtp(index, ssrc=ssrc))
    return guard.protect(rtp(last, ssrc=ssrc))


class Again(Call):
    """A call in which the media process is started again; the far end goes on.

    Args:
        index: of the newest packet of the far end, which has been heard.
    """

    def __init__(self, index: int = 0) -> None:
        super().__init__()
        self.sequence = index
        sent_up_to(self.far, index)
        self.begins((7, index) if index else None)

    def begins(self, stood: tuple[int, int] | None) -> None:
        """A new process."""
        self.bench = Bench()
        self.opens(KEYS, stood=stood)

    def restarts(self) -> None:
        """The same in place of the one before, which has told where the far end stands."""
        self.begins(self.figures().stood)


@pytest.mark.parametrize("packets", [40, CYCLE - 10, CYCLE + 40, 3 * CYCLE + 40, 500 * CYCLE])
def test_a_media_process_that_is_started_again_hears_the_far_end(packets: int) -> None:
    """C22, row 51: it is told where the far end stands; and tells it for the one after it."""
    call = Again(packets)
    for again in range(1, 3):
        call.hears(5)
        call.restarts()
        assert call.hears() >= 15
        figures = call.figures()
        assert (figures.forged, figures.received) == (0, 20)
        assert figures.stood == (7, packets + again * 25)
        call.begins(figures.stood)


def test_what_the_process_before_has_heard_is_not_heard_again() -> None:
    """Replay (section 3.3.2), with records of another cycle."""
    call = Again(CYCLE + 200)
    recorded = [far().protect(rtp(n)) for n in (190, 205)]
    newest = call.far.protect(rtp(CYCLE + 201))
    call.rtp.arrive(newest)
    call.bench.tick()
    call.restarts()
    for packet in (*recorded, newest):
        call.rtp.arrive(packet)
    call.bench.ticks(3)
    figures = call.figures()
    assert (figures.received, figures.forged + figures.duplicate) == (0, 3)


def test_another_stream_of_the_far_end_begins_at_nought() -> None:
    """After the restart its SSRC may be another: then it begins, as the standard says."""
    call = Again(2 * CYCLE)
    call.restarts()
    for n in range(20):
        call.rtp.arrive(call.far.protect(rtp(n, ssrc=9)))
        call.bench.tick()
    figures = call.figures()
    assert (figures.received, figures.forged, figures.stood) == (20, 0, (9, 19))


@pytest.mark.parametrize("counts_on", [True, False])
def test_a_far_end_that_changes_its_key_may_count_on_or_begin_anew(counts_on: bool) -> None:
    """Section 3.3.1 says on; a library that makes a new context of the new key begins anew."""
    call = Again(2 * CYCLE + 50)
    call.hears(10)
    call.bench.engine.command(opened(call=5, protection=NEW))
    renewed = far(NEW)
    if counts_on:
        sent_up_to(renewed, call.sequence)
    assert call.hears(30, renewed) >= 25
    figures = call.figures()
    assert figures.forged == 0
    assert figures.stood == (7, (2 * CYCLE if counts_on else 0) + 90)


def test_what_we_send_by_a_new_key_is_another_stream() -> None:
    """Whatever the far end makes of its counter then: ours is nought, and it knows."""
    call = Call()
    call.bench.tick(SOUND)
    renewed = Protection(suite=LONG, sends=OTHER, receives=THEIRS)
    call.bench.engine.command(opened(call=5, protection=renewed))
    call.bench.tick(SOUND)
    call.bench.engine.command(opened(call=5, protection=renewed, receives=False))
    call.bench.tick(SOUND)
    before, after, same = (packet[2:12] for packet, _ in call.rtp.sent)
    assert before == after, "the bench rolls the same dice again: it begins, it does not go on"
    assert int.from_bytes(same[:2], "big") == int.from_bytes(after[:2], "big") + 1
    assert heard(far(renewed), call.rtp.sent[1][0])[12:] == SOUND
    assert call.figures().sent == 3


def test_we_count_on_past_the_wrap_over_a_reinvite() -> None:
    """C22: 65 536 packets and more of ours, with an `Open` by the same keys in between."""
    bench, socket = Bench(), FakeRtpSocket()
    bench.engine.command(opened(protection=KEYS), (socket,))
    guard = far()
    for n in range(CYCLE // 2 + 20):
        if n % 4096 == 0:
            bench.engine.command(opened(protection=KEYS, ptime_ms=10))
        bench.tick(SOUND)
    assert len(socket.sent) > CYCLE
    plain = [heard(guard, packet)[12:] for packet, _ in socket.sent[::51]]
    assert set(plain) == {SOUND[:80], SOUND[80:]}
    assert guard.forged == 0


def test_a_context_is_wound_only_for_a_key_that_is_not_known() -> None:
    """What this process has heard itself it knows better than what it is told."""
    vault = Vault()
    guard, theirs = Guard(vault, KEYS), far()
    assert heard(guard, sent_up_to(theirs, 3 * CYCLE - 5)) == b"", "nobody has told of the cycles"
    told = Guard(Vault(), KEYS, (7, 3 * CYCLE - 6))
    assert heard(told, theirs.protect(rtp(3 * CYCLE - 4)))
    again = Guard(vault, KEYS, (7, 3 * CYCLE - 6))
    assert again._inward is guard._inward
    assert len({vault.inward(Master(LONG, bytes([n]) * 30)) for n in range(KEPT + 1)}) == KEPT + 1


def test_nothing_is_said_of_where_plain_voice_stands() -> None:
    bench, socket = Bench(), FakeRtpSocket()
    bench.engine.command(opened(), (socket,))
    socket.arrive(rtp(1))
    bench.tick()
    bench.engine.command(Close(port=1))
    assert all(r.stood is None for r in bench.reports() if isinstance(r, Statistics))
    assert Call().figures().stood is None, "nor of a far end that has not spoken"


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 1 << 40), st.lists(st.integers(-200, 20_000), max_size=20))
def test_the_index_is_followed_whatever_is_lost_or_out_of_order(
    first: int, steps: list[int]
) -> None:
    stood, index, newest = (7, first), first, first
    for step in steps:
        index = max(0, newest + step)
        newest = max(newest, index)
        stood = follow(stood, rtp(index))
    assert stood == (7, newest)
