"""Ports, lines and calls as rows: the snapshots that most answers are made of."""

from __future__ import annotations

from typing import Any

from firmware.control.server import whole
from firmware.errors import CommandError
from firmware.explain.voice_health import health
from firmware.gateway import Gateway
from firmware.line.events import CallStatus
from firmware.port.leg import Leg
from firmware.port.port import Port
from firmware.sip.events import RegisterStatus, RegistrationState
from firmware.status import (
    AdminStatus,
    CallStatusRow,
    Direction,
    PhysicalStatus,
    PortStatus,
    RegistrationStatus,
)


class Rows:
    """Of one gateway; most take the parameters of a request."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def ports(self, params: dict[str, Any]) -> list[PortStatus]:
        card = params.get("card")
        if card is not None and card != self.card:
            raise CommandError(f"card {card} not present (cards: {self.card})")
        numbers = self._numbers if params.get("port") is None else [self.number(params)]
        ports = self._gateway.ports
        return [
            self.of_port(ports[number]) if number in ports else self._not_there(number)
            for number in numbers
        ]

    def _not_there(self, number: int) -> PortStatus:
        """The row of a port whose card has not been opened."""
        why = self._why_no_card
        return PortStatus(
            card=self.card,
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

    def of_port(self, port: Port) -> PortStatus:
        state = self.state(port)
        return PortStatus(
            card=self.card,
            port=port.number,
            register_status=state.status,
            admin_status=_admin(port),
            call_status=_call_status(port),
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
            peer_name=port.line.peer_name,
            house_call=port.line.summons.value,
        )

    def registrations(self, params: dict[str, Any]) -> list[RegistrationStatus]:
        wanted = [self.port(params)] if params.get("port") is not None else self._all()
        rows = []
        for port in wanted:
            state = self.state(port)
            rows.append(
                RegistrationStatus(
                    card=self.card,
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

    def calls(self, _params: dict[str, Any]) -> list[CallStatusRow]:
        return [
            self._call_row(port, leg) for port in self._gateway.ports.values() for leg in port.legs
        ]

    def _call_row(self, port: Port, leg: Leg) -> CallStatusRow:
        now, voice = self._gateway.loop.time(), leg.voice
        timer = self._gateway.signalling.session(leg.call)
        confirmed_by = ("gateway" if timer.ours else "far end") if timer else ""
        status = _call_status(port)
        if leg is port.legs.aside and not port.legs.three:
            status = CallStatus.RINGING if leg.answered is None else CallStatus.HELD
        return CallStatusRow(
            call=leg.call,
            card=self.card,
            port=port.number,
            call_status=status,
            peer_number=leg.number,
            call_direction=Direction.OUTGOING if leg.outgoing else Direction.INCOMING,
            duration_s=round(now - leg.began, 3),
            talking_s=None if leg.answered is None else round(now - leg.answered, 3),
            codec=leg.codec,
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
            fax=leg.fax.words,
            forged=voice.forged if voice else 0,
            health=health(voice) if voice else (),
            session_timer_s=timer.interval if timer else None,
            session_confirmed_by=confirmed_by,
            session_left_s=self._from_now(timer.ends_at) if timer else None,
        )

    @property
    def card(self) -> int:
        return self._gateway.rack.settings.number

    def _all(self) -> list[Port]:
        return sorted(self._gateway.ports.values(), key=lambda port: port.number)

    @property
    def _numbers(self) -> list[int]:
        """Of all ports, also while the card has not been opened."""
        return list(range(1, self._gateway.rack.settings.ports + 1))

    def number(self, params: dict[str, Any]) -> int:
        number = whole(params, "port")
        if number not in self._numbers:
            there = " ".join(map(str, self._numbers))
            raise CommandError(f"port {number} not present (ports: {there})")
        return number

    def port(self, params: dict[str, Any]) -> Port:
        number = self.number(params)
        port = self._gateway.ports.get(number)
        if port is None:
            why = self._why_no_card or "it is being started"
            raise CommandError(f"port {number} does not work yet: {why}")
        return port

    def state(self, port: Port) -> RegistrationState:
        if not port.settings.own_number:
            return RegistrationState(status=RegisterStatus.NOT_NEEDED)
        return self._gateway.signalling.registration(port.number)

    def _since(self, at: float | None) -> float | None:
        return None if at is None else round(self._gateway.loop.time() - at, 1)

    def _from_now(self, at: float | None) -> float | None:
        return None if at is None else round(max(0.0, at - self._gateway.loop.time()), 1)


def _other(port: Port) -> dict[str, Any]:
    """What the row says of the second call."""
    if joined := port.line.joined:
        return {
            "other_number": joined.number,
            "other_direction": Direction(joined.direction),
            "other_status": "joined",
        }
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


def _call_status(port: Port) -> CallStatus:
    """That of the line, which knows nothing of what is said."""
    status, leg = port.line.status, port.leg
    fax = status is CallStatus.TALKING and leg is not None and leg.fax.is_fax
    return CallStatus.FAX if fax else status


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
