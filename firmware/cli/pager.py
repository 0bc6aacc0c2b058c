"""A page at a time: long answers on a terminal, as a carrier's box shows them.

Our own, since the console may be a login shell: a pager of the system lets its user start other
programs. It needs a terminal that knows carriage return, and no more.
"""

from __future__ import annotations

import os
import re
import select
import termios
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Protocol, TextIO

from firmware.hues import Brush, Hue, plain
from firmware.texts import tr
from firmware.texts.columns import columns

USUAL = (24, 80)
"""Lines and columns of a terminal that does not say, as serial ones do not."""
BYTE_LATER = 0.05
"""s that a byte of an arrow key's sequence may come after the one before it."""
_SGR = re.compile(r"\x1b\[[0-9;]*m")

NEXT = {" ", "f", "\x06", "\x1b[6~", "z"}
ONE = {"\r", "\n", "j", "e", "\x0e", "\x1b[B"}
BACK = {"b", "\x02", "\x1b[5~", "w"}
ONE_BACK = {"k", "y", "\x10", "\x1b[A"}
HALF = {"d", "\x04"}
FIRST = {"g", "<", "\x1b[H"}
ALL = {"G", ">", "\x1b[F"}
SEEK, AGAIN, HELP = "/", "n", {"h", "?"}
QUIT = {"q", "Q", "", "\x03", "\x1b"}
"""The empty one: nobody types any more."""
KEYS = (
    "space: next page; Enter: next line; b: page before; g: from the beginning; G: all the rest; "
    "/text: look for it, n: again; q: enough"
)


class Screen(Protocol):
    """A terminal with somebody before it."""

    @property
    def size(self) -> tuple[int, int]:
        """Lines and columns at this moment."""

    def key(self) -> str:
        """Wait for a key; empty: he has gone."""

    def write(self, text: str) -> None: ...


