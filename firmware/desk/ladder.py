"""What the control socket answers for ladders: marks that are kept, and those that come."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf
from typing import Any

from firmware.control.connection import Handler, Stream
from firmware.control.server import trace_stream, whole
from firmware.desk.rows import Rows
from firmware.gateway import Gateway
from firmware.status import CallRecord, CallStatusRow
from firmware.trace.ladder_choice import Choice
from firmware.trace.marks import Mark, around, select


class LadderDesk:
    """Chooses marks of one gateway: by port, by number, by call.

    Args:
        gateway: whose.
        rows: of its ports and calls.
    """

    def __init__(self, gateway: Gateway, rows: Rows) -> None:
        self._gateway = gateway
        self._rows = rows
        self._every = trace_stream(gateway.trace)

    @property
    def handlers(self) -> Mapping[str, Handler]:
        """What answers, by method name."""
        return {"ladder": self._ladder}

    @property
    def streams(self) -> Mapping[str, Stream]:
        """What subscribes, by method name."""
        return {"follow": self._follow}

    # past

    def _ladder(self, params: dict[str, Any]) -> list[Mark]:
        marks = self._gateway.trace.since()
        if params.get("call") is not None:
            return around(marks, whole(params, "call"))
        if params.get("number") is not None:
            marks = self._with(str(params["number"]), marks)
        last = whole(params, "last") if params.get("last") is not None else None
        heartbeat = bool(params.get("heartbeat"))
        return select(marks, port=self._port(params), last=last, heartbeat=heartbeat)

    def _port(self, params: dict[str, Any]) -> int | None:
        return self._rows.number(params) if params.get("port") is not None else None

    def _with(self, number: str, marks: list[Mark]) -> list[Mark]:
        """The marks of the calls with that number, past and present, in order."""
        past, now = self._gateway.history.calls(), self._rows.calls({})
        rows: list[CallRecord | CallStatusRow] = [*past, *now]
        calls = {row.call for row in rows if row.call and self._is_with(row, number)}
        chosen = {id(mark) for call in calls for mark in around(marks, call)}
        return [mark for mark in marks if id(mark) in chosen]

    def _is_with(self, row: CallRecord | CallStatusRow, number: str) -> bool:
        """Whether somebody with that number called, or was called: we are one of the two."""
        if isinstance(row, CallRecord):
            return number in {row.peer_number, row.number}
        port = self._gateway.ports.get(row.port)
        return number in {row.peer_number, port.settings.own_number if port else ""}

    # what comes

    def _follow(
        self, params: dict[str, Any], send: Callable[[object], None]
    ) -> Callable[[], None]:
        """Marks as they are made, of those calls; with ``since`` also those after that instant.

        Whoever has asked for the ladder of the past goes on where it ended.
        """
        port, since = self._port(params), params.get("since", inf)
        if not isinstance(since, int | float):
            since = inf
        number, call = params.get("number"), params.get("call")
        if number is None and call is None:
            if since < inf:
                for mark in self._ladder({**params, "last": None}):
                    if mark.at > since:
                        send(mark)
            return self._every(params, send)
        wanted = whole(params, "call") if call is not None else None
        choice = Choice(
            lambda one: self._wanted(one, wanted, number),
            lambda one: any(row.call == one for row in self._rows.calls({})),
            port,
        )
        for mark in self._gateway.trace.since():
            for shown in choice.feed(mark):
                if shown.at > since:
                    send(shown)

        def follower(mark: Mark) -> None:
            for shown in choice.feed(mark):
                send(shown)

        return self._gateway.trace.subscribe(follower)

    def _wanted(self, call: int, wanted: int | None, number: object) -> bool | None:
        """Whether that call is asked for; None: it has no row yet."""
        if wanted is not None and call != wanted:
            return False
        if number is None:
            return True
        past, now = self._gateway.history.calls(), self._rows.calls({})
        rows: list[CallRecord | CallStatusRow] = [*now, *past]
        row = next((row for row in rows if row.call == call), None)
        return None if row is None else self._is_with(row, str(number))
