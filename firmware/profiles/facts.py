"""A profile value by value, in readable units, and whose word each value is."""

from __future__ import annotations

from collections.abc import Iterator

from firmware.line.profile import Profile
from firmware.profiles import words
from firmware.status import Snapshot

GROUPS = ("line", "ringing", "tones", "hook", "caller-id", "dialling", "adapted")
"""In the order in which they are shown."""


class ProfileFact(Snapshot, frozen=True, kw_only=True):
    """One value that is in force."""

    group: str
    """One of `GROUPS`."""
    what: str
    """Its key in a profile or in the configuration."""
    value: str
    """With its unit."""
    source: str
    """The country or file; the setting that says otherwise; ``default``; ``adapted``, while the
    gateway runs; or the line circuit."""


class InForce(Snapshot, frozen=True, kw_only=True):
    """Everything that is in force on a port, or on the card."""

    country: str
    """Two letters, or the file of the profile."""
    name: str
    facts: tuple[ProfileFact, ...]


def of_profile(profile: Profile) -> list[ProfileFact]:
    """What a profile says, and what of it was taken from another one."""
    return [
        ProfileFact(group=group, what=key.rpartition(".")[2], value=value, source=origin)
        for group, key, value, origin in rows(profile)
    ]


def rows(profile: Profile) -> Iterator[tuple[str, str, str, str]]:
    """Group, key, value in words and the country that it is of."""

    def row(group: str, key: str, value: str) -> tuple[str, str, str, str]:
        return group, key, value, profile.origin(key)

    impedance = profile.impedance
    if told := words.IMPEDANCES.get(impedance):
        impedance = told if impedance in told else f"{impedance}: {told}"
    yield row("line", "law", profile.law)
    yield row("line", "impedance", impedance)
    yield row("line", "loop_current_ma", f"{profile.loop_current_ma} mA")
    yield row("ringing", "ring.hz", f"{profile.ring.hz:g} Hz")
    yield row("ringing", "ring.vrms", f"{profile.ring.vrms:g} Vrms")
    yield row("ringing", "ring.cadence_ms", words.cadence(profile.ring.cadence_ms))
    for tone, spec in profile.tones.items():
        yield row("tones", f"tones.{tone.value}", f"{words.sound(spec)}; {words.level(spec)}")
    for key, window in words.windows(profile.hook).items():
        yield row("hook", f"hook.{key}", window)
    yield ("caller-id", "caller_id", words.shown(profile.caller_id), _of_caller_id(profile))
    yield row("dialling", "emergency", " ".join(profile.emergency))
    yield row("dialling", "digit_map", "".join(words.digit_map(profile.digit_map)))
    yield row("dialling", "release_tone_s", f"{profile.release_tone_s:g} s, then the howler")
    yield row("dialling", "howler_s", f"{profile.howler_s:g} s, then silence")


def _of_caller_id(profile: Profile) -> str:
    return profile.origin("caller_id.standard")
