"""G.722 and Opus as aiortc works them (PyAV, libopus), fed with the 8 kHz of the highway.

Only the helper process imports this: the library takes 60 MB and half a second to load.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Final

import av
from aiortc.codecs.base import Decoder, Encoder
from aiortc.codecs.g722 import G722Decoder, G722Encoder
from aiortc.codecs.opus import OpusDecoder, OpusEncoder
from aiortc.jitterbuffer import JitterFrame

from firmware.codecs import OPUS_BITS

PERIOD: Final = 160
_RATE: Final = 8000
_LEAD: Final = 16
"""Samples that a resampler looks ahead; given beforehand, the first period comes out whole."""
_WAITING: Final = 400
"""Samples that a decoder may owe before they are given up: it was fed with odd pieces."""


class AiortcCodec:
    """One direction or both of one call; linear samples of 16 bits in the machine's order.

    Args:
        encoder: of aiortc.
        decoder: of aiortc.
        clock: of the RTP timestamps, in Hz.
    """

    def __init__(self, encoder: Encoder, decoder: Decoder, clock: int) -> None:
        self._encoder, self._decoder = encoder, decoder
        self._step = clock // 50
        self._said = self._timestamp = 0
        self._down = av.AudioResampler(format="s16", layout="mono", rate=_RATE)
        self._encoder.encode(self._frame(bytes(2 * _LEAD)))
        self._owed = b""

    def encode(self, samples: bytes) -> bytes:
        """A period as a payload; empty: none has become full."""
        payloads, _ = self._encoder.encode(self._frame(samples))
        return payloads[0] if payloads else b""

    def decode(self, payload: bytes) -> bytes:
        """A payload as so many samples as it has; they come 2 ms late, as the resampler does."""
        self._timestamp += self._step
        heard = b""
        for frame in self._decoder.decode(JitterFrame(data=payload, timestamp=self._timestamp)):
            assert isinstance(frame, av.AudioFrame), "these are codecs of sound"
            length = frame.samples * _RATE // frame.sample_rate
            heard += self._in_time(self._resampled(frame), length)
        return heard

    def _resampled(self, frame: av.AudioFrame) -> bytes:
        frame.pts = None
        return b"".join(
            bytes(part.planes[0])[: 2 * part.samples] for part in self._down.resample(frame)
        )

    def _in_time(self, samples: bytes, length: int) -> bytes:
        """What the resampler keeps at first is silence, so that lengths are right from then on."""
        samples = self._owed + samples
        missing = 2 * length - len(samples)
        if missing > 0:
            samples = bytes(missing) + samples
        self._owed = samples[2 * length :][-2 * _WAITING :]
        return samples[: 2 * length]

    def _frame(self, samples: bytes) -> av.AudioFrame:
        count = len(samples) // 2
        frame = av.AudioFrame(format="s16", layout="mono", samples=count)
        frame.planes[0].update(samples)
        frame.sample_rate = _RATE
        frame.time_base = Fraction(1, _RATE)
        frame.pts, self._said = self._said, self._said + count
        return frame


def g722() -> AiortcCodec:
    """64 kbit/s; the upper half of its band stays empty."""
    return AiortcCodec(G722Encoder(), G722Decoder(), 8000)


def opus() -> AiortcCodec:
    """One channel at `OPUS_BITS`: aiortc's own would be stereo at 96 kbit/s, and 3 dB softer."""
    encoder, decoder = OpusEncoder(), OpusDecoder()
    encoder.codec.bit_rate = OPUS_BITS
    encoder.codec.layout = decoder.codec.layout = "mono"
    encoder.resampler = av.AudioResampler(
        format="s16", layout="mono", rate=encoder.codec.sample_rate, frame_size=960
    )
    return AiortcCodec(encoder, decoder, 48000)


MAKERS: Final[dict[str, Callable[[], AiortcCodec]]] = {"G722": g722, "opus": opus}
"""By name."""

ERRORS: Final = (av.FFmpegError, ValueError)
"""What a payload that is none may cause."""
