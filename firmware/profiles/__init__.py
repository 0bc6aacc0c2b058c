"""Country profiles as data: one TOML file each; here only the reading of the files.

A profile may build on another one (``base = "de"``): what it does not say is taken from there,
key by key, and stays marked as taken. Profiles of users are files beside the configuration and
build on those that ship with the gateway.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from firmware.config.lines import key_lines, line_of, syntax
from firmware.errors import ConfigError
from firmware.line.profile import Profile, Told, parse_profile

SUFFIX = ".toml"
ENOUGH = 1 << 18
"""No profile is longer than this, in bytes."""


def countries() -> list[str]:
    """Name the profiles that there are."""
    files = resources.files(__name__).iterdir()
    return sorted(file.name.removesuffix(SUFFIX) for file in files if file.name.endswith(SUFFIX))


def is_file(country: str) -> bool:
    """Whether `[gateway] country` names a file, not a country that we have."""
    return country.endswith(SUFFIX)


def load(country: str) -> Profile:
    """Read the profile of `country`, or the file that it names.

    Raises:
        ConfigError: there is none of that name, or it is wrong.
    """
    if is_file(country):
        return load_file(Path(country))
    data, taken = _whole(country, _shipped(country), lambda _, reason: reason)
    return parse_profile(country, data, taken=taken)


def values(country: str) -> dict[str, Any]:
    """Everything that the file of a country says, and what it takes from its base, as written.

    Raises:
        ConfigError: there is none of that name.
    """
    return _whole(country, _shipped(country), lambda _, reason: reason)[0]


def load_file(path: Path) -> Profile:
    """Read a profile that somebody wrote or imported.

    Raises:
        ConfigError: it cannot be used; `problems` names every mistake with file and line.
    """
    try:
        if path.stat().st_size > ENOUGH:
            raise ConfigError([f"{path}:1: file: more than {ENOUGH} bytes"])
        text = path.read_bytes().decode().replace("\r\n", "\n")
    except OSError as error:
        raise ConfigError([f"{path}:1: file: {error.strerror or error}"]) from error
    except UnicodeDecodeError as error:
        raise ConfigError([f"{path}:1: file: not UTF-8 text"]) from error
    return parse(text, str(path))


def parse(text: str, file: str) -> Profile:
    """The same for a text; the country is called as the file, ``gr.toml``.

    Raises:
        ConfigError: as `load_file`.
    """
    try:
        given = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError([syntax(text, file, str(error))]) from error
    told = _with_lines(file, text)
    country = Path(file).name
    data, taken = _whole(country, given, told)
    profile = parse_profile(country, data, taken=taken, told=told)
    from drivers.si321x_plan import IMPEDANCES  # only a stranger's file has to be checked

    if profile.impedance not in IMPEDANCES:
        reason = f"{profile.impedance!r} is not one of: {', '.join(IMPEDANCES)}"
        raise ConfigError([told("impedance", reason)])
    return profile


def _shipped(country: str) -> dict[str, Any]:
    if country not in countries():
        raise ConfigError([f"no profile {country!r}; there are: {', '.join(countries())}"])
    text = resources.files(__name__).joinpath(f"{country}{SUFFIX}").read_text(encoding="utf-8")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([f"profile {country}: {error}"]) from error


def _whole(
    country: str, data: dict[str, Any], told: Told
) -> tuple[dict[str, Any], dict[str, str]]:
    """Fill in what a profile takes from its base, and say what that was."""
    base = data.pop("base", None)
    if base is None:
        return data, {}
    if base not in countries() or base == country:
        known = ", ".join(one for one in countries() if one != country)
        raise ConfigError([told("base", f"{base!r} is not one of: {known}")])
    below, taken_below = _whole(base, _shipped(base), told)
    taken: dict[str, str] = {}
    for key, value in below.items():
        if key == "name":
            continue  # a country without a name of its own would be mistaken for its base
        own = data.setdefault(key, {}) if isinstance(value, Mapping) else data
        if own is data and key not in data:
            data[key], taken[key] = value, taken_below.get(key, base)
        if own is data or not isinstance(own, dict):
            continue
        for name, inner in value.items():
            if name not in own:
                own[name], place = inner, f"{key}.{name}"
                taken[place] = taken_below.get(place, base)
    return data, taken


def _with_lines(file: str, text: str) -> Told:
    """Tell mistakes with the line of the key, or of the key within it that the reason names."""
    lines = key_lines(text)

    def told(key: str, reason: str) -> str:
        words = re.findall(r"[\w-]+", reason)
        inner = ((key, name) for word in words for name in (word, f"{word}_ms"))
        place = next((path for path in inner if path in lines), (key,))
        return f"{file}:{line_of(place, lines)}: {key}: {reason}"

    return told
