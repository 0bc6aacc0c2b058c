"""``tipring setup``: the few questions that make a configuration, asked one after another.

Each answer is judged by the same rules as the file, at once; nothing is written before the end.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from firmware.config.load import parse
from firmware.config.store import write
from firmware.errors import CommandError, ConfigError
from firmware.profiles import countries

PASSWORDS = "secrets"
"""Folder beside the file: one file a line, with its password and nothing else."""
BOARDS = {
    "simulated": ('driver = "si3210"\nbus = "simulated"', 8),
    "si3210": ('driver = "si3210"\nbus = "spi0.0"\npcm = "fxs"', 2),
    "si3215": ('driver = "si3215"\nbus = "spi0.0"\npcm = "fxs"', 2),
    "si3210-chain": ('driver = "si3210"\nbus = "spi0.0"\ndaisy = true\npcm = "fxs"', 8),
    "si3215-chain": ('driver = "si3215"\nbus = "spi0.0"\ndaisy = true\npcm = "fxs"', 8),
    "ag1171": ('driver = "ag1171"\nbus = "gpio"\npcm = "fxs"', 2),
}
"""What somebody may have: the keys of its [[card]], and how many ports it can have."""
TRANSPORTS = ("udp", "tcp", "tls")
SERVED = Path("/etc/tipring/tipring.toml")
"""The file that the service runs with."""


@dataclass(frozen=True, slots=True)
class Terminal:
    """Somebody who can be asked."""

    ask: Callable[[str], str]
    """Shows a prompt, returns a line; EOFError: he has gone."""
    ask_secretly: Callable[[str], str]
    """The same, and what is typed is not shown."""
    say: Callable[[str], object]


@dataclass
class Line:
    """One telephone."""

    number: str
    user: str = ""
    password: str = field(default="", repr=False)


@dataclass
class Answers:
    """What has been answered so far; a file can be made of it at any moment."""

    country: str = "cn"
    board: str = "simulated"
    ports: int = 2
    servers: list[str] = field(default_factory=lambda: ["192.0.2.1"])
    domain: str = "example.invalid"
    transport: str = "udp"
    lines: dict[int, Line] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The configuration file."""
        card, _ = BOARDS[self.board]
        parts = [
            "# Written by: tipring setup. Every key: docs/reference/configuration.md",
            f"[gateway]\ncountry = {_quoted(self.country)}",
            f"[[card]]\nnumber = 1\n{card}\nports = {self.ports}",
            f"[sip]\ndomain = {_quoted(self.domain)}\ntransport = {_quoted(self.transport)}",
            *(_server(text) for text in self.servers),
            *(_line(port, line) for port, line in sorted(self.lines.items())),
        ]
        return "\n\n".join(parts) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # a string of JSON is one of TOML


def _server(text: str) -> str:
    host, colon, port = text.rpartition(":")
    bare = not colon or not port.isdecimal() or (":" in host and not host.endswith("]"))
    if bare:
        return f"[[sip.server]]\nhost = {_quoted(text.strip('[]'))}"
    return f"[[sip.server]]\nhost = {_quoted(host.strip('[]'))}\nport = {int(port)}"


def _line(port: int, line: Line) -> str:
    words = [f"[[line]]\nport = {port}\nnumber = {_quoted(line.number)}"]
    words += [f"auth_user = {_quoted(line.user)}"] if line.user else []
    words += [f"password_file = {_quoted(f'{PASSWORDS}/{port}')}"] if line.password else []
    return "\n".join(words)


