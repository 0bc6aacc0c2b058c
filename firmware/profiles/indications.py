"""Tone zones of Asterisk and DAHDI (``indications.conf``), read; one becomes a country profile.

A section is a country: ``ringcadence = 1000,4000`` and one line a tone, ``busy = 425/480,0/480``:
elements of frequency and milliseconds, ``0`` for silence, ``a+b`` for a sum, ``a*b`` for a
modulated by b; what begins with ``!`` is played once, the rest over and over. The format knows
neither levels nor volts, windows, impedances nor numbers: a profile takes those from its base.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from firmware.errors import ConfigError
from firmware.line.tones import ToneError, parse_tone
from firmware.tone import Tone, ToneSpec

TONES = {
    "dial": Tone.DIAL,
    "stutter": Tone.STUTTER,
    "ring": Tone.RINGBACK,
    "busy": Tone.BUSY,
    "congestion": Tone.CONGESTION,
    "info": Tone.UNOBTAINABLE,
    "callwaiting": Tone.CALL_WAITING,
}
"""Entries that are tones of a profile."""
UNUSED = {"dialrecall", "record"}
"""Entries that the sample file has and a profile has no place for."""
RINGING = {"ringcadence", "ringcadance"}
"""The second is what old files call it."""
WORDS = {"description", "alias"}
GENERAL = "general"
LONGEST_RING_MS = 10_000

_BLOCK = re.compile(r";--.*?--;", re.DOTALL)
_SECTION = re.compile(r"\[([A-Za-z0-9_-]+)\]\s*(.*)")
_ENTRY = re.compile(r"[a-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Value:
    """The value of an entry, as text, and the line it stands in."""

    text: str
    line: int


@dataclass(slots=True)
class Zone:
    """One section."""

    country: str
    line: int
    entries: dict[str, Value] = field(default_factory=dict)

    @property
    def aliases(self) -> list[str]:
        """Other countries that have the same tones."""
        return [name.strip() for name in self._text("alias").split(",") if name.strip()]

    @property
    def name(self) -> str:
        """The country's name, in English."""
        return self._text("description") or self.country

    def _text(self, key: str) -> str:
        value = self.entries.get(key)
        return value.text if value else ""


@dataclass(frozen=True, slots=True)
class Imported:
    """What a zone says, in the words of a profile."""

    name: str
    cadence_ms: tuple[int, ...]
    """Of ringing; empty: the zone does not say."""
    tones: dict[Tone, str]
    lines: dict[str, int]
    """The line of the source of each: by the tone's name, and ``cadence_ms``."""
    unused: tuple[str, ...]
    """Entries that no profile has a place for."""

    @property
    def silent(self) -> list[Tone]:
        """What falls silent, and leaves a person waiting for an announcement."""
        specs = {tone: parse_tone(text) for tone, text in self.tones.items()}
        return [
            tone
            for tone, spec in specs.items()
            if tone is not Tone.CALL_WAITING
            and not any(one.frequencies_hz for one in spec.segments[_begin(spec) :])
        ]


def read(text: str, file: str) -> dict[str, Zone]:
    """The zones of a file by country, and the section ``general``.

    Raises:
        ConfigError: it is no such file; names every mistake with file and line.
    """
    problems: list[str] = []
    zones: dict[str, Zone] = {}
    zone: Zone | None = None
    for number, line in _lines(text):
        if found := _SECTION.fullmatch(line):
            country, rest = found[1].lower(), found[2]
            if rest:
                problems.append(f"{file}:{number}: [{country}]: templates are not understood")
            if country in zones:
                problems.append(f"{file}:{number}: [{country}]: stands above already")
            zone = zones[country] = Zone(country, number)
            continue
        key, sign, value = line.partition("=")
        key = key.strip().lower()
        if line.startswith("#"):
            problems.append(f"{file}:{number}: {line.split()[0]}: not followed")
        elif not sign or not _ENTRY.fullmatch(key):
            problems.append(f"{file}:{number}: neither [country] nor entry = value")
        elif zone is None:
            problems.append(f"{file}:{number}: {key}: stands before any [country]")
        elif key in zone.entries:
            problems.append(f"{file}:{number}: {key}: stands above already, in [{zone.country}]")
        else:  # "key => value" is as good as "key = value"
            zone.entries[key] = Value(value.removeprefix(">").strip(), number)
    if problems:
        raise ConfigError(problems)
    return zones


