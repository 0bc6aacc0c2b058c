"""What may stand for ``<name>`` in a pattern, and what the options of commands mean."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from firmware.cli.instant import instant

FORMATS = ("text", "mermaid", "svg")


def _number(text: str) -> int | None:
    # isdecimal alone would take digits of all scripts, and int() does understand those
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def _lines(text: str) -> int | None:
    lines = _number(text)
    return lines if lines == 0 or lines in range(2, 513) else None


def _measure(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\d{1,6}(\.\d{1,6})?", text, re.ASCII) else None


def _voltage(text: str) -> float | None:
    return float(text) if re.fullmatch(r"-?\d{1,3}(\.\d{1,3})?", text, re.ASCII) else None


def _digits(text: str) -> str | None:
    return text if re.fullmatch(r"[0-9*#A-Da-d,]{1,128}", text) else None


def _format(text: str) -> str | None:
    meant = [name for name in FORMATS if text and name.startswith(text)]
    return meant[0] if len(meant) == 1 else None


def _text(text: str) -> str | None:
    return text if text.isprintable() else None


def _peer(text: str) -> str | None:
    return text if re.fullmatch(r"[^\s-]\S{0,127}", text) else None


def _file(text: str) -> str | None:
    return text if text and not text.startswith("-") else None


def _country(text: str) -> str | None:
    return text if re.fullmatch(r"[a-z][a-z0-9_-]+|[^-].*\.toml", text) else None


KINDS: dict[str, tuple[Callable[[str], Any], str]] = {
    "card": (_number, "the number of a card"),
    "port": (_number, "the number of a port"),
    "number": (_number, "a number"),
    "lines": (_lines, "lines of a page, 2 to 512, or 0"),
    "call": (_number, "the number of a call (show calls)"),
    "peer": (_peer, "the number of who called, or was called"),
    "hz": (_measure, "a frequency in Hz"),
    "seconds": (_measure, "a number of seconds"),
    "ohms": (_measure, "a resistance in ohms"),
    "volts": (_voltage, "volts against ground, below it with a minus sign"),
    "ren": (_measure, "bells, in ringer equivalences"),
    "digits": (_digits, "digits: 0-9 * # A-D"),
    "text": (_text, "a few words, in quotation marks"),
    "file": (_file, "the name of a file"),
    "time": (instant, "a time: 14:05, 14:05:30 or 2026-11-22T14:05"),
    "sbc": (_number, "the number of a server (show sbc)"),
    "format": (_format, "text, mermaid or svg"),
    "country": (_country, "a country by its two letters, or the .toml file of its profile"),
}
"""What may stand for ``<name>`` in a pattern: how it is read (None: it is not one), in words."""

OPTIONS = {
    "--adapt": "find windows for this dial, and use them",
    "--at": "as it was then",
    "--background": "do not watch it",
    "--base": "the profile that the rest is taken from",
    "--follow": "go on with each change as it comes",
    "--force": "also if the telephone is in use",
    "--format": "for a document",
    "--heartbeat": "the OPTIONS of the heartbeat too",
    "--history": "what is over too",
    "--last": "so many calls, the last ones",
    "--loop": "of the wire and the telephone",
    "--name": "shown to the telephone as the caller's",
    "--now": "without waiting for who talks",
    "--number": "the calls with one number",
    "--ren": "so many bells, whatever was measured",
    "--save": "into this file",
    "--seconds": "for so long",
    "--tolerance": "how late something may be",
}
"""What an option does, in a few words: for ``?``."""
