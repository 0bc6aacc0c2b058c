"""The words of a registration: its phases and timers, what it is told, and what it says."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum, auto

from firmware.machine import word
from firmware.sip.events import (
    Deregister,
    Register,
    RegisterStatus,
    RegistrationReport,
    RegistrationState,
)
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
"""Phases in which a line goes to another server as soon as it is told."""


class Timer(Enum):
    ATTEMPT = auto()  # time to refresh or to try again
    EXPIRY = auto()  # the registrar forgets us
    FAREWELL = auto()  # the removal has been waited for long enough


@word
class ServerChanged:
    """The servers at which the line may register have changed (an input)."""

    ways: tuple[Way, ...]
    """Where to send REGISTER, the best first; empty: nowhere."""
    problem: str = ""
    """Why there is nowhere to send it; empty: there is."""
    after_s: float = 0.0
    """Seconds to wait with a REGISTER that this makes necessary."""
    again: bool = False
    """The server was dead and lives again: it may have forgotten us, so register at once."""
    until: float | None = None
    """When there may be a way again, in monotonic seconds; None: not known, or there is one."""
    rests: bool = False
    """There is no way because the server asks to be left alone: only removals go there."""


@word
class Relocated:
    """Our own address has changed, or there is a way out again (an input, REG-22)."""

    after_s: float = 0.0
    """Seconds to wait with the REGISTER."""


@word
class Moved:
    """The line has registered at another way than the first of its ways."""

    way: Way
    not_before: float
    """If that is another server: the line must not be sent back before this instant."""


@word
class LookUp:
    """Registration has failed several times: look up the server's address again."""


Input = Register | Deregister | ServerChanged | Relocated | Response | Unanswered
Output = Ask | Abandon | Moved | LookUp | RegistrationReport


def standing(state: RegistrationState, phase: Phase, now: float) -> RegistrationState:
    """What a line is: it follows from the end of its binding, its phase and its failures.

    A line is registered until its binding ends, also while a refresh fails (REG-11).
    """
    if state.expires_at is not None and now < state.expires_at:
        return replace(state, status=RegisterStatus.REGISTERED)
    if phase in {Phase.MOVING, Phase.REGISTERING}:
        status = RegisterStatus.REGISTERING
    else:
        status = RegisterStatus.FAILED if state.failures else RegisterStatus.UNREGISTERED
    return replace(state, expires_at=None, status=status)
