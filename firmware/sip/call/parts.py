"""What a call is made of; how far it has come is in `firmware.sip.call.call`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from firmware.machine import word
from firmware.sip.call.events import Key
from firmware.sip.compose import Composer
from firmware.sip.credentials import Attempt
from firmware.sip.dialog import Dialog
from firmware.sip.digest import Authenticator
from firmware.sip.events import Address, AgentSettings, MediaPlan
from firmware.sip.identity import Naming
from firmware.sip.message import Request, Response
from firmware.sip.sdp import Terms
from firmware.sip.securing import Mode


@word
class Surroundings:
    """What all calls of an agent have in common."""

    settings: AgentSettings
    composer: Composer
    terms: Terms
    where: Callable[[str], Address | None]
    """Finds the address of the host in a URI; None: we do not know it."""
    listed: Callable[[Address], bool]
    """Whether one of our servers has this address: nobody else gets credentials (I6)."""
    naming: Naming
    """Writes numbers as URIs."""


@word
class Party:
    """The line that calls or is called."""

    line: int
    number: str
    display: str
    token: str
    """The user part of the line's Contact."""
    authenticator: Authenticator = field(repr=False)
    barred: tuple[str, ...] = ()
    """Beginnings of numbers that this line does not call."""
    srtp: Mode | None = None
    """How the voice of this line is encrypted; None: as for all lines."""


@word
class Hop:
    """A server that an INVITE can be sent to, or that it came from."""

    target: Address
    name: str
    routes: tuple[str, ...] = ()
    """The Route values of a request outside a dialog (the pre-loaded route)."""
    living: bool = True
    """False: the heartbeat says that the server is dead."""


@dataclass(slots=True)
class Left:
    """A server that was given up, because it did not answer our INVITE in time."""

    hop: Hop
    invite: Request
    """The INVITE as it was sent there."""
    cancelled: bool = False
    """The server has answered late, and was sent a CANCEL."""
    over: bool = False
    """The server has refused, so no call comes from there."""


@dataclass(slots=True)
class Early:
    """The early dialog with one of the telephones that our INVITE has reached."""

    dialog: Dialog
    plan: MediaPlan | None = None
    described: bytes = b""
    """The answer that the plan was made of; empty: it has been agreed on anew since."""
    rings: bool = False
    """It has sent 180: that telephone rings."""
    authorised: bool | None = None
    """Whether the network vouches for its early media (P-Early-Media); None: not said."""
    rseq: int = 0
    """RSeq of its last reliable provisional response; 0: there was none."""
    agreed: bool = False
    """Offer and answer are complete and acknowledged: either side may offer again (RFC 3311)."""


@dataclass(slots=True)
class Unpracked:
    """A reliable 1xx of ours, repeated until its PRACK comes (RFC 3262 section 3)."""

    response: Response
    rseq: int
    pause: float
    offer: bytes = b""
    """Our offer, if the INVITE brought none: the PRACK brings the answer."""
    described: bool = False
    """It carries an offer or an answer: our 200 has to wait for the PRACK (PR-05)."""


@dataclass(slots=True)
class Unacked:
    """A 2xx of ours to an INVITE, repeated until its ACK comes."""

    key: Key
    response: Response
    cseq: int
    pause: float
    offer: bytes = b""
    """Our offer, if the INVITE brought none: the ACK brings the answer."""


@dataclass(slots=True)
class Within:
    """A request of ours within a dialog that is not answered yet."""

    request: Request
    dialog: Dialog
    attempt: Attempt


@dataclass(slots=True)
class Change:
    """A re-INVITE or UPDATE of ours, not answered yet; one at a time (RFC 3261 section 14.1)."""

    request: Request
    """The request as it was last sent."""
    offer: bytes
    """Our offer in it; empty: it only confirms the session."""
    hold: bool
    """Whether we hold the far end if it is accepted."""
    before: bytes
    """Our last description before it, which stays in force if it is refused."""
    fax: bool
    """The call is carried by T.38 if it is accepted."""
    reoffers: bool = False
    """It offers voice again (`Reoffer`)."""
    moves: bool = False
    """It tells our new address (`CarryOver`): the session cannot stay as it is."""
    rseq: int = 0
    """RSeq of the last reliable provisional response to it; 0: there was none."""
    plan: MediaPlan | None = None
    """The media that a provisional response has agreed to; in force once it is accepted."""
    given_up: bool = False
    """It was cancelled, and its owner has been told that it failed."""


@word
class Session:
    """The session timer that was agreed on (RFC 4028)."""

    interval: int
    """Seconds within which the session has to be confirmed."""
    ours: bool
    """We confirm the session; False: the far end does."""
