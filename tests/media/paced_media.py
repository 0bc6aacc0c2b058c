"""The media process on a highway in memory that is paced by the clock of the machine."""

from __future__ import annotations

import signal
import socket
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from drivers.errors import HighwayError
from drivers.highway import Highway, HighwaySettings
from firmware.media.process import run


class PacedHighway:
    """20 ms a period, by absolute times."""

    def __init__(self, settings: HighwaySettings) -> None:
        self.layout = settings.layout
        self.xruns = 0
        self._due = time.monotonic()
        self._pause = threading.Event()

    def read(self) -> bytes:
        self._due += 0.02
        self._pause.wait(max(0.0, self._due - time.monotonic()))
        return b"\xd5" * (self.layout.width * 160)

    def write(self, frames: bytes) -> None:
        assert len(frames) == self.layout.width * 160

    def close(self) -> None:
        pass


def open_highway(settings: HighwaySettings) -> Highway:
    if "--no-highway" in sys.argv:
        raise HighwayError("there is no highway")
    return PacedHighway(settings)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with socket.socket(fileno=int(sys.argv[sys.argv.index("--fd") + 1])) as control:
        sys.exit(run(control, open_highway))
