"""The helper process: works codecs whose libraries are too large to live with voice.

Started by signalling when the first call needs it. From signalling it gets one socket, whose other
end the media process has: a period's jobs come there, and it ends when that end is closed.
"""

from __future__ import annotations

import os
import signal
import socket
import sys

from firmware.media.g711 import LAWS
from firmware.media.jobs import LARGEST, JobsError
from firmware.media.transcoder import Transcoder

PRIORITY = 40
"""SCHED_FIFO: below the media process, which it must not keep from its period."""
READY = b"ready"
"""Told to signalling: the libraries are loaded, jobs may come."""


def serve(bench: socket.socket, transcoder: Transcoder) -> None:
    """Work until nobody is there any more."""
    while True:
        try:
            jobs = bench.recv(LARGEST)
            if not jobs:
                return
            bench.send(transcoder.work(jobs))
        except JobsError:
            continue
        except OSError:  # the media process has ended
            return


def become_realtime() -> None:
    """Ask for SCHED_FIFO; without it voice is late sometimes when the box has much to do."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY))
    except PermissionError:
        return


def main(arguments: list[str]) -> int:
    """Run the process: the law of the highway, perhaps ``realtime``, ``--fd N``."""
    law, *more = arguments[:-2] or ("",)
    if law not in LAWS or arguments[-2] != "--fd":
        sys.stderr.write("usage: python -m firmware.media.helper LAW [realtime] --fd N\n")
        return 2
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it ends with the media process
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with socket.socket(fileno=int(arguments[-1])) as control:
        _, (descriptor,), _, _ = socket.recv_fds(control, 16, 1)
        from firmware.media.aiortc_codecs import ERRORS, MAKERS  # what all this is about

        for make in MAKERS.values():  # the first of each takes longer than a period
            made = make()
            made.decode(made.encode(bytes(320)))
        control.send(READY)
    if more == ["realtime"]:
        become_realtime()
    with socket.socket(fileno=descriptor) as bench:
        serve(bench, Transcoder(law, MAKERS, ERRORS))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
