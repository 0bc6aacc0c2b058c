"""The console, line by line and at a real terminal."""

from __future__ import annotations

import io
import os
import pty
import select
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.cli.command import UsageError
from firmware.cli.context import Options
from firmware.cli.shell import PROMPT, Shell, run
from tests.cli.lab import context

ROOT = Path(__file__).parents[2]


def typed(line: str) -> tuple[int, str]:
    out = io.StringIO()
    status = Shell(context(), output=out).execute(line)
    return status, out.getvalue()


def test_a_line_is_what_a_one_shot_command_is() -> None:
    assert typed("sh c 2 po 1 st") == (
        0,
        "[card:port]  register-status  call-status  physical-status  peer-number  call-direction\n"
        "[2:1]        reg-fail:Activ   Idle         ON-HOOK\n",
    )


@pytest.mark.parametrize(
    ("line", "status", "told"),
    [
        ("", 0, ""),
        ("   ", 0, ""),
        ("moon", 2, "% unknown command: moon; try help\n"),
        ('phone 1 say "a', 2, "% no closing quotation\n"),
        ("show card 9 port 1 status", 1, "% card 9 not present (cards: 1 2)\n"),
        ("register 1", 1, "% no method register\n"),
        (
            "help sh al",
            0,
            "show alarms [--history]\n    Show what is wrong now, since when; or what was "
            "wrong as well, and until when.\n",
        ),
        (
            "line 1 ?",
            0,
            "  enable   Bring a port into service.\n"
            "  disable  Take a port out of service; a call on it ends.\n",
        ),
        ("moon ?", 0, "  nothing fits\n"),
    ],
)
def test_what_is_wrong_is_told_in_one_line_and_help_is_near(
    line: str, status: int, told: str
) -> None:
    assert typed(line) == (status, told)


def test_tab_offers_words_and_values_and_no_placeholders() -> None:
    shell = Shell(context())
    assert shell.candidates(["show"], "ca") == ["card ", "call ", "calls "]
    assert shell.candidates(["show", "port"], "") == ["status ", "--follow ", "--at ", "2 ", "1 "]
    assert shell.candidates(["show", "port", "1"], "s") == ["status "]
    assert shell.candidates(["moon"], "") == []
    assert shell.candidates(["trace", "call"], "") == ["6 ", "7 "]
    assert shell.candidates(["show", "card"], "") == ["2 ", "1 "]
    assert shell.candidates(["ladder", "--format"], "m") == ["mermaid "]
    assert "--format " not in shell.candidates(["ladder", "--format", "svg"], "")
    assert shell.candidates(["show", "profile"], "c") == ["ca ", "ch ", "cn "]


def test_tab_offers_files_and_folders(tmp_path: Path) -> None:
    for name in ("call-7.zip", "call-8.zip", ".hidden"):
        (tmp_path / name).touch()
    (tmp_path / "calls").mkdir()
    shell, place = Shell(context()), f"{tmp_path}/"
    offered = shell.candidates(["replay"], f"{place}ca")
    assert offered == [f"{place}call-7.zip ", f"{place}call-8.zip ", f"{place}calls/"]
    assert len(shell.candidates(["replay"], place)) == 3
    assert shell.candidates(["replay"], f"{place}none/") == []
    assert shell.candidates(["trace", "call", "7", "--save"], place) == shell.candidates(
        ["replay"], place
    )


def test_without_a_service_tab_offers_words_alone() -> None:
    shell = Shell(context({}))
    assert shell.candidates(["show", "port"], "") == ["status ", "--follow ", "--at "]


def test_a_question_mark_shows_words_that_begin_so_and_placeholders() -> None:
    shell = Shell(context())
    assert shell.explain(["show", "port"], "st") == (
        "  <port>  number of a port\n"
        "  status  Show registration, call and hook state of all ports, now or then; or each "
        "change."
    )


def test_the_shell_takes_no_words() -> None:
    with pytest.raises(UsageError, match="nothing is expected after shell: now"):
        run(["now"], Options())


def test_the_interrupt_key_spoils_the_line_and_not_the_session(tmp_path: Path) -> None:
    lines: Iterator[str | BaseException] = iter(
        ["show alarms", KeyboardInterrupt(), "moon", EOFError()]
    )

    def read(prompt: str) -> str:
        assert prompt == PROMPT
        line = next(lines)
        if isinstance(line, str):
            return line
        raise line

    out = io.StringIO()
    made = context()
    made.options.environment = {"XDG_STATE_HOME": str(tmp_path)}
    assert Shell(made, output=out, read=read).loop() == 0
    assert out.getvalue() == "no alarm\n\n% unknown command: moon; try help\n\n"


class Terminal:
    """The shell behind a pseudo-terminal, and the person who types."""

    def __init__(self, home: Path) -> None:
        self.master, slave = pty.openpty()
        script = (
            "import sys; from firmware.cli import shell; from firmware.cli.main import run;"
            "sys.exit(run(sys.argv[1:], {'shell': shell.run}))"
        )
        self.process = subprocess.Popen(
            [sys.executable, "-c", script, "--socket", str(home / "no.sock")],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "HOME": str(home), "TERM": "dumb"},
            start_new_session=True,
        )
        os.close(slave)
        self.seen = ""

    def sees(self, text: str, within: float = 20.0) -> str:
        """Wait until `text` has appeared; what came up to then is forgotten and returned."""
        while text not in self.seen:
            ready, _, _ = select.select([self.master], [], [], within)
            assert ready, self.seen
            try:
                self.seen += os.read(self.master, 4096).decode()
            except OSError:
                break
        before, found, self.seen = self.seen.partition(text)
        assert found or not text, before
        return before

    def types(self, text: str) -> None:
        os.write(self.master, text.encode())

    def close(self) -> int:
        try:
            return self.process.wait(20)
        finally:
            self.process.kill()
            self.process.wait()
            os.close(self.master)


@pytest.mark.wire
def test_at_a_terminal_tab_question_mark_and_history_work(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    terminal.sees(PROMPT)
    terminal.types("sh\t")
    terminal.sees("show ")
    terminal.types("li?")
    assert "line" in terminal.sees(PROMPT + "show li")
    terminal.types("\x15line 1 e?")  # the line is killed, another begun
    assert "enable  Bring a port into service." in terminal.sees(PROMPT + "line 1 e")
    terminal.types("\t\n")
    assert "% tipring is not running" in terminal.sees(PROMPT)
    terminal.types("\x1b[A")  # the last line comes back
    terminal.sees("line 1 enable")
    terminal.types("\n")
    terminal.sees(PROMPT)
    terminal.types("exit\n")
    assert terminal.close() == 0
    history = tmp_path / ".local" / "state" / "tipring" / "history"
    assert "line 1 enable" in history.read_text()
    assert history.stat().st_mode & 0o777 == 0o600


@pytest.mark.wire
def test_end_of_input_leaves_the_shell(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    terminal.sees(PROMPT)
    terminal.types("\x04")
    assert terminal.close() == 0
