"""The far end's voices: so many RTP streams out of one loop, and what comes back with its time.

Everything is sent at once each 20 ms, by an absolute schedule; what comes is taken meanwhile
and has the kernel's time of receipt, so the gaps are those on the wire, not ours.
"""

from __future__ import annotations

import audioop
import contextlib
import math
import os
import random
import selectors
import socket
import struct
import threading
import time
from array import array
from dataclasses import dataclass, field

from benchmarks.far_end import SO_TIMESTAMPNS
from benchmarks.figures import quantile
from benchmarks.machine import clock_difference
from drivers.sim.levels import peak

PERIOD_S = 0.020
_HEADER = struct.Struct(">BBHII")
_STAMP = struct.Struct("qq")
_LARGEST = 2048
_SILENCE = b"\xd5" * 160
_BURST = b"\x2a\x2a\x2a\x2a\xaa\xaa\xaa\xaa" * 20
"""1 kHz, as loud as it can be."""
_TALK = (-10.0, -15.0, -22.0, -14.0, -28.0, -12.0, -18.0, -36.0, -11.0, -20.0)
"""dBm0 of the periods: it swells and fades as speech does. What sounds steadily might be a
machine, and is listened to more closely (`firmware.media.steady`)."""
_BURST_EVERY, _BURST_AT = 50, 25
"""Periods: it lasts for three."""


def voiced(level: float) -> bytes:
    """A period of noise at so many dBm0 whose highs are soft, as those of speech are; A-law.

    A sine would not do: the echo canceller has a filter of its own for tones.
    """
    dice, last, samples = random.Random(1), 0.0, array("h")
    for _ in range(160):
        last = 0.7 * last + dice.gauss(0.0, 1000.0)
        samples.append(round(last))
    wanted = peak(level) / math.sqrt(2)
    noise = samples.tobytes()
    return audioop.lin2alaw(audioop.mul(noise, 2, wanted / audioop.rms(noise, 2)), 2)


@dataclass
class Stream:
    """What came from one peer."""

    sequence: int = -1
    breaks: int = 0
    """Packets that did not follow the one before."""
    at: list[float] = field(default_factory=list)
    onsets: list[float] | None = None
    """When a burst began, after silence; None: nobody wants to know."""
    silent: bool = True


class Voices:
    """Streams to as many peers."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._streams: dict[socket.socket, Stream] = {}
        self._talk = [voiced(level) for level in _TALK]
        self._payload: bytes | None = None
        """In place of talk."""
        self._sent = 0

    def add(self, ours: socket.socket, port: int) -> None:
        """Talk with the peer that receives at `port`, through a socket that is bound."""
        ours.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 18)
        ours.setblocking(False)
        ours.connect(("127.0.0.1", port))
        self._streams[ours] = Stream()
        self._selector.register(ours, selectors.EVENT_READ)

    def close(self) -> None:
        self._selector.close()
        for ours in self._streams:
            ours.close()

    @property
    def received(self) -> int:
        return sum(len(stream.at) for stream in self._streams.values())

    def bursts_ms(self, seconds: float) -> list[float]:
        """Talk in bursts to the one peer that there is: how long each took to come back."""
        (stream,) = self._streams.values()
        stream.onsets = []
        sent: list[float] = []
        due = time.monotonic()
        ahead = clock_difference()
        for period in range(round(seconds / PERIOD_S)):
            place = period % _BURST_EVERY
            self._payload = _BURST if place in range(_BURST_AT, _BURST_AT + 3) else _SILENCE
            if place == _BURST_AT:
                sent.append(time.monotonic() + ahead)
            self._speak()
            due += PERIOD_S
            self._listen_until(due)
        self._payload = None
        found = []
        for at in sent:
            back = [onset for onset in stream.onsets if at < onset < at + 0.8]
            if back:
                found.append(1000 * (back[0] - at))
        return found

    def run(self, seconds: float) -> None:
        """Talk and listen for so long; what was heard before is forgotten."""
        for stream in self._streams.values():
            stream.at.clear()
            stream.breaks, stream.sequence = 0, -1
        due = time.monotonic()
        for _ in range(round(seconds / PERIOD_S)):
            self._speak()
            due += PERIOD_S
            self._listen_until(due)

    def _listen_until(self, due: float) -> None:
        while (left := due - time.monotonic()) > 0:
            for key, _ in self._selector.select(left):
                self._listen(key.fileobj)  # type: ignore[arg-type]

    def _speak(self) -> None:
        self._sent += 1
        payload = self._payload or self._talk[self._sent % len(self._talk)]
        for n, ours in enumerate(self._streams):
            header = _HEADER.pack(0x80, 8, self._sent & 0xFFFF, 160 * self._sent, n + 1)
            with contextlib.suppress(OSError):  # the peer is not there yet, or any more
                ours.send(header + payload)

    def _listen(self, ours: socket.socket) -> None:
        try:
            data, ancillary, _, _ = ours.recvmsg(_LARGEST, 64)
        except OSError:
            return
        if len(data) < _HEADER.size:
            return
        stream = self._streams[ours]
        sequence = _HEADER.unpack_from(data)[2]
        if stream.sequence >= 0 and sequence != (stream.sequence + 1) & 0xFFFF:
            stream.breaks += 1
        stream.sequence = sequence
        for level, kind, stamp in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPNS):
                whole, ns = _STAMP.unpack(stamp)
                at = whole + ns / 1e9
                stream.at.append(at)
                if stream.onsets is not None:
                    _note_onset(stream, data[_HEADER.size :], at)

    # what was heard

    @property
    def breaks(self) -> int:
        return sum(stream.breaks for stream in self._streams.values())

    def gaps_ms(self) -> list[float]:
        """How far each packet was off 20 ms after the one before it."""
        return [
            1000 * abs(b - a - PERIOD_S)
            for stream in self._streams.values()
            for a, b in zip(stream.at, stream.at[1:], strict=False)
        ]

    def mean_gap_ms(self) -> float:
        """From packet to packet."""
        spans = [(s.at[-1] - s.at[0], len(s.at) - 1) for s in self._streams.values() if s.at[1:]]
        return 1000 * sum(span for span, _ in spans) / max(1, sum(count for _, count in spans))

    def jitter(self) -> tuple[float, float, float]:
        """Mean, 99th per cent and greatest of `gaps_ms`."""
        gaps = self.gaps_ms()
        if not gaps:
            return 0.0, 0.0, 0.0
        return sum(gaps) / len(gaps), quantile(gaps, 0.99), max(gaps)


def _note_onset(stream: Stream, payload: bytes, at: float) -> None:
    """Samples of the upper segments are the burst's."""
    first = next((n for n, code in enumerate(payload) if (code ^ 0x55) & 0x70 >= 0x60), None)
    if first is not None and stream.silent and stream.onsets is not None:
        stream.onsets.append(at + first / 8000)
    stream.silent = first is None


def hurry(priority: int = 20) -> bool:
    """Put this process before others while it measures; whether that was granted."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority))
    except PermissionError:
        return False
    return True


def relax() -> None:
    """An ordinary process again."""
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


def rest(seconds: float) -> None:
    """Do nothing for so long."""
    threading.Event().wait(seconds)
