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
`tipring shell`. Words and options may be shortened as long as they are unique: `sh po st`.
`--json` makes every answer one line of JSON ([keys](json.md)); `--socket PATH`, `--config FILE`,
`--no-pager` and `--color auto|always|never` may stand anywhere, in the console for one line;
`--help` behind any words is `help` on them. There are no modes: what is typed means the same
everywhere ([why](../decisions/0005-cli-without-modes.md)). The same table makes the manual page
([tipring.1](tipring.1)).
"""

KEYS = """\
## In the console

`?` after any word, or in the middle of one, shows what may follow, and which ports, calls, servers
and files there are; TAB completes. The arrow keys walk through the history, which is kept from one
session to the next (`~/.local/state/tipring/history`). `exit`, `quit` or the end of input leave.
An interrupt spoils the line only, or ends what is followed. Of the programs, `setup` can be begun
here.

An answer longer than the terminal is high comes page by page: space for the next, Enter for a
line, `b` back, `g` and `G` for the beginning and all the rest, `/` and `n` to look for something,
`q` for enough. What is wider than the terminal is broken between words, the rows of a table before
the same columns. `terminal length 0` ends that for a session, `--no-pager` for one command. A
one-shot command on a terminal does the same, or hands its answer to `$PAGER`; nothing is paged
into a pipe or a file.

On a terminal states are green, yellow or red, and the lanes of a ladder have a colour each: copper
magenta, SIP cyan, voice blue, refusals red. Nothing is told by colour alone. `NO_COLOR`,
`TERM=dumb` and `--color never` leave them out, pipes and `--json` have none; `--color always` is
for `less -R`.
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
