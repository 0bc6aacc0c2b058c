"""The PCM highway over a sound device: the only importer of pyaudio.

One full-duplex blocking stream carries all ports. The device is opened by name; indexes
change when a card is plugged in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from math import inf
from time import monotonic
from typing import Any

from drivers.errors import HighwayError
from drivers.highway import IDLE, PERIOD, PRIMED, RATE, HighwaySettings, Layout

CHANNELS = 2
LINEAR_FRAME = 4
"""Bytes a frame of a stereo codec."""


class GapMeter:
    """Counts the gaps in a stream of periods by comparing it with a clock.

    PyAudio closes a stream that it reports an xrun of, so the reports are switched off; an
    xrun still shows, because the periods after it come later than the ones before, and stay
    so. A reader that was late for a while catches up and is no gap, nor is the drift of
    the sound device against the clock.
    """

    WINDOW = 50
    """Periods, 1 s: long enough to catch up, short enough not to drift."""
    GAP = 0.010
    """Seconds."""

    def __init__(self) -> None:
        self.gaps = 0
        self._periods = 0
        self._least = inf
        self._usual = inf

    def period(self, now: float) -> None:
        """A period has been read at `now`, in seconds."""
        self._least = min(self._least, now - self._periods * PERIOD / RATE)
        self._periods += 1
        if self._periods % self.WINDOW == 0:
            self.gaps += self._least > self._usual + self.GAP
            self._usual, self._least = self._least, inf


class SoundHighway:
    """`Highway` on a sound device; overruns and underruns are counted and survived.

    `device` is the name of an ALSA device; where capture and playback are two devices,
    their names are that name with ``_in`` and ``_out``.
    """

    layout: Layout

    def __init__(
        self,
        settings: HighwaySettings,
        *,
        library: Any = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """Open the device; `library` stands in for an instance of ``PyAudio``.

        Raises:
            HighwayError: there is no such device, or it is busy.
        """
        import pyaudio

        self.layout = settings.layout
        self._meter = GapMeter()
        self._clock = clock
        width = LINEAR_FRAME if settings.codec else settings.layout.width
        silence = 0 if settings.codec else IDLE[settings.law]
        self._idle = bytes([silence]) * (width * PERIOD)
        formats = {4: pyaudio.paInt16, 8: pyaudio.paInt32}
        if width not in formats:
            raise HighwayError(f"no sample format has {width} bytes a frame")
        self._library = library or pyaudio.PyAudio()
        try:
            with _sound_errors(settings.device):
                self._stream = self._library.open(
                    rate=RATE,
                    channels=CHANNELS,
                    format=formats[width],
                    input=True,
                    output=True,
                    frames_per_buffer=PERIOD,
                    input_device_index=find(self._library, settings.device, "input"),
                    output_device_index=find(self._library, settings.device, "output"),
                )
                for _ in range(PRIMED):
                    self._stream.write(self._idle)
        except HighwayError:
            self._library.terminate()
            raise
        self._device = settings.device

    def read(self) -> bytes:
        with _sound_errors(self._device):
            frames = self._stream.read(PERIOD, exception_on_overflow=False)
        self._meter.period(self._clock())
        return frames

    def write(self, frames: bytes) -> None:
        with _sound_errors(self._device):
            self._stream.write(frames, exception_on_underflow=False)

    @property
    def xruns(self) -> int:
        """Gaps in the stream of periods; an overrun or underrun restarts both directions."""
        return self._meter.gaps

    def close(self) -> None:
        with suppress(OSError):
            self._stream.close()
        self._library.terminate()


def find(library: Any, name: str, direction: str) -> int:
    """Index of the device called `name` that has channels in that direction.

    Raises:
        HighwayError: there is none; the message lists what there is.
    """
    infos = [
        library.get_device_info_by_index(index) for index in range(library.get_device_count())
    ]
    usable = [info for info in infos if info[f"max{direction.capitalize()}Channels"] > 0]
    suffix = {"input": "_in", "output": "_out"}[direction]
    for wanted in (name, name + suffix):
        for info in usable:
            # hardware devices are listed as "description: - (hw:0,0)"
            if info["name"] == wanted or info["name"].endswith(f"({wanted})"):
                return int(info["index"])
    known = ", ".join(sorted({str(info["name"]) for info in usable})) or "none"
    raise HighwayError(f"sound device {name!r} has no {direction}; found: {known}")


@contextmanager
def _sound_errors(device: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        raise HighwayError(f"sound device {device!r}: {error}") from error
