"""How well a call is heard: bursts (RFC 3611), the E-model (G.107), what both ends tell."""

from __future__ import annotations

import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from firmware.media import xr
from firmware.media.emodel import opinion, rating
from firmware.media.losses import GMIN, Losses, Pattern
from firmware.media.messages import Close, Statistics
from firmware.media.rtcp import Extended, Packet, ReportPacket, RtcpError, compound, parse
from firmware.media.rtp import Arrival, Source
from tests.media.test_reports import Line, call


def call_without_packets() -> Statistics:
    bench, *_ = call()
    bench.engine.command(Close(port=1))
    (figures,) = [r for r in bench.reports() if isinstance(r, Statistics)]
    return figures


def told(fates: list[bool]) -> Pattern:
    losses = Losses()
    for came in fates:
        if came:
            losses.came(1)
        else:
            losses.missed()
    return losses.pattern()


def by_definition(fates: list[bool]) -> Pattern:
    """RFC 3611 section 4.7.2, read literally: clusters of missing packets, and the rest."""
    clusters: list[list[int]] = []
    for place in (n for n, came in enumerate(fates) if not came):
        if clusters and place - clusters[-1][-1] - 1 < GMIN:
            clusters[-1].append(place)
        else:
            clusters.append([place])
    bursts = [cluster for cluster in clusters if len(cluster) > 1]
    burst_packets = sum(cluster[-1] - cluster[0] + 1 for cluster in bursts)
    burst_missing = sum(map(len, bursts))
    return Pattern(
        runs=sum(not came and (n == 0 or fates[n - 1]) for n, came in enumerate(fates)),
        bursts=len(bursts),
        burst_packets=burst_packets,
        burst_missing=burst_missing,
        gap_packets=len(fates) - burst_packets,
        gap_missing=fates.count(False) - burst_missing,
    )


runs = st.lists(st.tuples(st.booleans(), st.integers(1, 40)), max_size=30)


@given(runs)
@example([(False, 1), (True, GMIN - 1), (False, 1)])
@example([(False, 1), (True, GMIN), (False, 1)])
@example([(True, 40), (False, 1), (True, 3)])
def test_bursts_and_gaps_are_those_of_the_definition(stretches: list[tuple[bool, int]]) -> None:
    fates = [came for came, count in stretches for _ in range(count)]
    assert told(fates) == by_definition(fates)


def test_random_loss_has_a_burst_ratio_of_one_and_loss_in_threes_more() -> None:
    dice = random.Random(5)  # noqa: S311 - a test wants the same dice each time
    scattered = [dice.random() >= 0.05 for _ in range(20_000)]
    assert told(scattered).burst_ratio == pytest.approx(1.0, abs=0.05)
    together = ([True] * 57 + [False] * 3) * 300
    assert told(together).burst_ratio == pytest.approx(3 * 0.95)
    assert told([False] * 50).burst_ratio == 1.0


@given(st.lists(st.sampled_from(["comes", "lost", "overtaken", "late"]), max_size=600))
def test_a_source_knows_each_packets_fate(fates: list[str]) -> None:
    """Packets that are overtaken came; those too late to be played are missing to the ear."""
    source, held = Source(), list[int]()
    source.arrived(7, 65_000)
    for number, fate in enumerate(fates, 65_001):
        match fate:
            case "comes":
                source.arrived(7, number & 0xFFFF)
                for other in held:
                    source.arrived(7, other & 0xFFFF)
                held.clear()
            case "overtaken" if len(held) < 8:
                held.append(number)
            case "late":
                source.arrived(7, number & 0xFFFF)
                source.discarded(number & 0xFFFF)
        if number % 50 == 0:
            source.review()
    source.review(settled=0)
    pattern = source.losses.pattern()
    assert pattern.packets == source.expected
    late = [n for n, fate in enumerate(fates) if fate == "late"]
    assert pattern.missing == source.lost + len(late)


def test_a_hole_of_a_thousand_packets_is_one_burst() -> None:
    source = Source()
    for sequence in [*range(40), *range(1040, 1100)]:
        source.arrived(7, sequence)
    source.review(settled=0)
    pattern = source.losses.pattern()
    assert (pattern.packets, pattern.missing, pattern.bursts) == (1100, 1000, 1)
    assert source.arrived(7, 1099) is Arrival.DUPLICATE


