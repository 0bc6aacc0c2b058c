"""Figures for Prometheus: what the status tables say, in its text format, over HTTP.

Off unless `[metrics] listen` names an address. Nothing is measured for it: each question is
answered from what is there (text exposition format 0.0.4).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from firmware.control.connection import Handler
from firmware.gateway import Gateway
from firmware.net import NetworkError
from firmware.sip.events import RegisterStatus
from firmware.status import CallStatusRow, PhysicalStatus, PortStatus, ServerStatus, Version

if TYPE_CHECKING:
    from aiohttp import web

KIND = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure with all its samples."""

    name: str
    kind: str
    """``gauge`` or ``counter``."""
    help: str
    samples: tuple[tuple[dict[str, str], float], ...]

    def __str__(self) -> str:
        lines = [f"# HELP {self.name} {self.help}", f"# TYPE {self.name} {self.kind}"]
        lines += [f"{self.name}{_labels(labels)} {_value(v)}" for labels, v in self.samples]
        return "\n".join(lines) + "\n"


def _labels(labels: dict[str, str]) -> str:
    escapes = str.maketrans({"\\": "\\\\", "\n": "\\n", '"': '\\"'})
    inside = ",".join(f'{name}="{value.translate(escapes)}"' for name, value in labels.items())
    return f"{{{inside}}}" if inside else ""


def _value(value: float) -> str:
    return f"{value:.10g}" if math.isfinite(value) else "NaN"


def _gauge(name: str, text: str, samples: Iterable[tuple[dict[str, str], float]]) -> Metric:
    return Metric(f"tipring_{name}", "gauge", text, tuple(samples))


def _counter(name: str, text: str, samples: Iterable[tuple[dict[str, str], float]]) -> Metric:
    return Metric(f"tipring_{name}_total", "counter", text, tuple(samples))


def figures(ask: Callable[[str], Any], gateway: Gateway) -> Iterator[Metric]:
    """Everything there is to tell at this moment.

    Args:
        ask: the desk.
        gateway: for what has no table of its own.
    """
    version: Version = ask("version")
    yield _gauge("info", "What runs here.", [({"version": version.tipring}, 1)])
    yield _gauge("uptime_seconds", "Since the start.", [({}, version.uptime_s)])
    yield from _ports(ask("ports"))
    yield from _servers(ask("servers"))
    yield from _calls(ask("calls"), gateway)
    severities = Counter(alarm.severity for alarm in ask("alarms"))
    yield _gauge("alarms", "By severity.", [({"severity": s}, n) for s, n in severities.items()])
    yield _counter("datagrams_dropped", "Refused or ignored.", [({}, version.dropped)])
    if beat := gateway.voice.heartbeat:
        yield _counter("media_periods_late", "Begun 10 ms late or more.", [({}, beat.late_ticks)])
        yield _counter("media_xruns", "Of the sound device.", [({}, beat.xruns)])


def _ports(rows: list[PortStatus]) -> Iterator[Metric]:
    labels = [({"port": str(row.port), "number": row.number}, row) for row in rows]
    down = {PhysicalStatus.DOWN, PhysicalStatus.FAULT}
    yield _gauge(
        "port_in_service", "1: the line circuit works.",
        [(label, row.physical_status not in down) for label, row in labels],
    )  # fmt: skip
    yield _gauge(
        "port_off_hook", "1: the handset is lifted.",
        [(label, row.physical_status is PhysicalStatus.OFF_HOOK) for label, row in labels],
    )  # fmt: skip
    yield _gauge(
        "line_registered", "1: the registrar has our Contact.",
        [(label, row.register_status is RegisterStatus.REGISTERED)
         for label, row in labels if row.number],
    )  # fmt: skip


def _servers(rows: list[ServerStatus]) -> Iterator[Metric]:
    states = {"alive": 1.0, "dead": 0.0}
    yield _gauge(
        "sbc_up", "1: it answers; NaN: nobody knows yet.",
        [({"server": row.server}, states.get(row.state, math.nan)) for row in rows],
    )  # fmt: skip
    yield _gauge(
        "sbc_in_use", "1: new calls go there.", [({"server": r.server}, r.in_use) for r in rows]
    )
    yield _gauge(
        "sbc_rtt_seconds", "Of the last answer to OPTIONS.",
        [({"server": r.server}, r.rtt_ms / 1000) for r in rows if r.rtt_ms is not None],
    )  # fmt: skip


def _calls(rows: list[CallStatusRow], gateway: Gateway) -> Iterator[Metric]:
    yield _gauge("calls", "That go on now.", [({}, len(rows))])
    yield _gauge(
        "call_mos", "Of what is heard here (G.107), 1 to 4.5.",
        [({"port": str(row.port)}, row.mos) for row in rows if row.mos is not None],
    )  # fmt: skip
    yield _gauge(
        "call_packets_lost", "Of the far end's voice, in the calls of now.",
        [({"port": str(row.port)}, row.lost) for row in rows],
    )  # fmt: skip
    yield _counter(
        "calls_ended", "By port, direction and cause.",
        [({"port": str(port), "direction": way, "cause": cause}, count)
         for (port, way, cause), count in sorted(gateway.history.counts.items())],
    )  # fmt: skip
    yield _counter("talk_seconds", "From answer to end.", [({}, gateway.history.talked_s)])


class MetricsServer:
    """Answers ``GET /metrics``.

    Args:
        handlers: of the desk.
        gateway: whose figures.
    """

    def __init__(self, handlers: Mapping[str, Handler], gateway: Gateway) -> None:
        self._handlers = handlers
        self._gateway = gateway
        self._runner: web.AppRunner | None = None

    async def start(self, host: str, port: int) -> None:
        """Begin to listen.

        Raises:
            NetworkError: the address cannot be used.
        """
        from aiohttp import web  # 20 MB that nobody needs who is not watched

        app = web.Application()
        app.router.add_get("/metrics", self._answer)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, host, port).start()
        except OSError as error:
            await self.stop()
            raise NetworkError(f"{host}:{port}: {error.strerror or error}") from error

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def _ask(self, method: str) -> Any:
        return self._handlers[method]({})

    @property
    def text(self) -> str:
        """All figures."""
        return "".join(map(str, figures(self._ask, self._gateway)))

    async def _answer(self, _request: web.Request) -> web.Response:
        from aiohttp import web

        return web.Response(body=self.text.encode(), headers={"Content-Type": KIND})
