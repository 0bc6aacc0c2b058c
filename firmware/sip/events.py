"""What the gateway tells the user agent, and what the user agent tells the gateway.

Lines are named by their port number; calls by an integer that `UserAgent.new_call` or the
agent itself hands out. Nobody above the agent sees a SIP message. Addresses and settings
belong to these words; they have files of their own.
"""

from __future__ import annotations

from firmware.causes import Cause
from firmware.machine import word
from firmware.row_words import RegisterStatus
from firmware.sip.address import Address, Transport
from firmware.sip.changes import (
    Fax,
    FaxRefused,
    Hold,
    HoldRefused,
    Reoffer,
    ReofferRefused,
    Resume,
)
from firmware.sip.plan import FaxPlan, Handshake, LocalMedia, MediaPlan, Protection
from firmware.sip.servers import Drill, GoBack, Inquire, ServerReport
from firmware.sip.settings import AgentSettings, LineIdentity, Prack, Server
from firmware.sip.whereabouts import AddressChanged, CarryOver

__all__ = [
    "Address",
    "AddressChanged",
    "AgentSettings",
    "CarryOver",
    "Fax",
    "FaxPlan",
    "FaxRefused",
    "Handshake",
    "Hold",
    "HoldRefused",
    "LineIdentity",
    "LocalMedia",
    "MediaPlan",
    "Prack",
    "Protection",
    "RegisterStatus",
    "Reoffer",
    "ReofferRefused",
    "Resume",
    "Server",
    "Transport",
]
"""Words of other files that belong to these."""

# from the gateway


@word
class Register:
    """Register the line, whatever its timers say."""

    line: int
    after_s: float = 0.0
    """So much later, and not while too many others do."""


@word
class Deregister:
    """Remove the line's binding and stay away until `Register`."""

    line: int
    everybody: bool = False
    """Remove the bindings of all others with this address of record too (REG-13)."""


@word
class LineChanged:
    """The line is somebody else from now on, or there is none any more (None).

    It should have left before (`Deregister`); the new one is registered when it is told to.
    """

    line: int
    identity: LineIdentity | None


@word
class Invite:
    """Call `number` from `line`."""

    call: int
    line: int
    number: str
    media: LocalMedia
    offers: bool = True
    """False: the other end makes the offer, in its first reliable answer (delayed offer)."""
    withheld: bool | None = None
    """Whether the called party shall not learn our number; None: as the line's setting is."""


@word
class Alert:
    """The bell rings: tell the caller (180)."""

    call: int
    media: LocalMedia | None = None
    """Where we shall receive, if `Offered.describes` asks for it."""
    waits: bool = False
    """The person talks to somebody else and hears that this caller waits (RFC 7462)."""


@word
class Accept:
    """The person has lifted: 200 with our answer."""

    call: int
    media: LocalMedia


@word
class Refuse:
    """Refuse an incoming call."""

    call: int
    code: int


@word
class HangUp:
    """End the call from our side: CANCEL, BYE or nothing, as the dialog stands."""

    call: int
    cause: Cause | None = None


@word
class TellDigit:
    """Tell the far end of a digit of our telephone, by INFO."""

    call: int
    digit: str


@word
class LoseCodecs:
    """These cannot be spoken from now on: they are neither offered nor taken any more."""

    codecs: tuple[str, ...]


@word
class Leave:
    """The service ends: calls that are over here, and wait for an ACK, send their BYE now."""


@word
class Datagram:
    """A message came in, by whatever transport: bytes, not yet read."""

    data: bytes
    source: Address


@word
class Garbled:
    """What came on a connection is no row of messages; the connection is about to be closed."""

    data: bytes
    source: Address
    why: str
    status: int
    """To refuse it with, if it is a request."""


@word
class TransportFailed:
    """What was sent to `target` does not arrive (ICMP, no route, refused, connection lost)."""

    target: Address
    reason: str
    sent: bytes = b""
    """The message, or its beginning, if it is known to be that one; else all are meant."""


