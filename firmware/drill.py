"""A rehearsal of a server's failure, measured: who went where, how soon, and what it cost.

The network is left alone (the drill is inside this box), so what is measured is what we do: the
time until calls go to another server and until the lines are registered there, and the calls that
did not outlive it or were not made. Whoever calls from outside meanwhile is the network's to
count: his INVITE may never come here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from firmware.causes import Code
from firmware.row_words import RegisterStatus
from firmware.status import CallRecord, CallStatusRow, RegistrationStatus, ServerStatus, Snapshot

LOST = {
    code.value
    for code in (
        Code.NOT_REGISTERED, Code.NO_SERVER, Code.TIMEOUT_B, Code.AUTH_REJECTED, Code.OVERLOAD,
        Code.SERVER_ERROR, Code.NO_RTP, Code.SESSION_LOST, Code.ADDRESS_CHANGED,
    )
}  # fmt: skip
"""Ends that nobody wanted: neither of the two people, nor the state of the telephone called."""


class DrillReport(Snapshot, frozen=True, kw_only=True):
    """What a drill has shown so far, or showed; times from its beginning."""

    server: int
    """Rank of the server that is treated as dead."""
    name: str
    """As configured: host:port."""
    seconds: float
    """So long it shall last."""
    elapsed_s: float
    """So long it has lasted."""
    over: bool
    was_in_use: bool
    """Calls and registrations went there; if not, nothing has to switch."""
    switched_to: int | None = None
    """Rank of the server that calls go to; none: there is no other that lives."""
    switched_to_name: str = ""
    switch_ms: float | None = None
    """Until new calls went there."""
    lines: int = 0
    """So many were registered at the server when it began."""
    lines_moved: int = 0
    """So many of them have since registered elsewhere."""
    registered_ms: float | None = None
    """Until the last of them had; none: not all have."""
    calls_before: int = 0
    """Calls that were going on when it began."""
    calls_lost: int = 0
    """Of those: ended, and by nobody's hand."""
    calls_new: int = 0
    """Begun since."""
    calls_failed: int = 0
    """Of those: not made for want of a server, or ended by nobody's hand."""
    losses: tuple[CallRecord, ...] = ()
    """The calls lost and failed."""

    @property
    def passed(self) -> bool:
        """Nobody noticed: no call was lost, and no line was left behind."""
        moved = not self.was_in_use or (
            self.switched_to is not None and self.lines_moved == self.lines
        )
        return moved and not self.calls_lost and not self.calls_failed


@dataclass(frozen=True, slots=True)
class Ended:
    """A call that is over, with instants of the clock that drills are measured by."""

    record: CallRecord
    began: float
    ended: float


@dataclass(slots=True)
class Rehearsal:
    """One drill. It is shown servers and lines at each change, and writes down the first times.

    Args:
        server: the row of the one to be treated as dead, as it was before.
        seconds: for so long.
        began: monotonic.
        lines: as they were before.
        calls: that were going on.
    """

    server: ServerStatus
    seconds: float
    began: float
    lines: Sequence[RegistrationStatus]
    calls: Sequence[CallStatusRow]
    _ended: float | None = field(default=None, init=False)
    _switched: tuple[float, int, str] | None = field(default=None, init=False)
    _moved: dict[int, float] = field(default_factory=dict, init=False)

    @property
    def _mine(self) -> dict[int, str]:
        """The registrar of each line that the server has to do with, by port."""
        if not self.server.in_use:
            return {}
        return {
            line.port: line.registrar
            for line in self.lines
            if line.register_status is RegisterStatus.REGISTERED
        }

    @property
    def settled(self) -> bool:
        """Calls and all lines are elsewhere: nothing more is to be seen of the switch."""
        return self._switched is not None and len(self._moved) == len(self._mine)

    def over(self, now: float) -> bool:
        """Whether the drill has ended by itself or by the operator's word."""
        return self._ended is not None or now >= self.began + self.seconds

    def end(self, now: float) -> None:
        """The operator has ended it, or another has begun."""
        if not self.over(now):
            self._ended = now

    def look(
        self, servers: Iterable[ServerStatus], lines: Iterable[RegistrationStatus], now: float
    ) -> None:
        """Take what has become of servers and lines; what comes after the end counts no more."""
        if self.over(now) or not self.server.in_use:
            return
        for server in servers:
            elsewhere = server.index != self.server.index
            if self._switched is None and server.in_use and elsewhere and server.state != "dead":
                self._switched = now, server.index, server.server
        mine = self._mine
        for line in lines:
            registered = line.register_status is RegisterStatus.REGISTERED
            if registered and line.registrar != mine.get(line.port, line.registrar):
                self._moved.setdefault(line.port, now)

    def report(
        self, calls: Iterable[CallStatusRow], ended: Iterable[Ended], now: float
    ) -> DrillReport:
        """What there is to tell.

        Args:
            calls: that go on.
            ended: calls that have come to an end since the beginning.
            now: monotonic.
        """
        end = min(now, self.began + self.seconds)
        end = end if self._ended is None else self._ended
        during = [call for call in ended if self.began <= call.ended <= end]
        known = {row.call for row in self.calls}
        old = [call for call in during if call.record.call in known and call.record.call]
        new = [call for call in during if call not in old and call.began >= self.began]
        young = [
            row for row in calls if row.call not in known and row.duration_s <= now - self.began
        ]
        lost, failed = _lost(old), _lost(new)
        switched, moved, mine = self._switched, self._moved, self._mine
        return DrillReport(
            server=self.server.index,
            name=self.server.server,
            seconds=self.seconds,
            elapsed_s=round(end - self.began, 3),
            over=self.over(now),
            was_in_use=self.server.in_use,
            switched_to=switched[1] if switched else None,
            switched_to_name=switched[2] if switched else "",
            switch_ms=_ms(switched[0] - self.began) if switched else None,
            lines=len(mine),
            lines_moved=len(moved),
            registered_ms=_ms(max(moved.values()) - self.began)
            if moved and len(moved) == len(mine)
            else None,
            calls_before=len(self.calls),
            calls_lost=len(lost),
            calls_new=len(new) + len(young),
            calls_failed=len(failed),
            losses=tuple(call.record for call in (*lost, *failed)),
        )


def _lost(calls: Iterable[Ended]) -> list[Ended]:
    return [call for call in calls if call.record.cause in LOST]


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)
