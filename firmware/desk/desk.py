"""What the gateway answers at its control socket: snapshots, and the operator's few commands."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from drivers.errors import DriverError
from firmware.compiled import CORE
from firmware.config.schema import as_dict
from firmware.control.connection import Handler, Stream
from firmware.desk.dial import DialDesk
from firmware.desk.drill import DrillDesk
from firmware.desk.explain import ExplainDesk, Facts
from firmware.desk.follow import rows_stream
from firmware.desk.house import HouseDesk
from firmware.desk.ladder import LadderDesk
from firmware.desk.line import LineDesk
from firmware.desk.past import PastDesk
from firmware.desk.profile import ProfileDesk
from firmware.desk.rows import Rows
from firmware.desk.servers import ServerDesk
from firmware.desk.trace import TraceDesk
from firmware.errors import CommandError
from firmware.gateway import Gateway
from firmware.port.port import Port
from firmware.seams import Later
from firmware.sip.events import Deregister, Register
from firmware.status import CallRecord, LineStatus, PortStatus, Version
from firmware.trace.marks import HEARTBEATS, MARKS, Lane
from firmware.trace.marks import OCTETS as RING
from firmware.trace.past import OCTETS
from firmware.trace.records import ALARMS, CALLS

LIBRARIES = ("gpiozero", "spidev", "PyAudio", "aiortc", "cffi", "msgspec", "pylibsrtp")


class Desk:
    """Answers about one gateway."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._began = gateway.loop.time()
        self._rows = Rows(gateway)
        self._servers = ServerDesk(gateway)
        self._drills = DrillDesk(gateway, self._rows, self._servers)
        self._past = PastDesk(gateway, self._rows, self._servers.states)
        self._trace = TraceDesk(gateway)
        self._ladder = LadderDesk(gateway, self._rows)

    @property
    def handlers(self) -> Mapping[str, Handler]:
        """What answers, by method name."""
        rows, servers = self._rows, self._servers
        facts = Facts(rows.ports, rows.registrations, servers.states, rows.port)
        return {
            "ports": self._rows.ports,
            "registrations": self._rows.registrations,
            "calls": self._rows.calls,
            "history": self._history,
            "line": self._line,
            "alarms": lambda _: self._gateway.alarms.all(),
            "alarms-over": lambda _: self._gateway.alarms.over(),
            "version": self._version,
            "config": lambda _: as_dict(self._gateway.config),
            "register": self._register,
            "deregister": self._deregister,
            "enable": lambda params: self._enable(params, on=True),
            "disable": lambda params: self._enable(params, on=False),
            "profile": ProfileDesk(self._gateway, self._rows.port).answer,
            **servers.handlers,
            **self._drills.handlers,
            **self._ladder.handlers,
            **LineDesk(self._rows.card, self._rows.port).handlers,
            **HouseDesk(self._gateway, self._rows.port, self._rows.of_port).handlers,
            **DialDesk(self._gateway, self._rows.port).handlers,
            **ExplainDesk(self._gateway, facts).handlers,
            **self._past.handlers,
            **self._trace.handlers,
        }

    @property
    def streams(self) -> Mapping[str, Stream]:
        """What subscribes, by method name."""
        trace, later = self._gateway.trace, Later(self._gateway.loop.call_later)
        return {
            **self._ladder.streams,
            "follow-ports": rows_stream(trace, self._rows.ports, later),
        }

    # facts

    def _history(self, params: dict[str, Any]) -> list[CallRecord]:
        number = self._rows.port(params).number if params.get("port") is not None else None
        return self._gateway.history.calls(number)

    def _line(self, params: dict[str, Any]) -> LineStatus:
        port = self._rows.port(params)
        if not port.in_service:
            return LineStatus(
                card=self._rows.card, port=port.number, fault=port.fault or "not started"
            )
        try:
            seen = port.slic.telemetry()
        except DriverError as error:
            raise CommandError(str(error)) from error
        return LineStatus(
            card=self._rows.card,
            port=port.number,
            chip=port.slic.chip,
            linefeed=seen.linefeed.name.lower().replace("_", "-"),
            hook="off" if seen.off_hook else "on",
            line_v=_tenths(seen.loop_v),
            loop_ma=_tenths(seen.loop_ma),
            tip_v=_tenths(seen.tip_v),
            ring_v=_tenths(seen.ring_v),
            battery_v=_tenths(seen.battery_v),
            transistor_mw=seen.transistor_mw and tuple(map(round, seen.transistor_mw)),
            notes=(*port.slic.notes, *(("a line test is running",) if port.work.going else ())),
        )

    def _version(self, _params: dict[str, Any]) -> Version:
        card = self._gateway.config.card[0]
        chips = ", ".join(port.slic.chip or "no chip" for port in self._gateway.ports.values())
        return Version(
            tipring=_version("tipring"),
            python=platform.python_version(),
            platform=f"{platform.system()} {platform.machine()}",
            uptime_s=round(self._gateway.loop.time() - self._began, 1),
            dropped=self._gateway.dropped,
            kept=(
                f"{MARKS + HEARTBEATS} marks in {RING >> 10} KiB",
                f"{CALLS} calls",
                f"{ALARMS} alarms that are over",
                f"{OCTETS >> 10} KiB of states (--at)",
                f"{self._gateway.config.rtp.tape_kib} KiB of voice",
            ),
            core=CORE.told(),
            cards=(f"card {card.number}: {card.driver} on {card.bus}: {chips}",),
            libraries={
                **{name: _version(name) for name in LIBRARIES},
                "libspandsp": "found"
                if self._gateway.voice.ready and self._gateway.voice.ready.machines
                else "",
            },
        )

    # commands

    def _register(self, params: dict[str, Any]) -> object:
        port = self._with_line(params)
        self._told(port, "register")
        self._gateway.tell_agent(Register(port.number))
        return self._rows.registrations(params)[0]

    def _deregister(self, params: dict[str, Any]) -> object:
        port = self._with_line(params)
        everybody = params.get("everybody", False) is True
        self._told(port, "deregister everybody" if everybody else "deregister")
        self._gateway.tell_agent(Deregister(port.number, everybody))
        return self._rows.registrations(params)[0]

    def _enable(self, params: dict[str, Any], *, on: bool) -> PortStatus:
        port = self._rows.port(params)
        self._gateway.set_enabled(port, on=on)
        return self._rows.of_port(port)

    def _told(self, port: Port, what: str) -> None:
        """The ladder shows that somebody wanted it."""
        self._gateway.mark(port.number, Lane.HOUSE, what, outward=False, detail="by the operator")

    # small things

    def _with_line(self, params: dict[str, Any]) -> Port:
        port = self._rows.port(params)
        if not port.settings.own_number:
            raise CommandError(f"port {port.number} has no [[line]] in the configuration")
        if self._gateway.signalling.fault:
            raise CommandError(f"no network yet: {self._gateway.signalling.fault}")
        return port


def _tenths(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


@cache
def _version(name: str) -> str:
    """Of what is installed, read once: it takes milliseconds and leaves cycles of references."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
