"""The helper process: works codecs whose libraries are too large to live with voice.

Started by signalling when the first call needs it, beside the media process, which sends it a
period's jobs over a socket pair. It ends when the other end of the pair is closed.
"""

from __future__ import annotations

import os
import signal
import socket
import sys

from firmware.media.jobs import LARGEST, JobsError
from firmware.media.transcoder import Transcoder

PRIORITY = 40
"""SCHED_FIFO: below the media process, which it must not keep from its period."""


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


def become_realtime() -> bool:
    """Ask for SCHED_FIFO; whether it was granted."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY))
    except PermissionError:
        return False
    return True


def main(arguments: list[str]) -> int:
    """Run the process: ``--fd N LAW``, and ``--realtime`` behind them."""
    if len(arguments) not in {3, 4} or arguments[0] != "--fd":
        sys.stderr.write("usage: python -m firmware.media.helper --fd N LAW [--realtime]\n")
        return 2
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with socket.socket(fileno=int(arguments[1])) as bench:
        from firmware.media.aiortc_codecs import ERRORS, MAKERS  # what all this is about

        for make in MAKERS.values():  # the first of each takes longer than a period
            made = make()
            made.decode(made.encode(bytes(320)))
        if arguments[3:] == ["--realtime"]:
            become_realtime()
        serve(bench, Transcoder(arguments[2], MAKERS, ERRORS))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
