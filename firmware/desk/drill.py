"""What the control socket answers about drills: begin one, end it, tell what it has shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from firmware.control.connection import Handler
from firmware.control.server import whole
from firmware.desk.rows import Rows
from firmware.desk.servers import ServerDesk
from firmware.drill import DrillReport, Ended, Rehearsal
from firmware.errors import CommandError
from firmware.gateway import Gateway
from firmware.sip.servers import Drill
from firmware.status import ServerStatus
from firmware.trace.marks import Mark

LONGEST_DRILL = 86400.0
"""s"""


class DrillDesk:
    """Rehearses failures of the servers of one gateway, and remembers the last one.

    Args:
        gateway: whose.
        rows: of its lines and calls.
        servers: of its servers.
    """

    def __init__(self, gateway: Gateway, rows: Rows, servers: ServerDesk) -> None:
        self._gateway = gateway
        self._rows = rows
        self._servers = servers
        self._last: Rehearsal | None = None
        self._leave: Callable[[], None] = lambda: None

    @property
    def handlers(self) -> Mapping[str, Handler]:
        """What answers, by method name."""
        return {"drill": self._drill, "drill-report": self._report}

    def _drill(self, params: dict[str, Any]) -> ServerStatus:
        """Have the agent take a server for dead for a while; 0 seconds: no longer."""
        rank, seconds = whole(params, "server"), params.get("seconds")
        servers = self._servers.states({})
        if not 1 <= rank <= len(servers):
            raise CommandError(f"sbc {rank} not configured (sbcs: 1 to {len(servers)})")
        if not isinstance(seconds, int | float) or not 0 <= seconds <= LONGEST_DRILL:
            raise CommandError(f"seconds must be a number from 0 to {LONGEST_DRILL:g}")
        now = self._gateway.loop.time()
        lines, calls = self._rows.registrations({}), self._rows.calls({})
        self._servers.tell_agent(Drill(rank, float(seconds)), f"drill sbc {rank} down {seconds:g}")
        if self._last is not None and (seconds or self._last.server.index == rank):
            self._last.end(now)
        if seconds:
            self._watch(Rehearsal(servers[rank - 1], float(seconds), now, lines, calls))
        return self._servers.states({})[rank - 1]

    def _watch(self, rehearsal: Rehearsal) -> None:
        """Look at each change, until the lines have settled or the drill is over."""
        self._last = rehearsal
        self._leave()

        def look(_mark: Mark | None = None) -> None:
            now = self._gateway.loop.time()
            rehearsal.look(self._servers.states({}), self._rows.registrations({}), now)
            if rehearsal.settled or rehearsal.over(now):
                self._leave()

        self._leave = self._gateway.trace.subscribe(look)
        look()

    def _report(self, _params: dict[str, Any]) -> DrillReport:
        """What the drill that runs has shown so far, or the last one showed."""
        if self._last is None:
            raise CommandError("no drill since the service began")
        ended = [
            Ended(kept.record, kept.began, kept.ended)
            for kept in self._gateway.history.since(self._last.began)
        ]
        return self._last.report(self._rows.calls({}), ended, self._gateway.loop.time())
