"""The PCM clock of a card in the board process, and the one client of its highway."""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Generator

from drivers.sim.card import SimCard
from drivers.sim.channels import Channel
from drivers.sim.levels import PERIOD, PERIOD_S
from drivers.sim.line_audio import IDLE_CODE
from drivers.sim.wire import AHEAD, CAPTURED, XRUNS

LATE_S = 0.2
"""When the board itself is later than this it leaves periods out: it was suspended."""


class PcmChannel(Channel):
    """Plays and captures a period every 20 ms, by an absolute schedule.

    Args:
        connection: to the client.
        card: whose highway.
        now: when it was opened, on the card's time.
    """

    def __init__(self, connection: socket.socket, card: SimCard, now: float) -> None:
        super().__init__(connection)
        self.card = card
        self._size = card.width * PERIOD
        self._idle = bytes([IDLE_CODE[card.law]]) * self._size
        self._begun = bytearray()
        self._to_play: deque[bytes] = deque()
        self._playing = False
        self._work: Generator[None, None, bytes] | None = None
        self.xruns = 0
        self.due = now + PERIOD_S
        """When the next period ends, on the card's time."""
        room = CAPTURED * (self._size + XRUNS.size)  # the kernel doubles it, for its own use
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, room)
        card.set_clock(running=True)

    def received(self, data: bytes) -> None:
        self._begun += data
        while len(self._begun) >= self._size:
            self._to_play.append(bytes(self._begun[: self._size]))
            del self._begun[: self._size]
            self._playing = True
        while len(self._to_play) > AHEAD:
            self._to_play.popleft()
            self.xruns += 1

    @property
    def working(self) -> bool:
        """A period is being carried and wants more steps."""
        return self._work is not None

    def step(self, now: float) -> None:
        """Do a little of the period that is due; no more than a millisecond or two."""
        if self._work is None:
            if now < self.due:
                return
            self._catch_up(now)
            self.card.advance(self.due)
            self._work = self.card.exchanging(self._next_to_play(), at=self.due)
        try:
            next(self._work)
        except StopIteration as done:
            self._work = None
            self.due += PERIOD_S
            self._send_captured(done.value)

    def close(self) -> None:
        super().close()
        self.card.set_clock(running=False)

    def _catch_up(self, now: float) -> None:
        missed = int((now - self.due) / PERIOD_S)
        if missed * PERIOD_S > LATE_S:
            self.xruns += missed
            self.due += missed * PERIOD_S

    def _next_to_play(self) -> bytes:
        if self._to_play:
            return self._to_play.popleft()
        if self._playing:
            self.xruns += 1
        return self._idle

    def _send_captured(self, frames: bytes) -> None:
        if self.waits_to_send:
            self.xruns += 1
            return
        self.send(XRUNS.pack(self.xruns) + frames)
