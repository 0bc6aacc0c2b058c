"""Programs that somebody else wrote, started for a test and ended with it."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import pytest

ENDS_WITHIN = 5.0
"""Seconds a program may take to end when asked; then it is killed."""
TAIL = 60
"""Lines of a log that go into a failure."""


class Witness(Protocol):
    """Something that can tell what happened, when a test has failed."""

    def evidence(self) -> dict[str, str]:
        """Texts by title."""


def note(error: BaseException, witness: Witness) -> None:
    """Put what `witness` has to say under an error that ends its `with`."""
    for title, text in witness.evidence().items():
        error.add_note(f"--- {title}\n{text}")


def program(name: str) -> str | None:
    """The path of a program; None: it is not installed."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def installed(name: str, package: str) -> str:
    """The path of a program; the test is skipped where it is not installed."""
    path = program(name)
    if path is None:
        pytest.skip(f"{name} is not installed here (Debian package {package})")
    return path


def ourselves(*words: str) -> tuple[list[str], dict[str, str]]:
    """How to start `tipring` of this tree with those arguments: its words and environment."""
    root = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    env = {"PYTHONPATH": path, "TIPRING_SOCKET": "", "TIPRING_BOARD": ""}
    return [sys.executable, "-m", "firmware", *words], env


def loopback() -> str:
    """An address of this host that nobody else is likely to use: each peer gets its own.

    Linux answers for all of 127/8, so ports need no sharing and captures stay apart.
    """
    return ".".join(["127", *(str(1 + secrets.randbelow(254)) for _ in range(3))])


def free_port(host: str) -> int:
    """An even port that is free for UDP and TCP at `host`, and the odd one above it for UDP."""
    while True:
        with ExitStack() as stack:
            udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            udp.bind((host, 0))
            port: int = udp.getsockname()[1] & ~1
            kinds = ((socket.SOCK_STREAM, 0), (socket.SOCK_STREAM, 1), (socket.SOCK_DGRAM, 0),
                     (socket.SOCK_DGRAM, 1))  # fmt: skip
            udp.close()
            try:
                for kind, step in kinds:
                    stack.enter_context(socket.socket(socket.AF_INET, kind)).bind(
                        (host, port + step)
                    )
            except OSError:
                continue
            return port


@dataclass(frozen=True, slots=True)
class Place:
    """Where a peer is."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def somewhere(host: str = "") -> Place:
    """A place that is free, at that host or at one that nobody uses."""
    host = host or loopback()
    return Place(host, free_port(host))


def listens(at: Place, transport: str = "udp") -> bool:
    """Whether a socket is bound there; the kernel prints addresses in the machine's byte order."""
    number = int.from_bytes(bytes(int(part) for part in at.host.split(".")), sys.byteorder)
    return f"{number:08X}:{at.port:04X} " in Path(f"/proc/net/{transport}").read_text()


class Folder:
    """A scratch folder with a short name: paths of Unix sockets have 107 bytes at most."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="tipring-"))

    def __enter__(self) -> Path:
        return self.path

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        shutil.rmtree(self.path, ignore_errors=True)


class Program:
    """A process, its standard streams in a log, ended by its own process id."""

    def __init__(
        self,
        name: str,
        words: Sequence[str],
        folder: Path,
        *,
        env: dict[str, str] | None = None,
        stdin: int = subprocess.DEVNULL,
    ) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                list(words),
                cwd=folder,
                stdin=stdin,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, "TERM": "dumb", **(env or {})},
                start_new_session=True,  # the interrupt key is ours, not theirs
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        if error is not None:
            note(error, self)
        self.end()

    @property
    def said(self) -> str:
        """All that it has written so far."""
        return self.log.read_text(errors="replace")

    def runs(self) -> bool:
        """Whether it is still there.

        Raises:
            AssertionError: it has ended by itself; says what it said last.
        """
        status = self.process.poll()
        assert status is None, f"{self.name} ended with {status}:\n{self.tail()}"
        return True

    def tail(self) -> str:
        return "\n".join(self.said.splitlines()[-TAIL:])

    def ended(self, within: float) -> int:
        """Wait for its end; the exit status."""
        try:
            return self.process.wait(within)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} does not end:\n{self.tail()}") from None

    def end(self) -> None:
        """Ask it to end; kill it if it does not."""
        if self.process.stdin:
            self.process.stdin.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def evidence(self) -> dict[str, str]:
        return {f"log of {self.name}": self.tail()}
