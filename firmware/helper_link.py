"""The signalling side of the codec helper: start it, and give it its way to the media process."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable

from firmware.errors import MediaError
from firmware.process_link import ProcessLink


class HelperLink:
    """Runs ``python -m firmware.media.helper``.

    Args:
        law: of the highway.
        realtime: it is to ask for SCHED_FIFO.
        on_ready: called with the media process's end of the way to it, which is the callee's to
            close, once it can work.
        on_exit: called with the exit status (negative: the signal) when it has ended without
            `close`.
    """

    def __init__(
        self,
        law: str,
        realtime: bool,
        on_ready: Callable[[socket.socket], None],
        on_exit: Callable[[int], None],
    ) -> None:
        program = (sys.executable, "-m", "firmware.media.helper", law)
        self._link: ProcessLink[bytes] = ProcessLink(
            "the codec helper", (*program, "realtime") if realtime else program, bytes,
            self._ready, self._ended, MediaError,
        )  # fmt: skip
        self._on_ready = on_ready
        self._on_exit = on_exit
        self._bench: socket.socket | None = None
        self._closed = False

    @property
    def pid(self) -> int | None:
        """Process id of the running helper."""
        return self._link.pid

    def start(self) -> None:
        """Start it.

        Raises:
            MediaError: it runs already, or cannot be started.
        """
        self._link.start()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._bench = ours
        with theirs:
            self._link.send("the way to it", b"bench", theirs)

    def close(self) -> None:
        """Let the helper go; it ends when the media process lets go of it too."""
        self._closed = True
        self._forget()

    def _ready(self, _told: bytes) -> None:
        bench, self._bench = self._bench, None
        if bench is not None:
            self._on_ready(bench)

    def _ended(self, status: int) -> None:
        self._forget()
        if not self._closed:
            self._on_exit(status)

    def _forget(self) -> None:
        bench, self._bench = self._bench, None
        if bench is not None:
            bench.close()
