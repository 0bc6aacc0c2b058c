"""Configuration files outlive the loss of power, at any moment (D12)."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, combinations
from pathlib import Path

import pytest

from firmware.config.load import read
from firmware.config.store import MODE, Store, write
from firmware.desk.config import COPY, remember
from firmware.errors import ConfigError
from firmware.trace.records import Alarms

OLD, NEW = "old = 1\n" * 40, "new = 2\n" * 50
GOOD = '[[card]]\n[sip]\ndomain = "d.example"\n[[sip.server]]\nhost = "192.0.2.1"\n'


@dataclass
class Disk:
    """A disk that keeps what it was told to keep, and of the rest whatever it likes.

    Names and data are apart, as in a file system: a rename that was not followed by fsync of
    the folder may be lost, and so may each other; a file that was not synced may hold any
    beginning of what was written.
    """

    files: dict[int, bytes] = field(default_factory=lambda: {0: OLD.encode()})
    synced: dict[int, bytes] = field(default_factory=lambda: {0: OLD.encode()})
    names: dict[str, int] = field(default_factory=lambda: {"/nowhere/t.toml": 0})
    pending: list[tuple[str, str, int]] = field(default_factory=list)
    sync: bool = True
    full: bool = False
    states: set[bytes] = field(default_factory=set)
    _open: dict[int, int | None] = field(default_factory=dict)

    def open(self, path: str, flags: int, mode: int = 0, /) -> int:
        fd = 10 + len(self._open)
        if flags & os.O_DIRECTORY:
            self._open[fd] = None
            return fd
        assert flags & os.O_EXCL
        assert mode == MODE
        if path in self._now:
            raise FileExistsError(errno.EEXIST, "File exists")
        inode = len(self.files)
        self.files[inode] = self.synced[inode] = b""
        self._open[fd] = inode
        self._name("put", path, inode)
        return fd

    def write(self, fd: int, data: bytes, /) -> int:
        if self.full:
            raise OSError(errno.ENOSPC, "No space left on device")
        inode = self._open[fd]
        assert inode is not None
        self.files[inode] += data[:100]  # the kernel may take less than it is given
        self._power_may_go()
        return min(100, len(data))

    def fsync(self, fd: int, /) -> None:
        if not self.sync:
            return
        inode = self._open[fd]
        if inode is None:
            self.names, self.pending = self._now, []
        else:
            self.synced[inode] = self.files[inode]
        self._power_may_go()

    def close(self, fd: int, /) -> None: ...

    def fchmod(self, _fd: int, mode: int, /) -> None:
        assert mode == MODE, "nobody else may read what is new"

    def fchown(self, fd: int, uid: int, gid: int, /) -> None: ...

    def rename(self, src: str, dst: str, /) -> None:
        inode = self._now[src]
        self._name("put", dst, inode)
        self._name("drop", src, inode)

    def unlink(self, path: str, /) -> None:
        if path not in self._now:
            raise FileNotFoundError(errno.ENOENT, "No such file or directory")
        self._name("drop", path, 0)

    @property
    def _now(self) -> dict[str, int]:
        return _after(self.names, self.pending)

    def _name(self, what: str, path: str, inode: int) -> None:
        self.pending.append((what, path, inode))
        self._power_may_go()

    def _power_may_go(self) -> None:
        """Note everything that could be found at the name after a loss of power now."""
        some = (combinations(self.pending, count) for count in range(len(self.pending) + 1))
        for kept in chain.from_iterable(some):
            inode = _after(self.names, list(kept)).get("/nowhere/t.toml")
            self.states |= {b"(gone)"} if inode is None else set(self._contents(inode))

    def _contents(self, inode: int) -> Iterator[bytes]:
        synced, written = len(self.synced[inode]), self.files[inode]
        yield from (
            written[:size] for size in {synced, (synced + len(written)) // 2, len(written)}
        )


def _after(names: dict[str, int], changes: list[tuple[str, str, int]]) -> dict[str, int]:
    names = dict(names)
    for what, path, inode in changes:
        if what == "put":
            names[path] = inode
        else:
            names.pop(path, None)
    return names


def test_whenever_the_power_goes_the_old_file_or_the_new_one_is_there_whole() -> None:
    disk = Disk()
    write(Path("/nowhere/t.toml"), NEW, disk)
    assert {state.decode() for state in disk.states} == {OLD, NEW}
    assert disk.files[disk.names["/nowhere/t.toml"]] == NEW.encode()
    assert disk.pending == [], "it is acknowledged when it is on the disk"


def test_a_disk_that_is_not_told_to_keep_anything_would_lose_it() -> None:
    """The model is strict enough to notice."""
    disk = Disk(sync=False)
    write(Path("/nowhere/t.toml"), NEW, disk)
    assert NEW[: len(NEW) // 2] in {state.decode() for state in disk.states}


def test_a_full_disk_leaves_the_old_file() -> None:
    """D13: a write that fails says so."""
    disk = Disk(full=True)
    with pytest.raises(OSError, match="No space left"):
        write(Path("/nowhere/t.toml"), NEW, disk)
    assert {state.decode() for state in disk.states} == {OLD}


def test_what_a_loss_of_power_left_lying_about_is_in_nobodys_way() -> None:
    disk = Disk()
    disk.files[1] = disk.synced[1] = b"torn"
    disk.names["/nowhere/t.toml.new"] = 1
    write(Path("/nowhere/t.toml"), NEW, disk)
    assert disk.files[disk.names["/nowhere/t.toml"]] == NEW.encode()


KILLED = """
import os, signal, sys
from pathlib import Path
from firmware.config.store import write

