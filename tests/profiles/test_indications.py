"""Tone zones of other exchanges: what they say is what a profile has, or is refused by line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware import profiles
from firmware.errors import ConfigError
from firmware.line.tones import parse_tone
from firmware.profiles.indications import Imported, find, profile_of, read
from firmware.profiles.text import as_text, taken
from firmware.tone import Segment, Tone

SAMPLE = Path(__file__).with_name("indications.conf").read_text(encoding="utf-8")
FILE = "zones.conf"


def zone(country: str, text: str = SAMPLE) -> Imported:
    return profile_of(find(read(text, FILE), country, FILE), FILE)


def problems(text: str, country: str = "xx") -> list[str]:
    with pytest.raises(ConfigError) as refused:
        zone(country, text)
    return refused.value.problems


def test_the_zones_of_the_sample_are_those_of_our_own_profiles() -> None:
    """Where both say something they agree, but for what the profiles' comments explain."""
    differing = set()
    for country in ("cn", "us", "jp"):
        ours, found = profiles.load(country), zone(country)
        assert found.cadence_ms == ours.ring.cadence_ms
        for tone, text in found.tones.items():
            theirs = [(s.frequencies_hz, s.ms) for s in parse_tone(text).segments]
            if theirs != [(s.frequencies_hz, s.ms) for s in ours.tones[tone].segments]:
                differing.add((country, tone))
    assert differing == {
        ("cn", Tone.STUTTER),
        ("jp", Tone.RINGBACK), ("jp", Tone.CALL_WAITING),  # a sum, where the network modulates
        ("us", Tone.UNOBTAINABLE), ("jp", Tone.UNOBTAINABLE),  # nobody announces anything here
    }  # fmt: skip


def test_modulation_sums_and_what_is_played_once_are_understood() -> None:
    india = zone("in")
    assert parse_tone(india.tones[Tone.DIAL]).segments == (
        Segment((400.0,), 0, modulation_hz=25.0),
    )
    stutter = parse_tone(zone("us").tones[Tone.STUTTER])
    assert (stutter.loop_from, len(stutter.segments)) == (12, 13)
    assert stutter.segments[-1].frequencies_hz == (350.0, 440.0)


def test_what_is_played_once_within_what_repeats_is_part_of_it() -> None:
    """As Asterisk has it: the tone goes back to the first element without the mark."""
    text = "[xx]\ndial = !400/100,500/0\nbusy = !1/10,500/200,!600/200,0/100\n"
    found = zone("xx", text)
    assert parse_tone(found.tones[Tone.BUSY]).loop_from == 1
    assert found.tones[Tone.BUSY] == "!1/10,500/200,600/200,0/100"
    assert found.tones[Tone.DIAL] == "!400/100,500"


def test_the_zone_of_a_country_is_found_by_name_alias_and_default() -> None:
    zones = read(SAMPLE, FILE)
    assert sorted(zones) == ["cn", "general", "gr", "in", "jp", "us"]
    assert find(zones, "gr", FILE).name == "Greece"
    assert find(zones, "ca", FILE).country == "us"
    assert find(zones, "", FILE).country == "us"
    assert find(read("[gr]\ndial = 425", FILE), "", FILE).country == "gr"
    with pytest.raises(ConfigError, match=r"^zones.conf:1: no \[de\]; there are: cn, gr, in, "):
        find(zones, "de", FILE)
    with pytest.raises(ConfigError, match="no country chosen; there are: aa, bb"):
        find(read("[aa]\n[bb]\n", FILE), "", FILE)


