"""Play marked periods on a looped sound device and look for them: for test_highway_pulse."""

from __future__ import annotations

import json
import sys
import time

from drivers.highway import PERIOD, HighwaySettings, layout_for
from drivers.highway_pyaudio import SoundHighway

PERIODS = 100


def marked(number: int) -> bytes:
    """A period in which each frame says what it is: 0x5A, frame number, period number, 0xA5."""
    return b"".join(bytes((0x5A, frame, number, 0xA5)) for frame in range(PERIOD))


def main(device: str) -> None:
    highway = SoundHighway(HighwaySettings(device=device, layout=layout_for(2, device)))
    heard = bytearray()
    highway.read()
    began = time.monotonic()
    for number in range(PERIODS):
        highway.write(marked(number))
        heard += highway.read()
    took = time.monotonic() - began
    highway.close()
    whole = [number for number in range(PERIODS) if marked(number) in heard]
    sys.stdout.write(json.dumps({"took": took, "whole": whole, "xruns": highway.xruns}))


if __name__ == "__main__":
    main(sys.argv[1])
