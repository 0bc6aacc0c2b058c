"""Data for the display of a telephone as FSK: frames, and the modem that sends them.

1200 bits a second, low bit first, each octet between a start and its stop bits: Bell 202 (GR-30)
and V.23 (EN 300 659) with a checksum, NTT's display with header, parity and CRC.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Iterator
from functools import cache, reduce
from itertools import accumulate, chain, repeat

from drivers.highway import RATE
from firmware.errors import MediaError
from firmware.media.g711 import from_linear, peak_of

LEVEL_DBM0 = -13.5
"""At the telephone's end of a short line (GR-30 section 2.1)."""
_BAUD = 1200
_HERTZ = {"bell202": (2200, 1200), "v23": (2100, 1300), "ntt": (2100, 1300)}
"""Of 0 (space) and of 1 (mark)."""
_SEIZURE, _MARKS, _MARKS_IN_CALL = 300, 180, 80
"""Bits before a message: alternating, so that a display on-hook wakes, then ones (GR-30, EN 300
659-1); to a telephone that has answered the alerting tone ones alone (EN 300 659-2)."""
_NTT_MARKS, _NTT_STOP_BITS = 75, 4
_LAST_MARKS = 5
_MESSAGE_MOST, _NTT_MOST = 257, 119
"""Octets, type and length included."""
_DLE, _SOH, _STX, _ETX, _DISPLAY = 0x10, 0x01, 0x02, 0x03, 0x07
_CRC = 0x8408
"""x^16 + x^12 + x^5 + 1, low bit first."""
_CIRCLE = 1 << 32
_WAVE_BITS = 10


def burst(law: str, modem: str, message: bytes, *, in_call: bool = False) -> bytes:
    """What carries a message to the display of a telephone, companded.

    Args:
        law: of the result.
        modem: ``bell202`` and ``v23`` add a checksum, ``ntt`` header, parity and CRC.
        message: type, length and content.
        in_call: to a telephone off-hook that waits for it, so nothing need wake it.

    Raises:
        MediaError: the modem is unknown, or the message too long.
    """
    if modem not in _HERTZ:
        raise MediaError(f"{modem!r} is none of {', '.join(_HERTZ)}")
    most = _NTT_MOST if modem == "ntt" else _MESSAGE_MOST
    if not 2 <= len(message) <= most:
        raise MediaError(f"a message of {len(message)} octets cannot be sent")
    if modem == "ntt":
        bits = chain(repeat(1, _NTT_MARKS), _octets(_ntt_frame(message), _NTT_STOP_BITS))
    elif in_call:
        bits = chain(repeat(1, _MARKS_IN_CALL), _octets(_checked(message), 1))
    else:
        woken = chain((0, 1) * (_SEIZURE // 2), repeat(1, _MARKS))
        bits = chain(woken, _octets(_checked(message), 1))
    return _modulated(law, chain(bits, repeat(1, _LAST_MARKS)), *_HERTZ[modem])


def _checked(message: bytes) -> bytes:
    """With the octet that makes the sum of all a multiple of 256."""
    return message + bytes((-sum(message) & 0xFF,))


def _ntt_frame(message: bytes) -> bytes:
    """With frame signs, even parity in the top bit of each octet, and the CRC of what is shown."""
    framed = bytes((_DLE, _SOH, _DISPLAY, _DLE, _STX)) + message + bytes((_DLE, _ETX))
    even = bytes(octet & 0x7F | (octet & 0x7F).bit_count() % 2 << 7 for octet in framed)
    return even + reduce(_crc, even[2:], 0).to_bytes(2, "little")


def _crc(crc: int, octet: int) -> int:
    crc ^= octet
    for _ in range(8):
        crc = crc >> 1 ^ (_CRC if crc & 1 else 0)
    return crc


def _octets(octets: bytes, stop_bits: int) -> Iterator[int]:
    for octet in octets:
        yield 0
        for n in range(8):
            yield octet >> n & 1
        yield from repeat(1, stop_bits)


def _modulated(law: str, bits: Iterable[int], space_hz: int, mark_hz: int) -> bytes:
    """The bits as sound, its phase without a step; a bit is 6 2/3 samples."""
    wave = _wave(law)
    turns = [round(hertz * _CIRCLE / RATE) for hertz in (space_hz, mark_hz)]
    steps = chain.from_iterable(
        repeat(turns[bit], (n + 1) * RATE // _BAUD - n * RATE // _BAUD)
        for n, bit in enumerate(bits)
    )
    shift, most = 32 - _WAVE_BITS, (1 << _WAVE_BITS) - 1
    return bytes(wave[phase >> shift & most] for phase in accumulate(steps))


@cache
def _wave(law: str) -> bytes:
    """One turn of the sine, companded."""
    peak, parts = peak_of(law, LEVEL_DBM0), 1 << _WAVE_BITS
    samples = (round(peak * math.sin(math.tau * n / parts)) for n in range(parts))
    return from_linear(law, array("h", samples).tobytes())
