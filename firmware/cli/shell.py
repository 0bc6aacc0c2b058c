"""The console: a prompt over the command table, with TAB, ``?`` and history.

readline hands a completer one match after the other; with exactly one match, or none, it
never calls the hook that shows them. So for ``?`` a second, empty match is added, and the
hook shows what the table says instead of what readline collected.
"""

from __future__ import annotations

import readline
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TextIO

from firmware.cli.command import TABLE, Table, UsageError
from firmware.cli.context import Context, Options
from firmware.cli.front import HELP, Process, complain, fill, is_help, split, suit, write
from firmware.cli.help import PROCESSES, help_for, rank
from firmware.cli.kinds import KINDS
from firmware.cli.values import values
from firmware.errors import CommandError, GatewayError
from firmware.hues import WHEN
from firmware.texts import tr

PROMPT = "tipring> "
_HISTORY_LINES = 1000
_SHOWN = 8
"""Values that ``?`` shows of those that are there."""
EVERYWHERE = {
    "--json": "as one line of JSON",
    "--no-pager": "all at once",
    "--color": "colours: auto, always or never",
}
"""What may stand in each line, and is not in each help."""


def run(words: list[str], options: Options, programs: Mapping[str, Process] | None = None) -> int:
    """Be the shell until end of input or ``exit``; the process command ``shell``.

    Args:
        words: that stand behind it; none should.
        options: of the command line; they hold for the session.
        programs: those that may be begun from here.
    """
    if words:
        raise UsageError(f"nothing is expected after shell: {words[0]}")
    fill("")
    return Shell(Context(options), programs=programs).loop()


class Shell:
    """One session at the console.

    Args:
        context: what the commands reach.
        table: the commands.
        output: where answers go.
        read: asks for a line, given the prompt.
        programs: process commands that may be begun from here, by name.
    """

    def __init__(
        self,
        context: Context,
        table: Table = TABLE,
        output: TextIO | None = None,
        read: Callable[[str], str] = input,
        programs: Mapping[str, Process] | None = None,
    ) -> None:
        self._context = context
        self._context.lasting = context.options
        context.options.session = True
        self._read = read
        self._programs = programs or {}
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
            if history is not None:
                _remember(line, history)
            try:
                self.execute(line)
            except KeyboardInterrupt:  # what takes long is given up, and not the session
                self._out.write("\n")
            if not self._context.options.session:
                break
        return 0

    def execute(self, line: str) -> int:
        """Run one line, say what came of it; the status that a one-shot command would have."""
        streams = (self._out, self._out)
        try:
            words, options = split(_words(line), self._context.options)
            words = words[words[:1] == ["tipring"] :]  # as documents write it, for the system
            if not words:
                return 0
            if words[-1].endswith("?"):
                self._out.write(self.explain(words[:-1], words[-1][:-1]) + "\n")
                return 0
            suit(options, self._out)
            if is_help(words, self._table) or HELP.intersection(words):
                asked = [word for word in words if word not in HELP]
                asked = asked[is_help(asked, self._table) :]
                return write(help_for(asked, self._table), options, *streams)
            if name := self._program(words[0]):
                return self._begin(self._programs[name], words[1:], options)
            with self._context.under(options) as context:
                return write(self._table.execute(words, context), options, *streams)
        except UsageError as error:
            complain(error, self._out)
            return 2
        except GatewayError as error:
            complain(error, self._out)
            return 1

    def _begin(self, program: Process, words: list[str], options: Options) -> int:
        """Let a program ask its own questions: what is answered there are no commands."""
        before = readline.get_completer()
        readline.set_completer(None)
        try:
            return program(words, options)
        finally:
            readline.set_completer(before)

    def _program(self, word: str) -> str:
        """The process command that a word means, if it can be begun here; empty: it is none.

        Raises:
            CommandError: it is one, and is begun at the system's prompt only.
        """
        names = [usage.split()[0] for usage, _ in PROCESSES]
        meant = [name for name in names if name.startswith(word)]
        if len(meant) != 1 or self._table.matching([word]):
            return ""
        if meant[0] not in self._programs:
            raise CommandError(f"{meant[0]} is a program of its own, outside of the shell")
        return meant[0]

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
        following = self._following(before, text)
        words = [word for word in following if word.startswith(text) and not word.startswith("<")]
        kinds = [word.strip("<>") for word in following if word.startswith("<")]
        words += [one for kind in kinds for one in values(self._context, kind, text)]
        return [word if word.endswith("/") else f"{word} " for word in words]

    def explain(self, words: Sequence[str], text: str = "") -> str:
        """What may stand behind `words`, with its help and the values there: what ``?`` shows."""
        typed = {word for command in self._table.commands for word in command.words}
        following = {
            word: self._there(word, text, about if {*about.split(", ")} <= typed else tr(about))
            for word, about in self._following(words, text).items()
            if word.startswith(text) or _may_be(word, text)
        }
        if not following:
            return f"  {tr('nothing fits')}"
        width = max(len(word) for word in following)
        return "\n".join(f"  {word.ljust(width)}  {about}" for word, about in following.items())

    def _following(self, before: Sequence[str], text: str) -> dict[str, str]:
        """Words, placeholders, options; of those for all commands only where a dash was typed."""
        if before and before[-1] == "--color":
            return dict.fromkeys(WHEN, "")
        everywhere = EVERYWHERE if text.startswith("-") else {}
        programs = {} if before else {
            name: about
            for usage, about in PROCESSES
            if (name := usage.split()[0]) in self._programs
        }  # fmt: skip
        following = self._table.following(before)
        if not before:  # what one asks for most comes first
            following = {word: following[word] for word in sorted(following, key=rank)}
        return {**following, **programs, **everywhere}

    def _there(self, word: str, text: str, about: str) -> str:
        """The help on a placeholder, with some of the values that it has now."""
        if not word.startswith("<") or word == "<cr>":
            return about
        known = values(self._context, word.strip("<>"), text)
        some = " ".join(islice(known, _SHOWN)) + (" ..." if len(known) > _SHOWN else "")
        return f"{about}: {some}" if known else about

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
        readline.set_auto_history(False)  # answers to questions are no commands
        if history is not None and history.exists():
            try:
                readline.read_history_file(history)
            except OSError:
                self._out.write(f"% {history} cannot be read\n")


def _may_be(word: str, text: str) -> bool:
    """Whether a placeholder may stand for what was begun; a dash begins an option, or a value."""
    if not word.startswith("<") or (text and word == "<cr>"):
        return False
    read = KINDS.get(word.strip("<>"))
    return not text.startswith("-") or (read is not None and read[0](text) is not None)


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


def _remember(line: str, path: Path) -> None:
    """Keep a line at once: a session may end by a line that is cut."""
    count = readline.get_current_history_length()
    if not line.strip() or (count and readline.get_history_item(count) == line):
        return
    readline.add_history(line)
    with suppress(OSError):  # no history is no harm
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.chmod(0o600)
        readline.append_history_file(1, path)
