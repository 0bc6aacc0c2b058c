"""All ports in one process, under virtual time: commands in, periods through, reports out."""

from __future__ import annotations

import gc
from typing import Any

import pytest
from aiortc.rtp import RtpPacket

from firmware.line.caller_message import Caller, Form, call_setup
from firmware.media.g711 import A_TO_MU, level_of
from firmware.media.messages import (
    Close,
    DataSent,
    Digit,
    Failed,
    Listen,
    Play,
    SendData,
    Statistics,
    Stop,
    VoiceLost,
    VoiceStarted,
)
from firmware.media.rtp import RtpSender
from firmware.media.tones import dtmf
from firmware.tone import Segment, ToneSpec
from tests.media.fakes import PEER, Bench, FakeRtpSocket, opened, start

DIAL = ToneSpec((Segment((450,), 0),))
CALLER = call_setup(Form.MULTIPLE, Caller("10122008", "8001"))
BEEP = ToneSpec((Segment((1000,), 100),), loop_from=None)


def voice(n: int) -> bytes:
    return bytes((n % 256,)) * 160


def call(bench: Bench, **changes: Any) -> FakeRtpSocket:
    rtp = FakeRtpSocket()
    bench.engine.command(opened(**changes), [rtp])
    return rtp


def peer() -> RtpSender:
    return RtpSender(lambda size: bytes(range(100, 100 + size)))


def parsed(rtp: FakeRtpSocket) -> list[RtpPacket]:
    return [RtpPacket.parse(data) for data, _ in rtp.sent]


def test_ports_that_do_nothing_are_silent() -> None:
    bench = Bench(ports=2, width=8)
    assert bench.engine.tick(bytes(8 * 160)) == b"\xd5" * (8 * 160)


def test_a_tone_is_heard_in_its_own_timeslot_only() -> None:
    bench = Bench(ports=3)
    bench.engine.command(Play(port=2, tone=DIAL))
    frames = b"".join(bench.engine.tick(bench.idle * 8) for _ in range(50))
    assert level_of("PCMA", frames[1::8]) == pytest.approx(-10, abs=0.2)
    for other in (0, 2, 7):
        assert set(frames[other::8]) == {0xD5}


def test_a_tone_stops_when_told_and_when_it_ends() -> None:
    bench = Bench()
    bench.engine.command(Play(port=1, tone=DIAL))
    assert bench.tick() != bench.idle
    bench.engine.command(Play(port=1))
    assert bench.tick() == bench.idle
    bench.engine.command(Play(port=1, tone=BEEP))
    assert bench.ticks(7)[800:] == b"\xd5" * 320


def test_the_voice_of_the_telephone_is_sent_as_it_was_captured() -> None:
    bench = Bench(ports=2)
    rtp = call(bench, port=2)
    for n in range(5):
        bench.tick(voice(n), port=2)
    packets = parsed(rtp)
    assert [p.payload for p in packets] == [voice(n) for n in range(5)]
    assert [p.marker for p in packets] == [1, 0, 0, 0, 0]
    assert [p.payload_type for p in packets] == [8] * 5
    first = packets[0]
    assert [p.sequence_number - first.sequence_number for p in packets] == list(range(5))
    assert [p.timestamp - first.timestamp for p in packets] == [0, 160, 320, 480, 640]
    assert {address for _, address in rtp.sent} == {PEER}


def test_the_voice_of_the_peer_is_heard_and_told_once() -> None:
    bench, sender = Bench(), peer()
    rtp = call(bench)
    for n in range(5):
        rtp.arrive(sender.packet(8, voice(n)))
        sender.advance(160)
        assert bench.tick() == voice(n)
    assert bench.reports() == [VoiceStarted(port=1, host=PEER[0], rtp_port=PEER[1])]


def test_the_other_law_is_translated_both_ways() -> None:
    bench = Bench()
    rtp = call(bench, codec="PCMU", payload_type=0)
    rtp.arrive(peer().packet(0, voice(0x7F)))
    assert (
        bench.tick(voice(0x34))
        == voice(0x7F).translate(
            bytes(A_TO_MU.index(n) if n in A_TO_MU else 0 for n in range(256))
        )
        or bench.idle
    )
    assert parsed(rtp)[0].payload == voice(0x34).translate(A_TO_MU)


