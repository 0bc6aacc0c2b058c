"""What must be taken for a digit, and what must not (ITU-T Q.24; docs/reference/dtmf.md)."""

from __future__ import annotations

import pytest

from firmware.media.dsp import DtmfReceiver
from firmware.media.g711 import from_linear
from tests.dtmf import speech
from tests.dtmf.signals import PERIOD, Press, rate

TAKEN = {
    "1 % high": Press(shift=0.01),
    "1 % low": Press(shift=-0.01),
    "high group 4 dB stronger": Press(twist=4),
    "low group 7 dB stronger": Press(twist=-7),
    "0 dBm0": Press(level=0),
    "-29 dBm0": Press(level=-29),
    "held for 40 ms": Press(on_ms=40, off_ms=40),
    "white noise 15 dB below": Press(noise_db=15),
    "over a dial tone of 450 Hz": Press(beside=((450, -20),)),
    "over a dial tone of 350 and 440 Hz": Press(beside=((350, -23), (440, -23))),
}
REFUSED = {
    "3.5 % high": Press(shift=0.035),
    "3.5 % low": Press(shift=-0.035),
    "high group 10 dB stronger": Press(twist=10),
    "low group 14 dB stronger": Press(twist=-14),
    "held for 20 ms": Press(on_ms=20),
}


@pytest.mark.parametrize("name", TAKEN)
def test_every_key_is_taken(name: str) -> None:
    assert rate(TAKEN[name], rounds=3) == 1


@pytest.mark.parametrize("name", REFUSED)
def test_no_key_is_taken(name: str) -> None:
    assert rate(REFUSED[name], rounds=2) == 0


@pytest.mark.skipif(not speech.installed(), reason="no espeak-ng (Debian package)")
def test_a_minute_of_speech_holds_no_digit() -> None:
    receiver, digits = DtmfReceiver("PCMA"), ""
    for _, samples in speech.spoken(1.0):
        law = from_linear("PCMA", samples)
        for at in range(0, len(law) - PERIOD + 1, PERIOD):
            receiver.feed(law[at : at + PERIOD])
        digits += receiver.digits()
    assert digits == ""
