"""What the connections are told, and what they want done."""

from __future__ import annotations

from dataclasses import dataclass

from firmware.sip.events import Address


@dataclass(frozen=True, slots=True)
class Submit:
    """Send this message there: on the connection that the address names, or on our own."""

    data: bytes
    target: Address


@dataclass(frozen=True, slots=True)
class Opened:
    """A connection of ours stands, and its certificate is good if it needs one."""

    flow: int


@dataclass(frozen=True, slots=True)
class NotOpened:
    """It cannot be had."""

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
    """A connection has ended without our doing."""

    flow: int
    reason: str


@dataclass(frozen=True, slots=True)
class Stuck:
    """The peer does not take what we send; what is sent now has to wait."""

    flow: int


@dataclass(frozen=True, slots=True)
class Unstuck:
    """It takes it again."""

    flow: int


class Moved:
    """Our own address is another."""


Input = Submit | Opened | NotOpened | Accepted | Came | Gone | Stuck | Unstuck | Moved


@dataclass(frozen=True, slots=True)
class Open:
    """Connect to the target; the answer is `Opened` or `NotOpened`."""

    flow: int
    target: Address


@dataclass(frozen=True, slots=True)
class Write:
    """Send these bytes; whole messages, in this order."""

    flow: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Close:
    """Close it when what was written has gone; nothing more is said of it."""

    flow: int


@dataclass(frozen=True, slots=True)
class Heard:
    """A message came in."""

    data: bytes
    source: Address


@dataclass(frozen=True, slots=True)
class Nonsense:
    """What came in is no message; the connection will be closed."""

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
    """A connection that is to be kept had been lost, and is there again."""

    target: Address


@dataclass(frozen=True, slots=True)
class Standing:
    """How a connection that is to be kept stands."""

    target: Address
    problem: str
    """Empty: it is open."""


Output = Open | Write | Close | Heard | Nonsense | Failed | Again | Standing