def test_a_peer_that_sends_the_other_law_unasked_is_understood() -> None:
    bench = Bench(law="PCMU")
    rtp = call(bench, codec="PCMU", payload_type=0)
    rtp.arrive(peer().packet(8, voice(0x34)))
    assert bench.tick() == voice(0x34).translate(A_TO_MU)


def test_a_tone_covers_the_voice_of_the_peer_which_stays_in_time() -> None:
    bench, sender = Bench(), peer()
    rtp = call(bench)
    bench.engine.command(Play(port=1, tone=DIAL))
    heard = []
    for n in range(10):
        rtp.arrive(sender.packet(8, voice(n)))
        sender.advance(160)
        if n == 5:
            bench.engine.command(Play(port=1))
        heard.append(bench.tick())
    assert voice(4) not in heard
    assert heard[5:] == [voice(n) for n in range(5, 10)]


def test_a_held_call_neither_sends_nor_is_heard_and_time_goes_on() -> None:
    bench, sender = Bench(), peer()
    rtp = call(bench)
    bench.tick(voice(1))
    bench.engine.command(opened(sends=False, receives=False))
    for _ in range(10):
        rtp.arrive(sender.packet(8, voice(9)))
        sender.advance(160)
        assert bench.tick(voice(2)) == bench.idle
    bench.engine.command(opened())
    bench.tick(voice(3))
    before, after = parsed(rtp)
    assert after.timestamp - before.timestamp == 11 * 160
    assert after.sequence_number - before.sequence_number == 1
    assert after.marker == 1


def test_digits_are_told_over_a_dial_tone() -> None:
    bench = Bench()
    bench.engine.command(Play(port=1, tone=DIAL))
    bench.engine.command(Listen(port=1, on=True))
    bench.say(dtmf("8", 80, "PCMA") + bench.idle * 4)
    assert bench.reports() == [Digit(port=1, digit="8", duration_ms=0)]


def test_nothing_is_decoded_unless_told_to_listen() -> None:
    bench = Bench()
    bench.say(dtmf("8", 80, "PCMA") + bench.idle * 4)
    bench.engine.command(Listen(port=1, on=True))
    bench.engine.command(Listen(port=1, on=False))
    bench.say(dtmf("8", 80, "PCMA") + bench.idle * 4)
    assert bench.reports() == []


def test_a_digit_in_a_call_goes_out_as_an_event_and_not_as_sound() -> None:
    bench = Bench()
    rtp = call(bench)
    bench.engine.command(Listen(port=1, on=True))
    bench.say(bench.idle * 2 + dtmf("5", 120, "PCMA") + bench.idle * 10)
    packets = parsed(rtp)
    events = [p for p in packets if p.payload_type == 101]
    sound = [p for p in packets if p.payload_type == 8]
    assert {p.payload[0] for p in events} == {5}
    assert [bool(p.payload[1] & 0x80) for p in events][-4:] == [False, True, True, True]
    assert events[0].marker == 1
    assert len({p.timestamp for p in events}) == 1
    duration = int.from_bytes(events[-1].payload[2:], "big")
    assert 800 <= duration <= 1280
    assert {p.payload for p in sound} == {bench.idle}, "nothing of the digit is heard"
    numbers = [p.sequence_number for p in packets]
    assert numbers == list(range(numbers[0], numbers[0] + len(packets)))
    assert sound[-1].timestamp - packets[0].timestamp == (len(packets) - 1) * 160
    assert Digit(port=1, digit="5", duration_ms=0) in bench.reports()


def test_without_telephone_events_the_digit_goes_out_as_sound() -> None:
    bench = Bench()
    rtp = call(bench, event_tx=None)
    bench.engine.command(Listen(port=1, on=True))
    sound = dtmf("5", 120, "PCMA")
    bench.say(sound)
    assert b"".join(p.payload for p in parsed(rtp)) == sound


def test_an_event_of_the_peer_is_told_once_and_sounds_in_the_telephone() -> None:
    bench, sender = Bench(), peer()
    rtp = call(bench)
    rtp.arrive(sender.packet(8, bench.idle))
    bench.tick()
    for duration, flags in ((160, 10), (320, 10), (480, 0x8A), (480, 0x8A), (480, 0x8A)):
        payload = bytes((9, flags)) + duration.to_bytes(2, "big")
        rtp.arrive(sender.packet(101, payload, marker=duration == 160))
    heard = bench.ticks(10)
    digits = [r for r in bench.reports() if isinstance(r, Digit)]
    assert digits == [Digit(port=1, digit="9", duration_ms=0, source="rtp")]
    assert heard[:800] == dtmf("9", 100, "PCMA")
    assert heard[1000:] == b"\xd5" * 600