@word
class Reconnected:
    """A connection to `target` that had been lost is there again; what it carried is not."""

    target: Address


@word
class Resolved:
    """The name of a server has been looked up; empty `addresses`: it could not, for `reason`."""

    host: str
    port: int
    addresses: tuple[Address, ...]
    reason: str = ""


Input = (
    Register | Deregister | AddressChanged | CarryOver | LineChanged
    | Invite | Alert | Accept | Refuse | HangUp | Hold | Resume | Reoffer | Fax | TellDigit
    | LoseCodecs | Drill | GoBack | Inquire | Leave | Datagram | Garbled
    | TransportFailed | Reconnected | Resolved
)  # fmt: skip


# to the gateway


@word
class Send:
    """Put these bytes on the wire."""

    data: bytes
    target: Address


@word
class Resolve:
    """Look this server up; answer with `Resolved`."""

    host: str
    port: int


@word
class RegistrationState:
    """One line's binding as it stands; times are monotonic seconds."""

    status: RegisterStatus = RegisterStatus.UNREGISTERED
    registrar: str = ""
    expires_at: float | None = None
    next_attempt_at: float | None = None
    last_code: int = 0
    last_error: str = ""
    """Why the last attempt failed, in words; empty after a success."""
    answered_at: float | None = None
    """When the last attempt was answered, or given up; None: none has been yet."""
    failures: int = 0


@word
class RegistrationReport:
    """The line's binding has changed."""

    line: int
    state: RegistrationState


@word
class SessionState:
    """The session timer of a call (RFC 4028); times are monotonic seconds."""

    interval: int
    """s"""
    ours: bool
    """This end confirms the session; else the far end does."""
    ends_at: float
    """The call ends then, unless the session is confirmed before."""


@word
class Offered:
    """Somebody calls `line`."""

    call: int
    line: int
    number: str
    name: str = ""
    media: MediaPlan | None = None
    """What we would agree to; None: the caller made no offer."""
    describes: bool = False
    """The 180 has to be reliable and carry our offer, so `Alert` has to say where we receive."""


@word
class Proceeding:
    """Our INVITE got a provisional response above 100."""

    call: int
    code: int
    media: MediaPlan | None = None
    """Of the telephone, or the server, that has something to let us hear; None: nobody has."""
    authorised: bool | None = None
    """Whether the network plays early media (P-Early-Media, RFC 5009); None: it does not say."""
    rings: bool = True
    """Some telephone that our INVITE has reached may still ring."""


@word
class Established:
    """The call is answered, and voice goes as `media` says.

    For incoming calls: our 200 has gone out and `media` was agreed, or (if the INVITE brought
    no offer) the ACK has come with the answer.
    """

    call: int
    media: MediaPlan
    passed_over: bool = False
    """The 200 brought another description than the response before it: that one stands."""


@word
class MediaChanged:
    """A re-INVITE or UPDATE, theirs or ours, changed where or whether voice goes."""

    call: int
    media: MediaPlan


@word
class DigitTold:
    """The far end has told of a digit, by INFO."""

    call: int
    digit: str
    duration_ms: int = 0
    """0: it did not say."""


@word
class MailboxReport:
    """What is known of the mailbox of a line."""

    line: int
    count: int | None
    """New messages; None: nothing new is known."""
    problem: str = ""
    """Why not, if the subscription was refused."""


@word
class Ended:
    """The call is over; said once, also after our own `HangUp` or `Refuse`."""

    call: int
    cause: Cause


@word
class Dropped:
    """A datagram was refused or ignored; for the counters and the ladder."""

    source: Address
    why: str


Output = (
    Send | Resolve | RegistrationReport | ServerReport | Offered | Proceeding | Established
    | MediaChanged | HoldRefused | FaxRefused | ReofferRefused | DigitTold | Ended | Dropped
    | MailboxReport
)  # fmt: skip
