"""What the gateway answers about its servers: how they stand, drills, the way back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from firmware.control.connection import Handler
from firmware.errors import CommandError
from firmware.gateway import Gateway
from firmware.sip.servers import Drill, GoBack, ServerState
from firmware.status import ServerStatus
from firmware.trace.marks import Lane


class ServerDesk:
    """Answers about the servers of one gateway."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    @property
    def handlers(self) -> Mapping[str, Handler]:
        """What answers, by method name."""
        return {"servers": self.states, "go-back": self._go_back}

    def states(self, _params: dict[str, Any]) -> list[ServerStatus]:
        """Every server, in order of preference."""
        signalling = self._gateway.signalling
        if signalling.fault:
            sip = self._gateway.config.sip
            return [
                ServerStatus(index=rank, server=sip.name_of(server), last_error=signalling.fault)
                for rank, server in enumerate(sip.server, start=1)
            ]
        return [self._server_status(state) for state in signalling.servers()]

    def _server_status(self, state: ServerState) -> ServerStatus:
        trips = state.trips
        since = None if state.since is None else self._gateway.loop.time() - state.since
        return ServerStatus(
            index=state.rank,
            server=state.name,
            address=state.address,
            state=state.life.value,
            in_use=state.in_use,
            rtt_ms=_milliseconds(trips.last),
            rtt_min_ms=_milliseconds(trips.least),
            rtt_avg_ms=_milliseconds(trips.mean),
            rtt_max_ms=_milliseconds(trips.most),
            sent=trips.sent,
            lost=trips.lost,
            unanswered=trips.unanswered,
            since_s=None if since is None else round(since, 1),
            last_error=state.problem,
        )

    def _go_back(self, _params: dict[str, Any]) -> object:
        """Have all lines go to the most preferred server that lives."""
        self.tell_agent(GoBack(), "fail back")
        return self.states({})

    def tell_agent(self, event: Drill | GoBack, what: str) -> None:
        """Pass on what the operator wants; the ladder shows it.

        Raises:
            CommandError: there is no network.
        """
        if fault := self._gateway.signalling.fault:
            raise CommandError(f"no network yet: {fault}")
        self._gateway.mark(0, Lane.HOUSE, what, outward=False, detail="by the operator")
        self._gateway.tell_agent(event)


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 1)
