"""The state of one connection, and its time limits."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum, auto

from firmware.machine import Timers
from firmware.sip.events import Address, Transport
from firmware.sip.framer import Framer

PATIENCE = {Transport.TCP: 3.0, Transport.TLS: 6.0}
"""Seconds until a connection must stand, handshake included."""
MESSAGE_IN = 10.0
"""Seconds within which a message that has begun must be complete."""
PING_AFTER = 95.0, 120.0
"""Seconds from one ping to the next (RFC 5626 section 4.4.1)."""
PING_SOONER = 20.0, 0.8
"""s at least, and the share of the silence after which a server has closed a connection: there
the next is pinged so soon, or its lines would register anew each time."""
PONG_IN = 10.0
"""Seconds within which a ping must be answered (RFC 5626 section 4.4.1)."""
IDLE = 90.0
"""s without a message after which a connection that nobody needs is closed: more than the
minute after which a telephone that rings is heard of again."""
REFUSAL_IN = 0.5
"""Seconds in which something that is no message may be refused, before the end."""
STUCK_FOR = 10.0
"""Seconds within which the peer must take what was sent."""
QUEUE = 256 * 1024
"""Most bytes that may wait for one connection."""


class Timer(Enum):
    OPEN = auto()  # it does not come to stand
    MESSAGE = auto()  # what has begun is not completed
    PING = auto()  # time to ask whether the peer is there
    PONG = auto()  # it is not
    IDLE = auto()  # nobody needs it
    STUCK = auto()  # the peer takes nothing
    CLOSE = auto()  # the last word has been said


WHY = {
    Timer.OPEN: "no answer to the attempt to connect",
    Timer.MESSAGE: "a message was begun and not completed",
    Timer.PONG: "no answer to the keep-alive",
    Timer.STUCK: "the peer does not take what is sent",
}


@dataclass(eq=False, slots=True)
class Flow:
    """The state of one connection."""

    id: int
    peer: Address
    """The target of a connection of ours; the source of one of theirs."""
    ours: bool
    kept: bool = False
    """It is kept open for as long as the service runs."""
    standing: bool = False
    broken: str = ""
    """Why it is about to be closed; empty: it is not."""
    framer: Framer = field(default_factory=Framer)
    timers: Timers[Timer] = field(default_factory=Timers)
    waiting: list[bytes] = field(default_factory=list)
    """Messages that wait until it stands."""
    waiting_bytes: int = 0
    stuck: bool = False
    pinged: bool = False
    ponged: bool = False
    """The peer has answered a ping before, so silence means something."""
    half: bool = False
    """One CRLF of a ping has come, and the other has not."""
    used_at: float = 0.0
    """When something was last sent or received."""

    @property
    def source(self) -> Address:
        """The origin of messages that come in on it."""
        return replace(self.peer, flow=self.id)

    def has_room(self, data: bytes) -> bool:
        """Count bytes that have to wait; False: too many would."""
        self.waiting_bytes += len(data)
        return self.waiting_bytes <= QUEUE
