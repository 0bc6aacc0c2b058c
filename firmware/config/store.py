"""Configuration files on a disk that may lose its power at any moment.

A file is never written over: the new text goes into a file beside it and takes its place by
one rename, with the disk told to keep each step before the next is begun. Whenever the power
goes, the old file or the new one is there, whole.

The gateway keeps what it runs with (``tipring.toml.good``), and what it ran with before that
(``tipring.toml.before``), in its state folder, or beside the file if it has none: the one is
fallen back to when the file cannot be used at a start, the other is what `config rollback` goes
back to.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from firmware.errors import ConfigError

T = TypeVar("T")

MODE = 0o600
"""Passwords may stand in it."""
SHARED = 0o640
"""The same where the folder says who else may read: the service is of the folder's group."""


class Disk(Protocol):
    """The system calls that a write is made of; `os` has them."""

    def open(self, path: str, flags: int, mode: int = ..., /) -> int: ...
    def write(self, fd: int, data: bytes, /) -> int: ...
    def fsync(self, fd: int, /) -> None: ...
    def fchmod(self, fd: int, mode: int, /) -> None: ...
    def fchown(self, fd: int, uid: int, gid: int, /) -> None: ...
    def close(self, fd: int, /) -> None: ...
    def rename(self, src: str, dst: str, /) -> None: ...
    def unlink(self, path: str, /) -> None: ...


def write(path: Path, text: str, disk: Disk = os) -> None:
    """Put `text` at `path`, or leave what was there; who may read it stays as it is.

    Raises:
        OSError: it could not be done; the old file is as it was.
    """
    new = f"{path}.new"
    with suppress(FileNotFoundError):
        disk.unlink(new)  # somebody's power went here before
    fd = disk.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE)
    try:
        try:
            _let_read(fd, path, disk)
            left = text.encode()
            while left:
                left = left[disk.write(fd, left) :]
            disk.fsync(fd)
        finally:
            disk.close(fd)
        disk.rename(new, str(path))
    except OSError:
        with suppress(OSError):
            disk.unlink(new)
        raise
    _keep_names(path.parent, disk)


def _let_read(fd: int, path: Path, disk: Disk) -> None:
    """Let those read the new file who could read the old one."""
    try:
        seen = path.stat()
        mode, uid, gid = stat.S_IMODE(seen.st_mode), seen.st_uid, seen.st_gid
    except OSError:
        uid = -1
        gid = path.parent.stat().st_gid if path.parent.is_dir() else -1
        mode = SHARED if gid not in {-1, os.getegid()} else MODE
    with suppress(PermissionError):
        disk.fchown(fd, uid, gid)
        disk.fchmod(fd, mode)


def _keep_names(folder: Path, disk: Disk) -> None:
    """A rename is on the disk when the folder is."""
    fd = disk.open(str(folder), os.O_RDONLY | os.O_DIRECTORY)
    try:
        disk.fsync(fd)
    finally:
        disk.close(fd)


@dataclass(frozen=True, slots=True)
class Store:
    """A configuration file, and what the gateway keeps beside it."""

    path: Path
    state: Path | None = None
    """The folder of what is kept; None: that of the file."""
    disk: Disk = os

    @property
    def good(self) -> Path:
        """What the gateway runs with, or ran with last."""
        return (self.state or self.path.parent) / f"{self.path.name}.good"

    @property
    def before(self) -> Path:
        """What it ran with before that."""
        return (self.state or self.path.parent) / f"{self.path.name}.before"

    def load(self, read: Callable[[Path, Path], T]) -> tuple[T, list[str]]:
        """Read the file, or what ran last if it cannot be used.

        Args:
            read: reads and checks one file; the folder is where names in it begin.

        Returns:
            What was read; and what is wrong with the file, if that is not it.

        Raises:
            ConfigError: about the file; nothing beside it can be used either.
        """
        try:
            return read(self.path, self.path.parent), []
        except ConfigError as error:
            for other in (self.good, self.before):
                with suppress(ConfigError):
                    return read(other, self.path.parent), error.problems
            raise

    def in_force(self, text: str) -> None:
        """The gateway runs with this text now.

        Raises:
            OSError: the folder cannot be written to.
        """
        last = _text(self.good)
        if last == text:
            return
        if last is not None:
            write(self.before, last, self.disk)
        write(self.good, text, self.disk)


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
