"""Every tone of every country, as it is rendered: its length, its level, how its parts join."""

from __future__ import annotations

import math
from array import array
from itertools import pairwise

import pytest

from drivers.highway import IDLE
from firmware import profiles
from firmware.media.g711 import level_of, peak_of, to_linear
from firmware.media.tones import DEPTH, Player, render
from firmware.tone import Segment, ToneSpec

RATE = 8000
COUNTRIES = profiles.countries()
COARSE = 0.09
"""Of a sample's size: the steps of A-law and mu-law where they are widest, up and down."""


def tones_of(country: str) -> dict[str, ToneSpec]:
    return {tone.name: spec for tone, spec in profiles.load(country).tones.items()}


def played(tone: ToneSpec, law: str, samples: int) -> bytes:
    player = Player(render(tone, law))
    sound = b"".join(player.next() for _ in range(-(-samples // 160)))
    return sound[:samples]


def steepest(segment: Segment, law: str) -> float:
    """By how much two neighbouring samples can differ in it."""
    shares = [(hz, 1.0) for hz in segment.frequencies_hz]
    if segment.modulation_hz:
        carrier = segment.frequencies_hz[0]
        shares += [(carrier + way * segment.modulation_hz, DEPTH / 2) for way in (-1, 1)]
    loudest = max(segment.level_dbm0, segment.level_end_dbm0 or segment.level_dbm0)
    peak = peak_of(law, loudest - 10 * math.log10(sum(share**2 for _, share in shares)))
    slope = sum(2 * share * math.sin(math.pi * hz / RATE) for hz, share in shares)
    return peak * (slope + COARSE * sum(share for _, share in shares)) + 64


@pytest.mark.parametrize("country", COUNTRIES)
def test_a_cadence_lasts_as_many_samples_as_it_says(country: str) -> None:
    law = profiles.load(country).law
    for name, tone in tones_of(country).items():
        recording = render(tone, law)
        split = len(tone.segments) if tone.loop_from is None else tone.loop_from
        first = sum(segment.ms for segment in tone.segments[:split]) * RATE // 1000
        again = sum(segment.ms for segment in tone.segments[split:]) * RATE // 1000
        endless = any(segment.ms == 0 for segment in tone.segments)
        assert endless or len(recording.once) == first, name
        assert endless or not again or len(recording.loop) % again == 0, name


@pytest.mark.parametrize("country", COUNTRIES)
def test_every_part_has_its_level_and_pauses_are_silent(country: str) -> None:
    law = profiles.load(country).law
    for name, tone in tones_of(country).items():
        at = 0
        sound = played(tone, law, sum(s.ms or 1000 for s in tone.segments) * RATE // 1000)
        for segment in tone.segments:
            count = (segment.ms or 1000) * RATE // 1000
            part, at = sound[at : at + count], at + count
            if not segment.frequencies_hz:
                assert part == bytes((IDLE[law],)) * count, name
            elif segment.level_end_dbm0 is None:
                assert level_of(law, part) == pytest.approx(segment.level_dbm0, abs=0.5), name
            if segment.ms == 0:
                break


@pytest.mark.parametrize("country", COUNTRIES)
def test_nothing_clicks_where_parts_and_loops_join(country: str) -> None:
    law = profiles.load(country).law
    for name, tone in tones_of(country).items():
        if not any(segment.frequencies_hz for segment in tone.segments):
            continue
        most = max(steepest(s, law) for s in tone.segments if s.frequencies_hz)
        length = 2 * sum(s.ms or 1000 for s in tone.segments) * RATE // 1000
        samples = array("h", to_linear(law, played(tone, law, min(length, 12 * RATE))))
        assert max(abs(b - a) for a, b in pairwise(samples)) <= most, name
