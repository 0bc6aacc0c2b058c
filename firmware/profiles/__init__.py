"""Country profiles as data: one TOML file each; here only the reading of the files."""

from __future__ import annotations

import tomllib
from importlib import resources

from firmware.errors import ConfigError
from firmware.line.profile import Profile, parse_profile


def countries() -> list[str]:
    """Name the profiles that there are."""
    files = resources.files(__name__).iterdir()
    return sorted(file.name.removesuffix(".toml") for file in files if file.name.endswith(".toml"))


def load(country: str) -> Profile:
    """Read the profile of `country`.

    Raises:
        ConfigError: there is none of that name, or it is wrong.
    """
    if country not in countries():
        raise ConfigError([f"no profile {country!r}; there are: {', '.join(countries())}"])
    text = resources.files(__name__).joinpath(f"{country}.toml").read_text(encoding="utf-8")
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([f"profile {country}: {error}"]) from error
    return parse_profile(country, data)
