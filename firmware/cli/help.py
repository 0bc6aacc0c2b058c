"""``help``: the command table, read aloud."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence
from itertools import groupby

from firmware.cli.command import TABLE, Answer, Table
from firmware.cli.context import Context
from firmware.errors import CommandError
from firmware.texts import tr
from firmware.texts.columns import columns, padded, wrapped

WIDTH = 96
"""Columns that a help text is broken to, where it is not broken in the source."""
NARROW = 80
"""Columns that the list of all commands fits into: those of the narrowest usual terminal."""
USAGE = 30
"""Of these, what a usage may take; the help on a longer one begins in the next line."""

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

GROUPS = (
    ("How it stands, and why", ("show", "explain", "ladder", "doctor")),
    (
        "Lines and servers",
        ("register", "deregister", "line", "ring", "test", "dial-test", "drill", "failback"),
    ),
    ("Configuration", ("config", "profile")),
    ("Recordings of calls", ("trace", "replay")),
    ("Telephones of the simulated board: you are the person there", ("phone",)),
    ("This console", ("help", "terminal", "exit", "quit")),
)
"""The list of all commands, by what one wants: a heading, and first words."""

ENTRANCE = (
    "Without a board `tipring demo --keep` calls on a simulated one, and lets you try all of "
    "this. With one `tipring setup` writes a configuration, `tipring doctor` says what the "
    "machine lacks, and `tipring run` is the gateway.",
    "Words may be shortened while that is unique: `sh po st`. `help show` tells of the commands "
    "that begin with show, and of their options; for each command there are --json, "
    "--config FILE, --socket PATH, --no-pager and --color WHEN.",
)


def rank(word: str) -> int:
    """Where a command stands in the list of all, by its first word."""
    words = [one for _, some in GROUPS for one in some]
    return words.index(word) if word in words else len(words)


@TABLE.command("help")
def help_all(context: Context) -> Answer:  # noqa: ARG001 every command gets one
    """List all commands."""
    return overview(TABLE)


def overview(table: Table) -> Answer:
    """All commands, grouped; each function once, options left out."""
    lines = wrapped(tr(ENTRANCE[0]), NARROW)
    lines += ["", tr("Programs (behind `tipring`, at the prompt of the system)")]
    for usage, about in PROCESSES:
        lines += _row([usage], about)
    for heading, words in GROUPS:
        found = [one for word in words for one in table.commands if one.words[0] == word]
        lines += ["", tr(heading)] if found else []
        for _, forms in groupby(found, key=lambda command: command.run):
            some = list(forms)
            lines += _row(_merged(command.pattern for command in some), some[0].help)
    lines += ["", *wrapped(tr(ENTRANCE[1]), NARROW)]
    data = [{"command": usage, "help": about} for usage, about in PROCESSES]
    data += [{"command": command.usage, "help": command.help} for command in table.commands]
    return Answer("\n".join(lines), data, verbatim=True)


def _merged(patterns: Iterable[str]) -> list[str]:
    """What need not be typed in brackets: ``show port``, ``show port status``: one usage."""
    merged: dict[str, str] = {}
    for pattern in sorted(patterns, key=len):
        base = next((one for one in merged if pattern.startswith(f"{one} ")), None)
        if base is not None and merged[base] == base:
            merged[base] = f"{base} [{pattern.removeprefix(base).strip()}]"
        else:
            merged[pattern] = pattern
    return list(merged.values())


def _row(usages: Sequence[str], about: str) -> list[str]:
    """A command and what it does: beside the last of its usages if there is room, else below."""
    *others, last = [f"  {usage}" for usage in usages]
    beside = " " * (USAGE + 2)
    if columns(last) > USAGE:
        return [*others, last, *wrapped(tr(about), NARROW, beside, beside)]
    first, *more = wrapped(tr(about), NARROW, f"{padded(last, USAGE)}  ", beside)
    return [*others, first, *more]


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
        raise CommandError(f"no help on {' '.join(words)}; help lists all commands")
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
