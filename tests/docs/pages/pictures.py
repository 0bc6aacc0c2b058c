"""docs/pictures/: the console as it looks on a terminal, drawn of what it prints."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from xml.sax.saxutils import escape

from firmware.hues import Hue, bright
from tests.gateway.test_trace_bundle import Console
from tests.world import World

WIDE, HIGH, EDGE = 8.0, 18, 14
"""Of a character and of a line, in pixels; and the margin."""
PAPER, INK = "#1d2021", "#d5d0c0"
COLOURS = {
    Hue.GOOD: "#8fc46b", Hue.ODD: "#e0af4f", Hue.BAD: "#f0776a", Hue.COPPER: "#d38fd0",
    Hue.NETWORK: "#6fc1c9", Hue.VOICE: "#7fa7e8", Hue.FAINT: "#928e82", Hue.BOLD: "#ffffff",
    Hue.REVERSE: "#ffffff",
}  # fmt: skip
_WHEN = re.compile(r"\(\d\d:\d\d:\d\d\)")
"""By the clock of the wall, wherever that is."""
_CODES = re.compile(r"\x1b\[(\d+)m(.*?)\x1b\[0m")


def status() -> str:
    """Two telephones that talk."""
    with World(exchange=True).registers() as world:
        _talks(world)
        return _typed(world, "show port status", "show call")


def ladder() -> str:
    """The same call from lift to hang-up, copper and signalling side by side."""
    with World(exchange=True).registers() as world:
        _talks(world)
        world.person(1).hangs_up()
        world.waits(1.0)
        world.person(2).hangs_up()
        world.waits(1.0)
        return _typed(world, "ladder 1 --last 1")


def explained() -> str:
    """Why there was a busy tone."""
    with World(exchange=True).registers() as world:
        world.person(2).lifts()
        world.waits(1.0)
        _calls(world)
        world.waits(2.0)
        return _typed(world, "explain last-call 1")


def _talks(world: World) -> None:
    _calls(world)
    world.waits_until(lambda: world.person(2).bell_rings)
    world.person(2).lifts()
    world.waits(12.0)


def _calls(world: World) -> None:
    world.person(1).lifts()
    world.waits(0.5)
    world.person(1).dials("102")
    world.waits(0.5)


def _typed(world: World, *commands: str) -> str:
    """What stands on the terminal after these."""
    console = Console(world)
    console.context.options.brush = bright
    told = [f"tipring> {command}\n{console.types(command).text}" for command in commands]
    return drawn(_WHEN.sub("(12:04:10)", "\n".join(told)))


def drawn(text: str) -> str:
    """A picture of a terminal that shows `text`, colours and all."""
    lines = text.split("\n")
    across = max(len(_CODES.sub(r"\2", line)) for line in lines) * WIDE + 2 * EDGE
    down = len(lines) * HIGH + 2 * EDGE
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {across:g} {down}" '
        f'width="{across:g}" height="{down}" font-family="monospace" font-size="13">',
        f'<rect width="{across:g}" height="{down}" rx="8" fill="{PAPER}"/>',
    ]
    for number, line in enumerate(lines):
        y = EDGE + HIGH * number + HIGH - 5
        parts += [
            f'<text x="{EDGE + WIDE * column:g}" y="{y}" textLength="{WIDE * len(words):g}" '
            f'fill="{fill}" xml:space="preserve">{escape(words)}</text>'
            for column, words, fill in _runs(line)
        ]
    return "\n".join([*parts, "</svg>", ""])


def _runs(line: str) -> Iterator[tuple[int, str, str]]:
    """Column, text and colour of what stands in one colour; what is blank is left out."""
    column, at = 0, 0
    for match in [*_CODES.finditer(line), None]:
        before = line[at : match.start() if match else len(line)]
        for words, fill in ((before, INK), *([(match[2], _colour(match[1]))] if match else [])):
            if words.strip():
                lead = len(words) - len(words.lstrip())
                yield column + lead, words.strip(), fill
            column += len(words)
        at = match.end() if match else at


def _colour(parameter: str) -> str:
    return COLOURS[Hue(parameter)]


PICTURES: dict[str, Callable[[], str]] = {
    "../pictures/status.svg": status,
    "../pictures/ladder.svg": ladder,
    "../pictures/explain.svg": explained,
}
"""Below docs/reference, as pages are."""
