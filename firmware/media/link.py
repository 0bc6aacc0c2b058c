"""The signalling side of the media process: start it, tell it, hear it, notice its end.

What to do when it ends (start it again, with which sockets) is the gateway's business.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from typing import Protocol

import msgspec

from firmware.errors import MediaError
from firmware.media.messages import Command, Report, Start, Stop, decode_report, encode

_LARGEST = 65536
"""Octets of a report; a Report has far fewer."""
_AT_ONCE = 64
"""Reports taken before other things of the loop get their turn."""


class Media(Protocol):
    """What the gateway needs of media: the process behind `MediaLink`, or an engine beside it."""

    def start(self, start: Start) -> None:
        """Begin; `Ready` is reported when the highway runs.

        Raises:
            MediaError: it runs already, or cannot be started.
        """

    def send(self, command: Command, *sockets: socket.socket) -> None:
        """Hand over a command, and with `Open` its sockets, which stay the caller's to close.

        Raises:
            MediaError: nobody is there to take it.
        """

    def close(self) -> None:
        """End media in good order; nothing is reported after this."""


class MediaLink:
    """Runs ``python -m firmware.media`` and carries messages.

    Args:
        on_report: called for each report, in the event loop.
        on_exit: called once with the exit status (negative: the signal) when the process
            ended without `close`.
        program: the command line before ``--fd N``.
    """

    def __init__(
        self,
        on_report: Callable[[Report], None],
        on_exit: Callable[[int], None],
        *,
        program: tuple[str, ...] = (sys.executable, "-m", "firmware.media"),
    ) -> None:
        self._on_report = on_report
        self._on_exit = on_exit
        self._program = program
        self._socket: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._pidfd = -1

    @property
    def pid(self) -> int | None:
        """Of the running process."""
        return None if self._process is None else self._process.pid

    def start(self, start: Start) -> None:
        """Start the process and give it its first message; call it in the event loop.

        Raises:
            MediaError: it runs already, or cannot be started.
        """
        if self._process is not None:
            raise MediaError("the media process runs already")
        loop = asyncio.get_running_loop()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            ours.setblocking(False)
            command = [*self._program, "--fd", str(theirs.fileno())]
            try:
                self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                    command, pass_fds=(theirs.fileno(),), stdin=subprocess.DEVNULL
                )
            except OSError as error:
                ours.close()
                raise MediaError(f"the media process cannot be started: {error}") from error
        self._socket = ours
        self._pidfd = os.pidfd_open(self._process.pid)
        loop.add_reader(ours, self._readable)
        loop.add_reader(self._pidfd, self._ended)
        self.send(start)

    def send(self, command: Command, *sockets: socket.socket) -> None:
        """Hand over a command, and with `Open` its sockets, which stay the caller's to close.

        Raises:
            MediaError: the process is gone, or has taken nothing for so long that the
                socket pair is full.
        """
        if self._socket is None:
            raise MediaError(f"{type(command).__name__}: the media process does not run")
        data = encode(command)
        try:
            if sockets:
                socket.send_fds(self._socket, [data], [s.fileno() for s in sockets])
            else:
                self._socket.send(data)
        except OSError as error:
            raise MediaError(f"{type(command).__name__}: the media process: {error}") from error

    def close(self) -> None:
        """Ask the process to stop and let go of it; an end of the pair ends it as well."""
        with contextlib.suppress(MediaError):
            self.send(Stop())
        self._forget_socket()
        self._forget_process()

    async def closed(self, patience: float = 2.0) -> int | None:
        """`close`, then wait for the end; a process that will not end is killed after `patience`.

        Returns:
            The exit status, or None if it was not running.
        """
        process = self._process
        self.close()
        if process is None:
            return None
        try:
            return await asyncio.to_thread(process.wait, patience)
        except subprocess.TimeoutExpired:
            process.kill()
            return await asyncio.to_thread(process.wait)

    def _readable(self) -> None:
        for _ in range(_AT_ONCE):
            if self._socket is None:
                return
            try:
                data = self._socket.recv(_LARGEST)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                self._forget_socket()  # its end is told by `_ended`, with the exit status
                return
            try:
                report = decode_report(data)
            except msgspec.DecodeError as error:
                raise MediaError(f"a report that is none: {error}") from error
            self._on_report(report)

    def _ended(self) -> None:
        process = self._process
        assert process is not None, "the pidfd is watched while there is a process"
        status = process.wait()
        self._readable()  # what it said last
        self._forget_socket()
        self._forget_process()
        self._on_exit(status)

    def _forget_socket(self) -> None:
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = None

    def _forget_process(self) -> None:
        if self._pidfd >= 0:
            asyncio.get_running_loop().remove_reader(self._pidfd)
            os.close(self._pidfd)
            self._pidfd = -1
        self._process = None
