"""What a call is told by the agent, and what it tells the agent.

The words between the agent and its owner, which the agent only passes on, are in
`firmware.sip.events`; those for requests of ours are in `firmware.sip.tu`.
"""

from __future__ import annotations

from firmware.machine import word
from firmware.sip.dialog import DialogId
from firmware.sip.events import (
    Accept,
    Address,
    Alert,
    CarryOver,
    DigitTold,
    Ended,
    Established,
    Fax,
    FaxRefused,
    HangUp,
    Hold,
    HoldRefused,
    MediaChanged,
    Offered,
    Proceeding,
    Refuse,
    Reoffer,
    ReofferRefused,
    Resume,
    TellDigit,
)
from firmware.sip.message import Request, Response
from firmware.sip.tu import Abandon, Ask, Unanswered

Key = tuple[str, ...]
"""Names the transaction in which a request of the peer is answered."""


# what a call is told, besides the inputs of its owner


@word
class Responded:
    """A response to a request of ours."""

    request: Request
    response: Response


@word
class Requested:
    """A request of the peer in a dialog of this call, other than ACK."""

    key: Key
    request: Request


@word
class Acked:
    """An ACK in a dialog of this call."""

    ack: Request


@word
class Cancelled:
    """The peer has cancelled its INVITE; the CANCEL itself is answered already."""

    cancel: Request


@word
class Rebound:
    """The line is registered from our new address, or cannot be soon: changes need not wait."""


Input = (
    Alert | Accept | Refuse | HangUp | Hold | Resume | Reoffer | Fax | TellDigit | CarryOver
    | Responded | Unanswered | Requested | Acked | Cancelled | Rebound
)  # fmt: skip


# what a call says, besides the outputs to its owner


@word
class SendAck:
    """Send this ACK to a 2xx; it is no part of a transaction."""

    ack: Request
    target: Address


@word
class Answer:
    """Respond to the request with this key."""

    key: Key
    response: Response


@word
class Hush:
    """Do not send this INVITE again, but bring the responses to it."""

    invite: Request


@word
class Opened:
    """Requests in this dialog belong to this call."""

    dialog: DialogId


Output = (
    Ask | SendAck | Answer | Abandon | Hush | Opened
    | Offered | Proceeding | Established | MediaChanged | HoldRefused | FaxRefused
    | ReofferRefused | DigitTold | Ended
)  # fmt: skip
