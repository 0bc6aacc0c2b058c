"""The console, line by line and at a real terminal."""

from __future__ import annotations

import io
import os
import pty
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.cli import main  # noqa: F401 fills the table
from firmware.cli.command import TABLE, UsageError
from firmware.cli.context import Options
from firmware.cli.shell import PROMPT, Shell, run
from firmware.errors import CommandError
from firmware.status import to_json
from tests.cli.lab import ANSWERS, context

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
        ("tipring show alarms", 0, "no alarm\n"),
        ("tipring", 0, ""),
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
        ("line 1 e?", 0, "  enable  Bring a port into service.\n"),
        ("trace call ?", 0, "  <call>  the number of a call (show calls): 6 7\n"),
        ("drill sbc ?", 0, "  <sbc>  the number of a server (show sbc): 1 2\n"),
        ("ladder --number ?", 0, "  <peer>  the number of who called, or was called: 8001 8002\n"),
        ("ladder --form ?", 0, "  <format>  text, mermaid or svg: text mermaid svg\n"),
        (
            "test ?",
            0,
            "  call-path  <port>\n  dial       <port>\n  line       <port>\n  ring       <port>\n",
        ),
        ("show sbc --n?", 0, "  --no-pager  all at once\n"),
        (
            "ladder --n?",
            0,
            "  --number    the calls with one number\n  --no-pager  all at once\n",
        ),
        (
            "phone 1 fault foreign dc -4?",
            0,
            "  <volts>  volts against ground, below it with a minus sign\n",
        ),
        ("he li 1 e", 0, "line <port> enable\n    Bring a port into service.\n"),
        ("run", 1, "% run is a program of its own, outside of the shell\n"),
        ("setup", 1, "% setup is a program of its own, outside of the shell\n"),
        ("exit now", 2, "% nothing is expected after exit: now\n"),
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
        "  <port>  the number of a port\n"
        "  status  Show registration, call and hook state of all ports, now or then; or each "
        "change."
    )


def test_the_shell_takes_no_words() -> None:
    with pytest.raises(UsageError, match="nothing is expected after shell: now"):
        run(["now"], Options())


def test_the_questions_of_setup_can_be_asked_in_the_shell() -> None:
    begun: list[list[str]] = []

    def setup(words: list[str], _options: Options) -> int:
        begun.append(words)
        return 0

    shell = Shell(context(), output=io.StringIO(), programs={"setup": setup})
    assert shell.execute("set") == 0
    assert begun == [[]]
    assert shell.candidates([], "se") == ["setup "]
    assert shell.explain([], "se").startswith("  setup  Ask a few questions")


def test_the_interrupt_key_gives_up_what_takes_long_and_not_the_session(tmp_path: Path) -> None:
    lines = iter(["setup", "show alarms", "exit"])

    def interrupted(_words: list[str], _options: Options) -> int:
        raise KeyboardInterrupt

    out, made = io.StringIO(), context()
    made.options.environment = {"XDG_STATE_HOME": str(tmp_path)}
    programs = {"setup": interrupted}
    assert Shell(made, output=out, read=lambda _: next(lines), programs=programs).loop() == 0
    assert out.getvalue() == "\nno alarm\n"


@pytest.mark.parametrize("word", ["exit", "quit", "q", "exi"])
def test_leaving_is_a_command_of_the_table(word: str, tmp_path: Path) -> None:
    lines = iter([word])
    made = context()
    made.options.environment = {"XDG_STATE_HOME": str(tmp_path)}
    assert Shell(made, output=io.StringIO(), read=lambda _: next(lines)).loop() == 0
    with pytest.raises(CommandError, match="there is nothing to leave"):
        TABLE.execute(["exit"], context())


def test_tab_offers_what_holds_for_all_commands_where_a_dash_was_typed() -> None:
    shell = Shell(context())
    assert shell.candidates(["show", "sbc"], "--") == ["--json ", "--no-pager ", "--color "]
    assert shell.candidates(["show", "sbc", "--color"], "a") == ["auto ", "always "]
    assert "--json " not in shell.candidates(["show", "port"], "")
    assert shell.candidates(["show", "sbc", "--json"], "") == []


def test_of_many_values_some_are_shown() -> None:
    row = vars_of(ANSWERS["calls"][0])
    many = [{**row, "call": number} for number in range(20)]
    shell = Shell(context({**ANSWERS, "calls": many, "history": []}))
    assert shell.explain(["trace", "call"]).endswith(": 1 2 3 4 5 6 7 8 ...")


def vars_of(row: object) -> dict[str, object]:
    told = to_json(row)
    assert isinstance(told, dict)
    return told


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
def test_a_session_that_is_cut_has_its_history_and_no_line_twice(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    terminal.sees(PROMPT)
    for line in ("show alarms", "show alarms", "show sbc"):
        terminal.types(f"{line}\n")
        terminal.sees("% tipring is not running")
        terminal.sees(PROMPT)
    terminal.process.kill()
    assert terminal.close() == -signal.SIGKILL
    history = tmp_path / ".local" / "state" / "tipring" / "history"
    assert history.read_text().splitlines() == ["show alarms", "show sbc"]


@pytest.mark.wire
def test_a_long_answer_is_paged_and_what_is_read_is_enough(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    terminal.sees(PROMPT)
    terminal.types("help\n")
    first = terminal.sees("-- more ")
    assert 5 < first.count("\n") <= 24, "the line that was typed, and rows that may be broken"
    terminal.types("q")
    terminal.sees(PROMPT)
    terminal.types("terminal length 0\n")
    terminal.sees("no pages: answers run through")
    terminal.types("help show\n")
    assert "-- more" not in terminal.sees("show profile <country>")
    terminal.types("exit\n")
    assert terminal.close() == 0


@pytest.mark.wire
def test_end_of_input_leaves_the_shell(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    terminal.sees(PROMPT)
    terminal.types("\x04")
    assert terminal.close() == 0
