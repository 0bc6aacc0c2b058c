"""A process of ours, from the gateway's side: start it, tell it, hear it, notice its end.

Messages go over a SOCK_SEQPACKET socket pair, one a packet, with sockets beside them as file
descriptors (SCM_RIGHTS). What to do when the process ends is the owner's business.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
from collections.abc import Callable
from typing import Generic, TypeVar

import msgspec

from firmware.errors import GatewayError
from firmware.launched import LARGEST, Launched, launch

Report = TypeVar("Report")

_AT_ONCE = 64
"""Reports taken before other things of the loop get their turn."""


class ProcessLink(Generic[Report]):
    """Runs one process and carries messages.

    Args:
        name: in words, for what goes wrong: ``the media process``.
        program: the command line before ``--fd N``.
        decode: makes a report of a packet.
        on_report: called for each report, in the event loop.
        on_exit: called once with the exit status (negative: the signal) when the process
            ended without `close`.
        error: what is raised.
        launched: the process that the first start takes over; None: that starts one itself.
    """

    def __init__(
        self,
        name: str,
        program: tuple[str, ...],
        decode: Callable[[bytes], Report],
        on_report: Callable[[Report], None],
        on_exit: Callable[[int], None],
        error: type[GatewayError],
        launched: Launched | None = None,
    ) -> None:
        self._name = name
        self._program = program
        self._decode = decode
        self._on_report = on_report
        self._on_exit = on_exit
        self._error = error
        self._launched = launched
        self._socket: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._pidfd = -1

    @property
    def pid(self) -> int | None:
        """Process id of the running process."""
        return None if self._process is None else self._process.pid

    def start(self, first: bytes = b"") -> None:
        """Start the process; call it in the event loop.

        Args:
            first: message, for what is told at once.

        Raises:
            GatewayError: of the owner's kind: it runs already, or cannot be started.
        """
        if self._process is not None:
            raise self._error(f"{self._name} runs already")
        loop = asyncio.get_running_loop()
        launched, self._launched = self._launched, None
        if launched and launched.first not in {b"", first}:
            launched.dismiss()  # it was begun as something else
            launched = None
        try:
            launched = launched or launch(self._program)
        except OSError as error:
            raise self._error(f"{self._name} cannot be started: {error}") from error
        launched.taken = True
        self._process, self._socket = launched.process, launched.socket
        self._pidfd = os.pidfd_open(self._process.pid)
        loop.add_reader(self._socket, self._readable)
        loop.add_reader(self._pidfd, self._ended)
        for data in launched.heard:
            loop.call_soon(self._take, data)
        if first and not launched.first:
            self.send("the first message", first)

    def send(self, what: str, data: bytes, *sockets: socket.socket) -> None:
        """Hand over a message; sockets beside it stay the caller's to close.

        Args:
            what: what it is called, in words about what goes wrong.
            data: the message.
            sockets: beside it.

        Raises:
            GatewayError: of the owner's kind: the process is gone, or has taken nothing for so
                long that the socket pair is full.
        """
        if self._socket is None:
            raise self._error(f"{what}: {self._name} does not run")
        try:
            if sockets:
                socket.send_fds(self._socket, [data], [s.fileno() for s in sockets])
            else:
                self._socket.send(data)
        except OSError as error:
            raise self._error(f"{what}: {self._name}: {error}") from error

    def let_go(self) -> subprocess.Popen[bytes] | None:
        """Hear nothing of the process any more; without our end of the pair it ends.

        Returns:
            The process, if it was running.
        """
        process = self._process
        self._forget_socket()
        self._forget_process()
        return process

    def _readable(self) -> None:
        for _ in range(_AT_ONCE):
            if self._socket is None:
                return
            try:
                data = self._socket.recv(LARGEST)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                self._forget_socket()  # its end is told by `_ended`, with the exit status
                return
            self._take(data)

    def _take(self, data: bytes) -> None:
        try:
            report = self._decode(data)
        except msgspec.DecodeError as error:
            raise self._error(f"a report that is none: {error}") from error
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


async def ended(process: subprocess.Popen[bytes] | None, patience: float) -> int | None:
    """Wait for the end of a process that was let go; it is killed after `patience` seconds.

    Returns:
        The exit status; None: it was not running.
    """
    if process is None:
        return None
    try:
        return await asyncio.to_thread(process.wait, patience)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        return await asyncio.to_thread(process.wait)
