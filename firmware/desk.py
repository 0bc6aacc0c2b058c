"""What the gateway answers at its control socket: snapshots, and the operator's few commands."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from drivers.errors import DriverError
from firmware.compiled import CORE
from firmware.config import as_dict
from firmware.control import trace_stream, whole
from firmware.control_connection import Handler, Stream
from firmware.desk_dial import DialDesk
from firmware.desk_explain import ExplainDesk, Facts
from firmware.desk_follow import rows_stream
from firmware.desk_line import LineDesk
from firmware.desk_profile import ProfileDesk
from firmware.desk_servers import ServerDesk
from firmware.desk_trace import TraceDesk
from firmware.errors import CommandError
from firmware.gateway import Gateway
from firmware.leg import Leg
from firmware.line.events import CallStatus
from firmware.port import Port
from firmware.records import CALLS
from firmware.seams import Later
from firmware.sip.events import Deregister, Register, RegisterStatus, RegistrationState
from firmware.status import (
    AdminStatus,
    CallRecord,
    CallStatusRow,
    Direction,
    LineStatus,
    PhysicalStatus,
    PortStatus,
    RegistrationStatus,
    Version,
)
from firmware.trace import HEARTBEATS, MARKS, Mark, select
from firmware.voice_health import health

LIBRARIES = ("gpiozero", "spidev", "PyAudio", "aiortc", "cffi", "msgspec", "pylibsrtp")


class Desk:
    """Answers about one gateway."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._began = gateway.loop.time()
        self._trace = TraceDesk(gateway)

    @property
    def handlers(self) -> Mapping[str, Handler]:
        """What answers, by method name."""
        servers = ServerDesk(self._gateway)
        facts = Facts(self._ports, self._registrations, servers.states, self._port)
        return {
            "ports": self._ports,
            "registrations": self._registrations,
            "calls": self._calls,
            "history": self._history,
            "line": self._line,
            "alarms": lambda _: self._gateway.alarms.all(),
            "version": self._version,
            "config": lambda _: as_dict(self._gateway.config),
            "register": self._register,
            "deregister": self._deregister,
            "enable": lambda params: self._enable(params, on=True),
            "disable": lambda params: self._enable(params, on=False),
            "ladder": self._ladder,
            "profile": ProfileDesk(self._gateway, self._port).answer,
            **servers.handlers,
            **LineDesk(self._card, self._port).handlers,
            **DialDesk(self._gateway, self._port).handlers,
            **ExplainDesk(self._gateway, facts).handlers,
            **self._trace.handlers,
        }

    @property
    def streams(self) -> Mapping[str, Stream]:
        """What subscribes, by method name."""
        trace, later = self._gateway.trace, Later(self._gateway.loop.call_later)
        return {
            "follow": trace_stream(trace),
            "follow-ports": rows_stream(trace, self._ports, later),
        }

    # facts

    def _ports(self, params: dict[str, Any]) -> list[PortStatus]:
        card = params.get("card")
        if card is not None and card != self._card:
            raise CommandError(f"card {card} not present (cards: {self._card})")
        numbers = self._numbers if params.get("port") is None else [self._number(params)]
        ports = self._gateway.ports
        return [
            self._port_status(ports[number]) if number in ports else self._not_there(number)
            for number in numbers
        ]

    def _not_there(self, number: int) -> PortStatus:
        """The row of a port whose card has not been opened."""
        why = self._why_no_card
        return PortStatus(
            card=self._card,
            port=number,
            admin_status=AdminStatus.FAULT if why else AdminStatus.ACTIVE,
            physical_status=PhysicalStatus.DOWN,
            last_error=why or "starting",
        )

    @property
    def _why_no_card(self) -> str:
        """Empty: nothing is wrong so far."""
        alarms = {alarm.where: alarm.what for alarm in self._gateway.alarms.all()}
        return alarms.get("card") or alarms.get("media", "")

    def _port_status(self, port: Port) -> PortStatus:
        state = self._state(port)
        return PortStatus(
            card=self._card,
            port=port.number,
            register_status=state.status,
            admin_status=_admin(port),
            call_status=port.line.status,
            physical_status=_physical(port),
            peer_number=port.line.peer,
            call_direction=Direction(port.line.direction),
            number=port.settings.own_number,
            registrar=state.registrar,
            expires_in_s=self._from_now(state.expires_at),
            last_error=port.fault or state.last_error,
            next_attempt_in_s=self._from_now(state.next_attempt_at),
            cause=port.last_cause.code.value if port.last_cause else "",
            cause_sentence=port.last_cause.sentence if port.last_cause else "",
            **_other(port),
            lets_wait=port.line.lets_wait,
            messages_waiting=port.line.messages,
        )

    def _registrations(self, params: dict[str, Any]) -> list[RegistrationStatus]:
        wanted = [self._port(params)] if params.get("port") is not None else self._all()
        rows = []
        for port in wanted:
            state = self._state(port)
            rows.append(
                RegistrationStatus(
                    card=self._card,
                    port=port.number,
                    number=port.settings.own_number,
                    register_status=state.status,
                    registrar=state.registrar,
                    expires_in_s=self._from_now(state.expires_at),
                    next_attempt_in_s=self._from_now(state.next_attempt_at),
                    last_code=state.last_code,
                    last_error=state.last_error,
                    answered_ago_s=self._since(state.answered_at),
                    failures=state.failures,
                )
            )
        return rows

    def _calls(self, _params: dict[str, Any]) -> list[CallStatusRow]:
        return [
            self._call_row(port, leg) for port in self._gateway.ports.values() for leg in port.legs
        ]

    def _call_row(self, port: Port, leg: Leg) -> CallStatusRow:
        now, voice = self._gateway.loop.time(), leg.voice
        timer = self._gateway.signalling.session(leg.call)
        confirmed_by = ("gateway" if timer.ours else "far end") if timer else ""
        status = port.line.status
        if leg is port.legs.aside:
            status = CallStatus.RINGING if leg.answered is None else CallStatus.HELD
        return CallStatusRow(
            call=leg.call,
            card=self._card,
            port=port.number,
            call_status=status,
            peer_number=leg.number,
            call_direction=Direction.OUTGOING if leg.outgoing else Direction.INCOMING,
            duration_s=round(now - leg.began, 3),
            talking_s=None if leg.answered is None else round(now - leg.answered, 3),
            codec=leg.plan.codec if leg.plan else "",
            rtp_local=leg.rtp_local,
            rtp_remote=f"{leg.plan.host}:{leg.plan.port}" if leg.plan else "",
            sent=voice.sent if voice else 0,
            received=voice.received if voice else 0,
            lost=voice.lost if voice else 0,
            jitter_ms=voice.jitter_ms if voice else 0.0,
            delay_ms=voice.delay_ms if voice else 0.0,
            rtt_ms=voice.rtt_ms if voice else None,
            far_lost=voice.far_lost if voice else None,
            far_jitter_ms=voice.far_jitter_ms if voice else None,
            slips=voice.slips if voice else 0,
            mos=voice.mos if voice else None,
            far_mos=voice.far_mos if voice else None,
            srtp=leg.srtp,
            forged=voice.forged if voice else 0,
            health=health(voice) if voice else (),
            session_timer_s=timer.interval if timer else None,
            session_confirmed_by=confirmed_by,
            session_left_s=self._from_now(timer.ends_at) if timer else None,
        )

    def _history(self, params: dict[str, Any]) -> list[CallRecord]:
        number = self._port(params).number if params.get("port") is not None else None
        return self._gateway.history.calls(number)

    def _line(self, params: dict[str, Any]) -> LineStatus:
        port = self._port(params)
        if not port.in_service:
            return LineStatus(card=self._card, port=port.number, fault=port.fault or "not started")
        try:
            seen = port.slic.telemetry()
        except DriverError as error:
            raise CommandError(str(error)) from error
        return LineStatus(
            card=self._card,
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
                f"{MARKS + HEARTBEATS} marks",
                f"{CALLS} calls",
                f"{self._gateway.config.rtp.tape_kib} KiB of voice",
            ),
            core=CORE.told(),
            cards=(f"card {card.number}: {card.driver} on {card.bus}: {chips}",),
            libraries={
                **{name: _version(name) for name in LIBRARIES},
                "libspandsp": "found"
                if self._gateway.voice.ready and self._gateway.voice.ready.dtmf
                else "",
            },
        )

    def _ladder(self, params: dict[str, Any]) -> list[Mark]:
        port = self._port(params).number if params.get("port") is not None else None
        last = whole(params, "last") if params.get("last") is not None else None
        heartbeat = bool(params.get("heartbeat"))
        return select(self._gateway.trace.since(), port=port, last=last, heartbeat=heartbeat)

    # commands

    def _register(self, params: dict[str, Any]) -> object:
        port = self._with_line(params)
        self._gateway.tell_agent(Register(port.number))
        return self._registrations(params)[0]

    def _deregister(self, params: dict[str, Any]) -> object:
        port = self._with_line(params)
        everybody = params.get("everybody", False) is True
        self._gateway.tell_agent(Deregister(port.number, everybody))
        return self._registrations(params)[0]

    def _enable(self, params: dict[str, Any], *, on: bool) -> PortStatus:
        port = self._port(params)
        self._gateway.set_enabled(port, on=on)
        return self._port_status(port)

    # small things

    @property
    def _card(self) -> int:
        return self._gateway.rack.settings.number

    def _all(self) -> list[Port]:
        return sorted(self._gateway.ports.values(), key=lambda port: port.number)

    @property
    def _numbers(self) -> list[int]:
        """Of all ports, also while the card has not been opened."""
        return list(range(1, self._gateway.rack.settings.ports + 1))

    def _number(self, params: dict[str, Any]) -> int:
        number = whole(params, "port")
        if number not in self._numbers:
            there = " ".join(map(str, self._numbers))
            raise CommandError(f"port {number} not present (ports: {there})")
        return number

    def _port(self, params: dict[str, Any]) -> Port:
        number = self._number(params)
        port = self._gateway.ports.get(number)
        if port is None:
            why = self._why_no_card or "it is being started"
            raise CommandError(f"port {number} does not work yet: {why}")
        return port

    def _with_line(self, params: dict[str, Any]) -> Port:
        port = self._port(params)
        if not port.settings.own_number:
            raise CommandError(f"port {port.number} has no [[line]] in the configuration")
        if self._gateway.signalling.fault:
            raise CommandError(f"no network yet: {self._gateway.signalling.fault}")
        return port

    def _state(self, port: Port) -> RegistrationState:
        if not port.settings.own_number:
            return RegistrationState(status=RegisterStatus.NOT_NEEDED)
        return self._gateway.signalling.registration(port.number)

    def _since(self, at: float | None) -> float | None:
        return None if at is None else round(self._gateway.loop.time() - at, 1)

    def _from_now(self, at: float | None) -> float | None:
        return None if at is None else round(max(0.0, at - self._gateway.loop.time()), 1)


def _tenths(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def _other(port: Port) -> dict[str, Any]:
    """What the row says of the second call."""
    other = port.line.aside
    if other is None:
        return {}
    return {
        "other_number": other.party.number,
        "other_direction": Direction(other.party.direction),
        "other_status": "held" if other.held else "waiting",
    }


def _admin(port: Port) -> AdminStatus:
    if port.disabled:
        return AdminStatus.DEACTIVATED
    return AdminStatus.FAULT if port.fault else AdminStatus.ACTIVE


def _physical(port: Port) -> PhysicalStatus:
    if port.disabled:
        return PhysicalStatus.DOWN
    if port.fault:
        return PhysicalStatus.FAULT
    if not port.in_service:
        return PhysicalStatus.DOWN
    if port.hook.off_hook:
        return PhysicalStatus.OFF_HOOK
    ringing = port.line.status is CallStatus.RINGING
    return PhysicalStatus.RINGING if ringing else PhysicalStatus.ON_HOOK


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
