"""What may be typed for a value, for TAB: ports that are there, calls that are known, files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from firmware.cli.context import Context
from firmware.cli.kinds import FORMATS
from firmware.errors import GatewayError

MOST = 200
"""Values that are offered; of more nobody chooses by TAB."""


def values(context: Context, kind: str, text: str) -> list[str]:
    """The values of a kind that begin with `text`; none, if nobody can be asked for them."""
    try:
        return list(dict.fromkeys(one for one in _known(context, kind, text)))[:MOST]
    except (GatewayError, OSError):
        return []


def _known(context: Context, kind: str, text: str) -> Iterator[str]:
    found: Iterator[object]
    match kind:
        case "port" | "card":
            found = (row[kind] for row in context.control.call("ports"))
        case "call":
            rows = [*context.control.call("history"), *context.control.call("calls")]
            found = (row["call"] for row in rows if row["call"])
        case "peer":
            rows = [*context.control.call("history"), *context.control.call("calls")]
            found = (row["peer_number"] for row in reversed(rows) if row["peer_number"])
        case "sbc":
            found = (row["index"] for row in context.control.call("servers"))
        case "format":
            found = iter(FORMATS)
        case "country":
            from firmware.profiles import countries

            found = iter(countries())
        case "file":
            found = _files(text)
        case _:
            return
    yield from (word for word in map(str, found) if word.startswith(text))


def _files(text: str) -> Iterator[str]:
    """Names in the folder that `text` leads to; folders with a slash behind."""
    folder, slash, begun = text.rpartition("/")
    place = Path(folder + slash).expanduser() if folder or slash else Path()
    for path in sorted(place.iterdir()):
        if path.name.startswith(begun) and (begun or not path.name.startswith(".")):
            yield f"{folder}{slash}{path.name}" + ("/" if path.is_dir() else "")
