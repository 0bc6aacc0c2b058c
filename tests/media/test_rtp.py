"""RTP headers and the figures of a source."""

from __future__ import annotations

from itertools import count

import pytest
from aiortc.rtp import RtpPacket
from hypothesis import given
from hypothesis import strategies as st

from firmware.media.rtp import HEADER, Arrival, RtpSender, Source, payload_span

NEWEST, REORDERED, DUPLICATE = Arrival.NEWEST, Arrival.REORDERED, Arrival.DUPLICATE
DOUBTFUL, RESTARTED = Arrival.DOUBTFUL, Arrival.RESTARTED
SSRC = 0x1234


def arrivals(source: Source, *sequences: int) -> list[Arrival]:
    return [source.arrived(SSRC, s & 0xFFFF) for s in sequences]


def test_a_packet_is_what_an_independent_parser_reads() -> None:
    sender = RtpSender(lambda size: bytes(range(size)))
    sender.packet(8, b"first")
    sender.advance(160)
    read = RtpPacket.parse(sender.packet(8, b"voice", marker=True))
    assert (read.payload_type, read.marker, read.payload) == (8, 1, b"voice")
    assert (read.sequence_number, read.timestamp) == (0x0002, 0x02030405 + 160)
    assert read.ssrc == 0x06070809


def test_sequence_and_timestamp_wrap() -> None:
    sender = RtpSender(lambda size: b"\xff" * size)
    assert sender.sequence == 0x7FFF, "it begins in the lower half"
    sender.sequence = 0xFFFF
    read = RtpPacket.parse(sender.packet(0, b"a"))
    sender.advance(160)
    after = RtpPacket.parse(sender.packet(0, b"b"))
    assert (read.sequence_number, read.timestamp) == (0xFFFF, 0xFFFFFFFF)
    assert (after.sequence_number, after.timestamp) == (0, 159)


@given(
    csrc=st.lists(st.integers(0, 2**32 - 1), max_size=15),
    payload=st.binary(max_size=200),
    padding=st.integers(0, 20),
)
def test_the_payload_is_found_behind_csrcs_and_before_padding(
    csrc: list[int], payload: bytes, padding: int
) -> None:
    packet = RtpPacket(payload_type=8, payload=payload)
    packet.csrc = csrc
    packet.padding_size = padding
    data = packet.serialize()
    span = payload_span(data, len(data))
    assert span is not None
    assert data[slice(*span)] == payload


def test_the_payload_is_found_behind_an_extension() -> None:
    data = HEADER.pack(0x90, 8, 1, 2, 3) + b"\xbe\xde\x00\x01abcd" + b"voice"
    span = payload_span(data, len(data))
    assert span is not None
    assert data[slice(*span)] == b"voice"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80\x08short",
        b"\x40" + bytes(20),
        b"\x8f\x08" + bytes(20),
        b"\x90\x08" + bytes(10) + b"\xbe\xde\xff\xff",
        b"\x90\x08" + bytes(10),
        b"\xa0\x08" + bytes(10) + b"\x00",
        b"\xa0\x08" + bytes(10) + b"\xff",
    ],
)
def test_what_is_not_rtp_has_no_payload(data: bytes) -> None:
    assert payload_span(data, len(data)) is None


@given(st.binary(max_size=80))
def test_any_octets_have_a_payload_within_them_or_none(data: bytes) -> None:
    span = payload_span(data, len(data))
    assert span is None or 12 <= span[0] <= span[1] <= len(data)


def test_order_is_told_across_the_wrap_of_the_sequence_number() -> None:
    source = Source()
    seen = arrivals(source, 0xFFFE, 0xFFFF, 0x10001, 0x10000, 0x10001, 0x10002)
    assert seen == [RESTARTED, NEWEST, NEWEST, REORDERED, DUPLICATE, NEWEST]
    assert (source.received, source.lost, source.duplicate, source.reordered) == (5, 0, 1, 1)


def test_lost_packets_are_those_expected_that_did_not_come() -> None:
    source = Source()
    arrivals(source, 10, 11, 15, 16)
    assert source.lost == 3
    arrivals(source, 13)
    assert source.lost == 2