def find(zones: dict[str, Zone], country: str, file: str) -> Zone:
    """The zone of a country: its own, or that of another which names it as an alias.

    Args:
        zones: as `read` gives them.
        country: two letters; empty: the one of ``[general]``, or the only one there is.
        file: for the mistake.

    Raises:
        ConfigError: there is none; says which there are.
    """
    there = {name: zone for name, zone in zones.items() if name != GENERAL}
    if not country and GENERAL in zones and "country" in zones[GENERAL].entries:
        country = zones[GENERAL].entries["country"].text.lower()
    if not country and len(there) == 1:
        return next(iter(there.values()))
    if country in there:
        return there[country]
    for zone in there.values():
        if country and country in zone.aliases:
            return zone
    known = ", ".join(sorted(there)) or "none"
    what = f"no [{country}]" if country else "no country chosen"
    raise ConfigError([f"{file}:1: {what}; there are: {known}"])


def profile_of(zone: Zone, file: str) -> Imported:
    """What a zone says, in the words of a profile.

    Raises:
        ConfigError: an entry cannot be read; names every mistake with file and line.
    """
    problems: list[str] = []
    tones: dict[Tone, str] = {}
    lines: dict[str, int] = {}
    cadence: tuple[int, ...] = ()
    known = {*TONES, *UNUSED, *RINGING, *WORDS}
    for key, value in zone.entries.items():
        try:
            if key in TONES:
                tones[TONES[key]] = _tone(value.text)
                lines[TONES[key].value] = value.line
            elif key in UNUSED:
                _tone(value.text)
            elif key in RINGING:
                cadence, lines["cadence_ms"] = _ringing(value.text), value.line
        except ToneError as error:
            problems.append(f"{file}:{value.line}: {key}: {error}")
    if Tone.DIAL not in tones and not problems:
        problems.append(f"{file}:{zone.line}: [{zone.country}]: dial: missing")
    if problems:
        raise ConfigError(problems)
    unused = tuple(k for k in zone.entries if k in UNUSED or k not in known)
    return Imported(zone.name, cadence, tones, lines, unused)


def _begin(spec: ToneSpec) -> int:
    """Index of the first segment that is heard again."""
    return len(spec.segments) if spec.loop_from is None else spec.loop_from


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Number and text of every line that says something; comments are taken off."""
    plain = _BLOCK.sub(lambda found: "\n" * found[0].count("\n"), text.replace("\r\n", "\n"))
    for number, line in enumerate(plain.split("\n"), start=1):
        said = re.split(r"(?<!\\);", line, maxsplit=1)[0].strip()
        if said:
            yield number, said


def _tone(text: str) -> str:
    """A tone list in the notation of profiles, which is nearly the same.

    Raises:
        ToneError: a part cannot be read.
    """
    elements: list[str] = []
    repeats = False
    for part in text.replace("|", ",").split(","):
        element = part.strip()
        if elements and not element:
            break  # as Asterisk does at a comma too many
        if element.lstrip("!")[:1] in {"M", "m"}:
            raise ToneError(f"{element}: notes are not understood, write the frequency")
        once = element.startswith("!")
        repeats |= not once
        if once and repeats:  # there it is part of what repeats
            element = element[1:]
        sound, slash, ms = element.partition("/")
        if slash and ms.strip() == "0":
            slash = ms = ""  # without end
        elements.append(f"{sound.strip()}{slash}{ms.strip()}")
    tone = ",".join(elements)
    parse_tone(tone)
    return tone


def _ringing(text: str) -> tuple[int, ...]:
    steps = [step.strip() for step in text.split(",")]
    if not all(step.isascii() and step.isdecimal() for step in steps):
        raise ToneError(f"{text}: not milliseconds on, off, on, off ...")
    cadence = tuple(map(int, steps))
    if len(cadence) % 2:
        raise ToneError(f"{text}: on and off come in pairs")
    if not all(0 < step <= LONGEST_RING_MS for step in cadence):
        raise ToneError(f"{text}: from 1 to {LONGEST_RING_MS} ms")
    return cadence
