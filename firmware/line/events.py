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
    """The word for it on the ladder; a digit stands for itself."""
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
    """The call has ended, and not by the person at this line."""

    cause: Cause


@dataclass(frozen=True, slots=True)
class OtherReleased:
    """The call that is held, or waits, has ended, and not by the person at this line."""

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
    """The line is registered now, or is not; `alive`: some server answers."""

    registered: bool
    alive: bool = True


@dataclass(frozen=True, slots=True)
class MessagesWaiting:
    """The mailbox of this line has so many new messages (RFC 3842): told whenever it is learned.

    The next dial tone stutters while there are any; a lamp is told as soon as the handset is
    down (`ShowMessages`).
    """

    count: int
    """New messages; 0: none. Where the network says only "some", it is 1."""


@dataclass(frozen=True, slots=True)
class HouseCall:
    """Ring for the house, though nobody in the network calls (U17)."""

    seconds: float
    """For how long, unless somebody lifts before."""
    name: str = ""
    """Name to show on the display, as if it were the caller's."""


@dataclass(frozen=True, slots=True)
class HouseCallEnds:
    """End the house call."""


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
    """Hide our number from the called party; None: as the line is set."""


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
    """Put the call that has just been offered aside, and tell its caller that it rings."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """Put the call in hand aside, on hold, if there is one; take the other one."""


@dataclass(frozen=True, slots=True)
class Join:
    """Take the call that was put aside back from hold, and let the three hear each other."""


@dataclass(frozen=True, slots=True)
class Remain:
    """The far end that was called last has left the three; the other one is the call in hand."""


@dataclass(frozen=True, slots=True)
class ResumeCall:
    """Take the call in hand back from hold."""


@dataclass(frozen=True, slots=True)
class ShowWaitingCaller:
    """Show the waiting caller to a telephone in a call, after the call waiting tone.

    The two who talk do not hear each other meanwhile, for about a second at the most. A telephone
    without a display does not answer the alerting tone: then they hear each other again after a
    quarter of a second.
    """

    number: str
    """``anonymous`` if withheld."""
    name: str = ""


@dataclass(frozen=True, slots=True)
class ShowMessages:
    """Show on the lamp of the telephone, which is on-hook, how many messages wait."""

    count: int
    """Number of messages; 0: the lamp goes out."""


@dataclass(frozen=True, slots=True)
class OpenVoice:
    """Join the telephone and the network, both ways (or only from the network: early media)."""

    early: bool = False


@dataclass(frozen=True, slots=True)
class CloseVoice:
    """Part the telephone from the network."""


@dataclass(frozen=True, slots=True)
class ReportEnd:
    """The call in hand, or the attempt to make one, has ended (for call record and `explain`)."""

    cause: Cause


@dataclass(frozen=True, slots=True)
class ReportOtherEnd:
    """The call that was put aside has ended."""

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
    """The house call has ended."""

    how: Summons


Effect = (
    Play | Listen | StartRinging | StopRinging | HouseCallOver
    | PlaceCall | AnswerCall | RejectCall | EndCall
    | OpenVoice | CloseVoice | ReportEnd | ReportOtherEnd
    | LetWait | Exchange | ResumeCall | Join | Remain
    | ShowWaitingCaller | ShowMessages
)  # fmt: skip
