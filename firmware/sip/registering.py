"""What a registration is told and what it says, besides what its owner does and hears."""

from __future__ import annotations

from dataclasses import dataclass

from firmware.sip.events import Address, Deregister, Register, RegistrationReport
from firmware.sip.message import Request, Response
from firmware.sip.targets import Way


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class NoReply:
    """The REGISTER came to nothing (an input): 408 timed out, 503 could not be sent."""

    request: Request
    status: int
    why: str = ""
    """In words, if the transport has said."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Send this REGISTER there."""

    request: Request
    target: Address


@dataclass(frozen=True, slots=True)
class Abandon:
    """Do not send this REGISTER again, nor wait for its answer."""

    request: Request


@dataclass(frozen=True, slots=True)
class Moved:
    """The line has registered elsewhere than at the first of its ways."""

    way: Way
    not_before: float
    """If that is another server: it shall not be sent back before this instant."""


@dataclass(frozen=True, slots=True)
class LookUp:
    """It fails and fails: the server may have moved, ask for its address again."""


Input = Register | Deregister | ServerChanged | Response | NoReply
Output = Ask | Abandon | Moved | LookUp | RegistrationReport
