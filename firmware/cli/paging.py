"""Who shows a long answer on a terminal: we, or in a one-shot command what ``$PAGER`` says."""

from __future__ import annotations

import shlex
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from typing import TextIO

from firmware.cli.context import Options
from firmware.cli.pager import Terminal, fits

LESS = "FRX"
"""Options of less, unless its user has others: colours, and no clearing of the screen."""


def show(text: str, options: Options, out: TextIO) -> None:
    """Show a text that may be longer than the screen, whose reader sits there."""
    terminal = Terminal(out, lines=options.lines)
    if fits(text, terminal.size):
        out.write(text + "\n")
        out.flush()
        return
    command = None if options.session else options.environment.get("PAGER")
    if command is not None and piped(command, text, options.environment):
        return
    terminal.show(text, options.brush)


def piped(command: str, text: str, environment: Mapping[str, str]) -> bool:
    """Hand a text to a program that pages it; False: there is none of that name."""
    try:
        words = shlex.split(command)
    except ValueError:
        return False
    if not words:
        words = ["cat"]  # somebody wants no pager
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # the key is for the pager
    try:
        process = subprocess.Popen(  # noqa: S603 its user chose it
            words, stdin=subprocess.PIPE, env={"LESS": LESS, **environment}, text=True
        )
        with suppress(BrokenPipeError):
            process.communicate(text + "\n")
    except OSError:
        return False
    finally:
        signal.signal(signal.SIGINT, before)
    return True
