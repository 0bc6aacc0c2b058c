"""The three base times of SIP (RFC 3261 table 4)."""

from __future__ import annotations

from firmware.machine import word


@word
class Timing:
    """All other timers are multiples of these, in seconds."""

    t1: float = 0.5
    """Estimate of the round-trip time, in seconds."""
    t2: float = 4.0
    """Longest pause between retransmissions of a non-INVITE request or an INVITE response."""
    t4: float = 5.0
    """Longest time that a message stays in the network."""

    @property
    def patience(self) -> float:
        """Seconds after which a transaction is given up: 64*T1."""
        return 64 * self.t1


STANDARD = Timing()


def unanswered(status: int, why: str) -> str:
    """Why a request of ours was not answered, in words.

    Args:
        status: 408 it timed out, 503 it could not be sent (section 8.1.3.1).
        why: of the transport, if it has said.
    """
    if status == 408:
        return "no answer"
    return f"cannot be sent: {why}" if why else "cannot be sent"
