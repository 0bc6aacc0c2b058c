"""The voice process on a clock of its own: what the gateway runs, with a highway in memory.

Run as ``python -m benchmarks.paced_media --fd N [--told FILE] [--returns]``, with the socket pair
of `firmware.media.process` at descriptor N. A period is a tick of a timer of the kernel's, which
is read as a sound card is: one system call that blocks. All ports say what one talker says;
with ``--returns`` a port says what it was given to hear, a period later, as a loop on the copper
would. At the end FILE has, as JSON, how late each period began, in microseconds, and what the
garbage collector did meanwhile; without it nothing of the kind is noted, for that takes time too.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import signal
import socket
import sys
import time
from array import array
from collections.abc import Iterator
from itertools import cycle, repeat
from pathlib import Path

from firmware import late

late.keep_out_of_voice()

from drivers.highway import PERIOD, Highway, HighwaySettings  # noqa: E402 - as the gateway does
from firmware.media.g711 import from_linear  # noqa: E402
from firmware.media.process import run  # noqa: E402

PERIOD_NS = 20_000_000
_ABSOLUTE = 1
"""TFD_TIMER_ABSTIME"""
_ONE = (1).to_bytes(8, sys.byteorder)
"""What is read of a timer that was due once."""
_SPEECH = 8
"""Periods of the talker, over and over."""


def talker(law: str) -> list[bytes]:
    """Periods of something loud with many frequencies, none of them a key's."""
    state, samples = 1, array("h")
    level = 0.0
    for _ in range(_SPEECH * PERIOD):
        state = (state * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF
        level = 0.85 * level + (state >> 48) / 65536 - 0.5  # falls with frequency, as speech does
        samples.append(round(3000 * level))
    companded = from_linear(law, samples.tobytes())
    return [companded[at : at + PERIOD] for at in range(0, len(companded), PERIOD)]


class PacedHighway:
    """A period every 20 ms, by absolute times."""

    def __init__(self, settings: HighwaySettings, *, returns: bool, notes: bool) -> None:
        self.layout = settings.layout
        self.xruns = 0
        self.late_us = array("d")
        self.collections = 0
        """Of garbage, from the first period to the last; known at the end."""
        width = settings.layout.width
        said: list[bytes] = []
        for period in talker(settings.law):
            frames = bytearray(width * PERIOD)
            for slot in range(width):
                frames[slot::width] = period
            said.append(bytes(frames))
        self._said: Iterator[bytes] = cycle(said)
        self._returns = returns
        self._notes = notes
        self._before = -1
        self._due = time.monotonic_ns()
        self._timer = _timer(self._due + PERIOD_NS)

    def read(self) -> bytes:
        ticks = os.read(self._timer, 8)
        if self._notes or ticks != _ONE:
            self._note(int.from_bytes(ticks, sys.byteorder))
        return next(self._said)

    def _note(self, ticks: int) -> None:
        self.xruns += ticks - 1
        if self._before < 0:
            self._before = _collections()
        self._due += ticks * PERIOD_NS
        self.late_us.append((time.monotonic_ns() - self._due) / 1000)

    def write(self, frames: bytes) -> None:
        if self._returns:
            self._said = repeat(frames)

    def close(self) -> None:
        self.collections = _collections() - self._before
        os.close(self._timer)


def _collections() -> int:
    return sum(generation["collections"] for generation in gc.get_stats())


class _Times(ctypes.Structure):
    """struct itimerspec"""

    _fields_ = (
        ("every_s", ctypes.c_long), ("every_ns", ctypes.c_long),
        ("first_s", ctypes.c_long), ("first_ns", ctypes.c_long),
    )  # fmt: skip


def _timer(first_ns: int) -> int:
    """A descriptor that can be read every period from that time of CLOCK_MONOTONIC on."""
    libc = ctypes.CDLL(None, use_errno=True)
    timer: int = libc.timerfd_create(time.CLOCK_MONOTONIC, 0)
    times = _Times(0, PERIOD_NS, *divmod(first_ns, 1_000_000_000))
    if timer < 0 or libc.timerfd_settime(timer, _ABSOLUTE, ctypes.byref(times), None):
        raise OSError(ctypes.get_errno(), "timerfd")
    return timer


def main(words: list[str]) -> int:
    told = Path(words[words.index("--told") + 1]) if "--told" in words else None
    highways: list[PacedHighway] = []

    def open_highway(settings: HighwaySettings) -> Highway:
        returns = "--returns" in words
        highways.append(PacedHighway(settings, returns=returns, notes=told is not None))
        return highways[0]

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with socket.socket(fileno=int(words[words.index("--fd") + 1])) as control:
        status = run(control, open_highway)
    if told is not None:
        late = [round(us, 1) for highway in highways for us in highway.late_us]
        collections = sum(highway.collections for highway in highways)
        told.write_text(json.dumps({"late_us": late, "collections": collections}))
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
