"""Messages as the world reads them: each datagram once, however many want to know it."""

from __future__ import annotations

from functools import lru_cache

from firmware.sip.message import Message, parse

AT_A_TIME = 512
"""More than are on their way, or may come again, at any moment."""


@lru_cache(maxsize=AT_A_TIME)
def read(data: bytes) -> Message:
    """As `firmware.sip.message.parse`; the gateway and the exchange read for themselves.

    Raises:
        SipError: it is no SIP.
    """
    return parse(data)
