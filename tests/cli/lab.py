"""A daemon and a board that answer from tables, and a command line to try them with."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from firmware.causes import Code, cause
from firmware.cli.context import Context, Options
from firmware.errors import ControlError
from firmware.line.events import CallStatus
from firmware.sip.events import RegisterStatus
from firmware.status import (
    AdminStatus,
    Alarm,
    CallRecord,
    CallStatusRow,
    Direction,
    LineStatus,
    PhysicalStatus,
    PortStatus,
    RegistrationStatus,
    ServerStatus,
    Version,
    of_cause,
    to_json,
)
from firmware.trace.marks import Lane, Mark

PORTS = [
    PortStatus(
        card=2,
        port=2,
        register_status=RegisterStatus.REGISTERED,
        call_status=CallStatus.TALKING,
        physical_status=PhysicalStatus.OFF_HOOK,
        peer_number="8001",
        call_direction=Direction.OUTGOING,
    ),
    PortStatus(card=2, port=1, register_status=RegisterStatus.FAILED),
    PortStatus(
        card=1,
        port=1,
        register_status=RegisterStatus.NOT_NEEDED,
        admin_status=AdminStatus.DEACTIVATED,
        physical_status=PhysicalStatus.DOWN,
    ),
]

PEER = "192.0.2.1:5060"
MARKS = [
    Mark(at=10.0, port=1, lane=Lane.COPPER, outward=False, what="off-hook"),
    Mark(at=10.0, port=1, lane=Lane.COPPER, outward=True, what="dial-tone"),
    Mark(at=10.1, port=1, lane=Lane.COPPER, outward=False, what="8"),
    Mark(at=10.4, port=1, lane=Lane.SIP, outward=True, what="INVITE", peer=PEER, call=1),
    Mark(at=10.5, port=1, lane=Lane.SIP, outward=False, what="486", peer=PEER, call=1),
]

ANSWERS: Mapping[str, Any] = {
    "ports": PORTS,
    "registrations": [
        RegistrationStatus(
            card=1,
            port=1,
            number="101",
            register_status=RegisterStatus.REGISTERED,
            registrar="192.0.2.10:5060",
            expires_in_s=3586.4,
            last_code=200,
        ),
        RegistrationStatus(
            card=1,
            port=2,
            number="102",
            register_status=RegisterStatus.FAILED,
            next_attempt_in_s=8.25,
            last_code=403,
            last_error="Forbidden\x1b[2J",
        ),
    ],
    "servers": [
        ServerStatus(
            index=1,
            server="192.0.2.10:5060",
            address="192.0.2.10:5060",
            state="alive",
            in_use=True,
            rtt_ms=12.04,
            rtt_min_ms=9,
            rtt_avg_ms=11.5,
            rtt_max_ms=80,
            sent=120,
            lost=1,
            since_s=3600,
        ),
        ServerStatus(index=2, server="192.0.2.11:5060", state="dead", sent=3, lost=3),
    ],
    "calls": [
        CallStatusRow(
            call=7,
            card=2,
            port=2,
            call_status=CallStatus.TALKING,
            peer_number="8001",
            call_direction=Direction.OUTGOING,
            duration_s=70,
            talking_s=63.5,
            codec="PCMA",
            rtp_remote="192.0.2.10:20000",
            received=3175,
            lost=2,
            jitter_ms=1.25,
            mos=4.36,
            srtp="AES_CM_128_HMAC_SHA1_80",
            health=("Heard here: MOS 4.4, good.",),
            session_timer_s=1800,
            session_confirmed_by="far end",
            session_left_s=1704.2,
        )
    ],
    "history": [
        CallRecord(
            call=6,
            card=2,
            port=2,
            number="101",
            peer_number="8002",
            call_direction=Direction.OUTGOING,
            started="2024-05-01T12:00:00+08:00",
            ended="2024-05-01T12:00:05+08:00",
            released_by="remote",
            **of_cause(cause(Code.PEER_BUSY, status=486, peer="8002")),
        )
    ],
    "line": LineStatus(
        card=1,
        port=1,
        chip="Si3210 rev E",
        linefeed="forward-active",
        line_v=-48.26,
        loop_ma=0.0,
        tip_v=-3,
        ring_v=-51.26,
        battery_v=-65,
    ),
    "alarms": [],
    "version": Version(
        tipring="0.1.0",
        python="3.11.7",
        uptime_s=42,
        dropped=7,
        cards=("card 1: si3210 simulated",),
        libraries={"libspandsp": "2.0.0", "libspeexdsp": ""},
    ),
    "config": {"gateway": {"country": "cn"}, "line": [{"port": 1, "password": "******"}]},
    "ladder": MARKS,
}
ALARM = Alarm(since="2024-05-01T12:00:00", severity="major", where="[1:2]", what="no telephone")


@dataclass
class TableDaemon:
    """Answers from a table, as the daemon would over its socket: in plain JSON values."""

    answers: Mapping[str, Any] = field(default_factory=lambda: ANSWERS)
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def call(self, method: str, **params: Any) -> Any:
        self.asked.append((method, params))
        if method not in self.answers:
            raise ControlError(f"no method {method}")
        return to_json(self.answers[method])

    def follow(self, method: str = "follow", **params: Any) -> Iterator[Any]:
        self.asked.append((method, params))
        yield from to_json(MARKS)


@dataclass
class TableBoard:
    """Telephones that answer from a table."""

    answers: Mapping[str, Any]
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def call(self, method: str, **params: Any) -> Any:
        self.asked.append((method, params))
        return self.answers.get(method, {"ok": True})


def context(
    answers: Mapping[str, Any] | None = None, board: Mapping[str, Any] | None = None
) -> Context:
    made = Context(Options(environment={}))
    made.wait = lambda _: None
    made.__dict__["control"] = TableDaemon(answers if answers is not None else ANSWERS)
    made.__dict__["board"] = TableBoard(board or {})
    return made


class Terminal(io.StringIO):
    """Standard output that says it is a terminal."""

    def isatty(self) -> bool:
        return True
