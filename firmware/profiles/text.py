"""A profile as the text of its file: made of what was imported, and of a base for the rest."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from firmware import profiles
from firmware.profiles.indications import Imported

HEAD = """\
# {name}, imported from {source}, section [{section}].
# What is not said there is taken from the profile {base} and marked so: a value of the country
# itself goes in the place of such a line. Names of files like this one are what [gateway]
# country may be; `tipring profile check FILE` and `tipring config check` look at them.
"""
OWN = ("emergency", "digit_map")
"""What no country should have from another one."""


def as_text(zone: Imported, *, section: str, source: str, base: str) -> str:
    """The text of a profile file.

    Args:
        zone: what is known.
        section: where it stands in its source.
        source: the name of its file.
        base: the country that everything else is taken from.

    Raises:
        ConfigError: there is no such base.
    """
    below = profiles.values(base)
    known: dict[str, dict[str, tuple[Any, int]]] = {"ring": {}, "tones": {}}
    if zone.cadence_ms:
        known["ring"]["cadence_ms"] = list(zone.cadence_ms), zone.lines["cadence_ms"]
    for tone, text in zone.tones.items():
        known["tones"][tone.value] = text, zone.lines[tone.value]
    name = " ".join("".join(c if c.isprintable() else " " for c in zone.name).split())
    lines = [HEAD.format(name=name, source=source, section=section, base=base)]
    lines += [f"name = {value_text(name or section)}", f"base = {value_text(base)}"]
    lines += [
        f"# from {base}: {key} = {value_text(value)}"
        for key, value in below.items()
        if not isinstance(value, Mapping) and key != "name"
    ]
    for table in (key for key, value in below.items() if isinstance(value, Mapping)):
        lines += ["", f"[{table}]", *_table(base, below[table], known.get(table, {}))]
    if zone.unused:
        lines += ["", f"# Not used: {', '.join(zone.unused)}"]
    return "\n".join(lines) + "\n"


def taken(zone: Imported, base: str) -> list[str]:
    """The keys that `as_text` leaves to the base."""
    known = {f"tones.{tone.value}" for tone in zone.tones}
    known |= {"ring.cadence_ms"} if zone.cadence_ms else set()
    keys = []
    for key, value in profiles.values(base).items():
        inner = [f"{key}.{name}" for name in value] if isinstance(value, Mapping) else [key]
        keys += [one for one in inner if one not in known and one != "name"]
    return keys


def _table(
    base: str, below: Mapping[str, Any], known: Mapping[str, tuple[Any, int]]
) -> Iterator[str]:
    for key, value in below.items():
        if key not in known:
            yield f"# from {base}: {key} = {value_text(value)}"
            continue
        own, line = known[key]
        where = f"# line {line}"
        if isinstance(value, Mapping) and "level_dbm0" in value:
            own = {"play": own, "level_dbm0": value["level_dbm0"]}
            where += f", the level from {base}"
        yield f"{key} = {value_text(own)}  {where}"


def value_text(value: object) -> str:
    """A value as TOML, in one line; the lines of a digit map are put together."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return f"{value:g}"
        case list():
            return "[" + ", ".join(value_text(one) for one in value) + "]"
        case Mapping():
            inner = ", ".join(f"{key} = {value_text(one)}" for key, one in value.items())
            return f"{{ {inner} }}"
        case _:
            text = "".join(line.strip() for line in str(value).splitlines())
            return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
