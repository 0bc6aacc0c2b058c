"""The highway over a sound device, with a pretended sound library below it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyaudio
import pytest

from drivers.errors import HighwayError
from drivers.highway import PERIOD, HighwaySettings, layout_for
from drivers.highway_pyaudio import SoundHighway, find


class Stream:
    """Captures what it is told to, in order; an exception in place of a period is raised."""

    def __init__(self, captured: Sequence[bytes | OSError] = ()) -> None:
        self.captured = list(captured)
        self.played: list[bytes] = []
        self.asked_for_reports: list[bool] = []
        self.fails_to_play: OSError | None = None
        self.closed = False

    def read(self, frames: int, *, exception_on_overflow: bool = True) -> bytes:
        assert frames == PERIOD
        self.asked_for_reports.append(exception_on_overflow)
        period = self.captured.pop(0)
        if isinstance(period, bytes):
            return period
        raise period

    def write(self, frames: bytes, *, exception_on_underflow: bool = False) -> None:
        self.asked_for_reports.append(exception_on_underflow)
        self.played.append(frames)
        if self.fails_to_play:
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


def test_the_library_is_never_asked_to_report_an_xrun() -> None:
    """It would close the stream with the report."""
    stream = Stream([b"\x01" * 640])
    highway = SoundHighway(settings(), library=Library(stream))
    highway.read()
    highway.write(b"\x03" * 640)
    assert stream.asked_for_reports == [False, False, False, False]


def test_lost_periods_are_counted_by_the_clock() -> None:
    """D10: an xrun, which the library hides."""
    times = [period * 0.020 for period in range(200)]
    lost = [now + (0.060 if period >= 120 else 0) for period, now in enumerate(times)]
    assert gaps(times) == 0
    assert gaps(lost) == 1


def test_a_late_reader_and_a_drifting_clock_are_no_gap() -> None:
    times = [period * 0.020 for period in range(500)]
    late = [max(now, 3.0) if 2.7 < now <= 3.0 else now for now in times]
    assert gaps(late) == 0
    assert gaps([now * 1.0005 for now in times]) == 0


def gaps(times: Sequence[float]) -> int:
    stream = Stream([b"\x01" * 640] * len(times))
    clock = iter(times)
    highway = SoundHighway(settings(), library=Library(stream), clock=lambda: next(clock))
    for _ in times:
        highway.read()
    return highway.xruns


def test_a_device_that_goes_away_ends_the_highway() -> None:
    """D10: the media process ends with it and is started again."""
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
