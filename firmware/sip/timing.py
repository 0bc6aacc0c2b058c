"""The three base times of SIP (RFC 3261 table 4)."""

from __future__ import annotations

from firmware.machine import word


@word
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


def unanswered(status: int, why: str) -> str:
    """Why a request of ours came to nothing, in words.

    Args:
        status: 408 it timed out, 503 it could not be sent (section 8.1.3.1).
        why: of the transport, if it has said.
    """
    if status == 408:
        return "no answer"
    return f"cannot be sent: {why}" if why else "cannot be sent"
