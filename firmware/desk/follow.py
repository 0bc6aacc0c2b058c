"""The status table as it changes: for whoever follows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from firmware.control.connection import Stream
from firmware.seams import Later
from firmware.status import PortStatus
from firmware.trace.marks import Mark, Trace

SETTLES = 0.02
"""s from something that happens to a look: much happens at once."""
ANYWAY = 1.0
"""s from one look to the next; not every state has a mark of its own."""
EVERYWHERE = 0
"""What belongs to no port may show in every row."""
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
        only = params.get("port")
        last: dict[int, object] = {}
        touched: set[int] = set()
        soon, anyway = f"soon {id(last)}", f"anyway {id(last)}"

        def look() -> None:
            some = [params] if EVERYWHERE in touched else [
                {**params, "port": port} for port in sorted(touched)
            ]  # fmt: skip
            touched.clear()
            for row in (row for asked in some for row in rows(asked)):
                news = _told(row)
                if last.get(row.port) != news:
                    last[row.port] = news
                    send(row)

        def look_anyway() -> None:
            later.start(anyway, ANYWAY, look_anyway)
            touched.add(EVERYWHERE)
            look()

        def happened(mark: Mark) -> None:
            if only in {None, mark.port} or mark.port == EVERYWHERE:
                if not touched:
                    later.start(soon, SETTLES, look)
                touched.add(mark.port)

        unsubscribe = trace.subscribe(happened)
        later.start(anyway, 0.0, look_anyway)

        def end() -> None:
            unsubscribe()
            later.stop(soon)
            later.stop(anyway)

        return end

    return begin


def _told(row: PortStatus) -> object:
    return tuple(getattr(row, name) for name in row.__struct_fields__ if name not in PASSING)
