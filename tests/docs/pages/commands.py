"""docs/reference/commands.md, from the command table."""

from __future__ import annotations

import importlib
import inspect
from itertools import groupby

from firmware.cli.command import TABLE, Command
from firmware.cli.help import PROCESSES
from firmware.cli.kinds import KINDS
from tests.docs.pages.markdown import code, page, prose, table

HEAD = """\
`tipring show port status` at a prompt of the system is what `show port status` is inside
`tipring shell`. Words may be shortened as long as they are unique: `sh po st`. `--json` makes
every answer one line of JSON ([keys](json.md)); `--socket PATH` and `--config FILE` may stand
anywhere. There are no modes: what is typed means the same everywhere
([why](../decisions/0005-cli-without-modes.md)).
"""

KEYS = """\
## In the console

`?` after any word shows what may follow, TAB completes, the arrow keys walk through the
history, `exit`, `quit` or the end of input leave. An interrupt spoils the line only.
"""

PLACES = """\
## Where a command looks

| | control socket | simulated board |
|---|---|---|
| first | `--socket PATH` | `$TIPRING_BOARD` |
| then | `$TIPRING_SOCKET` | `[lab] board_socket` of `--config FILE` |
| then | `[control] socket` of `--config FILE` | `board.sock` beside the control socket |
| else | `/run/tipring/control.sock` | |
"""


def page_rows(commands: list[Command]) -> list[tuple[str, str]]:
    """Each function once, with all its patterns."""
    rows = []
    for run, forms in groupby(commands, key=lambda command: command.run):
        usages = "<br>".join(code(command.usage) for command in forms)
        rows.append((usages, prose(inspect.cleandoc(run.__doc__ or ""))))
    return rows


def _by_word() -> list[Command]:
    """In the order of the alphabet; those of one word as they stand in their file."""
    return sorted(TABLE.commands, key=lambda command: command.words[0])


def make() -> str:
    importlib.import_module("firmware.cli.main")  # it fills the table
    programs = table(
        ("command", "what it does"), [(code(f"tipring {u}"), about) for u, about in PROCESSES]
    )
    parts = [HEAD, "## Programs", programs]
    for word, group in groupby(_by_word(), key=lambda command: command.words[0]):
        parts += [f"## {word}", table(("command", "what it does"), page_rows(list(group)))]
    kinds = table(
        ("in a pattern", "means"), [(code(f"<{name}>"), told) for name, (_, told) in KINDS.items()]
    )
    return page("Commands", *parts, "## Values", kinds, KEYS, PLACES)
