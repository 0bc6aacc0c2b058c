r"""docs/reference/tipring.1: the manual page (man 7 man), from the command table.

A line that begins with a dot or an apostrophe is a request, a backslash an escape: text has none.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterable
from itertools import groupby

from firmware.cli.command import TABLE
from firmware.cli.help import PROCESSES
from firmware.cli.kinds import KINDS, OPTIONS
from firmware.cli.shell import EVERYWHERE

HEAD = r""".\" Made by `make docs` from the code; edit the code instead.
.TH TIPRING 1 "" tipring tipring
.SH NAME
tipring \- a gateway that makes analog telephones registered SIP lines, and its console
.SH SYNOPSIS
.B tipring
.RI [ options ]
.RI [ command ]
.SH DESCRIPTION
Without a command, on a terminal, the console is opened; a command that is given is done, and its
exit status is that of the answer.
Words and options may be shortened as long as they are unique:
.B tipring sh po st
is
.BR "tipring show port status" .
In the console
.B ?\&
shows what may follow, and TAB completes it.
"""

EXIT = """\
.SH EXIT STATUS
.TP
.B 0
success
.TP
.B 1
a refusal or a fault, or lost calls in a drill
.TP
.B 2
wrong usage
.TP
.B 130
ended by the interrupt key
"""

ENVIRONMENT = {
    "TIPRING_SOCKET": "the control socket, where --socket does not say",
    "TIPRING_BOARD": "the socket of the simulated board",
    "NO_COLOR": "if it is not empty: no colours, unless --color says always",
    "PAGER": "shows long answers of one-shot commands on a terminal; the console has its own",
    "LC_ALL, LC_MESSAGES, LANG": "zh: the console speaks Chinese",
}
FILES = {
    "/etc/tipring/tipring.toml": "the configuration, unless --config names another",
    "/run/tipring/control.sock": "the control socket",
    "~/.local/state/tipring/history": "the history of the console",
}
EVERYWHERE_TOO = {
    "--config <file>": "the configuration",
    "--socket <path>": "the control socket of the service",
}


def make() -> str:
    importlib.import_module("firmware.cli.main")  # it fills the table
    commands = sorted(TABLE.commands, key=lambda command: command.words[0])
    told = [
        ("\n.TQ\n".join(bold(form.usage) for form in forms), inspect.cleandoc(run.__doc__ or ""))
        for run, forms in groupby(commands, key=lambda command: command.run)
    ]
    programs = [(bold(f"tipring {usage}"), about) for usage, about in PROCESSES]
    everywhere = [(bold(name), about) for name, about in (EVERYWHERE_TOO | EVERYWHERE).items()]
    options = [(bold(name), about) for name, about in OPTIONS.items()]
    values = [(bold(f"<{name}>"), about) for name, (_, about) in KINDS.items()]
    parts = [
        HEAD.rstrip("\n"),
        ".SH OPTIONS OF ALL COMMANDS", *listed(everywhere),
        ".SH PROGRAMS", *listed(programs),
        ".SH COMMANDS", *listed(told),
        ".SH OPTIONS OF COMMANDS", *listed(options),
        ".SH VALUES", *listed(values),
        EXIT.rstrip("\n"),
        ".SH ENVIRONMENT", *listed((bold(name), about) for name, about in ENVIRONMENT.items()),
        ".SH FILES", *listed((bold(name), about) for name, about in FILES.items()),
    ]  # fmt: skip
    return "\n".join(parts) + "\n"


def listed(rows: Iterable[tuple[str, str]]) -> list[str]:
    """Tagged paragraphs."""
    return [f".TP\n{tag}\n{paragraphs(about)}" for tag, about in rows]


def paragraphs(text: str) -> str:
    """The paragraphs of a help text, one line each, indented as the first."""
    return "\n.IP\n".join(plain(" ".join(part.split())) for part in text.split("\n\n"))


def bold(text: str) -> str:
    return f'.B "{plain(text)}"'


def plain(text: str) -> str:
    """Text that is no request and has no escape; a minus stays one when it is copied."""
    safe = text.replace("\\", "\\e").replace("-", "\\-").replace('"', "\\(dq").replace("`", "")
    return f"\\&{safe}" if safe[:1] in {".", "'"} else safe
