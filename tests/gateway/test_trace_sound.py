"""The recordings of a bundle: every codec that a call may have is heard (U3)."""

from __future__ import annotations

import audioop
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from drivers.sim.sounds import sine
from drivers.sim.spectrum import tone_level_and_snr
from firmware.codecs import CODECS
from firmware.media import library_codecs
from firmware.trace.marks import Lane, Mark
from firmware.trace.sound import recordings

PERIOD = 160
NAME = "from-telephone-1-call-7.wav"


@dataclass
class Packet:
    """One that was kept."""

    data: bytes
    outward: bool = True
    call: int = 7


def described(rtpmap: str, *, outward: bool, call: int = 7) -> Mark:
    """A message of the call with that line in its description."""
    text = f"SIP/2.0 200 OK\r\n\r\nv=0\r\nm=audio 1 RTP/AVP 8\r\n{rtpmap}\r\n"
    return Mark(at=1.0, port=1, lane=Lane.SIP, outward=outward, what="200", call=call, detail=text)


def spoken(number: int, payloads: list[bytes], clock: int = 8000) -> list[Packet]:
    step = PERIOD * clock // 8000
    return [
        Packet(struct.pack("!BBHII", 0x80, number, n, n * step, 5) + payload)
        for n, payload in enumerate(payloads)
        if payload
    ]


def periods(seconds: float) -> Iterator[bytes]:
    said = sine(1000, -10.0, PERIOD) * int(1000 * seconds)
    for at in range(0, len(said), 2 * PERIOD):
        yield said[at : at + 2 * PERIOD]


def encoder(name: str) -> Callable[[bytes], bytes]:
    """From linear samples to payloads."""
    if name in {"G722", "opus"}:
        makers = pytest.importorskip("firmware.media.aiortc_codecs").MAKERS
        encode: Callable[[bytes], bytes] = makers[name]().encode
        return encode
    if not library_codecs.available(name):
        pytest.skip(f"{CODECS[name].library} is not installed")
    worked = library_codecs.G729("PCMA") if name == "G729" else library_codecs.G726("PCMA", name)
    return lambda samples: worked.encode(audioop.lin2alaw(samples, 2))


@pytest.mark.parametrize("name", ["G722", "opus", "G726-32", "AAL2-G726-32", "G729"])
def test_voice_of_every_codec_is_heard_at_its_level(name: str) -> None:
    codec, encode = CODECS[name], encoder(name)
    packets = spoken(98, [encode(period) for period in periods(2.0)], codec.clock)
    mark = described(f"a=rtpmap:98 {codec.rtpmap}", outward=False)
    sound = recordings([mark], packets)[NAME]
    assert abs(len(sound) - 2 * 16000) <= 4 * PERIOD
    heard = tone_level_and_snr(sound[8000:24000], 1000)
    assert heard.level_dbm0 == pytest.approx(-10.0, abs=1.5)
    assert heard.snr_db > 15


def test_a_type_means_what_the_one_said_who_is_sent_it() -> None:
    """98 is G.726 at the far end, and something else here: each direction has its own."""
    encode = encoder("G726-32")
    packets = spoken(98, [encode(period) for period in periods(1.0)])
    theirs = described("a=rtpmap:98 G726-32/8000", outward=False)
    ours = described("a=rtpmap:98 telephone-event/8000", outward=True)
    assert list(recordings([theirs, ours], packets)) == [NAME]
    assert recordings([described("a=rtpmap:98 G726-32/8000", outward=True)], packets) == {}
    assert (
        recordings([described("a=rtpmap:98 G726-32/8000", outward=False, call=8)], packets) == {}
    )


def test_static_types_need_no_description() -> None:
    silence = b"\xd5" * PERIOD
    assert len(recordings([], spoken(8, [silence] * 3))["from-telephone-0-call-7.wav"]) == 960


def test_a_payload_that_is_none_is_passed_over() -> None:
    """What comes behind it is heard."""
    encode = encoder("opus")
    payloads = [encode(period) for period in periods(2.0)]
    payloads[20] = b"\xff" * 9
    mark = described("a=rtpmap:107 opus/48000/2", outward=False)
    sound = recordings([mark], spoken(107, payloads, 48000))[NAME]
    assert tone_level_and_snr(sound[16000:24000], 1000).snr_db > 15


def test_a_header_alone_is_nothing() -> None:
    assert recordings([], [Packet(b"\x80\x08" + bytes(10))]) == {}
