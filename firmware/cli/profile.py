"""``profile ...``: files of country profiles, made and looked at."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from firmware.cli.command import TABLE, Answer
from firmware.cli.context import Context
from firmware.errors import CommandError, ConfigError

if TYPE_CHECKING:
    from firmware.line.profile import Profile
    from firmware.profiles.indications import Imported

ENOUGH = 1 << 20
"""No tone zone file is longer than this, in bytes."""
USUAL_BASE = "de"
"""For a country that we know nothing of: its neighbours in TBR 21 are many."""
NAMES = {"gb": "uk"}
"""Countries that go by another name here."""
DOUBTED = {
    ("cn", "stutter-dial-tone"): "two tones that beat at 25 Hz; the special dial tone of China is "
    "450 Hz, 400 ms on and 40 ms off",
}
"""Entries of the sample file that are not what the country has."""


@TABLE.command(
    "profile import <file>", "profile import <file> <country>", base="country", save="file"
)
def profile_import(
    context: Context,
    file: str,
    country: str = "",
    base: str = "",
    save: str = "",
) -> Answer:
    """Make a country profile of a tone zone file of Asterisk or DAHDI (indications.conf).

    Tones, cadences and ringing are those of the section `country`; the rest is taken from the
    profile `--base`, and marked so. The profile is printed, or written to the file `--save`.
    """
    from firmware import profiles
    from firmware.profiles import indications
    from firmware.profiles.text import OWN, as_text, taken

    del context
    text = _read(Path(file))
    zone = indications.find(indications.read(text, file), country, file)
    found = indications.profile_of(zone, file)
    name = country or zone.country
    base = base or _base_of([name, zone.country], profiles.countries())
    warned = _refined(found, zone.country, file)
    profile = as_text(found, section=zone.country, source=Path(file).name, base=base)
    target = _target(save) if save else Path(f"{name}{profiles.SUFFIX}")
    profiles.parse(profile, str(target))  # what we print is what `config check` takes
    left = taken(found, base)
    if foreign := [key for key in OWN if key in left and base != NAMES.get(name, name)]:
        warned.append(f"{target}: warning: {' and '.join(foreign)} are those of {base}")
    if save:
        _write(target, profile)
    told = f"{target}: {found.name}, {len(found.tones)} tones; {len(left)} values are of {base}"
    data = {
        "country": name,
        "name": found.name,
        "base": base,
        "taken": left,
        "unused": list(found.unused),
        "warnings": warned,
        "file": str(target) if save else "",
        "profile": profile,
    }
    shown = told if save else profile.rstrip("\n")
    return Answer(shown, data, complaint="\n".join(warned), whole=not save)


def _refined(found: Imported, country: str, file: str) -> list[str]:
    """Leave out what the file has wrong of `country`; returns what to warn the operator of."""
    warned = []
    for (doubted, tone), why in DOUBTED.items():
        if country == doubted:
            for one in [one for one in found.tones if one.value == tone]:
                del found.tones[one]
                warned.append(f"{file}:{found.lines[tone]}: warning: {tone} not taken: {why}")
    return warned + [
        f"{file}:{found.lines[tone.value]}: warning: {tone.value} is played once, then silence"
        for tone in found.silent
    ]


@TABLE.command("profile check <file>")
def profile_check(context: Context, file: str) -> Answer:
    """Check the file of a country profile: every mistake with its line."""
    from firmware.profiles import load_file

    del context
    try:
        profile = load_file(Path(file))
    except ConfigError as error:
        data = {"file": file, "ok": False, "problems": error.problems, "taken": {}}
        return Answer("", data, status=1, complaint="\n".join(error.problems))
    told = f"{file}: {profile.name}, ok"
    if profile.taken:
        told += f"; {len(profile.taken)} values are of {', '.join(_lenders(profile))}"
    data = {"file": file, "ok": True, "problems": [], "taken": dict(profile.taken)}
    return Answer(told, data)


def _lenders(profile: Profile) -> list[str]:
    return sorted(set(profile.taken.values()))


def _base_of(names: list[str], known: list[str]) -> str:
    """The profile of that country, or else of the one whose tones it has."""
    return next((own for name in names if (own := NAMES.get(name, name)) in known), USUAL_BASE)


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > ENOUGH:
            raise ConfigError([f"{path}:1: file: more than {ENOUGH} bytes"])
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError([f"{path}:1: file: {error.strerror or error}"]) from error
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError([f"{path}:{line}: file: not UTF-8 text"]) from error


def _target(name: str) -> Path:
    path = Path(name)
    if path.suffix != ".toml":
        raise CommandError(f"{name}: the name of a profile ends in .toml")
    if path.exists():
        raise CommandError(f"{name}: is there already")
    return path


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror or error}") from error
