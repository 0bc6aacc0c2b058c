"""What the transaction layer says: to the transport, and to the users of transactions.

What users say to the layer, and hear from it in the end, is in `firmware.sip.tu`. Between the two
stands `firmware.sip.switchboard`, or the exchange.
"""

from __future__ import annotations

from typing import Generic, TypeVar

from firmware.machine import word
from firmware.sip.address import Address
from firmware.sip.matching import Key
from firmware.sip.message import Request, Response

U = TypeVar("U")
"""Whoever uses transactions: the layer hands it back, and knows nothing of it."""


@word
class Wire:
    """Send this message there."""

    message: Request | Response
    target: Address


@word
class Reply(Generic[U]):
    """A response to a request of `user`."""

    user: U
    request: Request
    response: Response
    target: Address
    """Where the request was sent."""


@word
class NoReply(Generic[U]):
    """A request of `user` got no final response: 408 timed out, 503 could not be sent."""

    user: U
    request: Request
    status: int
    why: str = ""
    """In words, if the transport has said."""


@word
class Closed(Generic[U]):
    """A transaction of `user`, client or server, is over."""

    user: U


@word
class Arrived:
    """A new request, its top Via completed; answer it with `key`, unless it is an ACK."""

    key: Key
    request: Request
    source: Address


@word
class Pending(Generic[U]):
    """A server transaction that a CANCEL means; user None: it was refused at once."""

    user: U | None


@word
class Stray:
    """A response that belongs to no transaction of ours."""

    response: Response
    source: Address


@word
class Overloaded:
    """A new request was refused with 503, because there are too many; it is not remembered."""

    request: Request
    source: Address


Output = Wire | Reply[U] | NoReply[U] | Closed[U] | Arrived | Stray | Overloaded
