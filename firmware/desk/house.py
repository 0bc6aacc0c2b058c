"""What the gateway answers about house calls: a telephone rung by the house, and no call (U17)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from firmware.control.connection import Handler
from firmware.errors import CommandError
from firmware.gateway import Gateway
from firmware.line import events as ln
from firmware.line.states import State
from firmware.port.port import Port
from firmware.status import PortStatus
from firmware.trace.marks import Lane

USUAL = 30.0
"""Seconds that the bell rings where nothing else is asked for."""
LONGEST = 180.0
NAME = 32
"""Characters of a name at most; displays show fewer."""


class HouseDesk:
    """Answers about one gateway.

    Args:
        gateway: with the ports.
        port: finds the port that a request means.
        row: makes the status row of a port.
    """

    def __init__(
        self,
        gateway: Gateway,
        port: Callable[[dict[str, Any]], Port],
        row: Callable[[Port], PortStatus],
    ) -> None:
        self._gateway = gateway
        self._port = port
        self._row = row

    @property
    def handlers(self) -> Mapping[str, Handler]:
        """What answers, by method name."""
        return {"ring": self._ring, "ring-stop": self._stop}

    def _ring(self, params: dict[str, Any]) -> PortStatus:
        """Ring the bell of a telephone that is at rest."""
        port = self._port(params)
        seconds, name = _seconds(params), _name(params)
        if why := _in_the_way(port):
            raise CommandError(f"port {port.number} is not rung: {why}")
        self._gateway.mark(port.number, Lane.HOUSE, "house call", outward=False, detail=name)
        port.summon(ln.HouseCall(seconds, name))
        return self._row(port)

    def _stop(self, params: dict[str, Any]) -> PortStatus:
        port = self._port(params)
        if port.line.summons is not ln.Summons.RINGING:
            raise CommandError(f"port {port.number}: no house call rings")
        port.summon(ln.HouseCallEnds())
        return self._row(port)


def _in_the_way(port: Port) -> str:
    """Why the bell cannot ring now; empty: it can."""
    if port.disabled:
        return "it is disabled"
    if not port.in_service:
        return port.fault or "it is being started"
    if port.work.going or port.dial.going:
        return "a test of its line or its dial is running"
    if port.line.summons is ln.Summons.RINGING:
        return "a house call rings already"
    if port.line.state is not State.IDLE:
        return f"its telephone is in use ({port.line.status.value})"
    return ""


def _seconds(params: Mapping[str, Any]) -> float:
    value = params.get("seconds", USUAL)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 1 <= value <= LONGEST:
        raise CommandError(f"a telephone is rung for 1 to {LONGEST:.0f} seconds")
    return float(value)


def _name(params: Mapping[str, Any]) -> str:
    name = params.get("name", "")
    if not isinstance(name, str) or len(name) > NAME or not name.isprintable():
        raise CommandError(f"a name has up to {NAME} printable characters")
    return name
