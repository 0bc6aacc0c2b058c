"""What happens to a line (past tense) and what it wants done (imperative)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from firmware.causes import Cause
from firmware.row_words import CallStatus
from firmware.tone import Tone

__all__ = ["CallStatus"]


# What comes from the copper (hook.py and the DTMF receiver)


@dataclass(frozen=True, slots=True)
class OffHook:
    """The handset was lifted, debounced; `at` is the first edge."""

    at: float


@dataclass(frozen=True, slots=True)
class OnHook:
    """The handset was put down for longer than a flash; `at` is the first edge."""

    at: float


@dataclass(frozen=True, slots=True)
class Flash:
    """A short break while off-hook (register recall)."""


@dataclass(frozen=True, slots=True)
class Seized:
    """The first break of a pulse digit has come: dial tone must stop now."""


@dataclass(frozen=True, slots=True)
class Digit:
    """One digit, from DTMF or from a dial: 0-9, *, #, A-D."""

    value: str
    pulse: bool = False


def copper_word(event: OffHook | OnHook | Flash | Seized | Digit) -> str:
    """What the ladder calls it; a digit is told as it is."""
    match event:
        case OffHook():
            return "off-hook"
        case OnHook():
            return "on-hook"
        case Flash():
            return "flash"
        case Seized():
            return "first pulse"
    return event.value


# What comes from the network (the agent, through port.py)


@dataclass(frozen=True, slots=True)
class IncomingCall:
    """Somebody calls this line."""

    number: str
    """As displayed after CLIR; ``anonymous`` if withheld."""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """The far end rings, or the network plays something to us."""

    early_media: bool = False
    """RTP of the network is to be heard instead of our ringback."""
    ringing: bool = True
    """Some telephone rings: that is heard as ringback, if there is no early media."""


@dataclass(frozen=True, slots=True)
class Answered:
    """Our outgoing call was answered."""


@dataclass(frozen=True, slots=True)
class Released:
    """The call is over for a reason that is not the person at this line."""

    cause: Cause


@dataclass(frozen=True, slots=True)
class OtherReleased:
    """The call that is held, or waits, is over, and not by the person at this line."""

    cause: Cause


# What comes from the house


@dataclass(frozen=True, slots=True)
class Enabled:
    """The port is in service (again)."""


@dataclass(frozen=True, slots=True)
class Disabled:
    """The port is taken out of service, by the operator or by a fault."""

    cause: Cause


@dataclass(frozen=True, slots=True)
class RegistrationChanged:
    """Whether the line is registered now; `alive`: whether any server answers."""

    registered: bool
    alive: bool = True


@dataclass(frozen=True, slots=True)
class MessagesWaiting:
    """The mailbox of this line has so many new messages (RFC 3842): told whenever it is learned.

    The next dial tone stutters while there are any; a lamp is told as soon as the handset is
    down (`ShowMessages`).
    """

    count: int
    """0: none any more; where the network only says yes, 1."""


@dataclass(frozen=True, slots=True)
class HouseCall:
    """The house calls: the bell shall ring, though nobody in the network does (U17)."""

    seconds: float
    """So long, unless somebody lifts before."""
    name: str = ""
    """Shown to the telephone as the caller's."""


@dataclass(frozen=True, slots=True)
class HouseCallEnds:
    """The house has changed its mind."""


Event = (
    OffHook | OnHook | Flash | Seized | Digit
    | IncomingCall | Progress | Answered | Released | OtherReleased
    | Enabled | Disabled | RegistrationChanged | MessagesWaiting
    | HouseCall | HouseCallEnds
)  # fmt: skip


# What the line wants


@dataclass(frozen=True, slots=True)
class Play:
    """Let the person hear this tone; SILENCE ends whatever plays."""

    tone: Tone


@dataclass(frozen=True, slots=True)
class Listen:
    """Decode DTMF from the telephone (or stop doing so); digits then are muted to the network."""

    on: bool


@dataclass(frozen=True, slots=True)
class StartRinging:
    """Ring the bell; show this number and name as the caller."""

    number: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class StopRinging:
    """Take the ring voltage off."""


@dataclass(frozen=True, slots=True)
class PlaceCall:
    """Call this number."""

    number: str
    withheld: bool | None = None
    """Whether the called party shall not learn ours; None: as the line is set."""


@dataclass(frozen=True, slots=True)
class AnswerCall:
    """The person has lifted, or flashed: answer the call in hand."""


@dataclass(frozen=True, slots=True)
class RejectCall:
    """Refuse the incoming call that has just been offered."""

    code: int
    """Final response: 486 busy, 480 no answer or out of service."""


@dataclass(frozen=True, slots=True)
class EndCall:
    """The person has hung up, or a timer of ours ended it: CANCEL, BYE or nothing, as is due."""

    cause: Cause


@dataclass(frozen=True, slots=True)
class LetWait:
    """The call that has just been offered is put aside, and its caller told that it rings."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """The call in hand, if there is one, is held and put aside; the other one comes to hand."""


@dataclass(frozen=True, slots=True)
class Join:
    """Take the call that was put aside back from hold, and let the three hear each other."""


@dataclass(frozen=True, slots=True)
class Remain:
    """Of three who talk, who was called last is gone; the other is the call in hand now."""


@dataclass(frozen=True, slots=True)
class ResumeCall:
    """Take the call in hand back from hold."""


@dataclass(frozen=True, slots=True)
class ShowWaitingCaller:
    """Show who waits to the telephone in a call, after the call waiting tone.

    The two who talk do not hear each other meanwhile, at most about a second; a telephone
    without the display does not answer the alerting tone, and they hear each other again
    after a quarter of a second.
    """

    number: str
    """``anonymous`` if withheld."""
    name: str = ""


@dataclass(frozen=True, slots=True)
class ShowMessages:
    """Tell the lamp of the telephone, which is on-hook, how many messages wait."""

    count: int
    """0: the lamp goes out."""


@dataclass(frozen=True, slots=True)
class OpenVoice:
    """Join the telephone and the network, both ways (or only from the network: early media)."""

    early: bool = False


@dataclass(frozen=True, slots=True)
class CloseVoice:
    """Part them."""


@dataclass(frozen=True, slots=True)
class ReportEnd:
    """The call, or the attempt to make one, ended so (call record, `explain`)."""

    cause: Cause


@dataclass(frozen=True, slots=True)
class ReportOtherEnd:
    """The same of the call that was put aside."""

    cause: Cause


class Summons(Enum):
    """How a house call stands, or how it ended."""

    NONE = ""
    RINGING = "ringing"
    ANSWERED = "answered"
    NOT_ANSWERED = "not answered"
    STOPPED = "stopped"
    GAVE_WAY = "gave way to a caller"


@dataclass(frozen=True, slots=True)
class HouseCallOver:
    """The bell no longer rings for the house."""

    how: Summons


Effect = (
    Play | Listen | StartRinging | StopRinging | HouseCallOver
    | PlaceCall | AnswerCall | RejectCall | EndCall
    | OpenVoice | CloseVoice | ReportEnd | ReportOtherEnd
    | LetWait | Exchange | ResumeCall | Join | Remain
    | ShowWaitingCaller | ShowMessages
)  # fmt: skip
