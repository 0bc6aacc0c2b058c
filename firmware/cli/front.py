"""``tipring ...``: from the words of the command line to an exit status.

The one place that writes to standard output. Nothing here imports the gateway, and of the
commands only those are loaded that the first word may mean: a one-shot command is a thin client
and starts in a moment.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TextIO

from firmware.cli.command import TABLE, Answer, Table, UsageError
from firmware.cli.context import Context, Options
from firmware.errors import ConfigError, GatewayError
from firmware.hues import WHEN, bright, plain, wanted
from firmware.text import escape
from firmware.texts import by_line, speak, tr

MODULES: dict[str, tuple[str, ...]] = {
    "config": ("config",),
    "deregister": ("line",),
    "dial-test": ("explain",),
    "doctor": ("doctor",),
    "drill": ("sbc",),
    "exit": ("terminal",),
    "explain": ("explain",),
    "failback": ("sbc",),
    "ladder": ("ladder",),
    "line": ("line",),
    "phone": ("phone", "copper"),
    "profile": ("profile",),
    "quit": ("terminal",),
    "register": ("line",),
    "replay": ("replay",),
    "ring": ("ring",),
    "show": ("show",),
    "terminal": ("terminal",),
    "test": ("call_path", "dial", "line_test"),
    "trace": ("trace",),
}
"""Where the commands are that begin with a word; `main` has all of them."""

VALUED = ("--config", "--socket", "--color")
"""Options of all commands that take a value; the others: --json, --no-pager."""
HELP = {"--help", "-h"}
SHORT = 4
"""Lines that every terminal shows at once."""
Process = Callable[[list[str], Options], int]
"""A command that is a program of its own: gets the words behind its name."""


def run(
    argv: Sequence[str],
    processes: Mapping[str, Process] | None = None,
    *,
    output: TextIO | None = None,
    complaints: TextIO | None = None,
) -> int:
    """Do what the command line says; 0 success, 1 refusal or fault, 2 wrong usage.

    Args:
        argv: without the program's name.
        processes: ``run``, ``demo``, ``shell`` ... by name.
        output: standard output.
        complaints: standard error.
    """
    out = output or sys.stdout
    err = complaints or sys.stderr
    speak(os.environ)
    try:
        words, options = split(argv)
        suit(options, out)
        return _dispatch(words, options, processes or {}, (out, err))
    except UsageError as error:
        complain(error, err)
        return 2
    except GatewayError as error:
        complain(error, err)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        _hush(out)
        return 1


def split(argv: Sequence[str], given: Options | None = None) -> tuple[list[str], Options]:
    """Take the options of all commands out, wherever they stand.

    Args:
        argv: words and options.
        given: options that hold unless the line says otherwise.

    Raises:
        UsageError: a value is missing, or is none.
    """
    words: list[str] = []
    options = replace(given) if given is not None else Options()
    rest = iter(argv)
    for word in rest:
        name, equals, value = word.partition("=")
        if name in VALUED:
            value = value if equals else next(rest, "")
            _set(options, name, value)
        elif word == "--json":
            options.json = True
        elif word == "--no-pager":
            options.lines = 0
        else:
            words.append(word)
    return words, options


def _set(options: Options, name: str, value: str) -> None:
    if name == "--color":
        if value not in WHEN:
            raise UsageError(f"--color wants one of: {', '.join(WHEN)}")
        options.color = value
        return
    if not value:
        raise UsageError(f"{name} wants the name of a file")
    setattr(options, name.removeprefix("--"), Path(value))


def suit(options: Options, out: TextIO) -> None:
    """Have answers in colours and as wide as what is written to can show; ``--json`` has none."""
    terminal = out.isatty()
    painted = wanted(options.color, options.environment, terminal=terminal)
    options.brush = bright if painted and not options.json else plain
    options.width = 0
    if terminal and not options.json:
        with suppress(OSError, ValueError):  # one that does not tell, or none that has a number
            options.width = os.get_terminal_size(out.fileno()).columns


def _dispatch(
    words: list[str],
    options: Options,
    processes: Mapping[str, Process],
    streams: tuple[TextIO, TextIO],
) -> int:
    if not words and "shell" in processes and sys.stdin.isatty() and streams[0].isatty():
        words = ["shell"]
    if HELP.intersection(words):
        return _helped(words, options, streams)
    if words and words[0] in processes:
        return processes[words[0]](words[1:], options)
    if words == ["--version"]:
        return write(_version(), options, *streams)
    fill(words[0] if words else "")
    if words and (process := _process(words[0], processes)) is not None:
        return process(words[1:], options)
    if is_help(words, TABLE):
        return _helped(words[1:], options, streams)
    context = Context(options)
    return write(TABLE.execute(words, context), options, *streams)


def _helped(words: Sequence[str], options: Options, streams: tuple[TextIO, TextIO]) -> int:
    """Tell of the commands that begin so, wherever ``--help`` stood among the words."""
    fill("")
    from firmware.cli.help import help_for

    return write(help_for([word for word in words if word not in HELP]), options, *streams)


def fill(word: str) -> None:
    """Load the commands that `word` may be the beginning of; all of them if it is not clear."""
    begun = [word] if word in MODULES else [name for name in MODULES if name.startswith(word)]
    if len(begun) != 1:
        begun = []
        import_module("firmware.cli.main")
    for name in begun:
        for module in MODULES[name]:
            import_module(f"firmware.cli.{module}")


def is_help(words: Sequence[str], table: Table) -> bool:
    """Whether somebody asks for help, on what stands behind the word."""
    return bool(words) and {c.words[0] for c in table.matching(words[:1])} == {"help"}


def _version() -> Answer:
    """What is installed; `show version` tells what runs."""
    from importlib.metadata import version

    installed = version("tipring")
    return Answer(f"tipring {installed}", {"tipring": installed})


def _process(word: str, processes: Mapping[str, Process]) -> Process | None:
    begun = [name for name in processes if name.startswith(word)]
    if len(begun) == 1 and not TABLE.matching([word]):
        return processes[begun[0]]
    return None


def write(answer: Answer, options: Options, out: TextIO, err: TextIO) -> int:
    """Print an answer, and what follows as it comes; the interrupt key ends that."""
    status = answer.status
    _print(answer, options, out, paged=answer.more is None)
    if answer.complaint:
        err.write(by_line(answer.complaint) + "\n")
        err.flush()
    try:
        for part in answer.more or ():
            _print(part, options, out, paged=False)
            status = max(status, part.status)
    except KeyboardInterrupt:
        out.write("\n")
    return status


def _print(answer: Answer, options: Options, out: TextIO, *, paged: bool) -> None:
    text = answer.text if answer.verbatim else by_line(answer.text)
    if options.json:
        if answer.more is not None and answer.data is None:
            return  # only what follows is data, one object a line
        text = json.dumps(answer.data, ensure_ascii=False)
    if not text:
        return
    if options.width and not answer.whole and max(map(len, text.split("\n"))) > options.width:
        from firmware.cli.folding import folded  # most answers are narrow

        text = folded(text, options.width)
    if paged and not options.json and text.count("\n") >= SHORT and _is_read(out, options):
        from firmware.cli.paging import show  # most answers are short

        show(text, options, out)
        return
    out.write(text + "\n")
    out.flush()


def _is_read(out: TextIO, options: Options) -> bool:
    """Whether somebody sits there and reads, a page at a time."""
    return options.lines != 0 and out is sys.stdout and out.isatty() and sys.stdin.isatty()


def complain(error: GatewayError, err: TextIO) -> None:
    """Say what was wrong: one line; of a configuration, one line a mistake."""
    lines = [f"% {tr(escape(str(error)))}"]
    if isinstance(error, ConfigError):
        lines = error.problems  # FILE:LINE: key: reason, as editors and scripts read it
    err.write("\n".join(lines) + "\n")
    err.flush()


def _hush(out: TextIO) -> None:
    """Whoever read our output has gone: Python must not flush into the broken pipe again."""
    if out is sys.stdout:
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())
