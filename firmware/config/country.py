"""The country of [gateway]: one of ours, or a file beside the configuration."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from firmware.config.lines import KeyPath
from firmware.config.schema import Config
from firmware.errors import ConfigError
from firmware.profiles import countries, is_file, load_file

KEY: KeyPath = ("gateway", "country")


def check_country(config: Config, folder: Path, wrong: Callable[[KeyPath, str], None]) -> Config:
    """Say what is wrong with the country, or with every line of its file.

    Args:
        config: as read.
        folder: where relative names begin.
        wrong: is told of each mistake.

    Returns:
        The same with the name of the file in full.
    """
    country = config.gateway.country
    if not is_file(country):
        if country not in (known := countries()):
            there = f"there are: {', '.join(known)}; or the name of a .toml file"
            wrong(KEY, f"no profile {country!r} ({there})")
        return config
    path = folder / country
    try:
        load_file(path)
    except ConfigError as error:
        wrong(KEY, "; ".join(error.problems))
    gateway = msgspec.structs.replace(config.gateway, country=str(path.absolute()))
    return msgspec.structs.replace(config, gateway=gateway)
