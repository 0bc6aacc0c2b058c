"""The console's words in the operator's language: English, or Chinese where the locale says so.

The daemon, its records and ``--json`` speak English; what a person reads is put into another
language at the last moment, by the sentence (docs/decisions/0010). The language belongs to the
process, as its locale does, and is chosen once, when the console starts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from firmware.texts.catalogue import Catalogue

VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")
"""The first that is set has the say (POSIX, XBD 8.2)."""


class _Speaker:
    """Who speaks; None: English, as everything is written."""

    catalogue: Catalogue | None = None


def speak(environment: Mapping[str, str]) -> None:
    """Take the language that the environment asks for, if there is one; else English."""
    wanted = next((text for name in VARIABLES if (text := environment.get(name))), "")
    if not wanted.startswith("zh"):
        _Speaker.catalogue = None
        return
    from firmware.texts.catalogue import load

    _Speaker.catalogue = load("zh")


def tr(text: str) -> str:
    """What is said of `text`; the same if the language is English or has no word for it."""
    return _Speaker.catalogue.say(text) if _Speaker.catalogue else text


def by_line(text: str) -> str:
    """The same of each line by itself."""
    return "\n".join(map(tr, text.split("\n"))) if _Speaker.catalogue else text
