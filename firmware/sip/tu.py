"""What a transaction user says to the transactions, and what it hears from them.

A transaction user (TU, RFC 3261 section 17) is a call, a registration, a heartbeat or a
subscription. Each of them sends its requests with these words; what is answered reaches it as
a `Response`.
"""

from __future__ import annotations

from firmware.machine import word
from firmware.sip.address import Address
from firmware.sip.message import Request


@word
class Ask:
    """Begin a client transaction: send this request to this address."""

    request: Request
    target: Address


@word
class Abandon:
    """End the client transaction of this request: its answer is not waited for any more."""

    request: Request


@word
class Unanswered:
    """The request got no final response (an input): 408 timed out, 503 could not be sent."""

    request: Request
    status: int
    """What the TU has to treat it as (RFC 3261 section 8.1.3.1)."""
    why: str = ""
    """In words, if the transport has said."""