class Dying:
    left = int(sys.argv[2])
    def __getattr__(self, name):
        def call(*arguments):
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            self.left -= 1
            return getattr(os, name)(*arguments)
        return call

write(Path(sys.argv[1]), "new = 2\\n", Dying())
"""


def test_a_process_that_is_killed_at_any_system_call_leaves_one_of_the_two(
    tmp_path: Path,
) -> None:
    path, calls = tmp_path / "t.toml", 0
    path.write_text("old = 1\n")
    seen = []
    while True:
        command = [sys.executable, "-c", KILLED, str(path), str(calls)]
        status = subprocess.run(command, check=False).returncode
        seen.append(path.read_text())
        if status == 0:
            break
        assert status == -signal.SIGKILL
        calls += 1
    assert calls >= 8
    assert set(seen) == {"old = 1\n", "new = 2\n"}
    assert [path.name for path in tmp_path.iterdir()] == ["t.toml"]


def test_who_could_read_the_old_file_can_read_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "t.toml"
    path.write_text(OLD)
    path.chmod(0o640)
    write(path, NEW)
    assert path.stat().st_mode & 0o777 == 0o640


def test_what_is_kept_is_in_the_state_folder_if_there_is_one(tmp_path: Path) -> None:
    state, etc = tmp_path / "state", tmp_path / "etc"
    for folder in (state, etc):
        folder.mkdir()
    (etc / "secret").write_text("s")
    (etc / "secret").chmod(0o600)
    store = Store(etc / "t.toml", state)
    store.in_force(GOOD + '[[line]]\nport = 1\nnumber = "1"\npassword_file = "secret"\n')
    assert [path.name for path in state.iterdir()] == ["t.toml.good"]
    loaded, problems = store.load(read)
    assert loaded.config.line[0].password.reveal() == "s", "names in it begin beside the file"
    assert problems


def test_what_runs_and_what_ran_before_are_kept_beside_the_file(tmp_path: Path) -> None:
    store = Store(tmp_path / "t.toml")
    store.in_force("a")
    assert (store.good.read_text(), store.before.exists()) == ("a", False)
    store.in_force("a")
    assert not store.before.exists()
    store.in_force("b")
    assert (store.good.read_text(), store.before.read_text()) == ("b", "a")
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {MODE}


def test_a_file_that_cannot_be_used_is_fallen_back_from_and_its_mistakes_are_told(
    tmp_path: Path,
) -> None:
    """D12, D14: the box comes up with what ran last."""
    store = Store(tmp_path / "t.toml")
    store.in_force(GOOD)
    store.path.write_text(GOOD + "\n[nonsense]\n")
    loaded, problems = store.load(read)
    assert loaded.config.sip.domain == "d.example"
    (problem,) = problems
    assert problem.startswith(f"{store.path}:7: nonsense: unknown key")
    store.good.write_bytes(b"\0" * 100)
    store.before.write_text(GOOD.replace("d.example", "e.example"))
    loaded, _ = store.load(read)
    assert loaded.config.sip.domain == "e.example"


def test_with_nothing_to_fall_back_to_the_mistakes_of_the_file_count(tmp_path: Path) -> None:
    store = Store(tmp_path / "t.toml")
    store.path.write_text("[nonsense]\n")
    with pytest.raises(ConfigError, match=r"t\.toml:1: nonsense"):
        store.load(read)


def test_a_disk_that_takes_no_copy_is_an_alarm_until_one_does(tmp_path: Path) -> None:
    """D13: the gateway goes on with what it has, and the operator is told what that means."""
    store, alarms = Store(tmp_path / "t.toml", tmp_path / "state", Disk(full=True)), Alarms(float)
    asyncio.run(remember(store, GOOD, alarms))
    ((where, severity, what),) = [(a.where, a.severity, a.what) for a in alarms.all()]
    assert (where, severity) == (COPY, "warning")
    assert what.startswith(f"{store.good} cannot be written: No space left on device; ")
    assert what.endswith("make room, then config apply")
    (tmp_path / "state").mkdir()
    asyncio.run(remember(Store(store.path, store.state), GOOD, alarms))
    assert alarms.all() == []
    assert store.good.read_text() == GOOD
