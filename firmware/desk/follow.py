"""The status table as it changes: for whoever follows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from firmware.control.connection import Stream
from firmware.seams import Later
from firmware.status import PortStatus
from firmware.trace.marks import Mark, Trace

SETTLES = 0.02
"""Seconds from the first mark to a look at the rows: marks come many at a time."""
ANYWAY = 1.0
"""Seconds from one look to the next without any mark: not every change makes one."""
EVERYWHERE = 0
"""The port of marks that belong to no port: they may show in every row."""
PASSING = ("expires_in_s", "next_attempt_in_s")
"""Fields that change by themselves: they are no news."""


def rows_stream(
    trace: Trace, rows: Callable[[dict[str, Any]], list[PortStatus]], later: Later
) -> Stream:
    """A stream of the rows that have changed, one at a time; at first of all.

    Args:
        trace: tells that something has happened.
        rows: makes the rows that the parameters ask for.
        later: timers.
    """

    def begin(params: dict[str, Any], send: Callable[[object], None]) -> Callable[[], None]:
        rows(params)  # refused at once, if it has to be
        return _Follower(rows, params, send, later).follow(trace)

    return begin


class _Follower:
    """Sends one follower the rows that have changed since it was last sent them."""

    def __init__(
        self,
        rows: Callable[[dict[str, Any]], list[PortStatus]],
        params: dict[str, Any],
        send: Callable[[object], None],
        later: Later,
    ) -> None:
        self._rows = rows
        self._params = params
        self._send = send
        self._later = later
        self._sent: dict[int, object] = {}
        """What was last sent of each port."""
        self._touched: set[int] = set()
        """Ports of which a mark has come since the last look."""
        self._soon, self._anyway = f"soon {id(self)}", f"anyway {id(self)}"

    def follow(self, trace: Trace) -> Callable[[], None]:
        """Begin; returns what ends it."""
        unsubscribe = trace.subscribe(self._happened)
        self._later.start(self._anyway, 0.0, self._look_anyway)

        def end() -> None:
            unsubscribe()
            self._later.stop(self._soon)
            self._later.stop(self._anyway)

        return end

    def _happened(self, mark: Mark) -> None:
        if self._params.get("port") in {None, mark.port} or mark.port == EVERYWHERE:
            if not self._touched:
                self._later.start(self._soon, SETTLES, self._look)
            self._touched.add(mark.port)

    def _look_anyway(self) -> None:
        self._later.start(self._anyway, ANYWAY, self._look_anyway)
        self._touched.add(EVERYWHERE)
        self._look()

    def _look(self) -> None:
        asked = [{**self._params, "port": port} for port in sorted(self._touched)]
        if EVERYWHERE in self._touched:
            asked = [self._params]
        self._touched.clear()
        for row in (row for params in asked for row in self._rows(params)):
            news = _told(row)
            if self._sent.get(row.port) != news:
                self._sent[row.port] = news
                self._send(row)


def _told(row: PortStatus) -> object:
    return tuple(getattr(row, name) for name in row.__struct_fields__ if name not in PASSING)
