"""Tone plans and country profiles: what the data files say, and what is refused."""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import Any

import pytest

from firmware.errors import ConfigError
from firmware.line.profile import parse_profile
from firmware.line.tones import ToneError, parse_plan, parse_tone
from firmware.profiles import countries, load
from firmware.tone import Segment, Tone, ToneSpec


def cadence(spec: ToneSpec) -> list[tuple[tuple[float, ...], int]]:
    return [(segment.frequencies_hz, segment.ms) for segment in spec.segments]


@pytest.mark.parametrize(
    ("tone", "expected"),
    [
        (Tone.DIAL, [((450,), 0)]),
        (Tone.STUTTER, [((450,), 400), ((), 40)]),
        (Tone.RINGBACK, [((450,), 1000), ((), 4000)]),
        (Tone.BUSY, [((450,), 350), ((), 350)]),
        (Tone.CONGESTION, [((450,), 700), ((), 700)]),
        (Tone.UNOBTAINABLE, [((450,), 100), ((), 100)] * 3 + [((450,), 400), ((), 400)]),
        (Tone.CALL_WAITING, [((450,), 400), ((), 4000)]),
    ],
)
def test_the_tones_of_china(tone: Tone, expected: list[tuple[tuple[float, ...], int]]) -> None:
    spec = load("cn").tones[tone]
    assert cadence(spec) == expected
    assert spec.loop_from == 0


def test_the_chinese_howler_is_950_hz_and_rises() -> None:
    assert load("cn").tones[Tone.HOWLER] == ToneSpec(
        (Segment((950.0,), 15000, -25.0, 0.0), Segment((950.0,), 0, 0.0)), loop_from=1
    )


def test_the_american_stutter_ends_in_dial_tone() -> None:
    spec = load("us").tones[Tone.STUTTER]
    assert spec.loop_from == 12
    assert spec.segments[-1] == Segment((350.0, 440.0), 0, -10.0)


def test_the_ringing_of_the_countries() -> None:
    assert (load("cn").ring.hz, load("cn").ring.cadence_ms) == (25, (1000, 4000))
    assert (load("us").ring.hz, load("us").ring.cadence_ms) == (20, (2000, 4000))


@pytest.mark.parametrize("country", countries())
def test_every_profile_has_every_tone_and_maps_its_emergency_numbers(country: str) -> None:
    profile = load(country)
    assert set(profile.tones) == set(Tone) - {Tone.SILENCE}
    assert profile.emergency


@pytest.mark.parametrize(
    ("value", "spec"),
    [
        ("450", ToneSpec((Segment((450.0,), 0),))),
        ("!950/330, !0/100, 400/50", ToneSpec(
            (Segment((950.0,), 330), Segment((), 100), Segment((400.0,), 50)), 2)),
        ("!950/330,!0", ToneSpec((Segment((950.0,), 330), Segment((), 0)), None)),
        ("400*16/1000,0/2000", ToneSpec(
            (Segment((400.0,), 1000, modulation_hz=16.0), Segment((), 2000)))),
        ({"play": "450/350", "level_dbm0": -20}, ToneSpec((Segment((450.0,), 350, -20.0),))),
    ],
)  # fmt: skip
def test_how_tones_are_written(value: object, spec: ToneSpec) -> None:
    assert parse_tone(value) == spec


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("", "not a frequency"),
        ("450*", "not a frequency"),
        ("350+440*16", "a sum cannot"),
        ("400*0.5", "a modulation lies between 1 and 100 Hz"),
        ("90*50", "below half the frequency"),
        ("nan", "frequencies lie"),
        ("4000/100", "frequencies lie"),
        ("450/", "whole milliseconds"),
        ("450/0", "whole milliseconds"),
        ("450/1.5", "whole milliseconds"),
        ("450,0/100", "must be the last"),
        ("450/100,!0/100", "behind an element that repeats"),
        (450, "must be text"),
        ({"play": "450", "volume": 3}, "must be text"),
        ({"play": "450", "level_dbm0": 9}, "between -70 and 3.14"),
        ({"play": "450", "level_dbm0": True}, "a level is a number"),
    ],
)
def test_tones_that_are_refused(value: object, reason: str) -> None:
    with pytest.raises(ToneError, match=reason):
        parse_tone(value)


def test_a_plan_names_the_tone_that_is_wrong() -> None:
    names = {tone.value: "450" for tone in Tone if tone is not Tone.SILENCE}
    with pytest.raises(ToneError, match=r"^busy: x: not a frequency"):
        parse_plan(names | {"busy": "x"})
    with pytest.raises(ToneError, match="unknown: bussy"):
        parse_plan(names | {"bussy": "450"})
    with pytest.raises(ToneError, match="missing: dial-tone"):
        parse_plan({name: text for name, text in names.items() if name != "dial-tone"})


# profiles


def china() -> dict[str, Any]:
    text = resources.files("firmware.profiles").joinpath("cn.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def test_a_profile_reports_all_its_mistakes_at_once() -> None:
    data = china()
    del data["law"]
    data["colour"] = "grey"
    data["ring"]["cadence_ms"] = [1000]
    data["hook"]["flash_min_ms"] = 80
    data["hook"]["flash_max_s"] = 1
    data["caller_id"]["standard"] = "morse"
    data["digit_map"] = "8[9-2]"
    data["emergency"] = [110]
    data["howler_s"] = -1
    with pytest.raises(ConfigError) as refused:
        parse_profile("cn", data)
    assert refused.value.problems == [
        "profile cn: law: missing",
        "profile cn: ring: cadence_ms must list pairs of on and off",
        "profile cn: hook: unknown: flash_max_s",
        "profile cn: caller_id: standard must be one of bell202, bell202-sdmf, v23, v23-tone, "
        "v23-ring-pulse, sin227, ntt, dtmf-nl, dtmf-se, dtmf-dk, dtmf-after-ring, or empty",
        "profile cn: digit_map: digit map, character 5 (2]): "
        "a range goes from a digit to a digit that is not lower",
        "profile cn: emergency: must be a list of numbers in quotes",
        "profile cn: howler_s: must be a number from 0 to 3600",
        "profile cn: colour: unknown",
    ]


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("hook", {"pulse_max_ms": 100}, "must hold: pulse_max < flash_min"),
        ("hook", "none", "must be a table"),
        ("caller_id", {"charset": "klingon"}, "charset: unknown encoding"),
        ("caller_id", {"pause_ms": 4000}, "from 0 to 3000"),
        ("law", "GSM", "must be PCMA or PCMU"),
        ("name", "", "must be text"),
        ("loop_current_ma", 60, "from 18 to 45"),
    ],
)
def test_a_value_out_of_range_is_refused(key: str, value: object, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        parse_profile("cn", china() | {key: value})


def test_an_unknown_country_is_refused_with_the_list_of_known_ones() -> None:
    with pytest.raises(
        ConfigError, match="no profile 'xx'; there are: at, au, be, ca, ch, cn, de, es, fr, in, it"
    ):
        load("xx")
