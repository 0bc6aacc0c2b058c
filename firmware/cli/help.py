"""``help``: the command table, read aloud."""

from __future__ import annotations

import inspect

from firmware.cli.command import TABLE, Answer, Table
from firmware.cli.context import Context
from firmware.errors import CommandError


@TABLE.command("help")
def help_all(context: Context) -> Answer:  # noqa: ARG001 every command gets one
    """List all commands."""
    rows = [(command.usage, command.help) for command in TABLE.commands]
    width = max(len(usage) for usage, _ in rows)
    lines = [f"{usage.ljust(width)}  {about}" for usage, about in rows]
    return Answer("\n".join(lines), [{"command": usage, "help": about} for usage, about in rows])


def help_for(words: list[str], table: Table = TABLE) -> Answer:
    """Explain the commands that begin with `words`.

    Raises:
        CommandError: there are none.
    """
    found = table.matching(words)
    if not found:
        raise CommandError(f"no help on {' '.join(words)}")
    texts = []
    for command in found:
        about = inspect.cleandoc(command.run.__doc__ or "")
        texts.append(command.usage + "\n" + "\n".join(f"    {line}" for line in about.split("\n")))
    data = [{"command": command.usage, "help": command.help} for command in found]
    return Answer("\n".join(texts), data)
