"""Speech through each codec, there and back, by ITU-T P.862: what none of them may fall below.

The highway's own law comes first, as in a call. A real voice fares better than this synthetic one
by the two codecs that are made after a throat.
"""

from __future__ import annotations

import ctypes.util

import pytest

from firmware.media.aiortc_codecs import MAKERS
from firmware.media.g711 import from_linear, to_linear
from firmware.media.library_codecs import G726, G729
from tests.voice import speech

pytestmark = pytest.mark.skipif(
    not speech.installed(), reason="espeak-ng is not installed (make check installs it)"
)
LAW = "PCMA"


def periods() -> list[bytes]:
    said = from_linear(LAW, speech.read_out())
    return [said[at : at + 160] for at in range(0, len(said) - 159, 160)]


def score(heard: list[bytes]) -> float:
    return speech.score(speech.read_out(), to_linear(LAW, b"".join(heard)))


@pytest.mark.parametrize(("codec", "least"), [("G722", 4.2), ("opus", 4.1)])
def test_speech_by_the_helper_is_as_good_as_g711(codec: str, least: float) -> None:
    one = MAKERS[codec]()
    coded = [one.encode(to_linear(LAW, period)) for period in periods()]
    assert score([from_linear(LAW, one.decode(payload)) for payload in coded]) >= least


def test_speech_by_g726_is_what_four_bits_leave_of_it() -> None:
    one = G726(LAW, "G726-32")
    assert score([one.decode(one.encode(period)) for period in periods()]) >= 3.0


@pytest.mark.skipif(
    ctypes.util.find_library("bcg729") is None, reason="libbcg729-0 is not installed (optional)"
)
def test_speech_by_g729_is_what_one_bit_leaves_of_it() -> None:
    one = G729(LAW)
    assert score([one.decode(one.encode(period)) for period in periods()]) >= 2.9
