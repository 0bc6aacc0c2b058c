"""One call as it stands, and the words it is told and says; the verbs are its neighbours.

The phases say what is still to be done on the wire. Those in LIVE are what the owner calls
a call; in the others the owner has been told that it ended, and the line is free, while
CANCEL or BYE finish in the background.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto

from firmware.causes import Cause
from firmware.machine import Timers
from firmware.sip.abilities import Abilities
from firmware.sip.call.events import Key, Output, SendAck
from firmware.sip.compose import Composer
from firmware.sip.credentials import Attempt
from firmware.sip.dialog import Dialog, DialogId
from firmware.sip.digest import Authenticator
from firmware.sip.events import (
    Address,
    AgentSettings,
    Ended,
    LocalMedia,
    MediaPlan,
)
from firmware.sip.identity import Naming
from firmware.sip.message import Request, Response
from firmware.sip.sdp import LocalDescription, Terms


class Phase(Enum):
    CALLING = auto()  # our INVITE is out
    PROCEEDING = auto()  # and has got a provisional response
    ABANDONED = auto()  # hung up before any: CANCEL has to wait for one (section 9.1)
    CANCELLED = auto()  # CANCEL is out, the final response is not in
    OFFERED = auto()  # their INVITE has come
    RINGING = auto()  # and we have said so
    LIFTED = auto()  # the person answers, but our 200 has to wait for a PRACK (RFC 3262 section 3)
    ANSWERED = auto()  # our 200 is out, the ACK is not in
    HANGING_UP = auto()  # hung up meanwhile: BYE has to wait for the ACK (section 15)
    TALKING = auto()
    RELEASING = auto()  # BYE is out
    OVER = auto()


LIVE = frozenset(
    {
        Phase.CALLING,
        Phase.PROCEEDING,
        Phase.OFFERED,
        Phase.RINGING,
        Phase.LIFTED,
        Phase.ANSWERED,
        Phase.TALKING,
    }
)
WAITING = frozenset({Phase.OFFERED, Phase.RINGING, Phase.LIFTED})
"""Their INVITE has no final response yet."""


class Timer(Enum):
    FAILOVER = auto()  # the server does not answer, perhaps another does
    GIVE_UP = auto()  # the caller has heard ringback for long enough
    CANCEL_LOST = auto()  # no final response follows our CANCEL
    GHOST = auto()  # no 2xx can come any more to an INVITE that we have given up
    NO_ANSWER = auto()  # the callee does not lift
    RING_AGAIN = auto()  # proxies forget an INVITE that is not heard of (section 13.3.1.1)
    SAY_AGAIN = auto()  # our reliable 1xx, until its PRACK (RFC 3262 section 3)
    PRACK_LOST = auto()  # it never comes
    REPEAT = auto()  # our 2xx, until it is ACKed (section 13.3.1.4)
    ACK_LOST = auto()  # it never is


RUNNING: dict[Phase, frozenset[Timer]] = {
    Phase.CALLING: frozenset({Timer.FAILOVER}),
    Phase.PROCEEDING: frozenset({Timer.GIVE_UP}),
    Phase.ABANDONED: frozenset(),
    Phase.CANCELLED: frozenset({Timer.CANCEL_LOST}),
    Phase.OFFERED: frozenset({Timer.NO_ANSWER}),
    Phase.RINGING: frozenset(
        {Timer.NO_ANSWER, Timer.RING_AGAIN, Timer.SAY_AGAIN, Timer.PRACK_LOST}
    ),
    Phase.LIFTED: frozenset({Timer.SAY_AGAIN, Timer.PRACK_LOST}),
    Phase.ANSWERED: frozenset({Timer.REPEAT, Timer.ACK_LOST}),
    Phase.HANGING_UP: frozenset({Timer.REPEAT, Timer.ACK_LOST}),
    Phase.TALKING: frozenset({Timer.REPEAT, Timer.ACK_LOST}),
    Phase.RELEASING: frozenset(),
    Phase.OVER: frozenset({Timer.GHOST}),
}


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Party:
    """The line that calls or is called."""

    line: int
    number: str
    display: str
    token: str
    """The user part of its Contact."""
    authenticator: Authenticator = field(repr=False)


@dataclass(frozen=True, slots=True)
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
    cancelled: bool = False
    """It has answered after all, and was told that nobody waits."""


@dataclass(slots=True)
class Early:
    """What one of the telephones that our INVITE reached has told us."""

    dialog: Dialog
    plan: MediaPlan | None = None
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


@dataclass(eq=False, slots=True)
class Call:
    """One call of one line, whoever called."""

    id: int
    party: Party
    peer: str
    """The other number, as dialled or as shown."""
    around: Surroundings
    hop: Hop
    """Where the INVITE goes to, or came from."""
    description: LocalDescription
    attempt: Attempt
    """To get our INVITE through."""
    phase: Phase
    withheld: bool = False
    """The called party shall not learn our number."""
    others: list[Hop] = field(default_factory=list)
    """Where our INVITE can go if nobody answers there, the next first."""
    left: dict[str, Left] = field(default_factory=dict)
    """By branch: where it has been before."""
    asked_servers: list[str] = field(default_factory=list)
    """Their names, and that of the one it has gone to last."""
    timers: Timers[Timer] = field(default_factory=Timers)
    media: LocalMedia | None = None
    invite: Request | None = None
    """The INVITE that began it: ours as last sent, or theirs."""
    key: Key = ()
    """Of their INVITE."""
    tag: str = ""
    """Ours."""
    dialog: Dialog | None = None
    """The one we talk in."""
    early: dict[str, Early] = field(default_factory=dict)
    progress: int = 0
    """The status of the last provisional response to our INVITE."""
    acks: dict[tuple[str, int], SendAck] = field(default_factory=dict)
    """By remote tag and CSeq number: a repeated 2xx gets the same ACK again."""
    unacked: Unacked | None = None
    reliably: bool = False
    """Our provisional responses to their INVITE are reliable (RFC 3262)."""
    unpracked: Unpracked | None = None
    rseq: int = 0
    """Of our last reliable 1xx; 0: there was none."""
    early_plan: MediaPlan | None = None
    """What was agreed on with the caller before our 200."""
    within: dict[str, Within] = field(default_factory=dict)
    """Our requests within dialogs that are not answered yet, by branch."""
    since: float = 0.0
    """When it began to ring, or to talk; monotonic seconds."""

    @property
    def live(self) -> bool:
        """The owner has not been told that it ended."""
        return self.phase in LIVE

    @property
    def hosts(self) -> set[str]:
        """The addresses that its dialogs lead to."""
        dialogs = [waiting.dialog for waiting in self.within.values()]
        dialogs += [early.dialog for early in self.early.values()]
        if self.dialog is not None:
            dialogs.append(self.dialog)
        return {self.hop.target.host, *(self.target(dialog).host for dialog in dialogs)}

    @property
    def asked(self) -> tuple[str, str] | None:
        """Call-ID and our tag, if the call is ours."""
        return None if self.key or self.invite is None else (self.invite.call_id, self.tag)

    @property
    def abilities(self) -> Abilities:
        """What we say that we can."""
        return self.around.composer.abilities

    @property
    def contact(self) -> tuple[str, str]:
        return "Contact", self.around.composer.contact(self.party.token)

    def target(self, dialog: Dialog) -> Address:
        """Where requests in this dialog go."""
        return self.around.where(dialog.next_hop) or self.hop.target

    def enter(self, phase: Phase) -> None:
        """Be in another phase; timers that it does not run are stopped."""
        self.phase = phase
        self.timers.keep(RUNNING[phase])

    def end(self, phase: Phase, cause: Cause) -> list[Output]:
        """Be over for the owner, and in `phase` on the wire; said once."""
        said: list[Output] = [Ended(self.id, cause)] if self.live else []
        assert phase not in LIVE, "it cannot end and live on"
        self.enter(phase)
        return said

    def named(self, identity: DialogId) -> Dialog | None:
        """The dialog of this call with that name."""
        if self.dialog is not None and self.dialog.id == identity:
            return self.dialog
        if identity.remote_tag in self.early:
            return self.early[identity.remote_tag].dialog
        asked = (waiting.dialog for waiting in self.within.values())
        return next((dialog for dialog in asked if dialog.id == identity), None)
