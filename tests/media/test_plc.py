"""Concealment: what is made up sounds like what was heard, and fades."""

from __future__ import annotations

import math
from array import array
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.media.g711 import from_linear, level_of, to_linear
from firmware.media.plc import Concealer


def sine(hertz: float, start: int, count: int = 160) -> bytes:
    samples = (
        round(8000 * math.sin(math.tau * hertz * n / 8000)) for n in range(start, start + count)
    )
    return from_linear("PCMA", array("h", samples).tobytes())


def listening(hertz: float, frames: int = 6) -> Concealer:
    concealer = Concealer("PCMA")
    for n in range(frames):
        concealer.heard(sine(hertz, n * 160))
    return concealer


def correlation(a: bytes, b: bytes) -> float:
    x, y = (array("h", to_linear("PCMA", c)) for c in (a, b))
    energy = math.sqrt(sum(v * v for v in x) * sum(v * v for v in y))
    return sum(v * w for v, w in zip(x, y, strict=True)) / energy


@pytest.mark.parametrize("hertz", [100, 130, 200, 450, 1000])
def test_a_steady_sound_goes_on_in_phase(hertz: float) -> None:
    assert correlation(listening(hertz).conceal(160), sine(hertz, 960)) > 0.9


def test_it_fades_to_silence_in_60_ms_and_stays_there() -> None:
    concealer = listening(450)
    levels = [level_of("PCMA", concealer.conceal(80)) for _ in range(8)]
    assert levels[:5] == sorted(levels[:5], reverse=True)
    assert levels[0] == pytest.approx(level_of("PCMA", sine(450, 0)), abs=0.5)
    assert concealer.conceal(160) == b"\xd5" * 160


def test_without_enough_heard_before_there_is_silence() -> None:
    concealer = listening(450, frames=1)
    assert concealer.conceal(160) == b"\xd5" * 160


def test_the_first_good_frame_is_joined_without_a_step() -> None:
    concealer = listening(450)
    made_up = concealer.conceal(160)
    joined = concealer.rejoin(sine(450, 960 + 160 + 31))  # another phase
    around = array("h", to_linear("PCMA", made_up + joined))
    steepest = max(abs(a - b) for a, b in pairwise(around))
    assert steepest < 2 * 8000 * math.tau * 450 / 8000
    assert joined[40:] == sine(450, 960 + 160 + 31)[40:]
    assert not concealer.concealing


def test_a_new_source_is_not_concealed_with_the_old() -> None:
    concealer = listening(450)
    concealer.forget()
    assert concealer.conceal(160) == b"\xd5" * 160


@given(st.lists(st.integers(1, 480), max_size=12), st.integers(0, 320))
def test_any_count_is_made_up_exactly(counts: list[int], rejoined: int) -> None:
    concealer = listening(333)
    for count in counts:
        assert len(concealer.conceal(count)) == count
    concealer.skip()
    assert len(concealer.rejoin(bytes(rejoined))) == rejoined