def test_a_key_right_after_the_last_sequence_number_is_no_voice() -> None:
    """Voice that goes on as expected is not looked at: its numbers must not run over into the
    payload type, where the next one is that of keys."""
    bench, sender = Bench(), peer()
    rtp = call(bench, event_rx=9)
    sender.sequence = 0xFFFC
    for n in range(4):
        rtp.arrive(sender.packet(8, voice(n)))
        sender.advance(160)
        bench.tick()
    rtp.arrive(sender.packet(9, bytes((5, 10, 0, 160)), marker=True))
    bench.tick()
    assert [r.digit for r in bench.reports() if isinstance(r, Digit)] == ["5"]


def test_caller_id_is_sent_once_and_its_end_is_told() -> None:
    bench = Bench()
    bench.engine.command(SendData(port=1, message=CALLER, tag=7))
    heard = bench.ticks(60)
    assert level_of("PCMA", heard[1600:3200]) == pytest.approx(-13.5, abs=2)
    assert heard[-1600:] == b"\xd5" * 1600
    assert bench.reports() == [DataSent(port=1, tag=7)]


def test_caller_id_is_cut_off_when_the_telephone_is_answered() -> None:
    bench = Bench()
    bench.engine.command(SendData(port=1, message=CALLER, tag=7))
    bench.ticks(10)
    bench.engine.command(Play(port=1))
    assert bench.ticks(60) == bench.idle * 60
    assert bench.reports() == []


def test_a_marked_packet_of_payload_type_0_is_known_as_marked() -> None:
    bench, sender = Bench(law="PCMU"), peer()
    rtp = call(bench, codec="PCMU", payload_type=0)
    for n in range(20):
        if n < 5 or n >= 15:
            rtp.arrive(sender.packet(0, voice(n), marker=n == 15))
        sender.advance(160)
        bench.tick()
    bench.engine.command(Close(port=1))
    final = bench.reports()[-1]
    assert isinstance(final, Statistics)
    assert (final.underruns, final.received) == (0, 10)


def test_a_caller_that_cannot_be_shown_is_told_at_once() -> None:
    bench = Bench()
    bench.engine.command(SendData(port=1, modem="pigeon", message=CALLER, tag=7))
    failed, shown = bench.reports()
    assert isinstance(failed, Failed)
    assert "port 1: caller ID: 'pigeon' is none of bell202, v23, ntt" in failed.reason
    assert shown == DataSent(port=1, tag=7, taken=False)


def test_statistics_come_every_five_seconds_and_at_the_end() -> None:
    bench, sender = Bench(), peer()
    rtp = call(bench)
    for n in range(250):
        if n != 7:
            rtp.arrive(sender.packet(8, voice(n)))
        else:
            sender.packet(8, b"")
        sender.advance(160)
        bench.tick()
    (figures,) = [r for r in bench.reports() if isinstance(r, Statistics)]
    assert (figures.sent, figures.received, figures.lost) == (250, 249, 1)
    assert not figures.final
    bench.engine.command(Close(port=1))
    assert rtp.closed
    (final,) = bench.reports()
    assert isinstance(final, Statistics)
    assert final.final
    assert bench.tick() == bench.idle


def test_silence_of_the_peer_is_told_and_its_return_as_well() -> None:
    bench, sender = Bench(), peer()
    rtp = call(bench)
    rtp.arrive(sender.packet(8, voice(1)))
    bench.ticks(3010)
    lost = [r.silent_s for r in bench.reports() if isinstance(r, VoiceLost)]
    assert lost == [2.0, 10.0, 30.0]
    rtp.arrive(sender.packet(8, voice(1)))
    bench.tick()
    assert VoiceStarted(port=1, host=PEER[0], rtp_port=PEER[1]) in bench.reports()


def test_a_new_source_is_heard_at_once() -> None:
    bench, sender = Bench(), peer()
    rtp = call(bench)
    for n in range(5):
        rtp.arrive(sender.packet(8, voice(n)))
        sender.advance(160)
        bench.tick()
    other = RtpSender(lambda size: bytes(range(7, 7 + size)))
    rtp.arrive(other.packet(8, voice(77)))
    assert bench.tick() == voice(77)


