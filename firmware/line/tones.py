"""The tone plan of a country: the tones of ITU-T E.180, read from a profile.

A tone is written as in the tone zone files of open exchanges: ``450/350,0/350`` is 450 Hz
for 350 ms, then silence for 350 ms, over and over. ``350+440`` is a sum, ``400*16`` is 400 Hz
that swells and fades 16 times a second; no duration means without end; elements that begin
with ``!`` are played once and the others repeat. Where the level is not the plan's own, a tone
is a table, or a list of tables: ``[{play = "!950/15000", level_dbm0 = -20, level_end_dbm0 = 0},
{play = "950", level_dbm0 = 0}]``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from firmware.tone import Segment, Tone, ToneSpec

TonePlan = Mapping[Tone, ToneSpec]

USUAL_LEVEL_DBM0 = -10.0
LOUDEST_DBM0 = 3.14
"""Full scale of A-law (ITU-T G.711)."""
HIGHEST_HZ = 4000.0
FASTEST_SWELL_HZ = 100.0
"""A modulation above this is no swelling any more; those of E.180 go from 15 to 50 Hz."""


class ToneError(ValueError):
    """A tone definition cannot be read; says which part and why."""


def parse_plan(data: Mapping[str, Any]) -> dict[Tone, ToneSpec]:
    """Read the ``[tones]`` table of a profile.

    Args:
        data: one entry a tone, by the tone's name, and ``level_dbm0``, the usual level.

    Raises:
        ToneError: a tone is missing, unknown or cannot be read; names it.
    """
    if not isinstance(data, Mapping):
        raise ToneError("must be a table")
    level = _level(data.get("level_dbm0", USUAL_LEVEL_DBM0))
    wanted = {tone.value: tone for tone in Tone if tone is not Tone.SILENCE}
    given = {name: value for name, value in data.items() if name != "level_dbm0"}
    if missing := wanted.keys() - given.keys():
        raise ToneError(f"missing: {', '.join(sorted(missing))}")
    if unknown := given.keys() - wanted.keys():
        raise ToneError(f"unknown: {', '.join(sorted(unknown))}")
    plan: dict[Tone, ToneSpec] = {}
    for name, tone in wanted.items():
        try:
            plan[tone] = parse_tone(given[name], level)
        except ToneError as error:
            raise ToneError(f"{name}: {error}") from error
    return plan


def parse_tone(value: object, level_dbm0: float = USUAL_LEVEL_DBM0) -> ToneSpec:
    """Read one tone: a string, a table, or a list of tables (see the head of this file).

    Raises:
        ToneError: it cannot be read.
    """
    segments: list[Segment] = []
    loop_from: int | None = None
    for part in value if isinstance(value, list) else [value]:
        play, start, end = _part(part, level_dbm0)
        for element in play.split(","):
            once = element.strip().startswith("!")
            if once and loop_from is not None:
                raise ToneError(f"{element.strip()}: stands behind an element that repeats")
            if not once and loop_from is None:
                loop_from = len(segments)
            segments.append(_segment(element.strip().removeprefix("!"), start, end))
    if any(segment.ms == 0 for segment in segments[:-1]):
        raise ToneError("an element without a duration must be the last")
    return ToneSpec(tuple(segments), loop_from)


def _part(part: object, level_dbm0: float) -> tuple[str, float, float | None]:
    match part:
        case str(play):
            return play, level_dbm0, None
        case {"play": str(play), **rest} if rest.keys() <= {"level_dbm0", "level_end_dbm0"}:
            end = rest.get("level_end_dbm0")
            start = _level(rest.get("level_dbm0", level_dbm0))
            return play, start, None if end is None else _level(end)
        case _:
            raise ToneError("must be text, or a table with play, level_dbm0, level_end_dbm0")


def _segment(element: str, level: float, end: float | None) -> Segment:
    sound, slash, duration = element.partition("/")
    if slash and not (duration.isascii() and duration.isdigit() and int(duration) > 0):
        raise ToneError(f"{element}: the duration must be whole milliseconds")
    ms = int(duration) if slash else 0
    if sound == "0":
        return Segment((), ms)
    carrier, star, swell = sound.partition("*")
    try:
        frequencies = tuple(float(part) for part in carrier.split("+"))
        modulation = float(swell) if star else 0.0
    except ValueError as error:
        raise ToneError(f"{element}: not a frequency, a sum of them, or 0") from error
    if not all(0 < frequency < HIGHEST_HZ for frequency in frequencies):
        raise ToneError(f"{element}: frequencies lie between 0 and {HIGHEST_HZ:.0f} Hz")
    if star and len(frequencies) > 1:
        raise ToneError(f"{element}: one frequency can be modulated, a sum cannot")
    if star and not 1 <= modulation <= min(FASTEST_SWELL_HZ, frequencies[0] / 2):
        raise ToneError(
            f"{element}: a modulation lies between 1 and {FASTEST_SWELL_HZ:.0f} Hz, "
            "and below half the frequency"
        )
    return Segment(frequencies, ms, level, end, modulation)


def _level(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ToneError(f"{value!r}: a level is a number in dBm0")
    if not -70.0 <= value <= LOUDEST_DBM0:
        raise ToneError(f"{value}: a level lies between -70 and {LOUDEST_DBM0} dBm0")
    return float(value)