def test_every_mistake_is_told_with_its_line() -> None:
    assert problems(
        "dial = 425\n[xx]\n#include other.conf\nbusy 425\n[xx]\n[yy](xx)\nring = 425\nring = 450\n"
    ) == [
        "zones.conf:1: dial: stands before any [country]",
        "zones.conf:3: #include: not followed",
        "zones.conf:4: neither [country] nor entry = value",
        "zones.conf:5: [xx]: stands above already",
        "zones.conf:6: [yy]: templates are not understood",
        "zones.conf:8: ring: stands above already, in [yy]",
    ]
    assert problems(
        "[xx]\n"
        "ringcadence = 1000,4000,1000\n"
        "dial = 425a\n"
        "busy = 425/x,0/480\n"
        "ring = 425,0/4000\n"
        "congestion = 9000/100\n"
        "callwaiting = M60/100\n"
        "record = 400+\n"
        "info = 400*0\n"
    ) == [
        "zones.conf:2: ringcadence: 1000,4000,1000: on and off come in pairs",
        "zones.conf:3: dial: 425a: not a frequency, a sum of them, or 0",
        "zones.conf:4: busy: 425/x: the duration must be whole milliseconds",
        "zones.conf:5: ring: an element without a duration must be the last",
        "zones.conf:6: congestion: 9000/100: frequencies lie between 0 and 4000 Hz",
        "zones.conf:7: callwaiting: M60/100: notes are not understood, write the frequency",
        "zones.conf:8: record: 400+: not a frequency, a sum of them, or 0",
        "zones.conf:9: info: 400*0: a modulation lies between 1 and 100 Hz, "
        "and below half the frequency",
    ]
    assert problems("[xx]\nbusy = 425\n") == ["zones.conf:1: [xx]: dial: missing"]
    assert problems("[xx]\ndial = 425\nringcadence = 0,100\n") == [
        "zones.conf:3: ringcadence: 0,100: from 1 to 10000 ms"
    ]
    assert problems("[xx]\ndial = 425\nringcadence = long\n") == [
        "zones.conf:3: ringcadence: long: not milliseconds on, off, on, off ..."
    ]


@pytest.mark.parametrize("base", ["cn", "de", "in", "us"])
@pytest.mark.parametrize("country", ["cn", "us", "jp", "gr", "in"])
def test_what_is_imported_is_a_profile_that_says_what_it_has_taken(
    country: str, base: str
) -> None:
    found = zone(country)
    text = as_text(found, section=country, source=FILE, base=base)
    profile = profiles.parse(text, "made.toml")
    assert profile.name == found.name
    assert profile.ring.cadence_ms == found.cadence_ms
    for tone, written in found.tones.items():
        spec = parse_tone(written)
        heard = [(s.frequencies_hz, s.ms, s.modulation_hz) for s in profile.tones[tone].segments]
        assert heard == [(s.frequencies_hz, s.ms, s.modulation_hz) for s in spec.segments]
        assert profile.tones[tone].loop_from == spec.loop_from
    assert sorted(profile.taken) == sorted(taken(found, base))
    assert profile.origin("ring.hz") in {base, *profiles.load(base).taken.values()}
    assert profile.origin("tones.dial-tone") == "made.toml"
    assert (profile.ring.hz, profile.hook) == (
        profiles.load(base).ring.hz,
        profiles.load(base).hook,
    )


def test_what_was_taken_can_be_put_in_its_place_without_the_mark() -> None:
    """Each marked line is the value as the base has it: with the marks off, nothing is taken."""
    marked = as_text(zone("gr"), section="gr", source=FILE, base="de")
    whole = marked.replace("# from de: ", "").replace('base = "de"\n', "")
    ours = profiles.parse(whole, "gr.toml")
    assert ours.taken == {}
    theirs = profiles.parse(marked, "gr.toml")
    assert (ours.hook, ours.ring, ours.tones, ours.caller_id, ours.digit_map.patterns) == (
        theirs.hook, theirs.ring, theirs.tones, theirs.caller_id, theirs.digit_map.patterns,
    )  # fmt: skip


WORDS = st.sampled_from(
    ["[xx]", "[", "dial", "ring", "busy", "=", "=>", "425", "/500", ",", "!", "*", "+", "0", ";",
     ";--", "--;", "\n", " ", "ringcadence", "description", "1000,4000",
     "é", "\0", "#", "9" * 400, "-", "."]
)  # fmt: skip


@settings(max_examples=60)
@given(st.lists(WORDS, max_size=40).map("".join))
def test_any_text_is_read_or_refused(text: str) -> None:
    refused: list[str] = []
    try:
        found = zone("xx", "[xx]\ndial = 425\n" + text)
    except ConfigError as error:
        refused = error.problems
    else:
        profiles.parse(as_text(found, section="xx", source=FILE, base="de"), "xx.toml")
    assert all(one.startswith(f"{FILE}:") for one in refused)