def test_strangers_and_nonsense_are_counted_and_not_heard() -> None:
    bench, sender = Bench(), peer()
    rtp = call(bench)
    rtp.arrive(sender.packet(8, voice(1)), ("198.51.100.1", PEER[1]))
    rtp.arrive(sender.packet(96, voice(1)))
    rtp.arrive(b"\x00" * 172)
    rtp.arrive(b"x")
    assert bench.tick() == bench.idle
    bench.engine.command(Close(port=1))
    (final,) = bench.reports()
    assert isinstance(final, Statistics)
    assert (final.received, final.rejected) == (0, 3)


def test_a_socket_that_fails_costs_a_packet_and_nothing_more() -> None:
    bench = Bench()
    rtp = call(bench)
    rtp.broken = ConnectionRefusedError(111, "refused")
    bench.tick()
    rtp.broken = None
    bench.tick()
    assert len(rtp.sent) == 1


def test_no_more_than_16_packets_are_taken_a_tick() -> None:
    bench, sender = Bench(), peer()
    rtp = call(bench)
    for n in range(40):
        rtp.arrive(sender.packet(8, voice(n)))
    bench.tick()
    assert len(rtp.inbox) == 24


def test_packets_of_10_ms_do_not_pile_up() -> None:
    bench, sender = Bench(), peer()
    rtp = call(bench)
    heard = b""
    for n in range(100):
        for half in (0, 1):
            rtp.arrive(sender.packet(8, bytes((2 * n + half,)) * 80))
            sender.advance(80)
        heard += bench.tick()
    assert len(rtp.inbox) <= 2
    assert heard.lstrip(b"\xd5") == b"".join(bytes((n,)) * 80 for n in range(198))


def test_a_burst_after_a_gap_is_taken_whole() -> None:
    bench, sender = Bench(), peer()
    rtp = call(bench)
    for n in range(40):
        if n not in (20, 21, 22):
            for _ in range(4 if n == 23 else 1):
                rtp.arrive(sender.packet(8, voice(n)))
                sender.advance(160)
        bench.tick()
        assert not rtp.inbox


def test_a_second_socket_takes_the_place_of_the_first() -> None:
    bench = Bench()
    first, second = call(bench), call(bench)
    bench.tick()
    assert first.closed
    assert len(second.sent) == 1


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"port": 9}, "Open: port 9: no such port"),
        ({"codec": "G723"}, "Open: codec G723: only PCMA"),
        ({"host": "sbc.example.com"}, "Open: 'sbc.example.com' is not an IP address"),
    ],
)
def test_what_cannot_be_opened_is_told_and_its_socket_closed(
    changes: dict[str, object], reason: str
) -> None:
    bench = Bench()
    rtp = call(bench, **changes)
    (failed,) = bench.reports()
    assert isinstance(failed, Failed)
    assert failed.reason.startswith(reason)
    assert not failed.fatal
    assert rtp.closed


def test_an_open_without_a_socket_changes_a_call_or_is_refused() -> None:
    bench = Bench()
    bench.engine.command(opened())
    (failed,) = bench.reports()
    assert isinstance(failed, Failed)
    assert "no RTP socket came with it" in failed.reason


def test_stop_closes_all_calls() -> None:
    bench = Bench(ports=2)
    sockets = [call(bench, port=1), call(bench, port=2)]
    bench.engine.command(Stop())
    assert bench.engine.stopped
    assert [s.closed for s in sockets] == [True, True]


def test_a_second_start_is_refused() -> None:
    bench = Bench()
    bench.engine.command(start())
    (failed,) = bench.reports()
    assert failed == Failed(reason="Start: media runs already")


def test_calls_leave_no_reference_cycles_for_a_collector_that_is_off() -> None:
    bench, sender = Bench(), peer()

    def one_call() -> None:
        rtp = call(bench)
        bench.engine.command(Listen(port=1, on=True))
        rtp.arrive(sender.packet(8, voice(1)))
        bench.say(dtmf("1", 60, "PCMA") + bench.idle * 6)
        bench.engine.command(Listen(port=1, on=False))
        bench.engine.command(Close(port=1))
        bench.reports()

    one_call()
    gc.collect()
    gc.disable()
    try:
        for _ in range(20):
            one_call()
        assert gc.collect() == 0
    finally:
        gc.enable()
