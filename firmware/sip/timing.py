"""The three base times of SIP (RFC 3261 table 4)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """All other timers are multiples of these, in seconds."""

    t1: float = 0.5
    """An estimate of the round trip."""
    t2: float = 4.0
    """The longest pause between retransmissions of a non-INVITE request or an INVITE response."""
    t4: float = 5.0
    """How long a message may stay in the network."""

    @property
    def patience(self) -> float:
        """64*T1: how long a transaction is tried before it is given up."""
        return 64 * self.t1


STANDARD = Timing()
