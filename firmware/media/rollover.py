"""Which packet it is, beyond 65 536 (the roll-over counter, RFC 3711 section 3.3.1).

A packet says 16 bits of its index; the others only who has heard the stream from its beginning
knows. They are told with the figures of a call, and a media process that is started again begins
there. The library has no word for that, so a context is wound forward by packets of our own: we
have the key.
"""

from __future__ import annotations

from typing import Protocol, TypeVar

from firmware.media.rtp import HEADER, VERSION

Stood = tuple[int, int]
"""Where a stream stands: its SSRC, and the index of its newest packet."""
CYCLE = 0x10000
"""Packets that a sequence number can tell apart."""
STEP = 30_000
"""Packets that a context is wound on at a time; from half a cycle on it would go backwards."""


class Context(Protocol):
    """What encrypts or decrypts by one key, and counts."""

    def protect(self, packet: bytes) -> bytes: ...
    def unprotect(self, packet: bytes) -> bytes: ...


Wound = TypeVar("Wound", bound=Context)


def follow(stood: Stood | None, packet: bytes) -> Stood:
    """Where the stream stands after an authentic packet; one with another SSRC begins."""
    _, _, sequence, _, ssrc = HEADER.unpack_from(packet)
    if stood is None or stood[0] != ssrc:
        return ssrc, sequence
    step = (sequence - stood[1] + CYCLE // 2) % CYCLE - CYCLE // 2
    return ssrc, stood[1] + max(0, step)


def wind(ours: Context, theirs: Wound, stood: Stood) -> Wound:
    """A context that has come so far: 7 ms for the thousandth cycle, two weeks of a call.

    Args:
        ours: a new outward context of the key; it is of no use afterwards.
        theirs: a new inward one, which is wound on and returned.
        stood: where.
    """
    ssrc, index = stood
    for at in range(index % STEP, index + 1, STEP):
        theirs.unprotect(ours.protect(HEADER.pack(VERSION, 0, at % CYCLE, 0, ssrc)))
    return theirs
