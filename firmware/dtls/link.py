"""The signalling side of the process that shakes hands."""

from __future__ import annotations

import contextlib
import socket
import sys
from collections.abc import Callable

from firmware.dtls.messages import Command, Report, Stop, decode_report, encode
from firmware.errors import MediaError
from firmware.process_link import ProcessLink, ended


class HandshakeLink:
    """Runs ``python -m firmware.dtls`` and carries messages.

    Args:
        on_report: called for each report, in the event loop.
        on_exit: called once with the exit status when it ended without `closed`.
        program: the command line before ``--fd N``.
    """

    def __init__(
        self,
        on_report: Callable[[Report], None],
        on_exit: Callable[[int], None],
        *,
        program: tuple[str, ...] = (sys.executable, "-m", "firmware.dtls"),
    ) -> None:
        self._link = ProcessLink(
            "the process that agrees on keys", program, decode_report, on_report, on_exit,
            MediaError,
        )  # fmt: skip

    @property
    def pid(self) -> int | None:
        """Of the running process."""
        return self._link.pid

    def start(self) -> None:
        """Start it; `Ready` follows.

        Raises:
            MediaError: it runs already, or cannot be started.
        """
        self._link.start()

    def send(self, command: Command, *sockets: socket.socket) -> None:
        """Hand over a command, and with `Agree` a socket, which stays the caller's to close.

        Raises:
            MediaError: nobody is there to take it.
        """
        self._link.send(type(command).__name__, encode(command), *sockets)

    async def closed(self, patience: float = 2.0) -> int | None:
        """End it in good order; one that will not is killed after `patience` seconds."""
        with contextlib.suppress(MediaError):
            self.send(Stop())
        return await ended(self._link.let_go(), patience)
