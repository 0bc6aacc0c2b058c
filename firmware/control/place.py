"""The path of the control socket, held by one process at a time.

Whoever holds it may touch the hardware: it is taken before anything else is, and a second gateway
is refused here. Who connects before there is a server waits in the listener's queue.
"""

from __future__ import annotations

import fcntl
import os
import socket
import stat
from pathlib import Path

from firmware.errors import ControlError

QUEUE = 64
"""Clients that may wait to be let in."""


class Place:
    """A path that is ours, with a socket that listens there.

    Args:
        path: of the socket; its folder is made if it is not there, and a socket file that nobody
            answers at is taken over.

    Raises:
        ControlError: another daemon runs here, or the path cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = -1
        try:
            path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
            self._take_lock()
            self._remove_stale()
            self.listener = self._bind()
        except OSError as error:
            self._release_lock()
            raise ControlError(f"{path}: {error.strerror or error}") from error
        except ControlError:
            self._release_lock()
            raise
        self.gid = path.stat().st_gid
        """The group that may come in."""

    def give_up(self) -> None:
        """Take the socket down, and let others have the path; safe to call twice."""
        self.listener.close()
        if self._lock >= 0:
            self.path.unlink(missing_ok=True)
        self._release_lock()

    def _take_lock(self) -> None:
        """One daemon a socket: the kernel drops the lock with the process, however it ends."""
        name = self.path.with_name(self.path.name + ".lock")
        self._lock = os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ControlError(f"another tipring runs already (it holds {name})") from error

    def _release_lock(self) -> None:
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def _remove_stale(self) -> None:
        try:
            mode = self.path.lstat().st_mode
        except FileNotFoundError:
            return
        if not stat.S_ISSOCK(mode):
            raise ControlError(f"{self.path} is there and is not a socket")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.settimeout(1)
            try:
                probe.connect(str(self.path))
            except (ConnectionRefusedError, FileNotFoundError):
                self.path.unlink(missing_ok=True)
                return
        raise ControlError(f"another tipring runs already (it answers at {self.path})")

    def _bind(self) -> socket.socket:
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            listener.bind(str(self.path))
            self.path.chmod(0o660)  # before listen: nobody can have come in yet
            listener.listen(QUEUE)
        except OSError:
            listener.close()
            raise
        return listener
