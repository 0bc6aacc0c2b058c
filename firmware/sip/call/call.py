"""One call as it stands; the verbs are its neighbours."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

from firmware.causes import Cause
from firmware.errors import SipError
from firmware.machine import Timers
from firmware.sip.abilities import Abilities
from firmware.sip.call.events import Key, Output, SendAck
from firmware.sip.call.parts import (
    Change,
    Early,
    Hop,
    Left,
    Party,
    Session,
    Surroundings,
    Unacked,
    Unpracked,
    Within,
)
from firmware.sip.call.phases import EVER, LIVE, RUNNING, Phase, Timer
from firmware.sip.credentials import Attempt
from firmware.sip.dialog import Dialog, DialogId
from firmware.sip.events import Address, Ended, LocalMedia, MediaPlan
from firmware.sip.grammar import remembered, words
from firmware.sip.message import Message, Request
from firmware.sip.sdp import LocalDescription


@remembered
def _methods(listed: str) -> frozenset[str]:
    """In lower case; a peer says the same with every call."""
    return frozenset(words(listed))


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
    waits: bool = False
    """Our 180 says that the person talks to somebody else."""
    others: list[Hop] = field(default_factory=list)
    """Where our INVITE can go if nobody answers there, the next first."""
    left: dict[str, Left] = field(default_factory=dict)
    """By branch: where it has been before."""
    been: set[str] = field(default_factory=set)
    """Where our INVITE was redirected from: Request-URI and server."""
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
    digits: str = ""
    """That wait until the INFO before them is answered."""
    within: dict[str, Within] = field(default_factory=dict)
    """Our requests within dialogs that are not answered yet, by branch."""
    holds: bool = False
    """We hold the far end, or do not, as was last agreed on."""
    to_hold: bool = False
    """What the owner wants."""
    fax: bool = False
    """It goes on by T.38, as was last agreed on."""
    to_fax: bool = False
    """What the owner wants, or the far end."""
    to_refresh: bool = False
    """The session is to be confirmed."""
    to_reoffer: bool = False
    """Voice is to be offered once more: what was agreed on will not do any more."""
    laws: Literal["usual", "first", "alone"] = "usual"
    """How G.711 stands in our offers: machines need it, so it stands alone until it is refused."""
    moved_from: str = ""
    """Our address that the far end still knows and we have left; empty: it knows where we are."""
    overtaken: int = 0
    """CSeq number of the last change of ours that a move has overtaken; 0: none was."""
    change: Change | None = None
    tries: int = 0
    """How often the change that is wanted has met one of theirs."""
    session: Session | None = None
    min_se: int = 90
    """s, the shortest session timer that a server on the way has asked for (RFC 4028)."""
    allows: frozenset[str] = frozenset()
    """The methods that the far end takes, in lower case, as it last said."""
    unsecured: str = ""
    """Why the last answer could not be used, if encryption was the reason."""
    why: Cause | None = None
    """Of its end; None: it lives."""
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

    def note(self, message: Message) -> None:
        """Remember which methods the far end takes, if it says so."""
        if "Allow" in message.headers:
            with suppress(SipError):
                self.allows = _methods(",".join(message.headers.all("Allow")))

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
        self.timers.keep(RUNNING[phase] | EVER)

    def end(self, phase: Phase, cause: Cause) -> list[Output]:
        """Be over for the owner, and in `phase` on the wire; said once."""
        said: list[Output] = [Ended(self.id, cause)] if self.live else []
        self.why = cause if self.live else self.why
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
