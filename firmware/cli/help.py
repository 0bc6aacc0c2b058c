"""``help``: the command table, read aloud."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from itertools import groupby

from firmware.cli.command import TABLE, Answer, Table
from firmware.cli.context import Context
from firmware.errors import CommandError
from firmware.texts import tr
from firmware.texts.columns import wrapped

WIDTH = 96
"""Columns that a help text is broken to, where it is not broken in the source."""

PROCESSES = (
    ("run", "Be the gateway, in the foreground."),
    (
        "demo [--driver D] [--dial rotary] [--keep]",
        "Let two telephones of a simulated board call each other, on any line circuit.",
    ),
    ("setup", "Ask a few questions, and write a checked configuration file."),
    ("bringup", "Walk a card through its acceptance, step by step; the gateway must not run."),
    ("shell", "Open the console."),
    ("exchange [--listen A:P] [--user N:P ...] [--domain D]", "Be a small registrar and proxy."),
)
"""Commands that are programs of their own: usage and help. They are not in the table."""


@TABLE.command("help")
def help_all(context: Context) -> Answer:  # noqa: ARG001 every command gets one
    """List all commands."""
    return overview(TABLE)


def overview(table: Table) -> Answer:
    """All commands, one line each."""
    rows = [*PROCESSES, *((command.usage, command.help) for command in table.commands)]
    width = max(len(usage) for usage, _ in rows)
    lines = [f"{usage.ljust(width)}  {tr(about)}" for usage, about in rows]
    data = [{"command": usage, "help": about} for usage, about in rows]
    return Answer("\n".join(lines), data, verbatim=True)


def help_for(words: Sequence[str], table: Table = TABLE) -> Answer:
    """Explain the commands that begin with `words`; all of them in a list if there are none.

    Raises:
        CommandError: no command begins so.
    """
    if not words:
        return overview(table)
    found = table.matching(words)
    programs = [one for one in PROCESSES if words == [one[0].split()[0]]]
    if not found and not programs:
        raise CommandError(f"no help on {' '.join(words)}")
    texts = ["\n    ".join((f"tipring {usage}", tr(about))) for usage, about in programs]
    for run, forms in groupby(found, key=lambda command: command.run):
        about = _told(inspect.cleandoc(run.__doc__ or ""))
        usages = [command.usage for command in forms]
        texts.append("\n".join([*usages, *(f"    {line}".rstrip() for line in about)]))
    data = [{"command": usage, "help": about} for usage, about in programs]
    data += [{"command": command.usage, "help": command.help} for command in found]
    return Answer("\n".join(texts), data, verbatim=True)


def _told(text: str) -> list[str]:
    """The lines of a help text; in another language its paragraphs are broken anew."""
    lines: list[str] = []
    for paragraph in text.split("\n\n"):
        english = " ".join(paragraph.split())
        said = tr(english)
        lines += paragraph.split("\n") if said == english else wrapped(said, WIDTH)
        lines.append("")
    return lines[:-1]
