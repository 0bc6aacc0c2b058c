"""What leaves: packets of every length, comfort noise, the hook flash, RTCP by RTP's port."""

from __future__ import annotations

import audioop
import math
from array import array
from collections.abc import Callable

import pytest
from aiortc.rtp import RtpPacket

from firmware.media.comfort import ComfortNoise
from firmware.media.g711 import from_linear, level_of, to_linear
from firmware.media.hush import HANGOVER, Hush
from firmware.media.messages import Digit, Flash, Listen, Sound, Statistics
from firmware.media.rtcp import ReportPacket, parse
from firmware.media.tones import dtmf
from tests.media.fakes import PEER, Bench, FakeRtcpSocket, FakeRtpSocket, opened
from tests.media.test_engine import call, parsed

LAW = "PCMA"
SILENCE = b"\xd5" * 160


def period(n: int) -> bytes:
    """A period whose every byte can be told from its neighbours."""
    return bytes((n * 7 + k) % 256 for k in range(160))


def said(bench: Bench, periods: int) -> bytes:
    everything = b"".join(map(period, range(periods)))
    bench.say(everything)
    return everything


@pytest.mark.parametrize("ptime_ms", [10, 20, 30, 40, 50, 60])
def test_packets_have_the_length_that_was_agreed_on_and_lose_nothing(ptime_ms: int) -> None:
    """RFC 3551 section 4.2, RFC 4566 section 6 (ptime)."""
    bench = Bench()
    rtp = call(bench, ptime_ms=ptime_ms)
    everything = said(bench, 30)
    packets, size = parsed(rtp), ptime_ms * 8
    assert [len(p.payload) for p in packets] == [size] * (30 * 160 // size)
    assert b"".join(p.payload for p in packets) == everything[: len(packets) * size]
    first = packets[0]
    for place, packet in enumerate(packets):
        assert packet.timestamp == (first.timestamp + place * size) % 2**32
        assert packet.sequence_number == (first.sequence_number + place) % 2**16
        assert packet.marker == (place == 0)


def test_a_new_length_begins_with_the_next_period() -> None:
    bench = Bench()
    rtp = call(bench, ptime_ms=30)
    bench.say(period(0))
    bench.engine.command(opened(ptime_ms=20))
    bench.say(period(1))
    (packet,) = parsed(rtp)
    assert packet.payload == period(1)
    assert packet.timestamp == int.from_bytes(bytes(range(3, 7)), "big") + 160


def test_samples_that_waited_for_their_packet_do_not_follow_a_hold() -> None:
    bench = Bench()
    rtp = call(bench, ptime_ms=60)
    bench.say(period(0))
    for sends in (False, True):
        bench.engine.command(opened(ptime_ms=60, sends=sends))
        bench.say(period(1) * 3)
    (packet,) = parsed(rtp)
    assert packet.payload == period(1) * 3


def noise(level_dbm0: float, ticks: int) -> list[bytes]:
    source = ComfortNoise(LAW, bytes((round(6.15 - level_dbm0),)))
    return [source.take(160) for _ in range(ticks)]


def tone(level_dbm0: float) -> bytes:
    peak = 32768 * 10 ** ((level_dbm0 - 3.14) / 20)
    wave = array("h", (round(peak * math.sin(math.tau * n / 20)) for n in range(160)))
    return from_linear(LAW, wave.tobytes())


def silent_after(hush: Hush, periods: list[bytes]) -> int | None:
    """The period from which on nothing is sent; None: everything is."""
    silent = [n for n, one in enumerate(periods) if hush.feed(one)]
    return silent[0] if silent else None


@pytest.mark.parametrize("level", [-50.0, -60.0, -70.0])
def test_the_noise_of_a_room_is_silence_after_a_moment(level: float) -> None:
    assert silent_after(Hush(LAW), noise(level, 100)) == HANGOVER - 1


def test_voice_above_the_noise_is_sent_and_what_follows_it_too() -> None:
    hush = Hush(LAW)
    assert silent_after(hush, noise(-55, 50)) is not None
    assert silent_after(hush, [tone(-30)] * 50) is None
    assert silent_after(hush, noise(-55, 50)) == HANGOVER - 1


def test_a_loud_room_is_heard_rather_than_cut() -> None:
    assert silent_after(Hush(LAW), noise(-38, 200)) is None


def test_silence_is_told_once_and_voice_begins_with_a_marker() -> None:
    """RFC 3389 section 3, RFC 3551 section 4.1 (marker after a pause)."""
    bench = Bench()
    rtp = call(bench, comfort_noise=True)
    room = noise(-55, 200)
    for one in [*room, tone(-20), tone(-20)]:
        bench.tick(one)
    packets = parsed(rtp)
    kinds = [p.payload_type for p in packets]
    assert kinds == [8] * (HANGOVER - 1) + [13] + [8, 8]
    told = packets[HANGOVER - 1]
    assert told.payload[0] in {61, 62}, "-55 dBm0 are 61 dB below overload"
    assert not told.marker
    assert packets[-2].marker
    assert packets[-2].timestamp - told.timestamp == (200 - HANGOVER + 1) * 160
    assert [p.sequence_number - packets[0].sequence_number for p in packets] == list(
        range(len(packets))
    )


def test_a_room_that_gets_louder_is_told_again() -> None:
    bench = Bench()
    rtp = call(bench, comfort_noise=True)
    for one in [*noise(-65, 50), *noise(-58, 400)]:
        bench.tick(one)
    levels = [p.payload[0] for p in parsed(rtp) if p.payload_type == 13]
    assert levels[0] == 71
    assert levels[-1] <= 67
    assert len(levels) <= 4


def test_comfort_noise_that_we_send_sounds_as_the_room_does() -> None:
    hush = Hush(LAW)
    for one in noise(-55, 50):
        hush.feed(one)
    level = hush.news()
    assert level is not None
    played = b"".join(ComfortNoise(LAW, bytes((level,))).take(160) for _ in range(50))
    assert level_of(LAW, played) == pytest.approx(-55, abs=1.0)


def test_the_hook_flash_is_event_16() -> None:
    bench = Bench()
    rtp = call(bench)
    bench.engine.command(Flash(port=1))
    bench.ticks(8)
    events = [p for p in parsed(rtp) if p.payload_type == 101]
    assert [p.payload[0] for p in events] == [16] * 4
    assert [p.payload[1] >> 7 for p in events] == [0, 1, 1, 1]


def test_without_events_a_flash_is_nothing() -> None:
    bench = Bench()
    rtp = call(bench, event_tx=None)
    bench.engine.command(Flash(port=1))
    bench.ticks(3)
    assert [p.payload_type for p in parsed(rtp)] == [8, 8, 8]


def test_digits_that_signalling_tells_are_neither_sound_nor_events() -> None:
    bench = Bench()
    rtp = call(bench, event_tx=None, mutes_digits=True)
    bench.engine.command(Listen(port=1, on=True))
    bench.say(dtmf("5", 160, LAW) + SILENCE * 4)
    loud = [p for p in parsed(rtp) if level_of(LAW, p.payload) > -30]
    assert len(loud) <= 1, "until it is recognised"
    assert {p.payload_type for p in parsed(rtp)} == {8}


def with_reports(
    clock: Callable[[], float], seed: int = 1, **changes: object
) -> tuple[Bench, FakeRtpSocket]:
    bench, rtp = Bench(wall_clock=clock, seed=seed), FakeRtpSocket()
    bench.engine.command(opened(**changes), [rtp, FakeRtcpSocket(clock)])
    return bench, rtp


def rtcp_in(rtp: FakeRtpSocket) -> list[bytes]:
    return [data for data, _ in rtp.sent if 192 <= data[1] <= 223]


def test_reports_share_the_port_of_voice_where_that_was_agreed() -> None:
    """RFC 5761 sections 4 and 5.1.1, fault C21."""
    bench, rtp = with_reports(lambda: 1e9, rtcp_mux=True)
    far, far_rtp = with_reports(lambda: 1e9, seed=2, rtcp_mux=True)
    for _ in range(700):
        bench.tick()
        far.tick()
        for one, other in ((rtp, far_rtp), (far_rtp, rtp)):
            for data, _address in one.sent:
                other.arrive(data, PEER)
        sent = rtcp_in(rtp)
        rtp.sent.clear()
        far_rtp.sent.clear()
        if sent:
            assert isinstance(parse(sent[0])[0], ReportPacket)
    figures = [r for r in far.reports() if isinstance(r, Statistics)][-1]
    assert figures.far_lost == 0
    assert figures.rejected == 0


def test_reports_by_the_port_of_voice_are_no_voice_where_it_was_not_agreed() -> None:
    """Fault C21: RTCP on the port of RTP, and no rtcp-mux."""
    bench, rtp = with_reports(lambda: 1e9)
    for _ in range(250):
        rtp.arrive(bytes.fromhex("80c80006 00000001") + bytes(20))
        bench.tick()
    (figures,) = [r for r in bench.reports() if isinstance(r, Statistics)]
    assert (figures.received, figures.rejected, figures.rtt_ms) == (0, 250, None)
    assert rtcp_in(rtp) == []


def test_packets_of_any_kind_are_those_of_another_implementation() -> None:
    bench = Bench()
    rtp = call(bench, ptime_ms=30, comfort_noise=True)
    for one in [*noise(-60, 40), tone(-20), tone(-20), tone(-20)]:
        bench.tick(one)
    for data, _ in rtp.sent:
        assert RtpPacket.parse(data).serialize() == data


@pytest.mark.parametrize("events", [None, 101])
def test_a_digit_of_the_far_end_that_the_hybrid_reflects_is_not_ours(events: int | None) -> None:
    """It was told back to the far end, which heard its own key a moment later."""
    bench = Bench()
    rtp = call(bench, event_tx=events, event_rx=events, mutes_digits=events is None)
    bench.engine.command(Listen(port=1, on=True))
    bench.engine.command(Sound(port=1, digit="9"))
    echo = SILENCE
    for _ in range(30):
        heard = bench.tick(echo)
        echo = from_linear(LAW, audioop.mul(to_linear(LAW, heard), 2, 0.3))
    assert not [r for r in bench.reports() if isinstance(r, Digit)]
    assert {p.payload_type for p in parsed(rtp)} == {8}
    bench.say(dtmf("5", 100, LAW) + SILENCE * 4)
    assert [r.digit for r in bench.reports() if isinstance(r, Digit)] == ["5"]
