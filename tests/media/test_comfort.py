"""Comfort noise (RFC 3389): a silent peer is heard as faint noise, as loud as it says."""

from __future__ import annotations

import pytest

from firmware.media.comfort import ComfortNoise
from firmware.media.g711 import FULL_SCALE_DBM0, level_of
from firmware.media.rtp import RtpSender
from tests.media.fakes import Bench, FakeRtpSocket, opened

LAWS = ("PCMA", "PCMU")


def voice(n: int) -> bytes:
    return bytes((n,)) * 160


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("level", [30, 40, 50, 60])
def test_noise_has_the_level_that_was_asked_for(law: str, level: int) -> None:
    noise = ComfortNoise(law, bytes((level,)))
    heard = b"".join(noise.take(160) for _ in range(100))
    assert level_of(law, heard) == pytest.approx(FULL_SCALE_DBM0[law] + 3 - level, abs=1)


@pytest.mark.parametrize("law", LAWS)
def test_nobody_can_ask_for_a_roar(law: str) -> None:
    roar = ComfortNoise(law, bytes((0,))).take(160)
    assert roar == ComfortNoise(law, bytes((30,))).take(160)


@pytest.mark.parametrize(("law", "idle"), [("PCMA", 0xD5), ("PCMU", 0xFF)])
@pytest.mark.parametrize("payload", [b"", b"\x47", b"\x7f", b"\xff\x01"])
def test_the_faintest_noise_is_silence(law: str, idle: int, payload: bytes) -> None:
    assert ComfortNoise(law, payload).take(160) == bytes((idle,)) * 160


def test_noise_is_heard_after_the_voice_until_voice_comes_again() -> None:
    bench, rtp = Bench(), FakeRtpSocket()
    sender = RtpSender(lambda size: bytes(range(100, 100 + size)))
    bench.engine.command(opened(), [rtp])
    rtp.arrive(sender.packet(8, voice(1)))
    assert bench.tick() == voice(1)
    sender.advance(160)
    rtp.arrive(sender.packet(13, bytes((45,))))
    silent = [bench.tick() for _ in range(50)]
    assert len(set(silent)) == 50, "not the same again and again"
    assert level_of("PCMA", b"".join(silent)) == pytest.approx(-39, abs=1)
    sender.advance(50 * 160)
    rtp.arrive(sender.packet(8, voice(2), marker=True))
    assert bench.tick() == voice(2)


def test_a_peer_that_is_noise_from_the_beginning_is_heard_too() -> None:
    bench, rtp = Bench(), FakeRtpSocket()
    bench.engine.command(opened(), [rtp])
    rtp.arrive(RtpSender(bytes).packet(13, bytes((45,))))
    assert bench.tick() != bench.idle


def test_who_is_held_hears_no_noise() -> None:
    bench, rtp = Bench(), FakeRtpSocket()
    bench.engine.command(opened(receives=False), [rtp])
    rtp.arrive(RtpSender(bytes).packet(13, bytes((45,))))
    assert bench.ticks(3) == bench.idle * 3
