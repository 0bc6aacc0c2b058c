"""The PCM highway over a stereo codec: linear samples outside, companded timeslots inside.

An Ag1171 has no codec of its own. Where the Si321x compands in silicon, here it is done in C
by `audioop`, for two ports a few microseconds a period.
"""

from __future__ import annotations

import audioop

from drivers.highway import Highway, codec_layout

SAMPLE = 2
"""Bytes of a linear sample."""
COMPRESS = {"PCMA": audioop.lin2alaw, "PCMU": audioop.lin2ulaw}
EXPAND = {"PCMA": audioop.alaw2lin, "PCMU": audioop.ulaw2lin}
BOTH = 2


class CodecHighway:
    """`Highway` of two timeslots on one that carries stereo samples of 16 bits.

    Args:
        device: the sound device; left is timeslot 0.
        law: companding of the timeslots.
    """

    def __init__(self, device: Highway, law: str) -> None:
        self.layout = codec_layout(BOTH)
        self._device = device
        self._compress = COMPRESS[law]
        self._expand = EXPAND[law]

    def read(self) -> bytes:
        # samples of both channels alternate, and so do the codes that they become
        return self._compress(self._device.read(), SAMPLE)

    def write(self, frames: bytes) -> None:
        self._device.write(self._expand(frames, SAMPLE))

    @property
    def xruns(self) -> int:
        return self._device.xruns

    def close(self) -> None:
        self._device.close()
