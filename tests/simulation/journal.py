"""A soak as it goes, world by world, in a file: what was lived once is not lived again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO

import msgspec

from tests.simulation.soak import Result


class JournalError(Exception):
    """The file cannot be gone on with; says why."""


class Beginning(msgspec.Struct, frozen=True, tag="begin", tag_field="what"):
    """Somebody has begun, or gone on."""

    seconds: float
    """That people live in a world."""
    audio: bool
    commit: str
    day: str


class Journal:
    """One line a world, written when it is over.

    Args:
        path: of the file; what is there is kept beside it (`.old`), unless it is gone on with.
        begins: what is begun.
        resume: go on with what is there.

    Raises:
        JournalError: there is nothing to go on with, or worlds of another kind.

    Attributes:
        results: of before, when it is gone on with; read again by each who asks.
        seeds: that were lived.
        commits: of what was lived, in order.
    """

    def __init__(self, path: Path, begins: Beginning, *, resume: bool = False) -> None:
        self._path = path
        self.seeds: set[int] = set()
        self.commits: dict[str, None] = {}
        if resume:
            self._looks_back(begins)
        elif path.exists():
            path.replace(path.with_name(path.name + ".old"))
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file: IO[bytes] = path.open("ab")
        if resume and not path.read_bytes().endswith(b"\n"):
            self._file.write(b"\n")  # somebody was cut off in the middle of a line
        self.commits[begins.commit] = None
        self._writes(begins)

    def _looks_back(self, begins: Beginning) -> None:
        if not self._path.exists():
            raise JournalError(f"{self._path}: not there, nothing to go on with")
        for line in _lines(self._path):
            if isinstance(line, Result):
                self.seeds.add(line.seed)
                continue
            self.commits[line.commit] = None
            if (line.seconds, line.audio) != (begins.seconds, begins.audio):
                kind = f"{line.seconds:g} s{', audio' * line.audio}"
                raise JournalError(f"{self._path}: worlds of another kind ({kind})")

    @property
    def results(self) -> Iterator[Result]:
        return (line for line in _lines(self._path) if isinstance(line, Result))

    def note(self, result: Result) -> None:
        """A world is over."""
        self.seeds.add(result.seed)
        self._writes(result)

    def _writes(self, line: Beginning | Result) -> None:
        self._file.write(msgspec.json.encode(line) + b"\n")
        self._file.flush()

    def close(self) -> None:
        self._file.close()


def _lines(path: Path) -> Iterator[Beginning | Result]:
    """All of them; the last may have been cut off."""
    with path.open("rb") as file:
        for line in file:
            try:
                if line.startswith(b'{"what"'):
                    yield msgspec.json.decode(line, type=Beginning)
                else:
                    yield msgspec.json.decode(line, type=Result)
            except msgspec.DecodeError:
                continue
