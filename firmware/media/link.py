"""The signalling side of the media process: start it, tell it, hear it, notice its end.

What to do when it ends (start it again, with which sockets) is the gateway's business.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from typing import Protocol

from firmware.errors import MediaError
from firmware.launched import VOICE, Launched
from firmware.media.messages import Command, Report, Start, Stop, decode_report, encode
from firmware.process_link import ProcessLink, ended


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
        launched: a process that waits already, for the first start.
    """

    def __init__(
        self,
        on_report: Callable[[Report], None],
        on_exit: Callable[[int], None],
        *,
        program: tuple[str, ...] = VOICE,
        launched: Launched | None = None,
    ) -> None:
        self._link = ProcessLink(
            "the media process", program, decode_report, on_report, on_exit, MediaError, launched
        )

    @property
    def pid(self) -> int | None:
        """Of the running process."""
        return self._link.pid

    def start(self, start: Start) -> None:
        """Start the process and give it its first message; call it in the event loop.

        Raises:
            MediaError: it runs already, or cannot be started.
        """
        self._link.start(encode(start))

    def send(self, command: Command, *sockets: socket.socket) -> None:
        """Hand over a command, and with `Open` its sockets, which stay the caller's to close.

        Raises:
            MediaError: the process is gone, or has taken nothing for so long that the
                socket pair is full.
        """
        self._link.send(type(command).__name__, encode(command), *sockets)

    def close(self) -> None:
        """Ask the process to stop and let go of it; an end of the pair ends it as well."""
        with contextlib.suppress(MediaError):
            self.send(Stop())
        self._link.let_go()

    async def closed(self, patience: float = 2.0) -> int | None:
        """`close`, then wait for the end; a process that will not end is killed after `patience`.

        Returns:
            The exit status, or None if it was not running.
        """
        with contextlib.suppress(MediaError):
            self.send(Stop())
        return await ended(self._link.let_go(), patience)
