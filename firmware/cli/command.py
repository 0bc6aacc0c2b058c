"""The command table: a pattern is parser, help and completion; a function is the rest.

A command is found by its words, each of which may be shortened while that is unique. There
are no modes: what is typed means the same everywhere. Commands neither print nor hold
anything; they take a `Context` and return an `Answer`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

from firmware.cli.kinds import KINDS, OPTIONS
from firmware.errors import CommandError

Handler = Callable[..., "Answer"]


class UsageError(CommandError):
    """What was typed is no command, or not a whole one: exit status 2."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command has to say: for people, and for programs."""

    text: str
    data: Any = None
    status: int = 0
    """Exit status of a one-shot command: 1 when the answer is a refusal or a fault."""
    complaint: str = ""
    """What belongs on standard error, as it stands."""
    more: Iterator[Answer] | None = None
    """What follows as it happens, until the operator has seen enough."""
    verbatim: bool = False
    """The text is in the operator's language already, or is a picture or a file."""
    whole: bool = False
    """A line is a line, however narrow the terminal is: the text is a file."""


@dataclass(frozen=True, slots=True)
class Command:
    """One form of a command."""

    pattern: str
    """``show port <port> status``: words as they are, values in angle brackets."""
    run: Handler
    options: Mapping[str, str] = field(default_factory=dict)
    """``--last``: kind of its value, or empty for a switch."""

    @property
    def words(self) -> list[str]:
        return self.pattern.split()

    @property
    def help(self) -> str:
        """The first line of the function's docstring."""
        return inspect.cleandoc(self.run.__doc__ or "").partition("\n")[0]

    @property
    def usage(self) -> str:
        """The pattern with its options."""
        optional = [
            f"[{name} <{kind}>]" if kind else f"[{name}]" for name, kind in self.options.items()
        ]
        return " ".join([self.pattern, *optional])


@dataclass(frozen=True, slots=True)
class Table:
    """All commands."""

    commands: list[Command] = field(default_factory=list)

    def command(self, *patterns: str, **options: str) -> Callable[[Handler], Handler]:
        """Register a function under one or several patterns.

        Args:
            *patterns: the function gets the value of each ``<name>`` as keyword argument.
            **options: name (without the dashes) and kind of value, empty for a switch.
        """
        dashed = {"--" + name.replace("_", "-"): kind for name, kind in options.items()}

        def register(run: Handler) -> Handler:
            self.commands.extend(Command(pattern, run, dashed) for pattern in patterns)
            return run

        return register

    def parse(self, words: Sequence[str]) -> tuple[Command, dict[str, Any]]:
        """Find the one command that `words` mean, and the values in them.

        Raises:
            UsageError: none, more than one, or only the beginning of one.
        """
        plain, given = _split_options(words, self._valued)
        left = self.matching(plain)
        if not plain:
            raise UsageError("no command; try help")
        if not left:
            raise UsageError(self._unknown(plain))
        whole = [command for command in left if len(command.words) == len(plain)]
        if not whole:
            raise UsageError(f"incomplete: {' '.join(plain)} ... ({self._next(plain)})")
        if len(whole) > 1 or _several(left, len(plain)):
            those = whole if len(whole) > 1 else left
            meant = ", ".join(command.pattern for command in those)
            raise UsageError(f"ambiguous: {' '.join(plain)} ({meant})")
        return whole[0], {**_values(whole[0], plain), **_option_values(whole[0], given)}

    @property
    def _valued(self) -> AbstractSet[str]:
        """The options that take a value, of all commands: so they can be told from a word."""
        return {name for one in self.commands for name, kind in one.options.items() if kind}

    def execute(self, words: Sequence[str], context: Any) -> Answer:
        """Run what `words` mean.

        Raises:
            CommandError: it is no command (`UsageError`), or the command refuses.
            ControlError: the daemon refuses or does not run.
        """
        command, values = self.parse(words)
        return command.run(context, **values)

    def matching(self, words: Sequence[str]) -> list[Command]:
        """The commands that may begin with `words`."""
        left = self.commands
        for position, word in enumerate(words):
            left = [c for c in left if _fits(c, position, word)]
            exact = [c for c in left if c.words[position] == word]
            left = exact or left
        return left

    def following(self, words: Sequence[str]) -> dict[str, str]:
        """What may come after `words`, with its help; ``<cr>``: nothing need come.

        Of a word that is no command yet the help is what may follow it.
        """
        found: dict[str, str] = {}
        beyond: dict[str, dict[str, None]] = {}
        plain, given = _split_options(words, self._valued)
        for command in self.matching(plain):
            if words and (kind := _awaited(command, words[-1])):
                return {f"<{kind}>": KINDS[kind][1]}
            if len(command.words) == len(plain):
                found["<cr>"] = command.help
                left = (option for option in command.options if option not in given)
                found.update((option, OPTIONS.get(option, "")) for option in left)
                continue
            word = command.words[len(plain)]
            last = len(command.words) == len(plain) + 1
            about = command.help if last and not word.startswith("<") else ""
            if word.startswith("<"):
                about = KINDS[word.strip("<>")][1]
            found[word] = found.get(word) or about
            beyond.setdefault(word, {}).update(dict.fromkeys(command.words[len(plain) + 1 :][:1]))
        return {word: about or ", ".join(beyond.get(word, ())) for word, about in found.items()}

    def _next(self, words: Sequence[str]) -> str:
        return "next: " + ", ".join(word for word in self.following(words) if word != "<cr>")

    def _unknown(self, words: Sequence[str]) -> str:
        good = 0
        while self.matching(words[: good + 1]) and good < len(words):
            good += 1
        wrong = words[good]
        if good == 0:
            if meant := self._meant(wrong):
                return f"unknown command: {wrong}; did you mean {meant}?"
            return f"unknown command: {wrong}; try help"
        begun = " ".join(words[:good])
        following = [word for word in self.following(words[:good]) if word != "<cr>"]
        if not following:
            return f"nothing is expected after {begun}: {wrong}"
        if len(following) == 1 and following[0].startswith("<"):
            return f"{begun} wants {KINDS[following[0].strip('<>')][1]}, not {wrong}"
        return f"{wrong} after {begun} is not one of: {', '.join(following)}"

    def _meant(self, word: str) -> str:
        """What somebody may have meant who began with this: a word like it, or one from within."""
        from difflib import get_close_matches  # only who mistypes pays for it

        patterns = sorted((command.pattern for command in self.commands), key=len)
        close = get_close_matches(word, dict.fromkeys(one.split()[0] for one in patterns), 1, 0.7)
        within = [one for one in patterns if word in one.split()]
        return (close or within or [""])[0]


