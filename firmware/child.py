"""The other end of `ProcessLink`: how a process begins that signalling has started.

Its command line ends with ``--fd N``, the socket pair to signalling. It decides nothing about its
end: signalling tells it, or is gone, and then the socket is closed.
"""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import Callable

LARGEST = 65_536
"""Octets of a message; one has far fewer."""
MOST = 4
"""Descriptors beside a message."""


def run(
    arguments: list[str], module: str, work: Callable[[list[str], socket.socket], int | None]
) -> int:
    """Run it; the exit status.

    Args:
        arguments: of the command line.
        module: as ``python -m`` knows it, and what comes before ``--fd``.
        work: gets what stands before ``--fd``, and the socket; None: it was not called rightly.
    """
    status = None
    if len(arguments) >= 2 and arguments[-2] == "--fd":
        # a ctrl-C, or a stop of the whole unit, reaches this process first
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        with socket.socket(fileno=int(arguments[-1])) as control:
            status = work(arguments[:-2], control)
    if status is None:
        sys.stderr.write(f"usage: python -m {module} --fd N (started by the gateway)\n")
        return 2
    return status


def receive(control: socket.socket) -> tuple[bytes, list[int]]:
    """Take the next message, and the descriptors beside it; nothing at all: signalling is gone.

    Raises:
        BlockingIOError: there is none.
    """
    try:
        data, descriptors, _, _ = socket.recv_fds(control, LARGEST, MOST)
    except BlockingIOError:
        raise
    except OSError:
        return b"", []
    return data, list(descriptors)
