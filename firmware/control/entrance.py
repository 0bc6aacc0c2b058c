"""Letting clients in at a listening socket, also when no file is left to let them in by (D13).

asyncio's own server tries a hundred times in a row where no file is left, tells the log each time,
and lets nobody in. The operator is to hear just then what is wrong: one file is kept in reserve.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import socket
from collections.abc import Callable
from contextlib import suppress

from firmware import log

RETRY_S = 1.0
"""Until somebody is looked for again who could not be let in."""
_OUT_OF = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


class Entrance:
    """Accepts on `listener` until `close`; each client gets a protocol of its own.

    Args:
        listener: a stream socket that listens; it stays the caller's.
        protocol: makes one.
    """

    def __init__(
        self, listener: socket.socket, protocol: Callable[[], asyncio.BaseProtocol]
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._listener = listener
        self._protocol = protocol
        self._coming: set[asyncio.Task[object]] = set()
        self._later: asyncio.TimerHandle | None = None
        self._reserve = -1
        self._told = False
        listener.setblocking(False)
        self._take_reserve()
        self._open()

    def close(self) -> None:
        """Let nobody in any more; who is in stays."""
        self._loop.remove_reader(self._listener)
        if self._later is not None:
            self._later.cancel()
        for task in self._coming:
            task.cancel()
        self._give_reserve()

    def _open(self) -> None:
        self._later = None
        self._loop.add_reader(self._listener, self._admit)

    def _admit(self) -> None:
        self._take_reserve()
        client = self._accepted()
        if client is None:
            return
        client.setblocking(False)
        coming = self._loop.connect_accepted_socket(self._protocol, client)
        task: asyncio.Task[object] = self._loop.create_task(coming)
        self._coming.add(task)
        task.add_done_callback(self._coming.discard)

    def _accepted(self) -> socket.socket | None:
        """The next client; None: there is none, or nothing to let him in by."""
        try:
            client, _ = self._listener.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return None
        except OSError as error:
            if error.errno not in _OUT_OF:
                raise
            self._tell(error)
            if self._give_reserve():
                return self._accepted()
            self._loop.remove_reader(self._listener)
            self._later = self._loop.call_later(RETRY_S, self._open)
            return None
        if self._reserve >= 0:
            self._told = False
        return client

    def _tell(self, error: OSError) -> None:
        """Once, until there are files again."""
        if not self._told:
            why = error.strerror or str(error)
            log.event("control-client-waits", level=logging.WARNING, why=why)
        self._told = True

    def _take_reserve(self) -> None:
        if self._reserve < 0:
            with suppress(OSError):
                self._reserve = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)

    def _give_reserve(self) -> bool:
        """Whether there was one."""
        if self._reserve < 0:
            return False
        os.close(self._reserve)
        self._reserve = -1
        return True
