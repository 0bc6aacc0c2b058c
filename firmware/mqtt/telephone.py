"""One telephone as automations see it: its topics, its state, and what Home Assistant is told.

The state is one JSON object a telephone, so that hook and caller never contradict each other.
Digits are not in it: a person may dial a PIN. A number that is called or calls is, unless
`callers` is off.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from firmware.line.events import CallStatus
from firmware.sip.events import RegisterStatus
from firmware.status import AdminStatus, PhysicalStatus, PortStatus

ONLINE, OFFLINE = "online", "offline"


@dataclass(frozen=True, slots=True)
class Topics:
    """Where things are said.

    Attributes:
        prefix: of all topics of this gateway.
        discovery: what Home Assistant listens below; empty: it is told nothing.
        callers: whether numbers and names of the other side are told.
        version: of tipring.
    """

    prefix: str
    discovery: str = ""
    callers: bool = True
    version: str = ""

    @property
    def availability(self) -> str:
        return f"{self.prefix}/availability"

    def state(self, port: int) -> str:
        return f"{self.prefix}/port/{port}/state"

    def ring(self, port: int | str) -> str:
        return f"{self.prefix}/port/{port}/ring"

    def stop(self, port: int | str) -> str:
        return f"{self.prefix}/port/{port}/stop"

    def answer(self, port: int) -> str:
        return f"{self.prefix}/port/{port}/answer"


def state(row: PortStatus, *, callers: bool) -> str:
    """What is told of a telephone, as JSON; nothing in it changes by itself."""
    told: dict[str, Any] = {
        "off_hook": row.physical_status is PhysicalStatus.OFF_HOOK,
        "ringing": row.physical_status is PhysicalStatus.RINGING,
        "registered": row.register_status is RegisterStatus.REGISTERED,
        "in_service": row.admin_status is AdminStatus.ACTIVE
        and row.physical_status not in {PhysicalStatus.DOWN, PhysicalStatus.FAULT},
        "line": row.call_status.value,
        "direction": row.call_direction.value,
        "messages": row.messages_waiting or 0,
        "house_call": row.house_call,
        "last_end": row.cause,
    }
    if callers:
        told |= {
            "peer_number": row.peer_number,
            "peer_name": row.peer_name,
            "last_end_sentence": row.cause_sentence,
        }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Entity:
    """One thing that Home Assistant shows."""

    component: str
    name: str
    label: str
    keys: dict[str, Any]


def _yes(key: str) -> str:
    return f"{{{{ 'ON' if value_json.{key} else 'OFF' }}}}"


def _text(key: str) -> str:
    return f"{{{{ value_json.{key} }}}}"


STATES = [status.value for status in CallStatus]


def entities(topics: Topics, port: int) -> Iterator[Entity]:
    """Everything that there is of one telephone."""
    yield Entity("binary_sensor", "hook", "Handset",
                 {"value_template": _yes("off_hook"), "icon": "mdi:phone"})  # fmt: skip
    yield Entity("binary_sensor", "ringing", "Ringing",
                 {"value_template": _yes("ringing"), "icon": "mdi:phone-ring"})  # fmt: skip
    yield Entity("binary_sensor", "registered", "Registered",
                 {"value_template": _yes("registered"), "device_class": "connectivity",
                  "entity_category": "diagnostic"})  # fmt: skip
    yield Entity("binary_sensor", "fault", "Fault",
                 {"value_template": "{{ 'OFF' if value_json.in_service else 'ON' }}",
                  "device_class": "problem", "entity_category": "diagnostic"})  # fmt: skip
    yield Entity("sensor", "line", "Line",
                 {"value_template": _text("line"), "device_class": "enum", "options": STATES,
                  "icon": "mdi:phone-log"})  # fmt: skip
    yield Entity("sensor", "house_call", "House call",
                 {"value_template": _text("house_call"), "icon": "mdi:bell"})  # fmt: skip
    if topics.callers:
        yield Entity("sensor", "peer", "Other side",
                     {"value_template": "{{ value_json.peer_name or value_json.peer_number }}",
                      "json_attributes_topic": topics.state(port),
                      "icon": "mdi:account-voice"})  # fmt: skip
    yield Entity("button", "ring", "Ring",
                 {"command_topic": topics.ring(port), "icon": "mdi:bell-ring"})  # fmt: skip
    yield Entity("button", "stop", "Stop ringing",
                 {"command_topic": topics.stop(port), "icon": "mdi:bell-off"})  # fmt: skip


def discovery(topics: Topics, row: PortStatus) -> Iterator[tuple[str, str]]:
    """Topic and text of each message that Home Assistant finds the telephone by."""
    port, gateway = row.port, topics.prefix.replace("/", "_")
    named = f" ({row.number})" if row.number else ""
    device = {
        "identifiers": [f"{gateway}_port{port}"],
        "name": f"Telephone {port}{named}",
        "manufacturer": "tipring",
        "model": "FXS port",
        "sw_version": topics.version,
    }
    for entity in entities(topics, port):
        unique = f"{gateway}_port{port}_{entity.name}"
        told = {
            "name": entity.label,
            "unique_id": unique,
            "object_id": unique,
            "availability_topic": topics.availability,
            "device": device,
            "origin": {"name": "tipring", "sw": topics.version},
            **({} if entity.component == "button" else {"state_topic": topics.state(port)}),
            **entity.keys,
        }
        topic = f"{topics.discovery}/{entity.component}/{gateway}/port{port}_{entity.name}/config"
        yield topic, json.dumps(told, ensure_ascii=False, separators=(",", ":"))
