"""Connections in memory: bytes in order, in pieces, late, cut off, or into the void.

A pipe has two ends. What is written into one comes out of the other in the same order, in
other pieces; what gets lost on the way is repeated below, as TCP does, until it is given up.
An end may vanish without a word (a crash, a NAT that forgets): the other notices when what
it writes is refused.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from typing import Protocol

from firmware.sip.events import Address, Transport
from tests.simulation.loop import WorldLoop

PIECES = 0.3
"""So often a message comes in two pieces."""
AGAIN = 0.2, 8.0
"""Seconds until what was lost is sent again, for the first time and at most; it doubles."""
GIVEN_UP = 60.0
"""Seconds after which a connection is lost that nothing passes through."""
LINGERS = 2.0
"""Seconds that what was written may still take to leave an end that was closed."""
EPHEMERAL = range(32768, 60999)


class Holder(Protocol):
    """Who has an end of a pipe."""

    def opened(self, end: End) -> None:
        """The connection stands."""

    def came(self, end: End, data: bytes) -> None: ...

    def gone(self, end: End, why: str) -> None:
        """It is lost, or was never had."""


class Pipes:
    """All of them.

    Args:
        loop: whose time.
        chance: for delays and pieces.
        passes: whether anything gets from one host to the other now.
        loses: the share that gets lost now.
        delay: seconds on the way, drawn anew each time.

    Attributes:
        listening: who takes connections, by host and port; he says who is to hold the end of one
            that somebody opens, or None: he does not want it.
        watch: called with both ends of each connection that somebody takes.
    """

    def __init__(
        self,
        loop: WorldLoop,
        chance: random.Random,
        passes: Callable[[str, str], bool],
        loses: Callable[[], float],
        delay: Callable[[], float],
    ) -> None:
        self.loop = loop
        self.passes = passes
        self.loses = loses
        self.delay = delay
        self.chance = chance
        self.listening: dict[tuple[str, int], Callable[[End], Holder | None]] = {}
        self.watch: Callable[[End, End], None] = lambda *_: None
        self._ends: set[End] = set()
        self._port = EPHEMERAL.start

    def connect(self, holder: Holder, host: str, target: Address) -> End:
        """Begin to open a connection from a host."""
        self._port = self._port + 1 if self._port + 1 in EPHEMERAL else EPHEMERAL.start
        end = End(self, holder, (host, self._port), (target.host, target.port))
        self.loop.call_later(self.delay(), self._knocks, end, AGAIN[0])
        return end

    def _knocks(self, end: End, again: float) -> None:
        if end.closed:
            return
        if not self.gets_through(end.here[0], end.there[0]):
            self.loop.call_later(again, self._knocks, end, min(2 * again, AGAIN[1]))
            return
        takes = self.listening.get(end.there)
        other = End(self, None, end.there, end.here)
        holder = takes(other) if takes else None
        if holder is None:
            why = "the connection was reset" if takes else "connection refused"
            self.loop.call_later(self.delay(), end.lost, why)
            return
        other.holder = holder
        other.other, end.other = end, other
        self._ends |= {end, other}
        self.watch(end, other)
        holder.opened(other)
        end.answered()

    def gets_through(self, source: str, target: str) -> bool:
        return self.passes(source, target) and self.chance.random() >= self.loses()

    # what may happen to them

    def cut(self, host: str) -> None:
        """Both sides of all connections with a host are told that they are no more."""
        for end in self._of(host):
            end.lost("the connection was reset")

    def forget(self, host: str) -> None:
        """The host knows nothing of its connections any more, and nobody is told."""
        for end in self._of(host):
            if end.here[0] == host:
                end.vanishes()

    def drop(self, end: End) -> None:
        self._ends.discard(end)

    def _of(self, host: str) -> list[End]:
        ends = [end for end in self._ends if host in {end.here[0], end.there[0]}]
        return sorted(ends, key=lambda end: (end.here, end.there))


class End:
    """One end; `here` and `there` are host and port."""

    def __init__(
        self,
        pipes: Pipes,
        holder: Holder | None,
        here: tuple[str, int],
        there: tuple[str, int],
    ) -> None:
        self.holder = holder
        self.here = here
        self.there = there
        self.other: End | None = None
        self.closed = False
        """Nothing is heard of it any more; what was written may still leave for a moment."""
        self._pipes = pipes
        self._loop = pipes.loop
        self._out: deque[bytes | None] = deque()
        """None: the end of all."""
        self._since: float | None = None
        """When what is on its way now was sent first; None: nothing is."""
        self._void = False

    @property
    def peer(self) -> Address:
        """Who is at the other end."""
        return Address(*self.there, Transport.TCP)

    def answered(self) -> None:
        """The other side takes the connection; that has to come back."""
        self._loop.call_later(self._pipes.delay(), self._stands, AGAIN[0])

    def _stands(self, again: float) -> None:
        if self.closed:
            return
        if not self._pipes.gets_through(self.there[0], self.here[0]):
            self._loop.call_later(again, self._stands, min(2 * again, AGAIN[1]))
        elif self.holder is not None:
            self.holder.opened(self)

    # what its holder does

    def write(self, data: bytes) -> None:
        if len(data) > 1 and self._pipes.chance.random() < PIECES:
            place = self._pipes.chance.randrange(1, len(data))
            self._out.extend((data[:place], data[place:]))
        else:
            self._out.append(data)
        self._sends()

    def close(self) -> None:
        """Say no more; the other side is told once it has had everything."""
        if self.closed:
            return
        self.closed = True
        self._out.append(None)
        self._sends()
        self._loop.call_later(LINGERS, self.vanishes)

    # what happens to it

    def vanishes(self) -> None:
        """Nobody here knows of it any more."""
        self.closed = self._void = True
        self._out.clear()
        self._pipes.drop(self)

    def lost(self, why: str) -> None:
        """It is no more, and whoever holds it is told."""
        if self._void:
            return
        known = not self.closed
        self.vanishes()
        if known and self.holder is not None:
            self.holder.gone(self, why)

    # on the way

    def _sends(self) -> None:
        if self._since is None and self._out:
            self._since = self._loop.time()
            self._loop.call_later(self._pipes.delay(), self._arrives, AGAIN[0])

    def _arrives(self, again: float) -> None:
        """What is first in the queue gets to the other end, or is sent again."""
        if self._void or self._since is None:
            return
        here, there = self.here[0], self.there[0]
        if not self._pipes.gets_through(here, there):
            if self._loop.time() - self._since > GIVEN_UP:
                self.lost("connection timed out")
                return
            self._loop.call_later(again, self._arrives, min(2 * again, AGAIN[1]))
            return
        self._since = None
        piece, other = self._out.popleft(), self.other
        if other is None or other._void:
            self._loop.call_later(self._pipes.delay(), self.lost, "the connection was reset")
        elif piece is None:
            other.lost("the peer has closed the connection")
            self.vanishes()
        elif not other.closed and other.holder is not None:
            other.holder.came(other, piece)
        self._sends()
