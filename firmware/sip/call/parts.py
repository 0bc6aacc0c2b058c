"""What a call consists of, besides what it has come to."""

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
    """The address of a URI's host, if we know it."""
    listed: Callable[[Address], bool]
    """Whether one of our servers is there: nobody else ever gets credentials (I6)."""
    naming: Naming
    """How numbers are written."""


@word
class Party:
    """The line that calls or is called."""

    line: int
    number: str
    display: str
    token: str
    """The user part of its Contact."""
    authenticator: Authenticator = field(repr=False)
    barred: tuple[str, ...] = ()
    """Numbers that begin so are not called."""
    srtp: Mode | None = None
    """How its voice is encrypted; None: as that of all lines."""


@word
class Hop:
    """A server that an INVITE can be sent to, or that it came from."""

    target: Address
    name: str
    routes: tuple[str, ...] = ()
    """The pre-loaded route."""
    living: bool = True
    """False: its heartbeat says that it is dead."""


@dataclass(slots=True)
class Left:
    """A server that did not answer our INVITE in time."""

    hop: Hop
    invite: Request
    """As it was sent there."""
    cancelled: bool = False
    """It has answered after all, and was told that nobody waits."""
    over: bool = False
    """It has said that nothing comes of it."""


@dataclass(slots=True)
class Early:
    """What one of the telephones that our INVITE reached has told us."""

    dialog: Dialog
    plan: MediaPlan | None = None
    rings: bool = False
    """Its telephone has said so (180)."""
    authorised: bool | None = None
    """Whether it plays early media, by its P-Early-Media; None: it does not say."""
    rseq: int = 0
    """Of the last reliable provisional response; 0: there was none."""
    agreed: bool = False
    """Offer and answer are complete, beyond loss: who wants may make another (RFC 3311)."""


@dataclass(slots=True)
class Unpracked:
    """A reliable 1xx of ours, which is repeated until its PRACK comes (RFC 3262 section 3)."""

    response: Response
    rseq: int
    pause: float
    offer: bytes = b""
    """Ours, if the INVITE brought none: the answer comes with the PRACK."""
    described: bool = False
    """It carries an offer or an answer: no 2xx may overtake it (PR-05)."""


@dataclass(slots=True)
class Unacked:
    """A 2xx of ours to an INVITE, which is repeated until its ACK comes."""

    key: Key
    response: Response
    cseq: int
    pause: float
    offer: bytes = b""
    """Ours, if the INVITE brought none: the answer comes with the ACK."""


@dataclass(slots=True)
class Within:
    """A request of ours within a dialog, on its way."""

    request: Request
    dialog: Dialog
    attempt: Attempt


@dataclass(slots=True)
class Change:
    """A re-INVITE or UPDATE of ours on its way: one at a time (RFC 3261 section 14.1)."""

    request: Request
    """As last sent."""
    offer: bytes
    """The description that stands in it; empty: it only confirms the session."""
    hold: bool
    """What we become if it is accepted."""
    before: bytes
    """What we had said last, which stands if it is refused."""
    fax: bool
    """It is by T.38 from then on."""
    reoffers: bool = False
    """Voice is offered once more in it (`Reoffer`)."""
    moves: bool = False
    """It tells that we are elsewhere (`CarryOver`): the session cannot stay as it is."""
    rseq: int = 0
    """Of the last reliable provisional response to it."""
    plan: MediaPlan | None = None
    """What such a response has answered to the offer; it stands once the change is accepted."""
    given_up: bool = False
    """It was cancelled, and whoever wanted it told that it failed."""


@word
class Session:
    """The session timer that was agreed on (RFC 4028)."""

    interval: int
    """s"""
    ours: bool
    """We confirm the session in time; else the far end does."""
