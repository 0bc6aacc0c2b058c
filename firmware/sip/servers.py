"""The words about servers: what is known of one, what the operator wants of them."""

from __future__ import annotations

from enum import Enum

from firmware.machine import word


class Life(Enum):
    """What is known of a server."""

    UNKNOWN = "unknown"
    """It has neither answered yet nor been missed often enough."""
    ALIVE = "alive"
    DEAD = "dead"


class Judge(Enum):
    """Which requests tell whether a server lives (HB-07)."""

    OPTIONS = "options"
    """The heartbeat's own."""
    REGISTER = "register"
    """The REGISTERs of the lines, and a heartbeat that only asks what is bound."""
    INVITE = "invite"
    """The INVITEs of the lines: the heartbeat kills nobody, and brings back who answers it."""


class FailBack(Enum):
    """What to do when a preferred server lives again (HB-06)."""

    AUTO = "auto"
    """Go back once it has answered three times in a row and the hold time has passed."""
    MANUAL = "manual"
    """Go back when told to."""
    NEVER = "never"
    """Stay until the server in use dies."""


@word
class Drill:
    """Take a server for dead, whatever it answers: a rehearsal of its failure (an input)."""

    rank: int
    """In the configuration, counted from 1."""
    seconds: float
    """For so long; 0 ends the drill."""


@word
class Inquire:
    """Ask a server at once whether it is there, out of turn (an input)."""

    rank: int
    """In the configuration, counted from 1."""


@word
class GoBack:
    """Have all lines go to the most preferred server that lives (an input)."""


@word
class RoundTrips:
    """What came of the OPTIONS of the last 24 hours; times in seconds (HB-10)."""

    sent: int = 0
    lost: int = 0
    """Of those: without any answer, or with one that means dead."""
    last: float | None = None
    """From an OPTIONS to its answer; None: there was none yet."""
    least: float | None = None
    mean: float | None = None
    most: float | None = None
    unanswered: int = 0
    """Of those: the last ones, in a row."""


@word
class ServerState:
    """One server as it stands."""

    rank: int
    """In the configuration, counted from 1."""
    name: str
    """As configured."""
    address: str
    """The one in use; empty: none is known."""
    life: Life
    in_use: bool
    """Calls and registrations go there, but for lines that could not follow yet."""
    since: float | None = None
    """When its life became so, in monotonic seconds; None: it has always been so."""
    problem: str = ""
    """Why it is dead, or has no address."""
    trips: RoundTrips = RoundTrips()


@word
class ServerReport:
    """A server has come to life or died, or is now in use, or no longer (an output)."""

    state: ServerState
