"""G.726 and G.729 as the libraries work them, a period at a time."""

from __future__ import annotations

import audioop
import ctypes.util

import av
import pytest

from firmware.codecs import CODECS, Home
from firmware.media.g711 import LAWS, level_of, to_linear
from firmware.media.library_codecs import G726, G729
from firmware.media.tones import Player, render
from firmware.tone import Segment, ToneSpec

TONE = ToneSpec((Segment((440,), 2000),))
PERIODS = 50
has_g729 = pytest.mark.skipif(
    ctypes.util.find_library("bcg729") is None, reason="libbcg729-0 is not installed (optional)"
)


def tone(law: str) -> list[bytes]:
    player = Player(render(TONE, law))
    return [player.next() for _ in range(PERIODS)]


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("codec", ["G726-32", "AAL2-G726-32"])
def test_a_tone_keeps_its_level_through_g726(law: str, codec: str) -> None:
    """Within 0.3 dB, and 80 octets are what 20 ms take at 32 kbit/s."""
    there, back = G726(law, codec), G726(law, codec)
    payloads = [there.encode(period) for period in tone(law)]
    assert {len(payload) for payload in payloads} == {2 * CODECS[codec].octets}
    heard = b"".join(map(back.decode, payloads))
    assert level_of(law, heard[1600:]) == pytest.approx(-10.0, abs=0.3)


def test_the_packings_of_g726_have_their_codes_in_other_halves_of_an_octet() -> None:
    """RFC 3551 section 4.5.4: the first code in the low bits; AAL2: in the high ones."""
    low, high = G726("PCMA", "G726-32"), G726("PCMA", "AAL2-G726-32")
    for period in tone("PCMA")[:5]:
        swapped = bytes(octet >> 4 | octet << 4 & 0xF0 for octet in low.encode(period))
        assert high.encode(period) == swapped


def test_the_first_code_of_g726_is_in_the_low_bits() -> None:
    """A loud step after silence: of two samples only the first is known to the encoder then."""
    coder = G726("PCMA", "G726-32")
    loud = audioop.lin2alaw((20000).to_bytes(2, "little", signed=True), 2)
    coder.encode(b"\xd5" * 160)
    payload = coder.encode(loud + b"\xd5" * 159)
    quiet = G726("PCMA", "G726-32")
    quiet.encode(b"\xd5" * 160)
    silent = quiet.encode(b"\xd5" * 160)
    assert payload[0] & 0x0F == 7, "the greatest step up (G.726 table 1)"
    assert silent[0] & 0x0F != 7


@has_g729
def test_a_tone_keeps_its_level_through_g729() -> None:
    there, back = G729("PCMA"), G729("PCMA")
    payloads = [there.encode(period) for period in tone("PCMA")]
    assert {len(payload) for payload in payloads} == {2 * CODECS["G729"].octets}
    heard = b"".join(map(back.decode, payloads))
    assert len(heard) == PERIODS * 160
    assert level_of("PCMA", heard[3200:]) == pytest.approx(-10.0, abs=2.0)


@has_g729
@pytest.mark.parametrize(
    ("size", "samples"),
    [(0, 0), (1, 0), (2, 80), (9, 0), (10, 80), (12, 160), (25, 160), (400, 480)],
)
def test_any_payload_of_g729_is_survived(size: int, samples: int) -> None:
    """Ten octets a frame, two for silence (annex B), six frames at the most."""
    assert len(G729("PCMA").decode(bytes(size))) == samples


@pytest.mark.parametrize("size", [0, 1, 40, 79, 240, 1400])
def test_any_payload_of_g726_is_survived(size: int) -> None:
    assert len(G726("PCMA", "G726-32").decode(bytes(size))) == min(2 * size, 480)


def test_each_codec_with_a_library_names_it_and_its_package() -> None:
    libraries = [c for c in CODECS.values() if c.home is Home.LIBRARY]
    assert all(c.library.startswith("lib") and c.package.startswith("lib") for c in libraries)
    assert {c.name for c in libraries} == {"G726-32", "AAL2-G726-32", "G729"}


@pytest.mark.parametrize(("theirs", "ours"), [("g726le", "G726-32"), ("g726", "AAL2-G726-32")])
def test_what_another_g726_has_written_is_understood(theirs: str, ours: str) -> None:
    """FFmpeg's encoder, little-endian and big-endian: the packings have the right names."""
    other = av.CodecContext.create(theirs, "w")
    assert isinstance(other, av.AudioCodecContext)
    other.bit_rate, other.sample_rate, other.layout, other.format = 32000, 8000, "mono", "s16"
    written = b""
    samples = to_linear("PCMA", b"".join(tone("PCMA")))
    for at in range(0, len(samples), 640):
        frame = av.AudioFrame(format="s16", layout="mono", samples=320)
        frame.planes[0].update(samples[at : at + 640])
        frame.sample_rate, frame.pts = 8000, at // 2
        written += b"".join(map(bytes, other.encode(frame)))
    back = G726("PCMA", ours)
    heard = b"".join(back.decode(written[at : at + 80]) for at in range(0, len(written), 80))
    assert level_of("PCMA", heard[1600:]) == pytest.approx(-10.0, abs=0.3)
    wrong = G726("PCMA", "G726-32" if ours.startswith("AAL2") else "AAL2-G726-32")
    noise = b"".join(wrong.decode(written[at : at + 80]) for at in range(0, len(written), 80))
    assert noise != heard
