"""Start a process at once, before the object that will own it exists.

Messages go over a SOCK_SEQPACKET socket pair, one a packet. The process ends when our end is
closed.
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
from dataclasses import dataclass, field

VOICE = (sys.executable, "-m", "firmware.media")
"""Command line of the voice process, before ``--fd N``."""
LARGEST = 65536
"""Most octets of a message; real ones have far fewer."""


@dataclass(slots=True)
class Launched:
    """A process that has no owner yet, and our end of the socket pair.

    Attributes:
        first: the first message, if it was told that already.
        heard: what it has said since.
        taken: somebody looks after it.
    """

    process: subprocess.Popen[bytes]
    socket: socket.socket
    first: bytes = b""
    heard: list[bytes] = field(default_factory=list)
    taken: bool = False

    def begin(self, first: bytes) -> None:
        """Send the first message.

        Raises:
            OSError: it has ended.
        """
        self.socket.send(first)
        self.first = first

    def listen(self) -> list[bytes]:
        """Receive what the process has said by now; returns all that it has said so far."""
        with contextlib.suppress(OSError):  # nothing more; or its end, which the owner hears of
            while data := self.socket.recv(LARGEST):
                self.heard.append(data)
        return self.heard

    def dismiss(self) -> None:
        """End the process, unless it has an owner by now."""
        if not self.taken:
            self.taken = True
            self.socket.close()
            self.process.kill()
            self.process.wait()


def launch(program: tuple[str, ...]) -> Launched:
    """Start a process; it ends by itself when our end of the pair is closed.

    Args:
        program: the command line before ``--fd N``.

    Raises:
        OSError: it cannot be started.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        ours.setblocking(False)
        command = [*program, "--fd", str(theirs.fileno())]
        try:
            process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                command, pass_fds=(theirs.fileno(),), stdin=subprocess.DEVNULL
            )
        except OSError:
            ours.close()
            raise
    return Launched(process, ours)
