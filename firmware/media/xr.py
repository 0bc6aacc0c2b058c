"""RTCP extended reports: the VoIP metrics block (RFC 3611 section 4.7).

It travels behind a report, in the same datagram; an end that knows no extended reports
skips it. Blocks of other types are skipped here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from struct import Struct

UNKNOWN = 127
"""Of a level, a rating or a score: not measured."""
_VOIP_METRICS = 7
_BLOCK = Struct(">BBH")
_METRICS = Struct(">IBBBBHHHHbbBBBBBBBBHHH")
_LONGEST_MS = 0xFFFF
_ADAPTIVE = 0b11_11_1111
"""RX config: enhanced concealment, adaptive buffer, at the slowest rate that can be told."""


@dataclass(frozen=True, slots=True)
class VoipMetrics:
    """How one source is heard (section 4.7); shares in 1/256, times in milliseconds."""

    ssrc: int
    loss_rate: int = 0
    discard_rate: int = 0
    burst_density: int = 0
    """Share of the packets of bursts that were missing."""
    gap_density: int = 0
    burst_ms: int = 0
    """Mean length of a burst."""
    gap_ms: int = 0
    round_trip_ms: int = 0
    """0: not known."""
    end_system_ms: int = 0
    """What the reporting end itself delays; 0: not known."""
    gmin: int = 16
    r_factor: int = UNKNOWN
    mos_lq: int = UNKNOWN
    """Ten times the score for listening."""
    mos_cq: int = UNKNOWN
    """Ten times the score for conversation: with the delay."""
    buffer_ms: int = 0
    """Of the jitter buffer now."""
    buffer_most_ms: int = 0
    """The longest delay that it has had."""
    buffer_limit_ms: int = 0
    """The longest that it would have."""


def block(metrics: VoipMetrics) -> bytes:
    """The block, with its header."""
    content = _METRICS.pack(
        metrics.ssrc,
        *map(_share, (metrics.loss_rate, metrics.discard_rate, metrics.burst_density,
                      metrics.gap_density)),
        *map(_ms, (metrics.burst_ms, metrics.gap_ms, metrics.round_trip_ms,
                   metrics.end_system_ms)),
        UNKNOWN, UNKNOWN, UNKNOWN,  # levels of signal and noise, residual echo
        metrics.gmin, metrics.r_factor, UNKNOWN, metrics.mos_lq, metrics.mos_cq, _ADAPTIVE, 0,
        *map(_ms, (metrics.buffer_ms, metrics.buffer_most_ms, metrics.buffer_limit_ms)),
    )  # fmt: skip
    return _BLOCK.pack(_VOIP_METRICS, 0, len(content) // 4) + content


def read(content: bytes) -> Iterator[VoipMetrics]:
    """The metrics among the blocks that follow an extended report's SSRC.

    Raises:
        ValueError: a block is longer than what is there, or metrics are of another length.
    """
    at = 0
    while at < len(content):
        if at + _BLOCK.size > len(content):
            raise ValueError("an extended report is cut off")
        kind, _, words = _BLOCK.unpack_from(content, at)
        at += _BLOCK.size
        end = at + 4 * words
        if end > len(content):
            raise ValueError("a block of an extended report is cut off")
        if kind == _VOIP_METRICS:
            if end - at != _METRICS.size:
                raise ValueError(f"VoIP metrics of {end - at} octets")
            yield _metrics(*_METRICS.unpack_from(content, at))
        at = end


def _metrics(*fields: int) -> VoipMetrics:
    (
        ssrc, loss, discard, burst_density, gap_density, burst_ms, gap_ms, trip, end, _, _, _,
        gmin, r_factor, _, mos_lq, mos_cq, _, _, now, most, limit,
    ) = fields  # fmt: skip
    return VoipMetrics(
        ssrc, loss, discard, burst_density, gap_density, burst_ms, gap_ms, trip, end,
        gmin, r_factor, mos_lq, mos_cq, now, most, limit,
    )  # fmt: skip


def _share(value: int) -> int:
    return max(0, min(value, 255))


def _ms(value: int) -> int:
    return max(0, min(value, _LONGEST_MS))
