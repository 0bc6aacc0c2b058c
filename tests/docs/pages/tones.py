"""docs/reference/tones.md, from the country profiles."""

from __future__ import annotations

from firmware.line.profile import Profile
from firmware.profiles import countries, load
from firmware.tone import Segment, ToneSpec
from tests.docs.pages.markdown import code, page, table

HEAD = """\
A country is a data file, `firmware/profiles/`; `[gateway] country` names it. The values are
settings after the standards named in the files; no conformance is claimed. Levels are those of
the whole sound: each of two frequencies is 3 dB below.
"""


def make() -> str:
    parts = [HEAD]
    for country in countries():
        parts += _country(load(country))
    return page("Tones and countries", *parts)


def _country(profile: Profile) -> list[str]:
    tones = [(code(tone.value), *_told(spec)) for tone, spec in profile.tones.items()]
    return [
        f"## {profile.name} ({code(profile.country)})",
        table(("tone", "frequencies and cadence", "level"), tones),
        table(("the line", ""), _line(profile)),
        "Digit map, unless `[dialling] digit_map` says otherwise:",
        f"```text\n{_map(profile)}\n```",
    ]


def _line(profile: Profile) -> list[tuple[str, str]]:
    ring, hook, shown = profile.ring, profile.hook, profile.caller_id
    flash = f"{_ms(hook.flash_min)} to {_ms(hook.flash_max)}"
    return [
        ("ringing", f"{ring.hz:g} Hz, {ring.vrms:g} Vrms, {_pairs(ring.cadence_ms)}"),
        ("law of the network", profile.law),
        ("impedance, loop current", f"{profile.impedance}, {profile.loop_current_ma} mA"),
        ("break that is a pulse", f"{_ms(hook.pulse_min)} to {_ms(hook.pulse_max)}"),
        ("break that is a flash", flash),
        ("break that is a release", f"from {_ms(hook.release)}"),
        ("caller ID", f"{shown.standard or 'none'}, after the first ring, {shown.charset}"),
        (
            "tone after a call, then howler",
            f"{profile.release_tone_s:g} s, {profile.howler_s:g} s",
        ),
        ("emergency numbers", " ".join(profile.emergency)),
    ]


def _told(spec: ToneSpec) -> tuple[str, str]:
    first = [_segment(one) for one in spec.segments[: spec.loop_from]]
    if spec.loop_from is None:
        return ", ".join(first) + ", once", _level(spec)
    again = ", ".join(_segment(one) for one in spec.segments[spec.loop_from :])
    told = ", ".join(first) + ", then " + again if first else again
    lasting = spec.segments[-1].ms == 0
    return told if lasting else f"{told}, repeated", _level(spec)


def _segment(one: Segment) -> str:
    what = "+".join(f"{hz:g}" for hz in one.frequencies_hz)
    if one.modulation_hz:
        what += f" modulated by {one.modulation_hz:g}"
    what = f"{what} Hz" if what else "silence"
    return f"{what} {one.ms} ms" if one.ms else what


def _level(spec: ToneSpec) -> str:
    """Each level once, in order."""
    said = []
    for one in spec.segments:
        if not one.frequencies_hz:
            continue
        told = f"{one.level_dbm0:g}"
        if one.level_end_dbm0 is not None:
            told += f" rising to {one.level_end_dbm0:g}"
        said.append(told)
    return ", then ".join(dict.fromkeys(said)) + " dBm0"


def _map(profile: Profile) -> str:
    """The map's alternatives, a line not much longer than 80 characters."""
    lines: list[str] = []
    line = ""
    for pattern in profile.digit_map.patterns:
        line += pattern.text + "|"
        if len(line) > 80:
            lines, line = [*lines, line], ""
    return "\n".join([*lines, line]).rstrip("|\n")


def _pairs(cadence: tuple[int, ...]) -> str:
    return ", ".join(
        f"{on} ms on, {off} ms off" for on, off in zip(cadence[::2], cadence[1::2], strict=True)
    )


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:g} ms"