class Interview:
    """Asks, judges, writes.

    Args:
        terminal: who is asked.
        path: of the file to be written.
    """

    def __init__(self, terminal: Terminal, path: Path) -> None:
        self._terminal = terminal
        self._path = path
        self.answers = Answers()

    def run(self) -> None:
        """Ask everything and write the file.

        Raises:
            CommandError: he has gone, or does not want it, or it cannot be written.
        """
        try:
            self._ask_all()
            self._write()
        except EOFError:
            raise CommandError("nothing was written") from None

    def _ask_all(self) -> None:
        say, answers = self._terminal.say, self.answers
        say("A few questions; Enter takes what is in brackets; nothing is written before the end.")
        self._ask("Country, for tones and ringing", countries(), "cn", "country")
        self._ask("Board", list(BOARDS), "simulated", "board")
        most = BOARDS[answers.board][1]
        counts = [str(count) for count in range(1, most + 1)]
        answers.ports = int(self._choose("Telephones it has sockets for", counts, "2"))
        self._ask_server(0, "SIP server, registrar or SBC (name or address, perhaps :port)")
        host = _server(answers.servers[0]).split('"')[1]
        self._ask("SIP domain, if it is another", [], host, "domain")
        self._ask("Transport", TRANSPORTS, "udp", "transport")
        while self._ask_server(
            len(answers.servers), "Another server, to fall back to (Enter: none)"
        ):
            pass
        for port in range(1, answers.ports + 1):
            self._ask_line(port)
        if not answers.lines:
            say("No telephone has a number: they can be lifted, and reach nobody.")

    def _ask(self, what: str, choices: list[str] | tuple[str, ...], usual: str, key: str) -> None:
        """Ask until the answer can stand in the file."""
        while True:
            before = getattr(self.answers, key)
            setattr(self.answers, key, self._choose(what, list(choices), usual))
            if self._stands():
                return
            setattr(self.answers, key, before)

    def _choose(self, what: str, choices: list[str], usual: str) -> str:
        offered = f" ({', '.join(choices)})" if choices else ""
        while True:
            given = self._terminal.ask(f"{what}{offered} [{usual}]: ").strip() or usual
            if not choices or given in choices:
                return given
            self._terminal.say(f"  {given!r} is not one of: {', '.join(choices)}")

    def _ask_server(self, rank: int, what: str) -> bool:
        """Ask for the server of that rank; False: there is none."""
        kept = self.answers.servers[:rank]
        while True:
            given = self._terminal.ask(f"{what}: ").strip()
            if not given:
                if rank:
                    self.answers.servers = kept
                    return False
                self._terminal.say("  without a server nobody can be called")
                continue
            self.answers.servers = [*kept, given]
            if self._stands():
                return True
            self.answers.servers = kept or ["192.0.2.1"]

    def _ask_line(self, port: int) -> None:
        ask, lines = self._terminal.ask, self.answers.lines
        while True:
            number = ask(f"Telephone {port}: its number (Enter: none): ").strip()
            if not number:
                return
            lines[port] = Line(number)
            if self._stands():
                break
            del lines[port]
        lines[port].user = ask(f"  user name for authentication [{number}]: ").strip()
        lines[port].password = self._terminal.ask_secretly("  password (not shown): ")

    def _stands(self) -> bool:
        """Whether what has been answered so far makes a file; if not, he is told why."""
        bare = Answers(**{**vars(self.answers), "lines": {}})
        lines = "".join(
            f"\n\n{_line(p, Line(one.number))}" for p, one in self.answers.lines.items()
        )
        try:
            parse(bare.text + lines, "answers", self._path.parent)
        except ConfigError as error:
            self._terminal.say(f"  {error.problems[0].split(': ', 2)[-1]}")
            return False
        return True

    def _write(self) -> None:
        say, path = self._terminal.say, self._path
        say(f"\n{self.answers.text}")
        there = " It is there already, and will be replaced." if path.exists() else ""
        if self._choose(f"Write {path}?{there}", ["yes", "no"], "no" if there else "yes") == "no":
            raise EOFError
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            secrets = path.parent / PASSWORDS
            if not secrets.exists():
                secrets.mkdir(mode=0o750)
                with suppress(PermissionError):  # who may read the file has to get at these too
                    os.chown(secrets, -1, path.parent.stat().st_gid)
            for port, line in self.answers.lines.items():
                if line.password:
                    write(secrets / str(port), f"{line.password}\n")
            write(path, self.answers.text)
        except OSError as error:
            raise CommandError(f"{error.filename or path}: {error.strerror}") from error
        parse(self.answers.text, str(path), path.parent)  # as the gateway will
        if path == SERVED:
            then = "systemctl enable --now tipring (if it runs already: tipring config apply)"
        else:
            then = f"tipring run --config {path}"
        say(f"{path} is written. Next: {then}")
