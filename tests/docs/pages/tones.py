"""docs/reference/tones.md, from the country profiles."""

from __future__ import annotations

from firmware.line.profile import Profile
from firmware.profiles import countries, load
from firmware.profiles.words import cadence, digit_map, level, ms, shown, sound
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
    tones = [(code(tone.value), sound(one), level(one)) for tone, one in profile.tones.items()]
    return [
        f"## {profile.name} ({code(profile.country)})",
        table(("tone", "frequencies and cadence", "level"), tones),
        table(("the line", ""), _line(profile)),
        *_taken(profile),
        "Digit map, unless `[dialling] digit_map` says otherwise:",
        "```text\n" + "\n".join(digit_map(profile.digit_map)) + "\n```",
    ]


def _taken(profile: Profile) -> list[str]:
    """Whose the other values are; the hook windows are named as one."""
    told = []
    for lender in sorted(set(profile.taken.values())):
        keys = [key for key, whose in profile.taken.items() if whose == lender]
        names = dict.fromkeys("hook" if key.startswith("hook.") else key for key in keys)
        told.append(f"Not its own but of {code(lender)}: {', '.join(names)}.")
    return told


def _line(profile: Profile) -> list[tuple[str, str]]:
    ring, hook = profile.ring, profile.hook
    flash = f"{ms(hook.flash_min)} to {ms(hook.flash_max)}"
    return [
        ("ringing", f"{ring.hz:g} Hz, {ring.vrms:g} Vrms, {cadence(ring.cadence_ms)}"),
        ("law of card and network", profile.law),
        ("impedance, loop current", f"{profile.impedance}, {profile.loop_current_ma} mA"),
        ("break that is a pulse", f"{ms(hook.pulse_min)} to {ms(hook.pulse_max)}"),
        ("break that is a flash", flash),
        ("break that is a release", f"from {ms(hook.release)}"),
        ("caller ID", shown(profile.caller_id)),
        (
            "tone after a call, then howler",
            f"{profile.release_tone_s:g} s, {profile.howler_s:g} s",
        ),
        ("emergency numbers", " ".join(profile.emergency)),
    ]
