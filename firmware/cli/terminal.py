"""The session of a shell: how it behaves on its terminal, and its end."""

from __future__ import annotations

from firmware.cli.command import TABLE, Answer
from firmware.cli.context import Context
from firmware.errors import CommandError


@TABLE.command("terminal length <lines>")
def terminal_length(context: Context, lines: int) -> Answer:
    """Set how many lines a page has in this session; 0: long answers run through."""
    if context.lasting is None:
        raise CommandError("a one-shot command is no session; --no-pager lets its answer run")
    context.lasting.lines = lines
    told = f"pages of {lines} lines" if lines else "no pages: answers run through"
    return Answer(told, {"lines": lines})


@TABLE.command("terminal length auto")
def terminal_length_auto(context: Context) -> Answer:
    """Have pages as long as the terminal is high, as at the beginning of a session."""
    if context.lasting is None:
        raise CommandError("a one-shot command is no session; --no-pager lets its answer run")
    context.lasting.lines = None
    return Answer("pages as high as the terminal", {"lines": None})


@TABLE.command("exit", "quit")
def leave(context: Context) -> Answer:
    """Leave the shell."""
    if context.lasting is None:
        raise CommandError("a one-shot command is no session; there is nothing to leave")
    context.lasting.session = False
    return Answer("")
