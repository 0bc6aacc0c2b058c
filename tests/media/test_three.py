"""Three talk: what each of them hears, when one leaves, and when it is loud."""

from __future__ import annotations

import audioop

import pytest

from drivers.sim.spectrum import tone_level_and_snr
from firmware.media.messages import Close, Listen
from firmware.media.rtp import RtpSender
from firmware.media.tones import Player, dtmf, render
from firmware.tone import Segment, ToneSpec
from tests.media.fakes import Bench, FakeRtpSocket, opened


class Far:
    """A far end that sounds a tone, and remembers what it gets."""

    def __init__(self, hz: int, seed: int, level: float = -10.0) -> None:
        self.rtp = FakeRtpSocket()
        self.sender = RtpSender(lambda size: bytes(range(seed, seed + size)))
        self.player = Player(render(ToneSpec((Segment((hz,), 0, level),)), "PCMA"))

    def speaks(self) -> None:
        self.rtp.arrive(self.sender.packet(8, self.player.next()))
        self.sender.advance(160)

    def hears(self, hz: int, last: int = 20) -> float:
        """Level of that tone in its last packets, in dBm0."""
        got = b"".join(data[12:] for data, _ in self.rtp.sent[-last:])
        return tone_level_and_snr(audioop.alaw2lin(got, 2), hz).level_dbm0


def three(bench: Bench, a: Far, b: Far) -> None:
    bench.engine.command(opened(call=1), [a.rtp])
    bench.engine.command(opened(call=2, joined=True), [b.rtp])


def talk(bench: Bench, periods: int, *far: Far, hz: int = 660) -> bytes:
    mouth = Player(render(ToneSpec((Segment((hz,), 0),)), "PCMA"))
    heard = b""
    for _ in range(periods):
        for one in far:
            one.speaks()
        heard += bench.tick(mouth.next())
    return heard


def test_each_hears_the_other_two_at_their_level_and_not_himself() -> None:
    bench, a, b = Bench(), Far(1000, 1), Far(1400, 50)
    three(bench, a, b)
    heard = audioop.alaw2lin(talk(bench, 50, a, b)[-3200:], 2)
    for hz in (1000, 1400):
        assert tone_level_and_snr(heard, hz).level_dbm0 == pytest.approx(-10, abs=0.5)
    for far, others, own in ((a, (660, 1400), 1000), (b, (660, 1000), 1400)):
        for hz in others:
            assert far.hears(hz) == pytest.approx(-10, abs=0.5)
        assert far.hears(own) < -45


def test_who_stays_is_heard_on_without_a_gap_whoever_leaves() -> None:
    for leaver in (1, 2):
        bench, a, b = Bench(), Far(1000, 1), Far(1400, 50)
        three(bench, a, b)
        talk(bench, 30, a, b)
        stays = b if leaver == 1 else a
        before = len(stays.rtp.sent)
        bench.engine.command(Close(port=1, call=leaver))
        heard = audioop.alaw2lin(talk(bench, 30, stays)[-3200:], 2)
        assert len(stays.rtp.sent) == before + 30
        hz = 1400 if leaver == 1 else 1000
        assert tone_level_and_snr(heard, hz).level_dbm0 == pytest.approx(-10, abs=0.5)
        assert stays.hears(660) == pytest.approx(-10, abs=0.5)
        assert [far.rtp.closed for far in (a, b)] == [leaver == 1, leaver == 2]
        bench.engine.command(Close(port=1))
        assert stays.rtp.closed


def test_two_at_full_scale_are_cut_off_and_do_not_wrap() -> None:
    bench, a, b = Bench(), Far(1000, 1, 3.0), Far(1000, 50, 3.0)
    three(bench, a, b)
    heard = audioop.alaw2lin(talk(bench, 50, a, b)[-3200:], 2)
    level = tone_level_and_snr(heard, 1000)
    assert 3.3 < level.level_dbm0 < 5.5, "between a sine and a square wave of full scale"
    assert audioop.max(heard, 2) >= 32000


def test_a_key_goes_to_both_as_an_event_and_a_change_to_its_own() -> None:
    bench, a, b = Bench(), Far(1000, 1), Far(1400, 50)
    three(bench, a, b)
    bench.engine.command(Listen(port=1, on=True))
    bench.say(dtmf("5", 100, "PCMA") + bench.idle * 10)
    for far in (a, b):
        assert {data[1] & 0x7F for data, _ in far.rtp.sent} == {8, 101}
    bench.engine.command(opened(call=2, joined=True, sends=False, receives=False))
    before = len(b.rtp.sent)
    heard = audioop.alaw2lin(talk(bench, 50, a, b)[-3200:], 2)
    assert len(b.rtp.sent) == before
    assert tone_level_and_snr(heard, 1400).level_dbm0 < -45, "he is held"
    assert tone_level_and_snr(heard, 1000).level_dbm0 == pytest.approx(-10, abs=0.5)


def test_what_joins_nothing_is_a_call_like_any_other() -> None:
    bench, a = Bench(), Far(1000, 1)
    bench.engine.command(opened(call=2, joined=True), [a.rtp])
    talk(bench, 10, a)
    assert len(a.rtp.sent) == 10
    bench.engine.command(Close(port=1, call=2))
    assert a.rtp.closed
