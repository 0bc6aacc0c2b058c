"""DTMF in the voice process: every digit, once and soon. Limits: tests/dtmf."""

from __future__ import annotations

import math
from array import array

import pytest

from firmware.media.dtmf import DtmfReceiver
from firmware.media.g711 import from_linear, peak_of
from firmware.media.telephone_event import DIGITS
from firmware.media.tones import DTMF, Player, render
from firmware.tone import Segment, ToneSpec


def sound(*parts: tuple[tuple[tuple[float, float], ...], float], law: str = "PCMA") -> bytes:
    """Stretches of (frequency, dBm0) pairs, each so many ms."""
    samples = array("h")
    for tones, ms in parts:
        for n in range(round(ms * 8)):
            value = sum(
                peak_of(law, level) * math.sin(math.tau * hertz * n / 8000)
                for hertz, level in tones
            )
            samples.append(max(-32768, min(32767, round(value))))
    return from_linear(law, samples.tobytes())


def digit(key: str, ms: float) -> tuple[tuple[tuple[float, float], ...], float]:
    """A key held so long, -10 dBm0 each."""
    low, high = DTMF[key]
    return ((low, -10.0), (high, -10.0)), ms


def decoded(payload: bytes, law: str = "PCMA") -> tuple[str, list[int]]:
    """The digits, and the tick in which each was known."""
    receiver, digits, when = DtmfReceiver(law), "", []
    payload += (b"\xd5" if law == "PCMA" else b"\xff") * 800
    for tick, start in enumerate(range(0, len(payload) - 159, 160)):
        receiver.feed(payload[start : start + 160])
        new = receiver.digits()
        digits += new
        when += [tick] * len(new)
    return digits, when


@pytest.mark.parametrize("law", ["PCMA", "PCMU"])
def test_every_digit_of_40_ms_with_pauses_of_40_ms_is_decoded_once(law: str) -> None:
    parts = [part for key in DIGITS for part in (digit(key, 40), ((), 40.0))]
    # a tone of 40 ms is the least that Q.24 wants; give the phase a millisecond of room
    longer = [(tones, ms + 5) for tones, ms in parts]
    assert decoded(sound(*longer, law=law), law)[0] == DIGITS


def test_a_digit_is_known_within_60_ms_and_its_end_within_40() -> None:
    receiver = DtmfReceiver("PCMA")
    payload = sound(((), 20), digit("5", 100), ((), 100))
    states = [receiver.feed(payload[n : n + 160]) for n in range(0, len(payload), 160)]
    assert ord("5") in states[:4]
    assert states[8] == 0


def test_a_dial_tone_alone_is_no_digit() -> None:
    player = Player(render(ToneSpec((Segment((350, 440), 0),)), "PCMA"))
    receiver = DtmfReceiver("PCMA")
    assert {receiver.feed(player.next()) for _ in range(200)} == {0}
