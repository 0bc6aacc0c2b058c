"""Two timeslots over a stereo codec: companded here, linear there."""

from __future__ import annotations

import audioop

import pytest

from drivers.board import CardSettings, highway_settings
from drivers.highway import PERIOD, Layout, codec_layout
from drivers.highway_codec import CodecHighway


class Codec:
    """A sound device of stereo samples that plays what it is given and captures `frames`."""

    layout = Layout(width=4, offsets=(1, 0, 3, 2))
    xruns = 3

    def __init__(self, frames: bytes) -> None:
        self.frames = frames
        self.played = b""
        self.closed = False

    def read(self) -> bytes:
        return self.frames

    def write(self, frames: bytes) -> None:
        self.played = frames

    def close(self) -> None:
        self.closed = True


def stereo(left: int, right: int) -> bytes:
    return b"".join(sample.to_bytes(2, "little", signed=True) for sample in (left, right)) * PERIOD


@pytest.mark.parametrize("law", ["PCMA", "PCMU"])
def test_left_is_port_1_and_right_is_port_2(law: str) -> None:
    codec = Codec(stereo(8000, -500))
    highway = CodecHighway(codec, law)
    frames = highway.read()
    assert len(frames) == highway.layout.width * PERIOD
    expand = audioop.alaw2lin if law == "PCMA" else audioop.ulaw2lin
    for port, level in ((0, 8000), (1, -500)):
        codes = frames[highway.layout.offset(port) :: highway.layout.width]
        heard = int.from_bytes(expand(codes, 2)[:2], "little", signed=True)
        assert heard == pytest.approx(level, rel=0.04)
    highway.write(frames)
    assert len(codec.played) == 4 * PERIOD
    left, right = audioop.tomono(codec.played, 2, 1, 0), audioop.tomono(codec.played, 2, 0, 1)
    assert audioop.avg(left, 2) == pytest.approx(8000, rel=0.04)
    assert audioop.avg(right, 2) == pytest.approx(-500, rel=0.04)


def test_xruns_and_the_end_are_those_of_the_device() -> None:
    codec = Codec(b"")
    highway = CodecHighway(codec, "PCMA")
    assert highway.xruns == 3
    highway.close()
    assert codec.closed


def test_the_highway_of_a_card_of_modules_is_a_codec_unless_it_is_simulated() -> None:
    real = highway_settings(CardSettings(driver="ag1171", bus="gpio", pcm="hw:wm8731"))
    assert (real.codec, real.layout) == (True, codec_layout(2))
    assert not highway_settings(CardSettings(driver="ag1171")).codec
    assert not highway_settings(CardSettings(pcm="fxs")).codec
    with pytest.raises(ValueError, match="a stereo codec carries 2 ports, not 3"):
        codec_layout(3)