def _several(commands: Sequence[Command], count: int) -> bool:
    """Whether a shortened word may be the beginning of different ones."""
    words = ({command.words[at] for command in commands} for at in range(count))
    return any(len({word for word in some if not word.startswith("<")}) > 1 for some in words)


def _fits(command: Command, position: int, word: str) -> bool:
    if position >= len(command.words):
        return False
    wanted = command.words[position]
    if wanted.startswith("<"):
        return KINDS[wanted.strip("<>")][0](word) is not None
    return bool(word) and wanted.startswith(word)


def _values(command: Command, words: Sequence[str]) -> dict[str, Any]:
    values = {}
    for wanted, word in zip(command.words, words, strict=True):
        if wanted.startswith("<"):
            name = wanted.strip("<>")
            values[name] = KINDS[name][0](word)
    return values


def _split_options(
    words: Sequence[str], valued: AbstractSet[str]
) -> tuple[list[str], dict[str, str | None]]:
    """Take out ``--name``, ``--name=value`` and ``--name value`` (values are told by kind)."""
    plain: list[str] = []
    options: dict[str, str | None] = {}
    waiting = ""
    for word in words:
        if word.startswith("--") and len(word) > 2:
            name, equals, value = word.partition("=")
            options[name] = value if equals else None
            waiting = "" if equals else name
        elif waiting and any(name.startswith(waiting) for name in valued):
            options[waiting] = word
            waiting = ""
        else:
            plain.append(word)
    return plain, options


def _option_values(command: Command, given: Mapping[str, str | None]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for begun, text in given.items():
        name = _option(command, begun)
        kind = command.options[name]
        value: Any = True
        if kind:
            value = KINDS[kind][0](text) if text is not None else None
            if value is None:
                raise UsageError(f"{name} wants {KINDS[kind][1]}")
        elif text is not None:
            raise UsageError(f"{name} takes no value")
        values[name.strip("-").replace("-", "_")] = value
    return values


def _awaited(command: Command, word: str) -> str:
    """The kind of value that has to follow a word; empty: none has."""
    if not word.startswith("--"):
        return ""
    meant = [name for name in command.options if name == word]
    meant = meant or [name for name in command.options if name.startswith(word)]
    return command.options[meant[0]] if len(meant) == 1 else ""


def _option(command: Command, begun: str) -> str:
    """The option of the command that is meant; it may be shortened while that is unique."""
    if begun in command.options:
        return begun
    meant = [name for name in command.options if name.startswith(begun)]
    if not meant:
        raise UsageError(f"{command.pattern} has no option {begun}")
    if len(meant) > 1:
        raise UsageError(f"ambiguous: {begun} ({', '.join(meant)})")
    return meant[0]


TABLE = Table()
"""The commands of tipring; the files of firmware/cli/ fill it when they are imported."""