@pytest.mark.parametrize(
    ("r", "mos"), [(93.2, 4.41), (90, 4.34), (80, 4.02), (70, 3.60), (60, 3.10), (50, 2.58)]
)
def test_ratings_are_opinions_as_the_recommendation_tabulates_them(r: float, mos: float) -> None:
    """ITU-T G.107 table B.1."""
    assert opinion(r) == pytest.approx(mos, abs=0.011)


@pytest.mark.parametrize(
    ("lost", "ratio", "delay_ms", "r"),
    [
        (0.0, 1.0, 0.0, 93.2),
        (0.0, 1.0, 100.0, 93.2),
        (0.0, 1.0, 400.0, 93.2 - 24.07),
        (0.03, 1.0, 0.0, 93.2 - 95 * 3 / 28.1),
        (0.03, 2.0, 0.0, 93.2 - 95 * 3 / 26.6),
        (1.0, 1.0, 2000.0, 0.0),
    ],
)
def test_loss_and_delay_impair_as_the_model_says(
    lost: float, ratio: float, delay_ms: float, r: float
) -> None:
    """ITU-T G.107 clauses 7.4 and 7.5, with Bpl = 25.1 of G.113 appendix I."""
    assert rating(lost, ratio, delay_ms) == pytest.approx(r, abs=0.1)


byte, word = st.integers(0, 255), st.integers(0, 0xFFFF)
metrics = st.builds(
    xr.VoipMetrics, st.integers(0, 0xFFFFFFFF),
    byte, byte, byte, byte, word, word, word, word, byte, byte, byte, byte, word, word, word,
)  # fmt: skip


@given(st.lists(metrics, max_size=4))
def test_metrics_are_read_as_they_were_built(many: list[xr.VoipMetrics]) -> None:
    """RFC 3611 sections 2 and 4.7."""
    packets: list[Packet] = [ReportPacket(5), Extended(5, tuple(many))]
    assert parse(compound(*packets)) == packets


def test_the_block_has_its_fields_where_the_rfc_has_them() -> None:
    """RFC 3611 section 4.7, figure: 36 octets, the length counted in words less one."""
    heard = xr.VoipMetrics(0x01020304, 5, 6, 7, 8, 9, 10, 11, 12, 16, 93, 41, 40, 20, 60, 200)
    data = xr.block(heard)
    assert data.hex(" ", 4) == (
        "07000008 01020304 05060708 0009000a 000b000c 7f7f7f10 5d7f2928 ff000014 003c00c8"
    )


@pytest.mark.parametrize("content", ["0700", "07000009" + 32 * "00", "07000001" + 4 * "00"])
def test_extended_reports_that_contradict_themselves_are_refused(content: str) -> None:
    whole = compound(ReportPacket(5), Extended(5)) + bytes.fromhex(content)
    words = (len(bytes.fromhex(content)) + 4) // 4
    data = bytearray(whole + bytes(-len(whole) % 4))
    data[10:12] = words.to_bytes(2, "big")
    with pytest.raises(RtcpError):
        parse(bytes(data))


def test_blocks_of_other_kinds_are_passed_over() -> None:
    """RFC 3611 section 3: a receiver ignores what it does not know."""
    unknown = bytes.fromhex("63000001 deadbeef")
    data = bytearray(compound(ReportPacket(5), Extended(5)) + unknown)
    data[11] = 3
    assert parse(bytes(data)) == [ReportPacket(5), Extended(5)]


def test_each_end_knows_how_it_is_heard_at_the_other() -> None:
    line = Line(trip_s=0.060)
    line.lose = 20
    line.runs(20)
    a, b = line.a.figures(), line.b.figures()
    assert b.mos is not None
    assert b.mos == pytest.approx(opinion(rating(0.05)), abs=0.05)
    assert a.far_mos == pytest.approx(b.mos, abs=0.1)
    assert a.mos == pytest.approx(4.41, abs=0.01)
    assert a.one_way_ms == pytest.approx(60 + 50, abs=35)


def test_without_a_packet_nothing_is_rated() -> None:
    figures = call_without_packets()
    assert (figures.mos, figures.r_factor, figures.far_mos) == (None, None, None)
