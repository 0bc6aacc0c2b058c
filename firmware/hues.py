"""Colours for a terminal: states in those of a traffic light, the lanes of a ladder apart.

A colour repeats what the words beside it say: without it nothing is lost. Whoever draws is given
a `Brush`; the plain one leaves text as it is, for pipes, files and ``--json``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import NamedTuple


class Hue(Enum):
    """What to select, as SGR parameters of ECMA-48 that every terminal with colours knows."""

    GOOD = "32"
    ODD = "33"
    BAD = "31"
    COPPER = "35"
    NETWORK = "36"
    VOICE = "34"
    FAINT = "2"
    BOLD = "1"
    REVERSE = "7"


Brush = Callable[[str, Hue], str]
"""Paints a text that has no line end in it."""


class Painted(NamedTuple):
    """A text that has a colour where there are any."""

    text: str
    hue: Hue | None

    def __str__(self) -> str:
        return self.text


def plain(text: str, _hue: Hue) -> str:
    """The brush of those who want none."""
    return text


def bright(text: str, hue: Hue) -> str:
    """The brush of a terminal."""
    return f"\x1b[{hue.value}m{text}\x1b[0m" if text else text


STATES: Mapping[str, Hue] = {
    **dict.fromkeys(("reg-ok", "alive", "in service", "ok", "Talking"), Hue.GOOD),
    **dict.fromkeys(("reg-ing", "unreg", "unknown", "Deact", "RINGING", "DOWN"), Hue.ODD),
    **dict.fromkeys(("minor", "warning", "warn", "note", "asking"), Hue.ODD),
    **dict.fromkeys(("reg-fail", "dead", "Fault", "FAULT", "critical", "major"), Hue.BAD),
    **dict.fromkeys(("FAIL", "failed", "DANGER", "isolated"), Hue.BAD),
}
"""Words of states, wherever they stand."""


def of_state(text: str) -> Painted:
    """A state, of one word or of several joined by colons, in the colour of the worst of them."""
    known = [STATES[word] for word in (text, *text.split(":")) if word in STATES]
    worst = next((hue for hue in (Hue.BAD, Hue.ODD, Hue.GOOD) if hue in known), None)
    return Painted(text, worst)


WHEN = ("auto", "always", "never")
"""What ``--color`` takes."""


def wanted(when: str, environment: Mapping[str, str], *, terminal: bool) -> bool:
    """Whether to paint: as told, else on a terminal that has colours and whose owner wants them.

    Args:
        when: ``auto``, ``always`` or ``never``.
        environment: ``NO_COLOR`` that is not empty refuses (no-color.org), so does ``TERM=dumb``.
        terminal: whether somebody reads it on one.
    """
    if when != "auto":
        return when == "always"
    refused = environment.get("NO_COLOR") or environment.get("TERM", "dumb") == "dumb"
    return terminal and not refused
