"""Long lines on a terminal: where they are broken, and that a pipe never sees it."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.cli.command import Answer
from firmware.cli.context import Options
from firmware.cli.folding import folded
from firmware.cli.front import write

TABLE = """\
call  [card:port]  started              peer-number  released-by  sip  cause          why
2     [1:2]        2026-11-23 01:20:32  101          local        -    NORMAL         It hung up.
0     [1:1]        2026-11-23 01:21:12  -            local        -    LOCAL_TIMEOUT
"""
PROSE = """\
- Registration: reg-ok at 127.0.0.1:34350, last REGISTER 200 226 s ago, the binding ends in 3374 s
Sent          REGISTER for sip:101@demo.tipring.example to 127.0.0.1:34350, with credentials"""


def test_the_rows_of_a_table_are_broken_before_the_same_columns() -> None:
    assert folded(TABLE.rstrip(), 70).splitlines() == [
        "call  [card:port]  started              peer-number  released-by  sip",
        "    cause          why",
        "2     [1:2]        2026-11-23 01:20:32  101          local        -",
        "    NORMAL         It hung up.",
        "0     [1:1]        2026-11-23 01:21:12  -            local        -",
        "    LOCAL_TIMEOUT",
    ]


def test_sentences_go_on_below_their_beginning() -> None:
    assert folded(PROSE, 60).splitlines() == [
        "- Registration: reg-ok at 127.0.0.1:34350, last REGISTER 200",
        "  226 s ago, the binding ends in 3374 s",
        "Sent          REGISTER for sip:101@demo.tipring.example to",
        "              127.0.0.1:34350, with credentials",
    ]


def test_colours_and_wide_characters_are_counted_as_they_are_seen() -> None:
    red = f"\x1b[31m{'x' * 30}\x1b[0m and what follows"
    assert folded(red, 47) == red
    assert folded(red, 40).splitlines() == [f"\x1b[31m{'x' * 30}\x1b[0m and what", "    follows"]
    assert folded("注册 注册 注册", 10).splitlines() == ["注册 注册", "    注册"]


@given(st.text(alphabet="ab  \n", max_size=200), st.integers(min_value=8, max_value=60))
def test_no_word_is_lost_or_broken(text: str, width: int) -> None:
    lines = folded(text, width).split("\n")
    assert " ".join(lines).split() == text.split()
    fits = max(map(len, text.split()), default=0) + 4 <= width
    assert all(len(line) <= width or not fits or line[0] == " " for line in lines if line)


@pytest.mark.parametrize(("width", "lines"), [(0, 3), (70, 6)])
def test_only_a_terminal_gets_broken_lines(width: int, lines: int) -> None:
    out = io.StringIO()
    write(Answer(TABLE.rstrip()), Options(width=width, environment={}), out, out)
    assert out.getvalue().count("\n") == lines


def test_a_file_keeps_its_lines() -> None:
    out = io.StringIO()
    write(Answer(TABLE.rstrip(), whole=True), Options(width=40, environment={}), out, out)
    assert out.getvalue() == TABLE
