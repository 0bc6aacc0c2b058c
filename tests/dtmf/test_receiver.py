"""What must be taken for a digit, and what must not (ITU-T Q.24; docs/reference/dtmf.md)."""

from __future__ import annotations

import numpy as np
import pytest

from firmware.media.dtmf import DtmfReceiver
from firmware.media.g711 import from_linear
from tests.dtmf import speech
from tests.dtmf.signals import PERIOD, Press, dialled, rate, recognised

TAKEN = {
    "1.5 % and 2 Hz high": Press(shift=0.015, shift_hz=2),
    "1.5 % and 2 Hz low": Press(shift=-0.015, shift_hz=2),
    "high group 4 dB stronger": Press(twist=4),
    "low group 8 dB stronger": Press(twist=-8),
    "0 dBm0": Press(level=0),
    "-29 dBm0": Press(level=-29),
    "held for 40 ms": Press(on_ms=40, off_ms=40),
    "with a break of 10 ms": Press(on_ms=80, gap_ms=10),
    "all at its limit": Press(shift=0.015, shift_hz=2, twist=-8, level=-29, on_ms=40, off_ms=40),
    "white noise 15 dB below": Press(noise_db=15),
    "over a dial tone of 450 Hz": Press(beside=((450, -20),)),
    "over a dial tone of 350 and 440 Hz": Press(beside=((350, -23), (440, -23))),
    "faint over a dial tone": Press(level=-29, beside=((425, -20),)),
}
REFUSED = {
    "3.5 % high": Press(shift=0.035),
    "3.5 % low": Press(shift=-0.035),
    "5 % high": Press(shift=0.05),
    "high group 10 dB stronger": Press(twist=10),
    "low group 14 dB stronger": Press(twist=-14),
    "held for 20 ms": Press(on_ms=20),
}


@pytest.mark.parametrize("name", TAKEN)
def test_every_key_is_taken(name: str) -> None:
    assert rate(TAKEN[name], rounds=2) == 1


@pytest.mark.parametrize("name", REFUSED)
def test_no_key_is_taken(name: str) -> None:
    assert rate(REFUSED[name], rounds=1) == 0


@pytest.mark.parametrize(
    "press", [Press(twist=-5, level=-20, shift=0.012, on_ms=65), Press(twist=3, shift=-0.008)]
)
def test_a_key_is_measured_while_it_is_held(press: Press) -> None:
    receiver = DtmfReceiver("PCMA")
    line = dialled("6", press, np.random.default_rng(7))
    hear(receiver, from_linear("PCMA", line.astype("<i2").tobytes()))
    (key,) = receiver.pressed
    assert key.key == "6"
    assert key.twist_db == pytest.approx(press.twist, abs=0.5)
    assert max(key.row_dbm0, key.column_dbm0) == pytest.approx(press.level, abs=0.6)
    assert key.row_off == pytest.approx(press.shift, abs=0.002)
    assert key.column_off == pytest.approx(press.shift, abs=0.002)
    assert key.seconds * 1000 == pytest.approx(press.on_ms, abs=2)


def test_another_key_without_a_pause_is_another_digit() -> None:
    dice, press = np.random.default_rng(7), Press(off_ms=0, on_ms=80)
    assert recognised(dialled("159", press, dice)) == "159"


@pytest.mark.skipif(not speech.installed(), reason="no espeak-ng (Debian package)")
def test_a_minute_of_speech_holds_no_digit() -> None:
    receiver, digits = DtmfReceiver("PCMA"), ""
    for _, samples in speech.spoken(1.0):
        digits += hear(receiver, from_linear("PCMA", samples))
    assert digits == ""


def hear(receiver: DtmfReceiver, law: bytes) -> str:
    """What it makes of a stretch of sound."""
    for at in range(0, len(law) - PERIOD + 1, PERIOD):
        receiver.feed(law[at : at + PERIOD])
    return receiver.digits()
