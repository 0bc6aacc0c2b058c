"""The console: a prompt over the command table, with TAB, ``?`` and history.

readline hands a completer one match after the other; with exactly one match, or none, it
never calls the hook that shows them. So for ``?`` a second, empty match is added, and the
hook shows what the table says instead of what readline collected.
"""

from __future__ import annotations

import readline
import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TextIO

from firmware.cli.command import TABLE, Table, UsageError
from firmware.cli.context import Context, Options
from firmware.cli.front import brush_for, complain, fill, split, write
from firmware.cli.help import help_for
from firmware.cli.values import values
from firmware.errors import GatewayError
from firmware.texts import tr

PROMPT = "tipring> "
_BYE = ("exit", "quit")
_HISTORY_LINES = 1000


def run(words: list[str], options: Options) -> int:
    """Be the shell until end of input or ``exit``; the process command ``shell``."""
    if words:
        raise UsageError(f"nothing is expected after shell: {words[0]}")
    fill("")
    return Shell(Context(options)).loop()


class Shell:
    """One session at the console.

    Args:
        context: what the commands reach.
        table: the commands.
        output: where answers go.
        read: asks for a line, given the prompt.
    """

    def __init__(
        self,
        context: Context,
        table: Table = TABLE,
        output: TextIO | None = None,
        read: Callable[[str], str] = input,
    ) -> None:
        self._context = context
        self._context.lasting = context.options
        context.options.session = True
        self._read = read
        self._table = table
        self._out = output or sys.stdout
        self._matches: list[str] = []

    def loop(self) -> int:
        """Read and run lines."""
        history = _history_file(self._context.options)
        self._set_up(history)
        while True:
            try:
                line = self._read(PROMPT)
            except EOFError:
                self._out.write("\n")
                break
            except KeyboardInterrupt:
                self._out.write("\n")
                continue
            if line.strip() in _BYE:
                break
            self.execute(line)
        if history is not None:
            _save_history(history)
        return 0

    def execute(self, line: str) -> int:
        """Run one line, say what came of it; the status that a one-shot command would have."""
        streams = (self._out, self._out)
        try:
            words, options = split(_words(line), self._context.options)
            if not words:
                return 0
            if words[-1] == "?":
                self._out.write(self.explain(words[:-1]) + "\n")
                return 0
            options.brush = brush_for(options, self._out)
            if words[0] == "help":
                return write(help_for(words[1:], self._table), options, *streams)
            with self._context.under(options) as context:
                return write(self._table.execute(words, context), options, *streams)
        except UsageError as error:
            complain(error, self._out)
            return 2
        except GatewayError as error:
            complain(error, self._out)
            return 1

    # completion

    def complete(self, text: str, index: int) -> str | None:
        """Answer readline: the match of that index, or None."""
        if index == 0:
            begin = readline.get_begidx()
            before = readline.get_line_buffer()[:begin].split()
            self._matches = self.candidates(before, text)
            if chr(readline.get_completion_type()) == "?":
                self._matches = [*self._matches, "", " "]
        return self._matches[index] if index < len(self._matches) else None

    def candidates(self, before: Sequence[str], text: str) -> list[str]:
        """What `text` may be the beginning of: words, then values; a space ends what is whole."""
        following = self._table.following(before)
        words = [word for word in following if word.startswith(text) and not word.startswith("<")]
        kinds = [word.strip("<>") for word in following if word.startswith("<")]
        words += [one for kind in kinds for one in values(self._context, kind, text)]
        return [word if word.endswith("/") else f"{word} " for word in words]

    def explain(self, words: Sequence[str], text: str = "") -> str:
        """What may stand behind `words`, with its help: what ``?`` shows."""
        following = {
            word: about
            for word, about in self._table.following(words).items()
            if word.startswith((text, "<")) and not (text and word == "<cr>")
        }
        if not following:
            return f"  {tr('nothing fits')}"
        width = max(len(word) for word in following)
        return "\n".join(
            f"  {word.ljust(width)}  {tr(about)}" for word, about in following.items()
        )

    def _show(self, substitution: str, matches: Sequence[str], longest: int) -> None:  # noqa: ARG002 readline's signature
        line = readline.get_line_buffer()
        begin = readline.get_begidx()
        shown = self.explain(line[:begin].split(), line[begin : readline.get_endidx()])
        self._out.write(f"\n{shown}\n{PROMPT}{line}")
        self._out.flush()

    def _set_up(self, history: Path | None) -> None:
        readline.set_completer_delims(" \t")
        readline.set_completer(self.complete)
        readline.set_completion_display_matches_hook(self._show)
        readline.parse_and_bind("tab: complete")
        readline.parse_and_bind('"?": possible-completions')
        readline.set_history_length(_HISTORY_LINES)
        if history is not None and history.exists():
            try:
                readline.read_history_file(history)
            except OSError:
                self._out.write(f"% {history} cannot be read\n")


def _words(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError as error:
        raise UsageError(f"{error}".lower()) from error


def _history_file(options: Options) -> Path | None:
    """``$XDG_STATE_HOME/tipring/history``; none where there is no home."""
    state = options.environment.get("XDG_STATE_HOME")
    home = options.environment.get("HOME")
    if state:
        return Path(state) / "tipring" / "history"
    return Path(home) / ".local" / "state" / "tipring" / "history" if home else None


def _save_history(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        readline.write_history_file(path)
        path.chmod(0o600)
    except OSError:
        return  # no history is no harm
