"""One call as it stands; each verb that acts on it has a neighbouring file."""

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
    """One call of one line, placed by it or offered to it."""

    id: int
    party: Party
    peer: str
    """The number of the other side, as dialled or as shown."""
    around: Surroundings
    hop: Hop
    """The server that the INVITE goes to, or came from."""
    description: LocalDescription
    attempt: Attempt
    """Counts the challenges to our INVITE."""
    phase: Phase
    withheld: bool = False
    """Our number is hidden from the called party."""
    waits: bool = False
    """Our 180 says that the person is in another call (call waiting)."""
    others: list[Hop] = field(default_factory=list)
    """The servers that our INVITE may still be sent to, the next first."""
    left: dict[str, Left] = field(default_factory=dict)
    """The servers that our INVITE was sent to before, by branch."""
    been: set[str] = field(default_factory=set)
    """Request-URIs and servers that have redirected our INVITE elsewhere."""
    asked_servers: list[str] = field(default_factory=list)
    """Names of all servers that our INVITE was sent to, the present one last."""
    timers: Timers[Timer] = field(default_factory=Timers)
    media: LocalMedia | None = None
    invite: Request | None = None
    """The INVITE that began the call: theirs, or ours as it was last sent."""
    key: Key = ()
    """Key of the transaction of their INVITE; empty: the INVITE is ours."""
    tag: str = ""
    """Our tag."""
    dialog: Dialog | None = None
    """The dialog that we talk in; None: there is none yet."""
    early: dict[str, Early] = field(default_factory=dict)
    progress: int = 0
    """Status of the last provisional response to our INVITE; 0: there was none."""
    acks: dict[tuple[str, int], SendAck] = field(default_factory=dict)
    """ACKs that were sent, by remote tag and CSeq number, to repeat for a repeated 2xx."""
    unacked: Unacked | None = None
    reliably: bool = False
    """We send our provisional responses to their INVITE reliably (RFC 3262)."""
    unpracked: Unpracked | None = None
    rseq: int = 0
    """RSeq of our last reliable 1xx; 0: there was none."""
    early_plan: MediaPlan | None = None
    """The media agreed on with the caller before our 200."""
    digits: str = ""
    """Digits that wait until the INFO on its way is answered."""
    within: dict[str, Within] = field(default_factory=dict)
    """Our unanswered requests within dialogs, by branch."""
    holds: bool = False
    """We hold the far end: this was agreed on."""
    to_hold: bool = False
    """The owner wants the far end held."""
    fax: bool = False
    """The call is carried by T.38: this was agreed on."""
    to_fax: bool = False
    """The owner, or the far end, wants T.38."""
    to_refresh: bool = False
    """The session has to be confirmed (RFC 4028)."""
    to_reoffer: bool = False
    """Voice has to be offered again: what was agreed on will not do any more."""
    laws: Literal["usual", "first", "alone"] = "usual"
    """How G.711 stands in our offers: machines need it, so it stands alone until it is refused."""
    moved_from: str = ""
    """Our old address, while the far end still sends there; empty: it knows the new one."""
    overtaken: int = 0
    """CSeq number of our last change that was overtaken by a move; 0: there was none."""
    change: Change | None = None
    tries: int = 0
    """How often the wanted change has met a change of theirs (glare)."""
    session: Session | None = None
    min_se: int = 90
    """s, the shortest session timer that a server on the way has asked for (RFC 4028)."""
    allows: frozenset[str] = frozenset()
    """Methods that the far end takes, in lower case, by its last Allow."""
    unsecured: str = ""
    """Why encryption could not be agreed on in the last answer; empty: it was not the reason."""
    why: Cause | None = None
    """Why the call ended; None: it has not."""
    since: float = 0.0
    """When it began to ring, or when it was answered; monotonic seconds."""

    @property
    def live(self) -> bool:
        """The call has not ended for its owner."""
        return self.phase in LIVE

    @property
    def hosts(self) -> set[str]:
        """The addresses that the dialogs of this call lead to."""
        dialogs = [waiting.dialog for waiting in self.within.values()]
        dialogs += [early.dialog for early in self.early.values()]
        if self.dialog is not None:
            dialogs.append(self.dialog)
        return {self.hop.target.host, *(self.target(dialog).host for dialog in dialogs)}

    @property
    def asked(self) -> tuple[str, str] | None:
        """Call-ID and our tag, if we placed the call; else None."""
        return None if self.key or self.invite is None else (self.invite.call_id, self.tag)

    def note(self, message: Message) -> None:
        """Remember which methods the far end takes, if the message says so."""
        if "Allow" in message.headers:
            with suppress(SipError):
                self.allows = _methods(",".join(message.headers.all("Allow")))

    @property
    def abilities(self) -> Abilities:
        """What our Allow, Supported and Require say."""
        return self.around.composer.abilities

    @property
    def contact(self) -> tuple[str, str]:
        return "Contact", self.around.composer.contact(self.party.token)

    def target(self, dialog: Dialog) -> Address:
        """The address that requests in this dialog are sent to."""
        return self.around.where(dialog.next_hop) or self.hop.target

    def enter(self, phase: Phase) -> None:
        """Go over to another phase; timers that do not run in it are stopped."""
        self.phase = phase
        self.timers.keep(RUNNING[phase] | EVER)

    def end(self, phase: Phase, cause: Cause) -> list[Output]:
        """End the call for its owner, once; on the wire it goes on in `phase`."""
        said: list[Output] = [Ended(self.id, cause)] if self.live else []
        self.why = cause if self.live else self.why
        assert phase not in LIVE, "it cannot end and live on"
        self.enter(phase)
        return said

    def named(self, identity: DialogId) -> Dialog | None:
        """The dialog of this call with that identity; None: it is of no dialog of ours."""
        if self.dialog is not None and self.dialog.id == identity:
            return self.dialog
        if identity.remote_tag in self.early:
            return self.early[identity.remote_tag].dialog
        asked = (waiting.dialog for waiting in self.within.values())
        return next((dialog for dialog in asked if dialog.id == identity), None)