class Pages:
    """A text of which some rows are seen; what comes next is worked out for the size of the day.

    Args:
        text: all of it.
    """

    def __init__(self, text: str) -> None:
        self._rows = text.split("\n")
        self._top = self._next = 0
        """The rows from one up to the other are what was shown last."""

    @property
    def over(self) -> bool:
        """All has been shown."""
        return self._next >= len(self._rows)

    @property
    def percent(self) -> int:
        return self._next * 100 // len(self._rows)

    def page(self, size: tuple[int, int]) -> Sequence[str]:
        """The next rows that fill the screen but for its last line."""
        return self._shown(self._next, size[0] - 1, size[1])

    def half(self, size: tuple[int, int]) -> Sequence[str]:
        return self._shown(self._next, max(size[0] // 2, 1), size[1])

    def row(self) -> Sequence[str]:
        self._top, self._next = min(self._top + 1, self._next), self._next + 1
        return self._rows[self._next - 1 : self._next]

    def back(self, size: tuple[int, int]) -> Sequence[str]:
        """The page that ends where the one on the screen begins; or the first."""
        room, top = size[0] - 1, self._top
        while top > 0 and (room := room - self._height(self._rows[top - 1], size[1])) >= 0:
            top -= 1
        return self._shown(top, size[0] - 1, size[1])

    def row_back(self, size: tuple[int, int]) -> Sequence[str]:
        return self._shown(max(self._top - 1, 0), size[0] - 1, size[1])

    def first(self, size: tuple[int, int]) -> Sequence[str]:
        return self._shown(0, size[0] - 1, size[1])

    def rest(self) -> Sequence[str]:
        self._top, self._next = self._next, len(self._rows)
        return self._rows[self._top :]

    def found(self, text: str, size: tuple[int, int]) -> Sequence[str] | None:
        """The page that begins with the next row that has the text in it; None: none has.

        Small letters stand for capitals too.
        """
        for index in range(self._top + 1, len(self._rows)):
            row = _SGR.sub("", self._rows[index])
            if text in (row.lower() if text == text.lower() else row):
                return self._shown(index, size[0] - 1, size[1])
        return None

    def _shown(self, top: int, room: int, width: int) -> Sequence[str]:
        end = top
        while end < len(self._rows):
            room -= self._height(self._rows[end], width)
            if room < 0 and end > top:
                break
            end += 1
        self._top, self._next = top, end
        return self._rows[top:end]

    @staticmethod
    def _height(row: str, width: int) -> int:
        """Lines of the screen that it takes: the terminal breaks what is too long."""
        return max(-(-columns(_SGR.sub("", row)) // max(width, 1)), 1)


def page(text: str, screen: Screen, brush: Brush = plain) -> None:
    """Show a text page by page until it ends or the reader has had enough."""
    pages, wanted = Pages(text), ""
    rows: Sequence[str] | None = pages.page(screen.size)
    while True:
        for row in rows or ():
            screen.write(f"{row}\n")
        if pages.over:
            return
        key = _asked(screen, tr(f"-- more {pages.percent} % --"), brush)
        size = screen.size
        if key in QUIT:
            return
        rows = None
        if key == SEEK and (typed := _line(screen)):
            key, wanted = AGAIN, typed
        if key == AGAIN and wanted:
            rows = pages.found(wanted, size)
            if rows is None:
                screen.write(tr("not found") + "\n")
            continue
        if key in HELP:
            screen.write(tr(KEYS) + "\n")
        rows = _step(pages, key, size)


def _step(pages: Pages, key: str, size: tuple[int, int]) -> Sequence[str] | None:
    """What a key shows; None: it means nothing."""
    steps: list[tuple[set[str], Callable[[], Sequence[str]]]] = [
        (NEXT, lambda: pages.page(size)),
        (ONE, pages.row),
        (BACK, lambda: pages.back(size)),
        (ONE_BACK, lambda: pages.row_back(size)),
        (HALF, lambda: pages.half(size)),
        (FIRST, lambda: pages.first(size)),
        (ALL, pages.rest),
    ]
    return next((step() for keys, step in steps if key in keys), None)


def _asked(screen: Screen, prompt: str, brush: Brush) -> str:
    """Ask in the last line, and take the question away again."""
    screen.write(brush(prompt, Hue.REVERSE))
    try:
        return screen.key()
    finally:
        screen.write(f"\r{' ' * columns(prompt)}\r")


def _line(screen: Screen) -> str:
    """What is typed behind the slash, up to Enter; empty: he thinks better of it."""
    text = ""
    screen.write(SEEK)
    while (key := screen.key()) not in {"\r", "\n", *QUIT - {"q", "Q"}}:
        if key in {"\x7f", "\b"}:
            screen.write("\b \b" * columns(text[-1:]))
            text = text[:-1]
        elif key.isprintable():
            screen.write(key)
            text += key
    screen.write(f"\r{' ' * (columns(text) + 1)}\r")
    return text if key in {"\r", "\n"} else ""


class Terminal:
    """The one that we were started from; keys come as they are pressed, and are not shown.

    Args:
        out: what is written to it.
        keys: file descriptor that it is read from.
        lines: of a page, if the terminal's own are not meant.
    """

    def __init__(self, out: TextIO, keys: int = 0, lines: int | None = None) -> None:
        self._out, self._keys, self._lines = out, keys, lines

    @property
    def size(self) -> tuple[int, int]:
        lines, width = size_of(self._out.fileno())
        return self._lines or lines, width

    def write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()

    def key(self) -> str:
        begun = os.read(self._keys, 1)
        while begun and (begun[0] >= 0x80 or begun[0] == 0x1B) and not _whole(begun):
            if not select.select([self._keys], [], [], BYTE_LATER)[0]:
                break
            if not (more := os.read(self._keys, 1)):
                break
            begun += more
        return begun.decode(errors="replace")

    def show(self, text: str, brush: Brush) -> None:
        """Page it; the interrupt key is enough too. The terminal is left as it was found."""
        before = termios.tcgetattr(self._keys)
        raw = [*before]
        raw[3] &= ~(termios.ICANON | termios.ECHO)
        raw[6] = [*before[6]]
        raw[6][termios.VMIN], raw[6][termios.VTIME] = 1, 0
        termios.tcsetattr(self._keys, termios.TCSADRAIN, raw)
        try:
            page(text, self, brush)
        except KeyboardInterrupt:
            self.write("\r")
        finally:
            termios.tcsetattr(self._keys, termios.TCSADRAIN, before)


def _whole(key: bytes) -> bool:
    """Whether no byte of that key is to come: UTF-8, or the sequence of a key of its own."""
    if key[0] == 0x1B:
        return len(key) > 1 and (
            key[1:2] not in {b"[", b"O"} or (len(key) > 2 and key[-1] >= 0x40)
        )
    with suppress(UnicodeDecodeError):
        key.decode()
        return True
    return len(key) > 3


def size_of(descriptor: int) -> tuple[int, int]:
    """Lines and columns of a terminal."""
    try:
        found = os.get_terminal_size(descriptor)
    except OSError:
        return USUAL
    return found.lines or USUAL[0], found.columns or USUAL[1]


def fits(text: str, size: tuple[int, int]) -> bool:
    """Whether a text can be seen at once, with the prompt below it."""
    pages = Pages(text)
    pages.page(size)
    return pages.over
