"""Long answers a page at a time: what is on the screen after each key."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import termios
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.cli import main  # noqa: F401 fills the table
from firmware.cli.command import TABLE
from firmware.cli.context import Options
from firmware.cli.pager import USUAL, Pages, Terminal, fits, page, size_of
from firmware.cli.paging import piped, show
from firmware.cli.shell import Shell
from firmware.errors import CommandError
from firmware.hues import bright
from tests.cli.lab import Terminal as Paper
from tests.cli.lab import context

TEN = "\n".join(f"row {number}" for number in range(10))


@dataclass
class Reader:
    """A terminal of so many lines, and what its reader types; then he has gone."""

    keys: list[str]
    size: tuple[int, int] = (5, 80)
    told: str = ""
    sizes: list[tuple[int, int]] = field(default_factory=list)
    """Those that the window gets, one a key."""

    def key(self) -> str:
        if self.sizes:
            self.size = self.sizes.pop(0)
        return self.keys.pop(0) if self.keys else ""

    def write(self, text: str) -> None:
        self.told += text

    @property
    def rows(self) -> list[str]:
        """What he has read; the question in the last line has been wiped out."""
        lines = (line.rsplit("\r", 1)[-1] for line in self.told.split("\n"))
        return [line for line in lines if line]


def read(text: str, *keys: str, **how: object) -> list[str]:
    reader = Reader(list(keys), **how)  # type: ignore[arg-type]  # a lab's shorthand
    page(text, reader)
    return [row.removeprefix("row ") for row in reader.rows]


@pytest.mark.parametrize(
    ("keys", "rows"),
    [
        ("", "0123"),
        ("q", "0123"),
        ("\x03", "0123"),
        (" ", "01234567"),
        ("  ", "0123456789"),
        ("\r", "01234"),
        ("jj", "012345"),
        ("d", "012345"),
        (" b", "01234567" "0123"),
        (" \rb", "01234567" "8" "1234"),
        (" k", "01234567" "3456"),
        ("b", "0123" "0123"),
        (" g", "01234567" "0123"),
        ("G", "0123456789"),
        ("x?", "0123"),
    ],
)  # fmt: skip
def test_each_key_shows_what_a_carriers_box_shows(keys: str, rows: str) -> None:
    shown = [row for row in read(TEN, *keys) if not row.startswith("space")]
    assert "".join(shown) == rows


def test_the_question_names_how_much_was_seen_and_vanishes() -> None:
    reader = Reader([" "])
    page(TEN, reader, bright)
    assert "\x1b[7m-- more 40 % --\x1b[0m\r               \r" in reader.told
    assert reader.told.count("more") == 2


def test_a_text_is_looked_for_and_again() -> None:
    text = "\n".join(["a BYE", *"bcdefgh", "a Bye again", *"ijklmn", "the last bye", *"opqrstu"])
    rows = read(text, "/", *"bxe", "\x7f", "\x7f", *"ye", "\r", "n", "n")
    assert rows == [
        "a BYE", "b", "c", "d", "a Bye again", "i", "j", "k",
        "the last bye", "o", "p", "q", "not found",
    ]  # fmt: skip
    assert "not found" in read(text, "/", *"Zz", "\r")
    assert read(text, "n", "/", *"By", "\x1b") == ["a BYE", "b", "c", "d"]


def test_the_arrow_keys_and_those_for_pages_do_the_same() -> None:
    rows = read(TEN, "\x1b[6~", "\x1b[B", "\x1b[5~", "\x1b[A")
    assert "".join(rows) == "01234567812340123"


def test_a_long_row_takes_as_many_lines_as_the_terminal_breaks_it_into() -> None:
    text = "\n".join(["x" * 25, "\x1b[31mred\x1b[0m", "注册" * 4, "b", "c"])
    assert [len(row) for row in read(text, size=(6, 10))] == [25, 12]
    assert read(text, " ", size=(6, 10))[2:] == ["注册" * 4, "b", "c"]


def test_a_row_longer_than_the_screen_is_shown_all_the_same() -> None:
    assert read("x" * 900 + "\ny\nz", " ", size=(3, 10)) == ["x" * 900, "y", "z"]


def test_a_window_that_changes_its_size_changes_the_next_page() -> None:
    assert "".join(read(TEN, " ", " ", sizes=[(3, 80), (9, 80)])) == "0123456789"
    assert "".join(read(TEN, " ", sizes=[(3, 80)])) == "012345"


@given(st.lists(st.integers(0, 30), min_size=1, max_size=30), st.integers(2, 8))
def test_pages_have_every_row_once_and_in_order(lengths: list[int], lines: int) -> None:
    rows = ["x" * length for length in lengths]
    pages, seen = Pages("\n".join(rows)), list[str]()
    while not pages.over:
        seen += pages.page((lines, 10))
    assert seen == rows


def test_a_terminal_that_does_not_know_its_size_has_the_usual_one() -> None:
    read_end, write_end = os.pipe()
    assert size_of(read_end) == USUAL
    master, slave = pty.openpty()
    assert size_of(slave) == USUAL  # 0 lines: a serial one
    termios.tcsetwinsize(slave, (50, 132))
    assert size_of(slave) == (50, 132)
    for descriptor in (read_end, write_end, master, slave):
        os.close(descriptor)
    assert fits("a\nb", (3, 10))
    assert not fits("a\nb\nc", (3, 10))


def test_the_terminal_is_left_as_it_was_found_also_by_the_interrupt_key() -> None:
    class Impatient(Terminal):
        def key(self) -> str:
            raise KeyboardInterrupt

    master, slave = pty.openpty()
    before = termios.tcgetattr(slave)
    with os.fdopen(os.dup(slave), "w") as out:
        Impatient(out, slave, lines=4).show(TEN, bright)
    assert termios.tcgetattr(slave) == before
    os.close(slave)
    os.close(master)


def test_keys_are_read_one_by_one_and_what_is_typed_ahead_stays() -> None:
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (4, 80))
    with os.fdopen(os.dup(slave), "w") as out:
        os.write(master, b" \x1b[Bqshow\n")
        Terminal(out, slave).show(TEN, bright)
    assert os.read(slave, 100) == b"show\n"
    os.close(slave)
    seen = rest(master)
    assert "row 6" in seen
    assert "row 7" not in seen


def rest(master: int) -> str:
    """All that a terminal was sent, once nobody writes to it any more."""
    parts = []
    with suppress(OSError):  # what Linux says at the end of a terminal
        while part := os.read(master, 1000):
            parts.append(part)
    os.close(master)
    return b"".join(parts).decode()


def test_a_pager_of_the_users_own_gets_the_whole_text(tmp_path: Path) -> None:
    file = tmp_path / "seen"
    script = f'{sys.executable} -c \'import sys; open("{file}", "w").write(sys.stdin.read())\''
    assert piped(script, TEN, dict(os.environ))
    assert file.read_text() == f"{TEN}\n"
    assert piped("true", TEN * 10000, dict(os.environ)), "who leaves early has had enough"
    assert not piped("/no/such/pager", TEN, {})
    assert not piped("less '", TEN, {})


def test_what_fits_is_not_paged_and_a_session_starts_no_other_program() -> None:
    paper = Paper()
    paper.fileno = lambda: 0  # type: ignore[method-assign]  # whatever it is: 24 lines at least
    show("short\ntext", Options(environment={"PAGER": "/no/such/pager"}), paper)
    assert paper.getvalue() == "short\ntext\n"


def test_terminal_length_lasts_for_a_session_and_is_refused_to_a_one_shot_command() -> None:
    out = Paper()
    made = context()
    shell = Shell(made, output=out)
    assert shell.execute("ter len 0") == 0
    assert made.options.lines == 0
    assert shell.execute("terminal length 40") == 0
    assert made.options.lines == 40
    assert shell.execute("terminal length auto") == 0
    assert made.options.lines is None
    assert shell.execute("show alarms --no-pager") == 0
    assert made.options.lines is None
    assert shell.execute("terminal length 1") == 2
    assert out.getvalue().splitlines() == [
        "no pages: answers run through",
        "pages of 40 lines",
        "pages as high as the terminal",
        "no alarm",
        "% 1 after terminal length is not one of: <lines>, auto",
    ]
    for line in ("terminal length 0", "terminal length auto"):
        with pytest.raises(CommandError, match="a one-shot command is no session"):
            TABLE.execute(line.split(), context())


def test_nothing_is_paged_into_a_pipe() -> None:
    script = "import sys; from firmware.cli.main import run; sys.exit(run(['help']))"
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True, text=True, timeout=60, check=True,
        env={**os.environ, "PAGER": "/no/such/pager", "TERM": "xterm"},
    )  # fmt: skip
    assert done.stdout.count("\n") > 60
    assert "\x1b" not in done.stdout
    assert "more" not in done.stdout.splitlines()[24]
