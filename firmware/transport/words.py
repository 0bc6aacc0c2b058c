"""What the connections are told, and what they want done."""

from __future__ import annotations

from dataclasses import dataclass

from firmware.sip.events import Address


@dataclass(frozen=True, slots=True)
class Submit:
    """Send this message: on the connection that the address names, or on ours to it (an input)."""

    data: bytes
    target: Address


@dataclass(frozen=True, slots=True)
class Opened:
    """A connection of ours stands, and its certificate is good if it needs one."""

    flow: int


@dataclass(frozen=True, slots=True)
class NotOpened:
    """The connection cannot be made, and why."""

    flow: int
    reason: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """A peer that may do so has connected to us."""

    flow: int
    peer: Address


@dataclass(frozen=True, slots=True)
class Came:
    """Bytes came in, in whatever pieces."""

    flow: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Gone:
    """A connection has ended, and we had not closed it."""

    flow: int
    reason: str


@dataclass(frozen=True, slots=True)
class Stuck:
    """The peer takes nothing more: what is sent now has to wait."""

    flow: int


@dataclass(frozen=True, slots=True)
class Unstuck:
    """The peer takes what is sent again."""

    flow: int


class Moved:
    """Our own address has changed."""


Input = Submit | Opened | NotOpened | Accepted | Came | Gone | Stuck | Unstuck | Moved


@dataclass(frozen=True, slots=True)
class Open:
    """Connect to the target; the answer is `Opened` or `NotOpened`."""

    flow: int
    target: Address


@dataclass(frozen=True, slots=True)
class Write:
    """Send these bytes: whole messages, in this order."""

    flow: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Close:
    """Close the connection when what was written has gone; nothing more is told of it."""

    flow: int


@dataclass(frozen=True, slots=True)
class Heard:
    """A message has come in."""

    data: bytes
    source: Address


@dataclass(frozen=True, slots=True)
class Nonsense:
    """What came in is no message; the connection is going to be closed."""

    data: bytes
    source: Address
    why: str
    status: int


@dataclass(frozen=True, slots=True)
class Failed:
    """What was sent to the target since its last answer may not have arrived."""

    target: Address
    reason: str


@dataclass(frozen=True, slots=True)
class Again:
    """A connection that is kept had been lost, and stands again."""

    target: Address


@dataclass(frozen=True, slots=True)
class Standing:
    """The state of a connection that is kept."""

    target: Address
    problem: str
    """Why it does not stand; empty: it does."""


Output = Open | Write | Close | Heard | Nonsense | Failed | Again | Standing