def test_a_jump_is_believed_when_the_next_packet_confirms_it() -> None:
    source = Source()
    assert arrivals(source, 1, 20001, 20002, 20003) == [RESTARTED, DOUBTFUL, RESTARTED, NEWEST]
    assert arrivals(source, 40000, 20004) == [DOUBTFUL, NEWEST]
    assert source.restarts == 1


def test_a_stray_packet_now_and_then_restarts_nothing() -> None:
    """RFC 3550 A.1: a jump is confirmed by the very next packet, not by one of later."""
    source = Source()
    seen = arrivals(source, 1, 20001, 2, 20002, 3)
    assert seen == [RESTARTED, DOUBTFUL, NEWEST, DOUBTFUL, NEWEST]
    assert (source.restarts, source.received, source.lost) == (0, 3, 0)


def test_what_is_remembered_of_a_source_does_not_grow_with_the_call() -> None:
    """Ten hours of it: a bit a packet would be 225 kB, shifted for every packet."""
    source = Source()
    arrivals(source, *range(1000))
    assert source._seen.bit_length() == 128


def test_a_jump_backwards_is_no_different() -> None:
    source = Source()
    assert arrivals(source, 30000, 9999, 10000) == [RESTARTED, DOUBTFUL, RESTARTED]


def test_a_new_ssrc_restarts_at_once_and_loss_is_kept() -> None:
    source = Source()
    arrivals(source, 1, 2, 5)
    assert source.arrived(0x9999, 700) is RESTARTED
    assert source.arrived(0x9999, 701) is NEWEST
    assert (source.lost, source.received, source.restarts) == (2, 5, 1)


def test_even_pace_has_no_jitter_and_uneven_pace_approaches_its_mean() -> None:
    even, uneven = Source(), Source()
    for n in range(200):
        even.timed(n * 160 & 0xFFFFFFFF, n * 160)
        uneven.timed(n * 160, n * 160 + 80 * (n % 2))
    assert even.jitter == 0
    assert uneven.jitter == pytest.approx(80, rel=0.01)


def test_the_wrap_of_the_timestamp_is_no_jitter() -> None:
    source = Source()
    for n in range(50):
        source.timed((2**32 - 1600 + n * 160) & 0xFFFFFFFF, n * 160)
    assert source.jitter == 0


@given(st.lists(st.sampled_from(["next", "skip", "again", "older"]), max_size=200))
def test_figures_add_up_whatever_comes(steps: list[str]) -> None:
    source, numbers, sent = Source(), count(65500), set()
    newest = next(numbers)
    source.arrived(SSRC, newest)
    sent.add(newest)
    for step in steps:
        if step == "next":
            newest = next(numbers)
        elif step == "skip":
            next(numbers)
            newest = next(numbers)
        sequence = newest - 1 if step == "older" and newest > 65500 else newest
        verdict = source.arrived(SSRC, sequence & 0xFFFF)
        assert (verdict is DUPLICATE) == (sequence in sent)
        sent.add(sequence)
    assert source.received == len(sent)
    assert source.lost == newest - 65500 + 1 - len(sent)


@given(st.lists(st.sampled_from(["next", "skip", "late", "look"]), max_size=300))
def test_what_follows_in_order_is_counted_as_if_it_had_arrived(steps: list[str]) -> None:
    """Sequence numbers wrap meanwhile; who looks in between sees no difference."""
    short, long = Source(), Source()
    newest = 65_300
    for source in (short, long):
        source.arrived(SSRC, newest)
    for at, step in enumerate(steps):
        timestamp, now = newest * 160 & 0xFFFFFFFF, at * 160 + at % 3
        if step == "next":
            newest += 1
            short.followed(timestamp, now)
            long.arrived(SSRC, newest & 0xFFFF)
            long.timed(timestamp, now)
        elif step == "skip":
            newest += 2
            for source in (short, long):
                source.arrived(SSRC, newest & 0xFFFF)
                source.timed(timestamp, now)
        elif step == "late":
            for source in (short, long):
                source.discarded(newest & 0xFFFF)
        else:
            assert figures(short) == figures(long)
    assert figures(short) == figures(long)


def figures(source: Source) -> tuple[object, ...]:
    source.review()
    return (
        source.received, source.lost, source.expected, source.highest, source.duplicate,
        round(source.jitter, 9), source.losses.pattern(),
    )  # fmt: skip
