"""How packets are missed: one here and there, or many together (RFC 3611 section 4.7.2).

A burst begins and ends with a missing packet, and fewer than `GMIN` packets in a row came
in between; whatever is no burst is a gap. One missing packet on its own is part of a gap.
Missing is what was lost on the way, and what came too late to be played.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

GMIN = 16
"""The value that RFC 3611 recommends: a gap has at most 6 % of its packets missing."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """How the packets of a call were missed, so far."""

    runs: int = 0
    """Stretches of missing packets with nothing in between."""
    bursts: int = 0
    burst_packets: int = 0
    """From the first to the last missing one of each burst."""
    burst_missing: int = 0
    gap_packets: int = 0
    gap_missing: int = 0

    @property
    def packets(self) -> int:
        return self.burst_packets + self.gap_packets

    @property
    def missing(self) -> int:
        return self.burst_missing + self.gap_missing

    @property
    def share(self) -> float:
        """Of all packets, how many were missed: 0 to 1."""
        return self.missing / self.packets if self.packets else 0.0

    @property
    def burst_ratio(self) -> float:
        """BurstR of G.107: how much longer the runs are than chance alone would make them."""
        if not self.runs or self.missing == self.packets:
            return 1.0
        return max(1.0, self.missing / self.runs * (1 - self.share))


class Losses:
    """Watches the packets of one call, told in the order of their sequence numbers."""

    def __init__(self) -> None:
        self._closed = Pattern()
        """Without the packets that follow."""
        self._packets = self._missing = 0
        """From the first to the last missing one of what is, or may become, a burst."""
        self._since = 0
        """Packets that came after it."""

    def came(self, packets: int) -> None:
        """So many packets in a row came in time."""
        self._since += packets

    def missed(self, packets: int = 1) -> None:
        """So many packets in a row did not."""
        if self._since or not self._missing:
            self._closed = replace(self._closed, runs=self._closed.runs + 1)
        if self._since >= GMIN:
            self._closed = self.pattern()
            self._packets = self._missing = 0
        elif not self._missing:
            self._closed = replace(
                self._closed, gap_packets=self._closed.gap_packets + self._since
            )
        else:
            self._packets += self._since
        self._packets += packets
        self._missing += packets
        self._since = 0

    def pattern(self) -> Pattern:
        """Everything told up to now; what is at hand counts as it stands."""
        closed = self._closed
        gap_packets = closed.gap_packets + self._since
        if self._missing > 1:
            return Pattern(
                runs=closed.runs,
                bursts=closed.bursts + 1,
                burst_packets=closed.burst_packets + self._packets,
                burst_missing=closed.burst_missing + self._missing,
                gap_packets=gap_packets,
                gap_missing=closed.gap_missing,
            )
        return replace(
            closed,
            gap_packets=gap_packets + self._packets,
            gap_missing=closed.gap_missing + self._missing,
        )
