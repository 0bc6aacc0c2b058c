"""The status table as it changes: for whoever follows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from firmware.control_connection import Stream
from firmware.seams import Later
from firmware.status import PortStatus
from firmware.trace import Trace

SETTLES = 0.02
"""s from something that happens to a look: much happens at once."""
ANYWAY = 1.0
"""s from one look to the next; not every state has a mark of its own."""
PASSING = ("expires_in_s", "next_attempt_in_s")
"""What changes by itself, and is no news."""


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
        last: dict[int, object] = {}
        soon, anyway = f"soon {id(last)}", f"anyway {id(last)}"

        def look() -> None:
            later.stop(soon)
            later.start(anyway, ANYWAY, look)
            for row in rows(params):
                news = _told(row)
                if last.get(row.port) != news:
                    last[row.port] = news
                    send(row)

        unsubscribe = trace.subscribe(lambda _: later.start(soon, SETTLES, look))
        later.start(soon, 0.0, look)

        def end() -> None:
            unsubscribe()
            later.stop(soon)
            later.stop(anyway)

        return end

    return begin


def _told(row: PortStatus) -> object:
    return tuple(getattr(row, name) for name in row.__struct_fields__ if name not in PASSING)
