"""What there is room for: files that may be open, and the disk that things are kept on (D13).

Looked at now and then, shown, and nothing more: calls need neither once they are up.
"""

from __future__ import annotations

import logging
import os
import resource
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from firmware.log import event as log_event
from firmware.trace.records import Alarms

SPARE_FILES = 6
"""A call takes two, a console one: fewer than this, and the next call may be refused."""
SPARE_OCTETS = 1 << 16
"""Of a disk: less, and a configuration may find no place."""
OPEN = Path("/proc/self/fd")
FILES, DISK = "files", "disk"
"""Where the alarms stand."""


@dataclass(frozen=True, slots=True)
class Folder:
    """One that is written to."""

    path: Path
    read_only: bool = False
    octets: int = SPARE_OCTETS
    """Left for us."""
    names: int = 1
    """Files that can still be made there (inodes)."""

    @property
    def problem(self) -> str:
        """In words; empty: it can be written to."""
        if self.read_only:
            return f"{self.path} is read-only: what is changed is not remembered"
        if self.octets < SPARE_OCTETS or not self.names:
            return f"{self.path} is full: what is changed is not remembered; delete something"
        return ""


@dataclass(frozen=True, slots=True)
class Room:
    """One look."""

    files: int
    """Open."""
    most: int
    """That may be."""
    folders: tuple[Folder, ...] = ()

    @property
    def problems(self) -> dict[str, str]:
        """By the place of the alarm; empty words: nothing is wrong."""
        files = ""
        if self.most - self.files < SPARE_FILES:
            files = (
                f"{self.files} files are open, {self.most} may be (LimitNOFILE=): "
                "calls that go on are not hurt, new ones may be refused"
            )
        return {FILES: files, DISK: "; ".join(f.problem for f in self.folders if f.problem)}


def look(folders: Iterable[Path], opened: Path = OPEN) -> Room:
    """Ask the kernel; a folder that is not there is left out."""
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        files = len(os.listdir(opened)) - 1  # noqa: PTH208 one call; the look itself is one of them
    except OSError:  # to look takes a file, and there is none
        files = most
    found = (_folder(path) for path in folders)
    return Room(files, most, tuple(folder for folder in found if folder is not None))


def _folder(path: Path) -> Folder | None:
    try:
        seen = os.statvfs(path)
    except OSError:
        return None
    return Folder(
        path,
        bool(seen.f_flag & os.ST_RDONLY),
        seen.f_bavail * seen.f_frsize,
        seen.f_favail if seen.f_files else 1,  # some file systems do not count them
    )


def tell(room: Room, alarms: Alarms) -> None:
    """Set or clear the alarms; what is new goes to the log, once."""
    known = {alarm.where for alarm in alarms.all()}
    for where, problem in room.problems.items():
        if not problem:
            alarms.clear(where)
            continue
        if where not in known:
            log_event("box", level=logging.WARNING, why=problem)
        alarms.set(where, "major" if where == FILES else "warning", problem)
