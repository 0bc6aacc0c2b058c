"""The words of a transaction: what it is told, and what it says."""

from __future__ import annotations

from firmware.machine import word
from firmware.sip.message import Request, Response


@word
class Unreachable:
    """The transport could not send what the transaction last gave it (an input)."""


@word
class Enough:
    """The TU tries another server: do not send this again, but take responses (an input)."""


@word
class Transmit:
    """Send this message."""

    message: Request | Response


@word
class Received:
    """A response for the TU of a client transaction."""

    response: Response


@word
class Acknowledged:
    """The ACK to a 2xx came by way of the INVITE server transaction (RFC 6026 section 7.1)."""

    ack: Request


@word
class Failed:
    """The transaction ended with no final response (RFC 3261 section 8.1.3.1)."""

    status: int
    """408 after a timeout, 503 after a transport error: what the TU treats it as."""


ClientOutput = Transmit | Received | Failed
ServerOutput = Transmit | Acknowledged
