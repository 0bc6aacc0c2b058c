"""The tones of every country, rendered as the telephone gets them and measured by ear."""

from __future__ import annotations

import audioop
from itertools import groupby

import pytest

from drivers.sim.hearing import Heard, listen
from drivers.slic import RingSpec
from firmware.line.cadence import first_pattern_s
from firmware.line.digitmap import Match
from firmware.media.tones import Player, render
from firmware.profiles import countries, load
from firmware.tone import Tone, ToneSpec

DIFFERENT = {
    (tone, spec): country for country in countries() for tone, spec in load(country).tones.items()
}
"""Many countries have the same tone: one of them stands for all."""
TONES = sorted(
    ((country, tone) for (tone, _), country in DIFFERENT.items()),
    key=lambda pair: (pair[0], pair[1].value),
)
SAME = {  # what no ear can tell apart, by the name it is heard as
    ("jp", Tone.DIAL): "unobtainable",
    ("jp", Tone.STUTTER): "unobtainable",
    ("jp", Tone.CONGESTION): "busy",
    ("au", Tone.CONGESTION): "busy",
    ("cn", Tone.STUTTER): "tone",
    ("au", Tone.STUTTER): "tone",
    ("es", Tone.BUSY): "congestion",
    ("se", Tone.BUSY): "congestion",
    ("nz", Tone.DIAL): "unobtainable",
    ("nz", Tone.STUTTER): "unobtainable",
}
SHORT_MS = 100
"""The pitch of so short a burst is heard roughly."""


def heard(spec: ToneSpec) -> Heard:
    turn_ms = sum(segment.ms for segment in spec.segments)
    player = Player(render(spec, "PCMA"))
    periods = max(3000, min(2 * turn_ms + 500, 24_000)) // 20
    return listen(audioop.alaw2lin(b"".join(player.next() for _ in range(periods)), 2))


def repeated(spec: ToneSpec) -> list[int]:
    """The cadence, on and off, after the longest pause; empty: it does not pause."""
    loop = spec.segments[spec.loop_from :] if spec.loop_from is not None else ()
    sounding = groupby(loop, key=lambda segment: bool(segment.frequencies_hz))
    steps = [sum(segment.ms for segment in run) for _, run in sounding]
    if len(steps) < 2:
        return []
    half = len(steps) // 2
    if half % 2 == 0 and steps[:half] == steps[half:]:  # it differs in level or pitch only
        steps = steps[:half]
    last = max(range(1, len(steps), 2), key=steps.__getitem__)
    return steps[last + 1 :] + steps[: last + 1]


@pytest.mark.parametrize(("country", "tone"), TONES)
def test_a_tone_is_heard_as_its_profile_has_it(country: str, tone: Tone) -> None:
    spec = load(country).tones[tone]
    ear = heard(spec)
    name = "dial-tone" if tone is Tone.STUTTER else tone.value
    assert ear.heard == SAME.get((country, tone), name)
    sounds = [segment for segment in spec.segments if segment.frequencies_hz]
    if len({segment.frequencies_hz for segment in sounds}) == 1:
        off_by = 12 if sounds[0].ms and sounds[0].ms <= SHORT_MS else 2
        assert ear.frequencies_hz == pytest.approx(sorted(sounds[0].frequencies_hz), abs=off_by)
        assert ear.modulation_hz == pytest.approx(sounds[0].modulation_hz, abs=1)
    levels = [segment.level_dbm0 for segment in sounds if segment.level_end_dbm0 is None]
    loud = max(levels)
    assert min(levels) - 0.5 <= ear.level_dbm0 <= loud + 0.5 or tone is Tone.HOWLER
    if spec.segments[-1].ms and ear.cadence_ms:
        assert ear.cadence_ms == pytest.approx(repeated(spec), abs=10)


@pytest.mark.parametrize("country", countries())
def test_an_emergency_number_is_complete_with_its_last_digit(country: str) -> None:
    profile = load(country)
    for number in profile.emergency:
        verdict = profile.digit_map.match(number)
        assert verdict.match in {Match.FULL, Match.UNAMBIGUOUS}


@pytest.mark.parametrize(
    ("country", "number", "match"),
    [
        ("uk", "02079460018", Match.UNAMBIGUOUS),
        ("uk", "08001111", Match.FULL),
        ("uk", "0044", Match.PARTIAL),
        ("de", "03012345", Match.FULL),
        ("de", "004312345678", Match.FULL),
        ("fr", "0142345678", Match.UNAMBIGUOUS),
        ("fr", "014234567", Match.PARTIAL),
        ("jp", "0312345678", Match.UNAMBIGUOUS),
        ("jp", "09012345678", Match.UNAMBIGUOUS),
        ("jp", "1840312345678", Match.FULL),
        ("jp", "01014155550100", Match.FULL),
        ("au", "0291234567", Match.UNAMBIGUOUS),
        ("au", "131234", Match.UNAMBIGUOUS),
        ("au", "001114155550100", Match.FULL),
        ("nl", "0201234567", Match.UNAMBIGUOUS),
        ("nl", "14020", Match.FULL),
        ("us", "12125550100", Match.UNAMBIGUOUS),
        ("at", "0112345678", Match.FULL),
        ("be", "021234567", Match.UNAMBIGUOUS),
        ("be", "0471234567", Match.UNAMBIGUOUS),
        ("ca", "4165550100", Match.UNAMBIGUOUS),
        ("ca", "416555", Match.PARTIAL),
        ("ch", "0441234567", Match.UNAMBIGUOUS),
        ("es", "912345678", Match.UNAMBIGUOUS),
        ("in", "02212345678", Match.UNAMBIGUOUS),
        ("it", "0612345678", Match.FULL),
        ("kr", "0212345678", Match.FULL),
        ("nz", "093001234", Match.UNAMBIGUOUS),
        ("se", "0812345678", Match.FULL),
    ],
)
def test_numbers_of_the_countries(country: str, number: str, match: Match) -> None:
    assert load(country).digit_map.match(number).match is match


@pytest.mark.parametrize("country", countries())
def test_the_caller_is_shown_in_the_long_pause(country: str) -> None:
    """A second is enough for a number and a name at 1200 bit/s."""
    profile = load(country)
    ring = RingSpec(profile.ring.hz, profile.ring.vrms, profile.ring.cadence_ms)
    rung = first_pattern_s(ring.cadence_ms)
    pause = max(ring.cadence_ms[1::2]) / 1000
    assert profile.caller_id.pause + 1.0 <= pause
    assert rung in {0.4 + 0.2 + 0.4, ring.cadence_ms[0] / 1000}
