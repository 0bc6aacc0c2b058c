"""Words of a registration: its phases, what it is told, what it says besides to its owner."""

from __future__ import annotations

from enum import Enum, auto

from firmware.machine import word
from firmware.sip.events import Deregister, Register, RegistrationReport
from firmware.sip.message import Response
from firmware.sip.targets import Way
from firmware.sip.tu import Abandon, Ask, Unanswered


class Phase(Enum):
    IDLE = auto()  # not begun
    STRANDED = auto()  # it is time, but no server's address is known
    MOVING = auto()  # a REGISTER to another registrar, or of another address, is about to go out
    REGISTERING = auto()  # a REGISTER is out
    WAITING = auto()  # for the time to refresh or to try again
    SWEEPING = auto()  # registered, while the Contact of an address of before is removed
    LEAVING = auto()  # a REGISTER is out, and its answer will be followed by the removal
    REMOVING = auto()  # a REGISTER with Expires 0 is out
    RETURNING = auto()  # the same, and its answer will be followed by a new binding
    REMOVED = auto()  # until told to register


REMOVAL = frozenset({Phase.REMOVING, Phase.RETURNING})
MOVABLE = frozenset({Phase.WAITING, Phase.SWEEPING, Phase.MOVING, Phase.REGISTERING})
"""In these the line goes to another server as soon as it is told so."""


class Timer(Enum):
    ATTEMPT = auto()  # time to refresh or to try again
    EXPIRY = auto()  # the registrar forgets us
    FAREWELL = auto()  # the removal has been waited for long enough


@word
class ServerChanged:
    """Where REGISTER may go is otherwise than before (an input)."""

    ways: tuple[Way, ...]
    """The best first; empty: nowhere."""
    problem: str = ""
    """Why there is none."""
    after_s: float = 0.0
    """A REGISTER that this makes necessary goes out so much later."""
    again: bool = False
    """The server was dead and lives: it may have forgotten us, so register at once."""
    until: float | None = None
    """If there is no way: when there may be one again, in monotonic seconds."""


@word
class Relocated:
    """Our own address is another, or the way out is there again (an input, REG-22)."""

    after_s: float = 0.0
    """The REGISTER goes out so much later."""


@word
class Moved:
    """The line has registered elsewhere than at the first of its ways."""

    way: Way
    not_before: float
    """If that is another server: it shall not be sent back before this instant."""


@word
class LookUp:
    """It fails and fails: the server may have moved, ask for its address again."""


Input = Register | Deregister | ServerChanged | Relocated | Response | Unanswered
Output = Ask | Abandon | Moved | LookUp | RegistrationReport
