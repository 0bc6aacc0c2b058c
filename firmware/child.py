"""How a process of ours begins: the counterpart of `ProcessLink`.

The command line ends with ``--fd N``, the socket pair to signalling. The process never decides to
end: signalling tells it to, or has ended itself, and then the socket is closed.
"""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import Callable

LARGEST = 65_536
"""Most octets of a message; real ones have far fewer."""
MOST = 4
"""Most descriptors beside a message."""


def run(
    arguments: list[str], module: str, work: Callable[[list[str], socket.socket], int | None]
) -> int:
    """Run the process; returns its exit status.

    Args:
        arguments: of the command line.
        module: as ``python -m`` knows it, and what comes before ``--fd``.
        work: gets what stands before ``--fd``, and the socket; None: it was not called rightly.
    """
    status = None
    if len(arguments) >= 2 and arguments[-2] == "--fd":
        # a ctrl-C, a terminal that hangs up, a stop of the whole unit: all reach us first
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        with socket.socket(fileno=int(arguments[-1])) as control:
            status = work(arguments[:-2], control)
    if status is None:
        sys.stderr.write(f"usage: python -m {module} --fd N (started by the gateway)\n")
        return 2
    return status


def receive(control: socket.socket) -> tuple[bytes, list[int]]:
    """Take the next message, and the descriptors beside it; empty: signalling is gone.

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
