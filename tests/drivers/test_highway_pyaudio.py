"""The highway over a sound device, with a pretended sound library below it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyaudio
import pytest

from drivers.errors import HighwayError
from drivers.highway import PERIOD, HighwaySettings, layout_for
from drivers.highway_pyaudio import OVERFLOWED, UNDERFLOWED, SoundHighway, find


class Stream:
    """Captures what it is told to, in order; an exception in place of a period is raised."""

    def __init__(self, captured: Sequence[bytes | OSError] = ()) -> None:
        self.captured = list(captured)
        self.played: list[bytes] = []
        self.fails_to_play: OSError | None = None
        self.closed = False

    def read(self, frames: int, *, exception_on_overflow: bool) -> bytes:
        assert frames == PERIOD
        period = self.captured.pop(0)
        if isinstance(period, bytes):
            return period
        if OVERFLOWED in period.args and not exception_on_overflow:
            return b""
        raise period

    def write(self, frames: bytes, *, exception_on_underflow: bool = False) -> None:
        self.played.append(frames)
        if self.fails_to_play and exception_on_underflow:
            raise self.fails_to_play

    def close(self) -> None:
        self.closed = True


class Library:
    """Sound devices: name, inputs, outputs."""

    def __init__(self, stream: Stream, *devices: tuple[str, int, int]) -> None:
        self.stream = stream
        self.devices = devices or (("default", 2, 2), ("fxs", 2, 2))
        self.opened: dict[str, Any] = {}
        self.terminated = False

    def get_device_count(self) -> int:
        return len(self.devices)

    def get_device_info_by_index(self, index: int) -> dict[str, Any]:
        name, inputs, outputs = self.devices[index]
        return {
            "index": index,
            "name": name,
            "maxInputChannels": inputs,
            "maxOutputChannels": outputs,
        }

    def open(self, **how: Any) -> Stream:
        self.opened = how
        return self.stream

    def terminate(self) -> None:
        self.terminated = True


def settings(ports: int = 2, law: str = "PCMA") -> HighwaySettings:
    return HighwaySettings(device="fxs", layout=layout_for(ports, "fxs"), law=law)


def test_one_full_duplex_stream_is_opened_by_name() -> None:
    library = Library(Stream())
    SoundHighway(settings(), library=library)
    assert library.opened == {
        "rate": 8000,
        "channels": 2,
        "format": pyaudio.paInt16,
        "input": True,
        "output": True,
        "frames_per_buffer": 160,
        "input_device_index": 1,
        "output_device_index": 1,
    }


def test_eight_ports_take_samples_of_32_bits() -> None:
    library = Library(Stream())
    SoundHighway(settings(8), library=library)
    assert library.opened["format"] == pyaudio.paInt32


def test_silence_is_written_ahead() -> None:
    for law, code in {"PCMA": 0xD5, "PCMU": 0xFF}.items():
        stream = Stream()
        SoundHighway(settings(law=law), library=Library(stream))
        assert stream.played == [bytes([code]) * 640] * 2


def test_periods_pass_unchanged() -> None:
    stream = Stream([b"\x01" * 640, b"\x02" * 640])
    highway = SoundHighway(settings(), library=Library(stream))
    assert (highway.read(), highway.read()) == (b"\x01" * 640, b"\x02" * 640)
    highway.write(b"\x03" * 640)
    assert stream.played[-1] == b"\x03" * 640
    assert highway.xruns == 0


def test_an_overrun_is_counted_and_read_as_silence() -> None:
    stream = Stream([OSError(OVERFLOWED, "Input overflowed"), b"\x01" * 640])
    highway = SoundHighway(settings(), library=Library(stream))
    assert highway.read() == b"\xd5" * 640
    assert highway.xruns == 1
    assert highway.read() == b"\x01" * 640


def test_an_underrun_is_counted_and_played_on() -> None:
    stream = Stream()
    highway = SoundHighway(settings(), library=Library(stream))
    stream.fails_to_play = OSError(UNDERFLOWED, "Output underflowed")
    highway.write(b"\x03" * 640)
    assert highway.xruns == 1


def test_a_device_that_goes_away_ends_the_highway() -> None:
    gone = OSError(-9999, "Unanticipated host error")
    stream = Stream([gone])
    highway = SoundHighway(settings(), library=Library(stream))
    with pytest.raises(HighwayError, match=r"sound device 'fxs': .*Unanticipated host error"):
        highway.read()
    stream.fails_to_play = gone
    with pytest.raises(HighwayError, match="Unanticipated"):
        highway.write(b"")
    highway.close()
    assert stream.closed


def test_capture_and_playback_may_be_two_devices() -> None:
    library = Library(Stream(), ("fxs_in", 2, 0), ("fxs_out", 0, 2))
    assert (find(library, "fxs", "input"), find(library, "fxs", "output")) == (0, 1)


def test_a_hardware_device_is_found_by_its_address() -> None:
    library = Library(Stream(), ("tipring: - (hw:1,0)", 2, 2))
    assert find(library, "hw:1,0", "input") == 0


def test_a_device_that_is_not_there_is_named_with_those_that_are() -> None:
    library = Library(Stream(), ("default", 2, 2), ("hdmi", 0, 2))
    with pytest.raises(HighwayError, match="'fxs' has no input; found: default"):
        SoundHighway(settings(), library=library)
    assert library.terminated


def test_a_width_without_a_sample_format_is_refused() -> None:
    odd = HighwaySettings(device="fxs", layout=layout_for(16, "simulated"))
    with pytest.raises(HighwayError, match="no sample format has 16 bytes a frame"):
        SoundHighway(odd, library=Library(Stream()))
