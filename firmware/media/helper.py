"""The helper process: works codecs whose libraries are too large to live with voice.

Started by signalling when the first call needs it. From signalling it gets one socket, whose other
end the media process has: a period's jobs come there, and it ends when that end is closed.
"""

from __future__ import annotations

import os
import socket
import sys

from firmware import child
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


def help_voice(words: list[str], control: socket.socket) -> int | None:
    """Load the libraries, say so, and work; None: the words are wrong."""
    law, *more = words or [""]
    if law not in LAWS or more not in ([], ["realtime"]):
        return None
    _, descriptors = child.receive(control)
    if not descriptors:  # signalling has gone
        return 1
    from firmware.media.aiortc_codecs import ERRORS, MAKERS  # what all this is about

    for make in MAKERS.values():  # the first of each takes longer than a period
        made = make()
        made.decode(made.encode(bytes(320)))
    control.send(READY)
    control.close()
    if more:
        become_realtime()
    with socket.socket(fileno=descriptors[0]) as bench:
        serve(bench, Transcoder(law, MAKERS, ERRORS))
    return 0


def main(arguments: list[str]) -> int:
    """Run the process: the law of the highway, perhaps ``realtime``, ``--fd N``."""
    return child.run(arguments, "firmware.media.helper LAW [realtime]", help_voice)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
