"""RTCP packets: built and taken apart, by us and by aiortc's classes (RFC 3550 section 6)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.media.rtcp import (
    Goodbye,
    Names,
    Packet,
    Reception,
    ReportPacket,
    RtcpError,
    Sending,
    compound,
    interval_s,
    middle,
    ntp_time,
    parse,
    round_trip_s,
)

u32 = st.integers(0, 0xFFFFFFFF)
receptions = st.builds(
    Reception, u32, st.integers(0, 255), st.integers(-0x800000, 0x7FFFFF), u32, u32, u32, u32
)
sendings = st.builds(Sending, st.integers(0, 0xFFFFFFFFFFFFFFFF), u32, u32, u32)
reports = st.builds(
    ReportPacket,
    u32,
    st.none() | sendings,
    st.lists(receptions, max_size=31).map(tuple),
)
text = st.binary(max_size=255)
names = st.builds(Names, st.lists(st.tuples(u32, text), max_size=31).map(tuple))
goodbyes = st.builds(Goodbye, st.lists(u32, max_size=31).map(tuple), text)
compounds = st.tuples(reports, st.lists(reports | names | goodbyes, max_size=4)).map(
    lambda parts: [parts[0], *parts[1]]
)

ONE = Reception(0x1234, 64, -3, 0x1_0007, 12, 0xAABBCCDD, 65536)
REPORT = ReportPacket(7, Sending(0x0123456789ABCDEF, 1600, 10, 1600), (ONE,))
WHOLE: list[Packet] = [REPORT, Names(((7, b"name"),)), Goodbye((7,), b"over")]


@given(compounds)
def test_what_was_built_is_read_again(packets: list[Packet]) -> None:
    data = compound(*packets)
    assert len(data) % 4 == 0
    assert parse(data) == packets


@given(st.binary(max_size=400))
def test_junk_is_refused_with_the_one_declared_error(junk: bytes) -> None:
    with pytest.raises(RtcpError):
        parse(junk)


@given(compounds, st.data())
def test_a_damaged_packet_is_read_or_refused_and_nothing_else(
    packets: list[Packet], data: st.DataObject
) -> None:
    whole = bytearray(compound(*packets))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    damaged = bytes(whole[: data.draw(st.integers(0, len(whole)))])
    try:
        parse(damaged)
    except RtcpError as error:
        assert str(error)  # noqa: PT017 - either outcome is right, so `raises` does not fit


@pytest.mark.parametrize("size", range(len(compound(*WHOLE))))
def test_a_packet_cut_off_anywhere_is_refused_or_shorter(size: int) -> None:
    try:
        assert parse(compound(*WHOLE)[:size]) in (WHOLE[:1], WHOLE[:2])
    except RtcpError:
        assert size not in (52, 68)


def test_it_must_begin_with_a_report() -> None:
    with pytest.raises(RtcpError, match="does not begin with a report"):
        parse(compound(Goodbye((7,))))


def packet(count: int, kind: int, content: bytes) -> bytes:
    """Any RTCP packet, right or wrong."""
    return bytes((0x80 | count, kind)) + (len(content) // 4).to_bytes(2, "big") + content


SOURCE = b"\0\0\0\7"


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (packet(1, 201, SOURCE), "a report of 4 octets with 1 blocks"),
        (packet(0, 200, SOURCE), "a report of 4 octets with 0 blocks"),
        (packet(2, 202, SOURCE + b"\1\1n\0"), "a source description without its source"),
        (packet(1, 202, SOURCE), "a source description without end"),
        (packet(1, 202, SOURCE + b"\1\2na"), "a source description without end"),
        (packet(1, 202, SOURCE + b"\1\5na"), "an item of a source description is cut off"),
        (packet(1, 202, SOURCE + b"\1\1n\1"), "an item of a source description is cut off"),
        (packet(2, 203, SOURCE), "a goodbye of 4 octets with 2 sources"),
        (packet(1, 203, SOURCE + b"\4bye"), "the reason of a goodbye is cut off"),
        (packet(0, 207, b""), "an extended report of nobody"),
        (packet(0, 207, SOURCE + b"\7\0\0\x08"), "an extended report is cut off"),
        (b"\x80\xc9\0", "3 octets left over"),
        (b"\x40\xcb\0\0", "version 1"),
    ],
)
def test_what_contradicts_itself_is_refused_with_its_reason(wrong: bytes, why: str) -> None:
    """C21, RFC 3550 A.2: behind a good report; no length is believed."""
    with pytest.raises(RtcpError, match=why):
        parse(compound(REPORT) + wrong)


@pytest.mark.parametrize(
    ("right", "read"),
    [
        (packet(1, 203, SOURCE + b"\3bye"), Goodbye((7,), b"bye")),
        (packet(0, 203, b""), Goodbye(())),
        (packet(1, 202, SOURCE + b"\1\1n\0"), Names(((7, b"n"),))),
        (packet(0, 201, SOURCE + b"more"), ReportPacket(7)),
    ],
)
def test_what_just_fits_is_read(right: bytes, read: Packet) -> None:
    assert parse(compound(REPORT) + right) == [REPORT, read]


def test_unknown_kinds_and_other_items_are_left_out() -> None:
    application = bytes((0x80, 204, 0, 2)) + b"\0\0\0\7name"
    tool = bytes((0x81, 202, 0, 3)) + b"\0\0\0\7" + b"\x06\x02xy" + b"\x01\x00\x00\x00"
    assert parse(compound(REPORT) + application + tool) == [REPORT, Names(((7, b""),))]


def test_padding_is_of_the_last_packet_only() -> None:
    padded = bytes((0xA1, 203, 0, 2)) + b"\0\0\0\7" + b"\0\0\0\4"
    assert parse(compound(REPORT) + padded) == [REPORT, Goodbye((7,))]
    with pytest.raises(RtcpError, match="padding"):
        parse(compound(REPORT) + padded + compound(REPORT))


def test_ntp_counts_from_1900_and_in_fractions() -> None:
    assert ntp_time(0.0) == 2_208_988_800 << 32
    assert ntp_time(0.5) & 0xFFFFFFFF == 1 << 31
    assert middle(0x0123456789ABCDEF) == 0x456789AB


@given(st.floats(0, 4e9), st.floats(0, 3), st.floats(0, 60))
def test_the_round_trip_is_what_is_left_of_the_time_without_the_delay(
    sent: float, trip: float, delay: float
) -> None:
    block = Reception(1, 0, 0, 0, 0, middle(ntp_time(sent)), int(delay * 65536))
    if block.last_report:
        found = round_trip_s(sent + delay + trip, block)
        assert found == pytest.approx(trip, abs=1e-4)


def test_a_round_trip_that_cannot_be_is_none() -> None:
    heard = middle(ntp_time(1000.0))
    assert round_trip_s(1000.0, Reception(1, 0, 0, 0, 0, 0, 0)) is None
    assert round_trip_s(1011.0, Reception(1, 0, 0, 0, 0, heard, 0)) is None
    assert round_trip_s(1000.0, Reception(1, 0, 0, 0, 0, heard, 10 * 65536)) is None


def test_a_round_trip_is_told_across_the_wrap_of_the_middle_32_bits() -> None:
    """Section 6.4.1: they hold 65 536 seconds; a call may stand then."""
    sent = 65536 * 50_000 - 2_208_988_800 - 0.25
    assert middle(ntp_time(sent)) == 0xFFFFC000
    assert round_trip_s(sent + 3.5, Reception(1, 0, 0, 0, 0, 0xFFFFC000, 3 * 65536)) == 0.5


def test_a_clock_that_was_set_back_a_little_makes_a_round_trip_of_nothing() -> None:
    """Up to a second, as a time server does it; more is a mistake."""
    heard = Reception(1, 0, 0, 0, 0, middle(ntp_time(1000.0)), 0)
    assert round_trip_s(999.5, heard) == 0
    assert round_trip_s(999.0, heard) is None


def test_reports_are_5_s_apart_more_or_less_and_the_first_comes_earlier() -> None:
    assert [interval_s(dice) for dice in (0, 0.5, 1)] == [2.5, 5, 7.5]
    assert [interval_s(dice, first=True) for dice in (0, 1)] == [1.25, 3.75]


# aiortc reads what we write, and we what it writes


def oracle() -> Any:
    return pytest.importorskip("aiortc.rtp")


def test_aiortc_reads_the_same_in_our_packets() -> None:
    sender, described, left = oracle().RtcpPacket.parse(compound(*WHOLE))
    assert (sender.ssrc, sender.sender_info.ntp_timestamp) == (7, 0x0123456789ABCDEF)
    assert (sender.sender_info.rtp_timestamp, sender.sender_info.packet_count) == (1600, 10)
    assert sender.sender_info.octet_count == 1600
    (block,) = sender.reports
    assert (block.ssrc, block.fraction_lost, block.packets_lost) == (0x1234, 64, -3)
    assert (block.highest_sequence, block.jitter) == (0x1_0007, 12)
    assert (block.lsr, block.dlsr) == (0xAABBCCDD, 65536)
    assert [(chunk.ssrc, chunk.items) for chunk in described.chunks] == [(7, [(1, b"name")])]
    assert left.sources == [7]


@given(st.lists(receptions, max_size=31), st.none() | sendings, u32, st.binary(max_size=40))
def test_we_read_the_same_in_aiortcs_packets(
    blocks: list[Reception], sending: Sending | None, ssrc: int, name: bytes
) -> None:
    rtp = oracle()
    infos = [
        rtp.RtcpReceiverInfo(
            ssrc=b.ssrc, fraction_lost=b.fraction_lost, packets_lost=b.lost,
            highest_sequence=b.highest, jitter=b.jitter, lsr=b.last_report, dlsr=b.delay,
        )
        for b in blocks
    ]  # fmt: skip
    if sending is None:
        report = rtp.RtcpRrPacket(ssrc=ssrc, reports=infos)
    else:
        info = rtp.RtcpSenderInfo(
            ntp_timestamp=sending.ntp, rtp_timestamp=sending.timestamp,
            packet_count=sending.packets, octet_count=sending.octets,
        )  # fmt: skip
        report = rtp.RtcpSrPacket(ssrc=ssrc, sender_info=info, reports=infos)
    chunk = rtp.RtcpSourceInfo(ssrc=ssrc, items=[(1, name)])
    theirs = [report, rtp.RtcpSdesPacket(chunks=[chunk]), rtp.RtcpByePacket(sources=[ssrc])]
    assert parse(b"".join(map(bytes, theirs))) == [
        ReportPacket(ssrc, sending, tuple(blocks)),
        Names(((ssrc, name),)),
        Goodbye((ssrc,)),
    ]
