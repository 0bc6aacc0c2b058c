"""Calls by other codecs in the engine: payloads, timestamps, lengths, events of another clock."""

from __future__ import annotations

import itertools

import pytest
from aiortc.rtp import RtpPacket

from firmware.media.coding import Cutter, Timeline
from firmware.media.g711 import level_of
from firmware.media.library_codecs import G726
from firmware.media.messages import Digit, Hire, Listen, Statistics
from firmware.media.rtp import RtpSender
from firmware.media.telephone_event import EventReceiver, EventSender
from firmware.media.tones import Player, dtmf, render
from firmware.tone import Segment, ToneSpec
from tests.helper import BenchBeside
from tests.media.fakes import Bench, FakeRtpSocket, opened

TONE = ToneSpec((Segment((440,), 0),))


def call(bench: Bench, **changes: object) -> FakeRtpSocket:
    rtp = FakeRtpSocket()
    bench.engine.command(opened(**changes), [rtp])
    return rtp


def parsed(rtp: FakeRtpSocket) -> list[RtpPacket]:
    return [RtpPacket.parse(data) for data, _ in rtp.sent]


def helped(law: str = "PCMA") -> Bench:
    bench = Bench(law=law)
    bench.engine.command(Hire(), [BenchBeside(law)])  # type: ignore[list-item] # its part of one
    return bench


@pytest.mark.parametrize(("ptime", "sizes"), [(20, 80), (10, 40), (60, 240), (30, 120)])
def test_packets_of_g726_have_the_length_that_the_peer_wishes(ptime: int, sizes: int) -> None:
    """RFC 3551 section 4.5.4: half an octet a sample; timestamps count samples."""
    bench = Bench()
    rtp = call(bench, codec="G726-32", payload_type=97, ptime_ms=ptime)
    bench.ticks(12)
    packets = parsed(rtp)
    assert {len(p.payload) for p in packets} == {sizes}
    assert {p.payload_type for p in packets} == {97}
    steps = {(b.timestamp - a.timestamp) & 0xFFFFFFFF for a, b in itertools.pairwise(packets)}
    assert steps == {ptime * 8}
    assert [p.marker for p in packets] == [1] + [0] * (len(packets) - 1)


def test_voice_by_g726_is_heard_under_our_number_and_g711_beside_it() -> None:
    bench, far, sender = Bench(), G726("PCMA", "G726-32"), RtpSender(bytes)
    rtp = call(bench, codec="G726-32", payload_type=97, payload_type_rx=96)
    player, heard = Player(render(TONE, "PCMA")), b""
    for n in range(60):
        said = player.next()
        plain = n >= 30
        rtp.arrive(sender.packet(8 if plain else 96, said if plain else far.encode(said)))
        sender.advance(160)
        heard += bench.tick()
    assert level_of("PCMA", heard[1600:4000]) == pytest.approx(-10, abs=0.3)
    assert level_of("PCMA", heard[-1600:]) == pytest.approx(-10, abs=0.3)
    bench.ticks(250)
    last = [r for r in bench.reports() if isinstance(r, Statistics)][-1]
    assert (last.received, last.rejected, last.underruns) == (60, 0, 0)


def test_opus_counts_by_48_khz_and_leaves_a_period_later() -> None:
    """RFC 7587 section 4.1."""
    bench = helped()
    rtp = call(bench, codec="opus", payload_type=107, ptime_ms=20)
    bench.tick()
    assert not rtp.sent
    bench.ticks(5)
    packets = parsed(rtp)
    assert len(packets) == 5
    steps = [(b.timestamp - a.timestamp) & 0xFFFFFFFF for a, b in itertools.pairwise(packets)]
    assert steps == [960] * 4


@pytest.mark.parametrize(("rate", "step"), [(48000, 960), (8000, 160)])
def test_a_digit_beside_opus_is_measured_by_the_clock_of_its_events(rate: int, step: int) -> None:
    """RFC 4733 section 2.3.5; its timestamp is that of the stream in any case."""
    bench = helped()
    rtp = call(bench, codec="opus", payload_type=107, event_tx=110, event_rate=rate)
    bench.engine.command(Listen(port=1, on=True))
    bench.say(dtmf("5", 100, "PCMA") + bench.idle * 10)
    events = [p for p in parsed(rtp) if p.payload_type == 110]
    assert len({p.timestamp for p in events}) == 1
    durations = [int.from_bytes(p.payload[2:4], "big") for p in events]
    assert durations[0] == step
    assert durations[-1] in range(4 * step, 7 * step)
    assert [d for d in bench.reports() if isinstance(d, Digit)]


def test_a_long_event_of_a_fast_clock_goes_on_in_segments_and_is_one_digit() -> None:
    """RFC 4733 section 2.5.1.3: 65 535 units of 48 kHz are 1.4 s."""
    sender, receiver = EventSender(), EventReceiver()
    sender.step = receiver.step = 960
    sender.press("7")
    digits, sequence = [], 0
    for period in range(200):
        if period == 190:
            sender.release()
        if not sender.busy:
            break
        for packet in sender.packets(1000 + 960 * period):
            sequence += 1
            digits.append(
                receiver.feed(
                    packet.payload,
                    ssrc=1,
                    timestamp=packet.timestamp,
                    sequence=sequence,
                    marker=packet.marker,
                    newest=True,
                )
            )
        receiver.tick()
    assert [d for d in digits if d] == ["7"]


def test_a_timeline_goes_on_where_timestamps_of_a_fast_clock_wrap() -> None:
    line = Timeline(48000)
    places = [line.samples(0xFFFFFFFF - 960 * 2 + 960 * n & 0xFFFFFFFF) for n in range(5)]
    assert [b - a for a, b in itertools.pairwise(places)] == [160] * 4
    assert line.samples(0xFFFFFFFF - 960 & 0xFFFFFFFF) == places[1], "one that was overtaken"


def test_a_pause_begins_another_packet() -> None:
    cutter = Cutter("G726-32", 40)
    assert cutter.cut(1000, bytes(80)) == []
    assert cutter.cut(1160, bytes(80)) == [(1000, bytes(160))]
    assert cutter.cut(1320, bytes(80)) == []
    assert cutter.cut(5000, b"\x01" * 80) == []
    assert cutter.cut(5160, b"\x01" * 80) == [(5000, b"\x01" * 160)]


def test_a_call_may_change_its_codec_and_back() -> None:
    bench = helped()
    rtp = call(bench)
    bench.ticks(3)
    for codec, kind in (("G722", 9), ("G726-32", 96), ("PCMA", 8)):
        bench.engine.command(opened(codec=codec, payload_type=kind))
        before = len(rtp.sent)
        bench.ticks(4)
        kinds = {p.payload_type for p in parsed(rtp)[before:]}
        assert kinds == {kind}
    stamps = [p.timestamp for p in parsed(rtp)]
    assert stamps == sorted(stamps)
