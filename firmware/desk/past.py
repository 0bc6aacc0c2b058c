"""What the control socket answers about earlier: rows as they stood at an instant (U16)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from msgspec.structs import replace

from firmware.control.connection import Handler
from firmware.desk.rows import Rows
from firmware.errors import CommandError
from firmware.gateway import Gateway
from firmware.line.events import CallStatus
from firmware.seams import Later
from firmware.status import (
    CallRecord,
    CallStatusRow,
    PortStatus,
    RegistrationStatus,
    ServerStatus,
)

SETTLES = 0.2
"""s from something that happens to the look at what it has changed: much happens at once."""
NO_CALENDAR = 2.0**37
"""Seconds since 1970 (until the year 6325) beyond which nothing is an instant."""

Servers = Callable[[dict[str, Any]], list[ServerStatus]]
RowT = TypeVar("RowT", PortStatus, RegistrationStatus)


class PastDesk:
    """Keeps the rows of one gateway as they change, and tells how they were.

    Args:
        gateway: whose.
        rows: of its ports and lines.
        servers: rows of its servers.
    """

    def __init__(self, gateway: Gateway, rows: Rows, servers: Servers) -> None:
        self._gateway = gateway
        self._rows = rows
        self._servers = servers
        self._later = Later(gateway.loop.call_later)
        self._stirred: set[int] = set()
        gateway.trace.stirred = self._stir
        for port in (0, *gateway.ports):
            self._stir(port)

    @property
    def handlers(self) -> Mapping[str, Handler]:
        """What answers, by method name; ``at``: seconds since 1970."""
        return {
            "ports-at": self._ports,
            "registrations-at": self._registrations,
            "calls-at": self._calls,
            "history-at": self._history,
            "state-at": self._state,
        }

    # keeping

    def _stir(self, port: int) -> None:
        if not self._stirred:
            self._later.start("look", SETTLES, self._look)
        self._stirred.add(port)

    def _look(self) -> None:
        """Keep what has changed: of the ports that something happened to, and of the servers."""
        stirred, self._stirred = self._stirred, set()
        wall, keep = self._gateway.seams.wall_clock(), self._gateway.past.keep
        if 0 in stirred:
            for server in self._servers({}):
                keep(server, wall)
        for port in stirred - {0}:
            if port in self._gateway.ports:
                asked = {"port": port}
                (row,), (line,) = self._rows.ports(asked), self._rows.registrations(asked)
                keep(row, wall)
                keep(line, wall)

    # telling

    def _instant(self, params: dict[str, Any]) -> float:
        """The instant that is asked for.

        Raises:
            CommandError: it has not come yet, or is forgotten; says from when on one may ask.
        """
        at, now = params.get("at"), self._gateway.seams.wall_clock()
        if not isinstance(at, int | float) or not abs(at) < NO_CALENDAR:
            raise CommandError("at wants an instant, in seconds since 1970")
        if at > now:
            raise CommandError(f"{_clock(at)} has not come yet")
        if at < self._gateway.past.reach:
            reach = _clock(self._gateway.past.reach)
            raise CommandError(f"what was before {reach} is not known, or no longer kept")
        return float(at)

    def _ports(self, params: dict[str, Any]) -> list[PortStatus]:
        rows = self._gateway.past.rows(PortStatus, self._instant(params))
        return self._asked(rows, params)

    def _registrations(self, params: dict[str, Any]) -> list[RegistrationStatus]:
        rows = self._gateway.past.rows(RegistrationStatus, self._instant(params))
        return self._asked(rows, params)

    def _asked(self, rows: list[RowT], params: dict[str, Any]) -> list[RowT]:
        """Those of the card, or the one of the port, that is asked for."""
        if params.get("card") not in {None, self._rows.card}:
            raise CommandError(f"card {params['card']} not present (cards: {self._rows.card})")
        if params.get("port") is None:
            return rows
        number = self._rows.number(params)
        return [row for row in rows if row.port == number]

    def _history(self, params: dict[str, Any]) -> list[CallRecord]:
        """The records of the calls that were over then."""
        at = self._instant(params)
        number = self._rows.number(params) if params.get("port") is not None else None
        return [r for r in self._gateway.history.calls(number) if _wall(r.ended) <= at]

    def _calls(self, params: dict[str, Any]) -> list[CallStatusRow]:
        """The calls that were going on then, as far as their records and rows tell."""
        at = self._instant(params)
        ports = {row.port: row for row in self._gateway.past.rows(PortStatus, at)}
        over = [
            CallStatusRow(
                call=record.call,
                card=record.card,
                port=record.port,
                call_status=_status(ports[record.port], record.peer_number),
                peer_number=record.peer_number,
                call_direction=record.call_direction,
                duration_s=round(at - _wall(record.started), 3),
                talking_s=_passed(record.answered, at),
                codec=record.codec,
            )
            for record in self._gateway.history.calls()
            if _wall(record.started) <= at < _wall(record.ended) and record.port in ports
        ]
        ago = self._gateway.seams.wall_clock() - at
        still = [
            replace(
                row,
                call_status=_status(ports[row.port], row.peer_number),
                duration_s=round(row.duration_s - ago, 3),
                talking_s=_earlier(row.talking_s, ago),
                session_left_s=None,
                session_timer_s=None,
            )
            for row in self._rows.calls({})
            if row.duration_s >= ago and row.port in ports
        ]
        return [*over, *still]

    def _state(self, params: dict[str, Any]) -> dict[str, object]:
        """Everything as it stood at an instant; ``known`` is false if that is forgotten.

        Then it is told as it stands now.
        """
        at, past = params.get("at"), self._gateway.past
        if isinstance(at, int | float) and at >= past.reach:
            ports, servers = past.rows(PortStatus, at), past.rows(ServerStatus, at)
            if ports and servers:
                lines = past.rows(RegistrationStatus, at)
                return {"known": True, "ports": ports, "registrations": lines, "servers": servers}
        return {
            "known": False,
            "ports": self._rows.ports({}),
            "registrations": self._rows.registrations({}),
            "servers": self._servers({}),
        }


def _status(row: PortStatus, peer: str) -> CallStatus:
    """Of the call with that peer; the row is that of the call in hand."""
    return row.call_status if row.peer_number == peer else CallStatus.HELD


def _wall(text: str) -> float:
    """Seconds since 1970."""
    return datetime.fromisoformat(text).timestamp()


def _passed(since: str, at: float) -> float | None:
    """Seconds from an instant of a record; None: it never came, or had not come yet."""
    return round(at - _wall(since), 3) if since and _wall(since) <= at else None


def _earlier(span: float | None, ago: float) -> float | None:
    """What a span that grows was so long ago; None: it had not begun."""
    return None if span is None or span < ago else round(span - ago, 3)


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M:%S")
