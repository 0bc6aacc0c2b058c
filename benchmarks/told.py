"""A process of the benchmarks that is told by a line what to do, and says by one what it did."""

from __future__ import annotations

import select
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.stand import StandError

WAIT = 40.0
"""s; an INVITE that nobody answers has ended by then (64 T1), and its call is counted as lost."""


class Told:
    """A module of ours that runs as a process and places calls.

    Args:
        name: what it is called when it does not answer.
        words: the module, and what stands behind it.
        quiet: what it writes to standard error is of no interest.
    """

    def __init__(self, name: str, *words: str, quiet: bool = False) -> None:
        self._name = name
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", *words],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0,
            stderr=subprocess.DEVNULL if quiet else None, cwd=Path(__file__).parents[1],
        )  # fmt: skip

    @property
    def pid(self) -> int:
        return self._process.pid

    def call(self, count: int, rate: float) -> int:
        """Place so many calls, so many a second; how many were answered."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"call {count} {rate}\n".encode())
        return int(self.hear("called", WAIT + count / rate)[2])

    def hear(self, word: str, within: float = WAIT) -> list[str]:
        """The line that begins so; those before it are a library's.

        Raises:
            StandError: it does not come.
        """
        out = self._process.stdout
        assert out is not None
        end = time.monotonic() + within
        while select.select([out], [], [], max(0.0, end - time.monotonic()))[0]:
            said = out.readline().decode().split()
            if said[:1] == [word]:
                return said
            if self._process.poll() is not None:
                break
        raise StandError(f"{self._name} does not say {word!r}")

    def end(self) -> None:
        """At once: nobody waits for what it would say to its server."""
        self._process.kill()
        self._process.communicate()
