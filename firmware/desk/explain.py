"""What the gateway answers about reasons: it gathers what the explanations rest on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from firmware.control.connection import Handler
from firmware.control.server import whole
from firmware.copper.line_verdict import conclude
from firmware.errors import CommandError
from firmware.explain.call import explain_call
from firmware.explain.dialling import dial_test
from firmware.explain.live import Live
from firmware.explain.marks import of_record
from firmware.explain.path import path_test
from firmware.explain.port import explain_port
from firmware.explain.registration import explain_registration
from firmware.explain.verdict import (
    CallExplanation,
    DialTest,
    PathTest,
    PortExplanation,
    RegistrationExplanation,
)
from firmware.gateway import Gateway
from firmware.port.port import Port
from firmware.sip.identity import Form, Naming
from firmware.sip.servers import Inquire
from firmware.status import PortStatus, RegistrationStatus, ServerStatus

DIGITS = frozenset("0123456789ABCD*#")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the desk tells by other methods; each takes the parameters of a request."""

    ports: Callable[[dict[str, Any]], list[PortStatus]]
    registrations: Callable[[dict[str, Any]], list[RegistrationStatus]]
    servers: Callable[[dict[str, Any]], list[ServerStatus]]
    port: Callable[[dict[str, Any]], Port]


class ExplainDesk:
    """Answers why, about one gateway.

    Args:
        gateway: what is asked about.
        facts: of its desk.
    """

    def __init__(self, gateway: Gateway, facts: Facts) -> None:
        self._gateway = gateway
        self._facts = facts

    @property
    def handlers(self) -> Mapping[str, Handler]:
        """What answers, by method name."""
        return {
            "explain-port": self._port,
            "explain-call": self._call,
            "explain-registration": self._registration,
            "dial-test": self._dial_test,
            "test-call-path": self._call_path,
        }

    def _port(self, params: dict[str, Any]) -> PortExplanation:
        return explain_port(self._live(params))

    def _call(self, params: dict[str, Any]) -> CallExplanation:
        live = self._live(params)
        kept = self._gateway.history.last(live.port.port)
        if kept is None:
            raise CommandError(f"port {live.port.port} has had no call that is over")
        trace = self._gateway.trace
        marks = trace.since()
        seen = of_record(marks, kept, dropped=trace.count > len(marks))
        return explain_call(kept, seen, live, self._now)

    def _registration(self, params: dict[str, Any]) -> RegistrationExplanation:
        live = self._live(params)
        number = self._facts.port(params).number
        row = live.registration
        ago = row.answered_ago_s if row else None
        marks = [mark for mark in self._gateway.trace.since() if mark.port == number]
        return explain_registration(live, marks, stamp="" if ago is None else self._clock(ago))

    def _dial_test(self, params: dict[str, Any]) -> DialTest:
        digits = str(params.get("digits", "")).upper()
        if not digits or not set(digits) <= DIGITS:
            raise CommandError("dial-test wants digits: 0-9 * # A-D")
        return dial_test(self._live(params), self._facts.port(params).line.registration, digits)

    def _call_path(self, params: dict[str, Any]) -> PathTest:
        """Begin, by asking the server; or, with what that answered, see how it stands."""
        live = self._live(params)
        if "sent" in params:
            return path_test(live, whole(params, "sent"), whole(params, "lost"))
        begun = path_test(live, None, 0)
        if live.in_use is not None and not live.network_fault:
            self._gateway.tell_agent(Inquire(live.in_use.index))
        return begun

    def _live(self, params: dict[str, Any]) -> Live:
        (status,) = self._facts.ports({"card": params.get("card"), "port": whole(params, "port")})
        config = self._gateway.config
        port = self._gateway.ports.get(status.port)
        barrier = port.line.barrier if port else None
        line = next((line for line in config.line if line.port == status.port), None)
        here = f"[{status.card}:{status.port}]"
        alarms = [
            alarm
            for alarm in self._gateway.alarms.all()
            if not alarm.where.startswith("[") or alarm.where.startswith(here)
        ]
        return Live(
            port=status,
            registration=self._facts.registrations(params)[0] if port else None,
            servers=tuple(self._facts.servers({})),
            alarms=tuple(alarms),
            options=port.settings.options if port else None,
            barrier=barrier.sentence if barrier else "",
            chip=port.slic.chip if port else "",
            under_test=port is not None and port.work.going,
            line_test=self._line_test(port) if port else "",
            no_keys=port.legs.no_keys if port else "",
            network_fault=self._gateway.signalling.fault,
            user=line.user if line else "",
            naming=Naming(config.sip.domain, Form(config.sip.identity.numbers)),
            withholds=line.withhold if line else False,
            codecs=config.rtp.codecs,
            no_answer_s=config.sip.no_answer,
            give_up_s=config.sip.give_up,
            heartbeat_s=config.sip.heartbeat.interval,
        )

    def _line_test(self, port: Port) -> str:
        test = port.work.test
        if test is None or test.took is None:
            return ""
        told = conclude(test.readings).verdict if test.readings else f"given up: {test.given_up}."
        return f"{told} ({self._clock(self._now - test.began)})"

    @property
    def _now(self) -> float:
        return self._gateway.loop.time()

    def _clock(self, ago: float) -> str:
        at = self._gateway.seams.wall_clock() - ago
        return datetime.fromtimestamp(at).astimezone().strftime("%H:%M:%S")
